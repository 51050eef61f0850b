"""The report as one self-contained HTML file: nothing in it asks for anything outside it."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import resources
from itertools import groupby
from typing import TYPE_CHECKING, Any

import emotionbench
from emotionbench.materials.situations import Situation
from emotionbench.reports import plates as drawings
from emotionbench.reports.audit_section import AuditSection
from emotionbench.reports.board import board
from emotionbench.reports.contents import Report
from emotionbench.reports.drilldown import LIMIT, Drilldown, drilldown
from emotionbench.reports.figures.drawing import inline_svg, missing_extra
from emotionbench.reports.figures.theme import PAGE
from emotionbench.reports.form_plates import picture_plates, recovery_plates, share_plates
from emotionbench.reports.headline import head
from emotionbench.reports.limits import limits_of
from emotionbench.reports.methods import methods
from emotionbench.reports.norm_plates import norm_plates
from emotionbench.reports.norm_table import blocks_of, norm_page_tables
from emotionbench.reports.phrases import count, listed, plural
from emotionbench.reports.reasons import absences, not_estimated
from emotionbench.reports.tables.answer_mass import MASS_NOTE
from emotionbench.reports.tables.cells import PageTable
from emotionbench.reports.tables.leaderboard import entries
from emotionbench.reports.views import Views, views

if TYPE_CHECKING:
    from jinja2 import Environment

SCORES = "Scores"
MOST_NAMED = 8
MOST_OPEN_ROWS = 24
OPEN_AT_FIRST = 4
"""Tables beyond so many blocks are folded at first."""
CONTENTS = (
    ("respondents", "Respondents side by side"),
    ("limits", "What self-report can say"),
    ("people", "Who took part"),
    ("norms", "Against norms"),
    ("changes", "Change from baseline"),
    ("movement", "From baseline to after"),
    ("factors", "Factor by factor"),
    ("heat", "Emotions and affects"),
    ("indirect", "Indirect questionnaires"),
    ("calm", "Calm and recovery"),
    ("specificity", "Does anger evoke anger?"),
    ("ways", "Ways of asking"),
    ("probes", "Probes"),
    ("masses", "Answers as probabilities"),
    ("style", "Is it an answer at all?"),
    ("reliability", "Reliability"),
    ("precision", "Precision and cost"),
    ("accounts", "Accounts"),
    ("gaps", "Gaps to people"),
    ("audit", "Published tables, recomputed"),
    ("methods", "Methods"),
    ("missing", "Not estimable"),
)


@dataclass(frozen=True)
class Drawn:
    """A figure on the page."""

    caption: str
    aside: str
    svg: str


@dataclass(frozen=True)
class Shown:
    """A block's tables on the page; ``block`` is its place in the embedded answers."""

    table: PageTable
    contrasts: PageTable | None
    kind: str
    block: int
    is_open: bool


@dataclass(frozen=True)
class Beside:
    """A comparison with a norm: its table, and its figure where there is one."""

    table: PageTable
    figure: Drawn | None
    is_open: bool


def render_page(report: Report, situations: dict[str, Situation], *, limit: int = LIMIT) -> str:
    """The whole page.

    Parameters
    ----------
    report
        Findings and facts; whatever is missing in it is said in words.
    situations
        The store's situations by content hash, for the drill-down.
    limit
        How many administrations are embedded with their raw answers.
    """
    script = _page_file("behaviour.js")
    template = _environment().get_template("page.html.j2")
    embedded = drilldown(report, situations, limit)
    return template.render(
        version=emotionbench.__version__,
        style=_page_file("style.css"),
        script=script,
        script_hash=_csp_hash(script),
        payload=embedded_json(embedded.payload),
        embedded_note=_embedded_note(embedded),
        **_sections(report),
    )


