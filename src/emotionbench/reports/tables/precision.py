"""How precise the rows are now, where their variance comes from, and what half the interval would cost."""

from __future__ import annotations

from emotionbench.comparisons.precision import Precision, plans
from emotionbench.reports.contents import Report
from emotionbench.reports.phrases import count, kind_word, not_estimable, number, share
from emotionbench.reports.tables.cells import Cell, Column, PageTable, Row, missing
from emotionbench.statistics.decision_study import Plan

PRECISION_NOTE = (
    "Half-widths of the 95 % intervals in raw points, the median of the rows of a kind. Variance: how much of"
    " what differs"
    " between answers after situations is due to factors, to situations within them, and to repeats (the same situation"
    " asked again). To halve: the cheapest plan of so many situations a factor and repeats that would halve the"
    " half-width of an emotion; more repeats of the same situations soon help no more."
)


def precision_page_table(report: Report) -> PageTable:
    """A row for each respondent, instrument and subscale."""
    rank = {name: place for place, name in enumerate(report.respondents)}
    found = sorted(report.findings.precisions, key=lambda one: (rank.get(one.respondent, len(rank)), one.instrument))
    names = ("factor", "emotion", "overall", "factors", "situations", "repeats", "administrations", "tokens")
    groups = ("± points now",) * 3 + ("variance due to",) * 3 + ("to halve an emotion’s ±",) * 2
    columns = (
        *(Column(name, is_text=True) for name in ("respondent", "instrument", "subscale")),
        *(Column(name, group=group) for name, group in zip(names, groups, strict=True)),
    )
    return PageTable(
        "precision", "Precision reached, and its price", columns, tuple(_row(report, one) for one in found), n_lead=2
    )


def _row(report: Report, found: Precision) -> Row:
    now = [_now(found, kind) for kind in ("factor", "emotion", "overall")]
    if all(cell.is_missing for cell in now):
        now = [now[0], Cell("–"), Cell("–")]
    cells = (
        Cell(found.respondent, badge=kind_word(found.kind)),
        Cell(found.instrument),
        Cell(found.subscale_name),
        *now,
        *_variance(found),
        *_price(report, found),
    )
    return Row(cells)


def _now(found: Precision, kind: str) -> Cell:
    row = found.row(kind)  # type: ignore[arg-type]
    if row.half_width is None:
        return Cell("–", row.why or "", is_missing=True)
    return Cell(f"± {number(row.half_width)}", order=row.half_width)


def _variance(found: Precision) -> list[Cell]:
    """Shares of factor, situation and repeat level."""
    parts = found.components
    if parts is None:
        return [Cell("–")] * 3
    values = (parts.factor.variance.value, parts.situation.variance.value, parts.repeat_level)
    known = [max(0.0, value) for value in values if value is not None]
    total = sum(known)
    if not total:
        return [Cell("–")] * 3
    return [Cell("–") if value is None else Cell(share(max(0.0, value) / total), order=value) for value in values]


def _price(report: Report, found: Precision) -> tuple[Cell, Cell]:
    """The cheapest plan for half the half-width, and its tokens where they are recorded."""
    now = found.row("emotion").half_width
    if not now:
        return Cell("–"), Cell("–")
    made = [plan for plan in plans(found, "emotion", now / 2) if plan.n_administrations is not None]
    if not made:
        whys = [plan.why for plan in plans(found, "emotion", now / 2) if plan.why]
        return missing(not_estimable(whys[0] if whys else None)), Cell("–")
    best = min(made, key=lambda plan: plan.n_administrations or 0)
    return Cell(count(best.n_administrations or 0), _split(best), order=best.n_administrations), _tokens(
        report, found.respondent, best
    )


def _split(plan: Plan) -> str:
    return f"{count(plan.n_situations or 0)} situations × {count(plan.n_repeats or 0)}"


def _tokens(report: Report, respondent: str, plan: Plan) -> Cell:
    each = [
        (usage.input_tokens + (usage.output_tokens or 0)) / usage.n_administrations
        for usage in report.facts.usages
        if usage.respondent == respondent and usage.input_tokens is not None
    ]
    if not each or plan.n_administrations is None:
        return Cell("not recorded")
    tokens = round(sum(each) / len(each) * plan.n_administrations)
    return Cell(count(tokens), order=tokens)
