"""What a report lacks, and why: in words, so that no section is an empty box."""

from __future__ import annotations

from collections.abc import Iterator

from emotionbench.reports.contents import Report
from emotionbench.reports.phrases import listed, plural

MANY = 6


def absences(report: Report) -> dict[str, str]:
    """Section → what stands in it where it has nothing to show."""
    no_people = _no_people(report)
    return {
        "arrows": "Not estimable: no instrument of few subscales has both a scored baseline and scored situations.",
        "scatters": no_people,
        "heatmaps": "Not estimable: no change could be computed for an instrument of few subscales.",
        "specificity": "Not asked: no checklist of emotions was answered (add one with --instrument ECL-8).",
        "styles": "Not estimable: no answer could be read.",
        "reliability": "Not estimable: no instrument has scored answers enough for it.",
        "precision": "Not estimable: repeats of several situations are needed to tell apart what limits precision.",
        "gaps": no_people,
    }


def not_estimated(report: Report) -> list[str]:
    """Everything that could not be had, the same reason for several once."""
    by_reason: dict[str, list[str]] = {}
    for what, why in _missing(report):
        by_reason.setdefault(why, []).append(what)
    lines = []
    for why, whats in by_reason.items():
        named = list(dict.fromkeys(whats))
        shown = listed(named) if len(named) <= MANY else f"{', '.join(named[:MANY])} and {len(named) - MANY} more"
        lines.append(f"{shown}: {why}.")
    return [*lines, *(f"Not computed: {problem}." for problem in report.findings.problems)]


def _missing(report: Report) -> Iterator[tuple[str, str]]:
    for block in report.blocks:
        title = report.title(block)
        name = f"{title} ({block.instrument})"
        found = report.alignment_of(block)
        if found is None:
            reason = (
                "people are the yardstick themselves" if block.kind == "human" else "no human norm for this instrument"
            )
            yield f"Alignment of {name}", reason
        else:
            for what, one in (("Alignment", found.headline), ("Calm", found.calm)):
                if one.value is None:
                    yield f"{what} of {name}", one.why or "unknown"
            for key, one in found.correlation.items():
                if one.value is None:
                    yield f"Correlation with people of {title}, {block.subscales[key].lower()}", one.why or "unknown"
        yield from _untested(block, name)


def _untested(block: object, name: str) -> Iterator[tuple[str, str]]:
    """Contrasts without a test, counted by reason."""
    counts: dict[str, int] = {}
    for row in block.rows:  # type: ignore[attr-defined]
        for contrast in row.contrasts.values():
            if contrast.p is None:
                counts[contrast.note or "unknown"] = counts.get(contrast.note or "unknown", 0) + 1
    for why, n in counts.items():
        yield f"{plural(n, 'test')} of {name}", why


def _no_people(report: Report) -> str:
    if not report.findings.alignments:
        if all(block.kind == "human" for block in report.blocks):
            return "Not estimable: the only respondents here are people themselves."
        return "Not estimable: there is no human norm for the instruments that were answered."
    whys = dict.fromkeys(a.headline.why for a in report.findings.alignments if a.headline.why)
    return f"Not estimable: {'; '.join(whys) or 'fewer than three factors that people imagined too'}."