def embedded_json(value: Any) -> str:
    """JSON that cannot end the script element it stands in."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _sections(report: Report) -> dict[str, Any]:
    found = entries(report)
    audit = report.audit
    tables = views(report)
    shown = _shown_sections(report, tables)
    return {
        "head": head(report, found),
        "meta": _meta(report),
        "contents": [
            (i, SCORES if i == "changes" and not report.has_situations else n) for i, n in CONTENTS if i in shown
        ],
        "shown": shown,
        "scores": SCORES,
        "has_situations": report.has_situations,
        "more": tables.more,
        "norms": list(_norms(report)),
        "recovery_plates": _drawn(recovery_plates(report.findings.calm, report.analysis.subscale_names)),
        "ways_plates": _by_setting(report),
        "board": board(report, found),
        "common_setting": report.common_setting,
        "limits": limits_of(tables.more),
        "people": tables.people,
        "change_note": tables.change_note,
        "any_people": any(block.has_people for block in report.blocks),
        "changes": list(_shown(report, tables.changes, tables.contrasts)),
        "arrows": _drawn(drawings.arrow_plates(report)),
        "scatters": _drawn(drawings.scatter_plates(report)),
        "heatmaps": _drawn(drawings.heat_plates(report)),
        "specificity": _drawn(drawings.specificity_plates(report)),
        "specificity_note": tables.specificity_note,
        "specificity_table": tables.specificity if tables.specificity.rows else None,
        "agreement": tables.agreement,
        "styles": tables.styles,
        "styles_note": tables.styles_note,
        "masses_note": MASS_NOTE,
        "reliability": tables.reliability,
        "reliability_note": tables.reliability_note,
        "precision": tables.precision,
        "precision_note": tables.precision_note,
        "accounts": tables.accounts,
        "usage": tables.usage,
        "gaps": list(_shown(report, tables.gaps, None)),
        "audit": audit if isinstance(audit, AuditSection) else None,
        "methods": methods(report),
        "problems": not_estimated(report),
        "why": absences(report),
    }


def _norms(report: Report) -> Iterator[Beside]:
    """The table and the figure of each comparison with a norm, the first ones open."""
    rule = report.findings.inference
    doubtful = [label for label, one in report.analysis.instruments.items() if not one.validated]
    for place, rows in enumerate(blocks_of(report.extras.norms, "norms").values()):
        figures = [one for _, of_heading in _drawn(norm_plates(rows, doubtful)) for one in of_heading]
        is_open = place < OPEN_AT_FIRST and len(rows) <= MOST_OPEN_ROWS
        yield Beside(norm_page_tables(rows, rule, doubtful)[0], figures[0] if figures else None, is_open)


def _shown_sections(report: Report, tables: Views) -> frozenset[str]:
    """Ids of the sections that have something to say, or a reason to give."""
    more, has = tables.more, report.has_situations
    whether = {
        "respondents": has and (report.has_people or not any((more.indirect, more.norms, more.ways))),
        "people": bool(tables.people),
        "norms": bool(more.norms),
        "movement": has,
        "factors": has and report.has_people,
        "heat": has,
        "indirect": bool(more.indirect),
        "calm": bool(more.calm),
        "specificity": has,
        "ways": bool(more.ways),
        "probes": bool(more.probes),
        "masses": bool(more.masses),
        "reliability": bool(report.blocks),
        "precision": has,
        "gaps": has and report.has_people,
        "audit": report.audit is not None,
    }
    return frozenset(i for i, _ in CONTENTS if whether.get(i, True))


def _by_setting(report: Report) -> dict[str, list[Drawn]]:
    """Figures of the ways of asking by whose they are, as ``WaysTables.setting`` names it."""
    names, found = report.analysis.subscale_names, report.extras.ways
    drawn: dict[str, list[Drawn]] = {}
    for heading, own in _drawn([*share_plates(found, names), *picture_plates(found, names)]):
        drawn.setdefault(f"{heading.name} · {heading.setting}", []).extend(own)
    return drawn


def _shown(report: Report, tables: dict[int, PageTable], contrasts: dict[int, PageTable] | None) -> Iterator[Shown]:
    """Tables by the place of their block, the first ones open."""
    for place, (number, table) in enumerate(tables.items()):
        kind = report.kinds[report.blocks[number].respondent]
        yield Shown(table, contrasts[number] if contrasts else None, kind, number, place < OPEN_AT_FIRST)


def _drawn(plates: Iterable[drawings.Plate]) -> list[tuple[drawings.Heading, list[Drawn]]]:
    """Figures for the page under their headings."""
    return [
        (heading, [Drawn(p.caption, p.aside, inline_svg(p.spec(PAGE), p.description)) for p in of_heading])
        for heading, of_heading in groupby(plates, key=lambda plate: plate.heading)
    ]


def _meta(report: Report) -> str:
    frame = report.analysis.administrations
    labels = sorted(report.analysis.instruments)
    parts = [
        plural(frame["respondent"].n_unique(), "respondent"),
        listed(labels) if len(labels) <= MOST_NAMED else plural(len(labels), "instrument"),
        plural(frame.height, "administration"),
    ]
    n_forms = len(report.analysis.forms)
    parts += [plural(n_forms, "form")] if n_forms > 1 else []
    parts += [plural(report.facts.n_situations, "situation")] if report.facts.n_situations else ["no situations"]
    return " · ".join([*parts, f"emotionbench {emotionbench.__version__}"])


def _embedded_note(found: Drilldown) -> str:
    if found.n_embedded == found.n_all:
        return f"The raw answers of all {count(found.n_all)} administrations are embedded."
    return (
        f"The raw answers of {count(found.n_embedded)} of {count(found.n_all)} administrations are embedded,"
        " drawn for each"
        " situation with a fixed seed; emotionbench report --frames FOLDER writes all."
    )


def _environment() -> Environment:
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415  (an extra)
    except ModuleNotFoundError:
        raise missing_extra("jinja2") from None
    return Environment(
        loader=PackageLoader("emotionbench.reports", "page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )


def _page_file(name: str) -> str:
    return resources.files("emotionbench.reports").joinpath("page", name).read_text(encoding="utf-8")


def _csp_hash(script: str) -> str:
    digest = hashlib.sha256(script.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
