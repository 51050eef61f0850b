"""Every table of a report, and the sentences that tell how to read each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from emotionbench.reports.contents import Report
from emotionbench.reports.tables.accounts import account_page_table, usage_page_table
from emotionbench.reports.tables.cells import PageTable
from emotionbench.reports.tables.changes import change_page_table, contrast_page_table
from emotionbench.reports.tables.gaps import agreement_page_table, gap_page_table
from emotionbench.reports.tables.leaderboard import entries, leaderboard
from emotionbench.reports.tables.precision import PRECISION_NOTE, precision_page_table
from emotionbench.reports.tables.reliability import RELIABILITY_NOTE, reliability_page_table
from emotionbench.reports.tables.specificity import SPECIFICITY_NOTE, specificity_page_table
from emotionbench.reports.tables.styles import STYLES_NOTE, style_page_table


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
    change_note: str
    styles_note: str = STYLES_NOTE
    reliability_note: str = RELIABILITY_NOTE
    precision_note: str = PRECISION_NOTE
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
            *self.changes.values(),
            *self.contrasts.values(),
            *singles,
            *self.gaps.values(),
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
        change_note=_change_note(report),
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
