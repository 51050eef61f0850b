"""Every table of a report, and the sentences that tell how to read each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from emotionbench.reports.contents import Report
from emotionbench.reports.norm_table import norm_notes, norm_page_tables
from emotionbench.reports.people_table import people_page_table
from emotionbench.reports.tables.accounts import account_page_table, usage_page_table
from emotionbench.reports.tables.answer_mass import mass_tables
from emotionbench.reports.tables.calm import calm_tables
from emotionbench.reports.tables.cells import PageTable
from emotionbench.reports.tables.changes import change_page_table, contrast_page_table
from emotionbench.reports.tables.gaps import agreement_page_table, gap_page_table
from emotionbench.reports.tables.indirect import indirect_tables
from emotionbench.reports.tables.leaderboard import entries, leaderboard
from emotionbench.reports.tables.precision import PRECISION_NOTE, precision_page_table
from emotionbench.reports.tables.probes import probe_tables
from emotionbench.reports.tables.reliability import RELIABILITY_NOTE, reliability_page_table
from emotionbench.reports.tables.specificity import SPECIFICITY_NOTE, specificity_page_table
from emotionbench.reports.tables.styles import STYLES_NOTE, style_page_table
from emotionbench.reports.tables.ways import WaysTables, enough_table, ways_tables


@dataclass(frozen=True)
class More:
    """The tables that only some stores have something for."""

    norms: tuple[PageTable, ...] = ()
    norm_notes: tuple[str, ...] = ()
    indirect: tuple[PageTable, ...] = ()
    calm: tuple[PageTable, ...] = ()
    ways: tuple[WaysTables, ...] = ()
    enough: tuple[PageTable, ...] = ()
    probes: tuple[PageTable, ...] = ()
    masses: tuple[PageTable, ...] = ()

    def all(self) -> Iterator[PageTable]:
        """Every table, in the order of the page."""
        yield from (*self.norms, *self.indirect, *self.calm)
        for one in self.ways:
            yield from one.tables
        yield from (*self.enough, *self.probes, *self.masses)


@dataclass(frozen=True)
class Views:
    """The tables; those of blocks by the place of their block in ``Report.blocks``."""

    leaderboard: PageTable
    changes: dict[int, PageTable]
    contrasts: dict[int, PageTable]
    gaps: dict[int, PageTable]
    agreement: PageTable
    specificity: PageTable
    styles: PageTable
    reliability: PageTable
    precision: PageTable
    accounts: PageTable
    usage: PageTable
    people: tuple[PageTable, ...]
    change_note: str
    styles_note: str = STYLES_NOTE
    reliability_note: str = RELIABILITY_NOTE
    precision_note: str = PRECISION_NOTE
    more: More = field(default_factory=More)
    specificity_note: str = SPECIFICITY_NOTE

    def all(self) -> Iterator[PageTable]:
        """Every table that has rows, in the order of the page."""
        singles = (
            self.agreement,
            self.specificity,
            self.styles,
            self.reliability,
            self.precision,
            self.accounts,
            self.usage,
        )
        for table in (
            self.leaderboard,
            *self.people,
            *self.changes.values(),
            *self.contrasts.values(),
            *singles,
            *self.gaps.values(),
            *self.more.all(),
        ):
            if table.rows:
                yield table


def views(report: Report) -> Views:
    """Build every table."""
    numbered = list(enumerate(report.blocks))
    return Views(
        leaderboard=leaderboard(entries(report), "Respondents side by side"),
        changes={number: change_page_table(report, block) for number, block in numbered},
        contrasts={number: contrast_page_table(report, block) for number, block in numbered},
        gaps={
            number: gap_page_table(report, block, found)
            for number, block in numbered
            if (found := report.alignment_of(block)) and found.rows
        },
        agreement=agreement_page_table(report),
        specificity=specificity_page_table(report),
        styles=style_page_table(report),
        reliability=reliability_page_table(report),
        precision=precision_page_table(report),
        accounts=account_page_table(report),
        usage=usage_page_table(report),
        people=tuple(people_page_table(one) for one in report.findings.participations),
        change_note=_change_note(report),
        more=_more(report),
    )


def _more(report: Report) -> More:
    names, found = report.analysis.subscale_names, report.extras
    rule = report.findings.inference
    not_validated = [label for label, one in report.analysis.instruments.items() if not one.validated]
    enough = enough_table(found.ways, names)
    return More(
        norms=tuple(norm_page_tables(found.norms, rule, not_validated)),
        norm_notes=norm_notes(found.norms, found.score_norms, rule),
        indirect=indirect_tables(report.findings),
        calm=calm_tables(report.findings, names=names),
        ways=ways_tables(found.ways, names),
        enough=(enough,) if enough.rows else (),
        probes=probe_tables(found.probes),
        masses=mass_tables(report.findings.masses, names),
    )


def _change_note(report: Report) -> str:
    rule = report.findings.inference
    reading = (
        "Default: mean ± SD before imagining. Below it the change from there, in raw points"
        f"{' with 95 % intervals' if rule.by_situation else ''}: ↑ ↓ where it differs from none at α ="
        f" {rule.alpha:g}, ○ where"
        " not, ? where no test is possible."
    )
    if rule.by_situation:
        return (
            f"{reading} The situation is the unit, and every factor counts once. Arrows are adjusted for multiplicity"
            " (Holm), intervals are not: one that leaves out 0 can stand beside ○."
        )
    return f"{reading} By the published rule every administration counts as independent, which finds too much."
