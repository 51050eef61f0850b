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
from emotionbench.reports.limits import LIMITS
from emotionbench.reports.methods import methods
from emotionbench.reports.phrases import count, plural
from emotionbench.reports.reasons import absences, not_estimated
from emotionbench.reports.tables.cells import PageTable
from emotionbench.reports.tables.leaderboard import entries, one_sentence
from emotionbench.reports.views import views

if TYPE_CHECKING:
    from jinja2 import Environment

TITLE = "Do reported feelings move as people’s do?"
OPEN_AT_FIRST = 4
"""Tables beyond so many blocks are folded at first."""
CONTENTS = (
    ("respondents", "Respondents side by side"),
    ("limits", "What self-report can say"),
    ("changes", "Change from baseline"),
    ("movement", "From baseline to after"),
    ("factors", "Factor by factor"),
    ("heat", "Emotions and affects"),
    ("specificity", "Does anger evoke anger?"),
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
    return {
        "title": TITLE,
        "answer": one_sentence(found),
        "meta": _meta(report),
        "contents": [(i, n) for i, n in CONTENTS if i != "audit" or audit],
        "board": board(report, found),
        "common_setting": report.common_setting,
        "limits": LIMITS,
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
    names = " and ".join(sorted(report.analysis.instruments))
    return (
        f"{plural(len(report.respondents), 'respondent')} · {names} · {plural(frame.height, 'administration')} ·"
        f" {plural(report.facts.n_situations, 'situation')} · emotionbench {emotionbench.__version__}"
    )


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
