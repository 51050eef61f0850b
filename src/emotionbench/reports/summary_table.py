"""The first table: one row a respondent, with how close it is to people, and whether its answers are answers at all."""

from __future__ import annotations

from collections.abc import Sequence

from emotionbench.comparisons.alignment import Alignment
from emotionbench.comparisons.answer_mass import worst_flag
from emotionbench.comparisons.change import ChangeBlock
from emotionbench.comparisons.findings import Findings
from emotionbench.comparisons.response_flags import Flag, together
from emotionbench.comparisons.response_style import ResponseStyle
from emotionbench.reports.change_table import KIND_NOTES, Table, interval, signed
from emotionbench.statistics.estimate import Estimate

NO_FLAG = "none"


def summary_table(findings: Findings) -> Table:
    """Alignment, calm and flags of every respondent, the closest to people first."""
    rows = sorted(_rows(findings), key=lambda row: row[0], reverse=True)
    header = ("", "instrument", "flags", "n", "alignment", "calm")
    return Table("Respondents", header, tuple(cells for _, cells in rows), n_text=3)


def summary_notes(findings: Findings) -> tuple[str, ...]:
    """What the first table's columns mean, and what its flags say in full."""
    notes = []
    alignments = [found for found in findings.alignments if found.situation_set]
    if alignments:
        notes.append(
            "alignment [95 % interval]: 1 = as close to people's changes as people are to each other, 0 = as the best"
            " answer that ignores the situation; it can be negative. calm: points of negative affect below people's"
            " after the situations."
        )
    for found in alignments:
        notes.append(f"{found.respondent}: {found.verdict} {found.calm_verdict}")
    for block in findings.changes:
        notes += [
            f"{block.respondent}, {asked_of(findings, block)}: {flag.text}."
            for flag in together(styles_of(findings, block))
        ]
    notes += [f"Not computed: {problem}" for problem in findings.problems]
    return tuple(notes)


def alignment_of(findings: Findings, block: ChangeBlock) -> Alignment | None:
    """The alignment of the same respondent, instrument, words and situations; None where there is no norm."""
    return next((found for found in findings.alignments if _key(found) == _key(block)), None)


def styles_of(findings: Findings, block: ChangeBlock) -> Sequence[ResponseStyle]:
    """The response styles of the same respondent and instrument, by condition."""
    wanted = (block.respondent, block.instrument, block.protocol, block.design)
    return [s for s in findings.styles if (s.respondent, s.instrument, s.protocol, s.design) == wanted]


def asked_of(findings: Findings, block: ChangeBlock) -> str:
    """The instrument, with what tells the block from others of the same respondent."""
    others = [other for other in findings.changes if other.respondent == block.respondent]
    labels = [block.instrument]
    for name in ("design", "protocol", "situation_set"):
        if len({getattr(other, name) for other in others}) > 1:
            labels.append(getattr(block, name) or "no situations")
    return " · ".join(labels)


def _key(found: Alignment | ChangeBlock) -> tuple[str, ...]:
    return (found.respondent, found.instrument, found.protocol, found.design, found.situation_set)


def _rows(findings: Findings) -> list[tuple[tuple[float, str], tuple[str, ...]]]:
    """Each row's cells, with what it is sorted by."""
    found: list[tuple[tuple[float, str], tuple[str, ...]]] = []
    for block in findings.changes:
        aligned = alignment_of(findings, block)
        value = aligned.headline.value if aligned else None
        cells = (
            f"{block.respondent} [{KIND_NOTES[block.kind]}]",
            asked_of(findings, block),
            ", ".join(flag.short for flag in _flags(findings, block)) or NO_FLAG,
            str(block.n_baseline + sum(row.n for row in block.rows if row.kind == "emotion")),
            *_closeness(aligned, block),
        )
        found.append(((float("-inf") if value is None else value, block.instrument), cells))
    return found


def _flags(findings: Findings, block: ChangeBlock) -> tuple[Flag, ...]:
    return (*together(styles_of(findings, block)), *worst_flag(findings.masses, block))


def _closeness(aligned: Alignment | None, block: ChangeBlock) -> tuple[str, str]:
    """Alignment and calm, or why there is neither."""
    if not block.situation_set:
        return "no situations", ""
    if block.kind == "human":
        return "people themselves", ""
    if aligned is None:
        return "no norm", ""
    return estimate(aligned.headline, 2), estimate(aligned.calm, 1, sign=True)


def estimate(found: Estimate, digits: int, *, sign: bool = False) -> str:
    """``0.61 [0.40, 0.80]``, or why not."""
    if found.value is None:
        return f"not estimable: {found.why}"
    shown = signed(found.value) if sign else f"{found.value:.{digits}f}".replace("-", "−")
    if found.low is None and found.high is None:
        return f"{shown} (no interval: {found.why})"
    return f"{shown} {interval(found.low, found.high, digits)}"
