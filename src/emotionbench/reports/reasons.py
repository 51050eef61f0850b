"""What a report lacks, and why: in words, so that no section is an empty box."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from emotionbench.comparisons.alignment import Alignment
from emotionbench.comparisons.change import ChangeBlock
from emotionbench.reports.contents import Report
from emotionbench.reports.lacks import UNKNOWN, Lack, extra_lacks, placed
from emotionbench.reports.phrases import HasBounds, listed, plural
from emotionbench.reports.tables.reliability import MEASURES, estimates_of
from emotionbench.reports.tables.styles import shown_of
from emotionbench.statistics.estimate import Estimate

MANY = 6
STYLES = {
    "one value throughout": "share of sheets with one value throughout",
    "midpoint": "share of answers at the midpoint",
    "floor": "share of answers at the floor",
    "ceiling": "share of answers at the ceiling",
    "same every repeat": "share of copied repeats",
    "order": "order sensitivity",
}
RELIABILITY = {
    "α": "α",
    "ω": "ω",
    "split-half": "split-half reliability",
    "one repeat": "agreement of one repeat with another",
    "mean of repeats": "reliability of the mean of repeats",
}


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
    """Everything that could not be had, each reason once with all that it holds for."""
    everyone = {_name(block.respondent, block.instrument) for block in report.blocks}
    reasons: dict[str, dict[str, dict[str, None]]] = {}
    for what, who, why in _missing(report):
        reasons.setdefault(why, {}).setdefault(what, {})[who] = None
    lines = []
    for why, whats in reasons.items():
        alike: dict[tuple[str, ...], list[str]] = {}
        for what, whos in whats.items():
            alike.setdefault(tuple(whos), []).append(what)
        named = [f"{listed(of_same)} of {_whom(whos, everyone)}" for whos, of_same in alike.items()]
        line = f"{'; '.join(named)}: {why}."
        # not of Greek letters, whose capitals are other words
        lines.append(line[0].upper() + line[1:] if line[0].isascii() else line)
    problems = (*report.findings.problems, *report.extras.problems)
    return [*lines, *(f"Not computed: {problem}." for problem in problems)]


def _whom(whos: tuple[str, ...], everyone: set[str]) -> str:
    if len(whos) > 1 and everyone <= set(whos):
        return "every respondent"
    return listed(whos) if len(whos) <= MANY else f"{', '.join(whos[:MANY])} and {len(whos) - MANY} more"


def _name(respondent: str, instrument: str) -> str:
    return f"{respondent} ({instrument})"


def _missing(report: Report) -> Iterator[Lack]:
    for block in report.blocks:
        name = _name(report.title(block), block.instrument)
        found = report.alignment_of(block)
        if found is None and not report.has_situations:
            continue
        if found is None:
            is_yardstick = block.kind == "human"
            why = "people are the yardstick themselves" if is_yardstick else "no human norm for this instrument"
            yield Lack("alignment", name, why)
        else:
            yield from _unaligned(found, name, block.subscales)
        yield from _untested(block, name)
    yield from _styles(report)
    yield from _unspecific(report)
    yield from _unreliable(report)
    if report.has_situations:
        yield from _imprecise(report)
    yield from extra_lacks(report)


def _lack(what: str, who: str, found: HasBounds) -> Iterator[Lack]:
    """The figure, or its interval or an end of it."""
    if found.value is None:
        yield Lack(what, who, found.why or UNKNOWN)
    elif found.low is None or found.high is None:
        ends = "the interval" if found.low is None and found.high is None else "an end of the interval"
        yield Lack(f"{ends} of {what}", who, (found.why or UNKNOWN).removeprefix("the interval is open: "))


def _unaligned(found: Alignment, name: str, subscales: dict[str, str]) -> Iterator[Lack]:
    yield from _lack("alignment", name, found.headline)
    yield from _lack("calm", name, found.calm)
    measures = {
        "alignment by subscale": found.by_subscale,
        "correlation": found.correlation,
        "concordance": found.concordance,
    }
    lacks = [
        (subscales[key].lower(), lack)
        for what, by_subscale in measures.items()
        for key, one in by_subscale.items()
        for lack in _lack(what, name, one)
    ]
    lacks += [
        (subscales[key].lower(), Lack("agreement of people with people beside", name, "the norm does not hold it"))
        for key, ceiling in found.ceiling.items()
        if ceiling is None
    ]
    yield from placed(lacks, {subscales[key].lower() for key in found.by_subscale})
    yield from _gaps(found, name)


def _gaps(found: Alignment, name: str) -> Iterator[Lack]:
    gaps = [("gap to people at baseline", gap) for gap in found.baseline.values()]
    gaps += [("gap to people", gap) for row in found.rows for gap in row.gaps.values()]
    without = [(what, gap.contrast.note) for what, gap in gaps if gap.contrast.difference is None]
    without += [
        ("test of equivalence", (gap.equivalence.why or "").removeprefix("not estimable: "))
        for _, gap in gaps
        if gap.equivalence.is_equivalent is None
    ]
    yield from _counted(without, name)


def _untested(block: ChangeBlock, name: str) -> Iterator[Lack]:
    """Contrasts without a test."""
    contrasts = [contrast for row in block.rows for contrast in row.contrasts.values()]
    yield from _counted([("test", contrast.note) for contrast in contrasts if contrast.p is None], name)


def _counted(without: list[tuple[str, str | None]], name: str) -> Iterator[Lack]:
    for (what, why), n in Counter(without).items():
        head, _, rest = what.partition(" ")
        yield Lack(f"{plural(n, head)} {rest}".strip(), name, why or UNKNOWN)


def _styles(report: Report) -> Iterator[Lack]:
    """What the panel of response styles shows as dashes."""
    for block in {(style.respondent, style.instrument): None for style in report.findings.styles}:
        own = [style for style in report.findings.styles if (style.respondent, style.instrument) == block]
        lacks = [
            (str(style.condition), Lack(STYLES.get(what, what), _name(*block), one.why or UNKNOWN))
            for style in own
            for what, one in shown_of(style).items()
            if one.value is None
        ]
        yield from placed(lacks, {str(style.condition) for style in own})


def _unspecific(report: Report) -> Iterator[Lack]:
    for found in report.findings.specificities:
        name = _name(found.respondent, found.instrument)
        of = {"over all": (found.dominance, found.hits)}
        of |= {one.emotion: (one.dominance, one.hits) for one in found.by_emotion}
        lacks = [
            (emotion, lack)
            for emotion, pair in of.items()
            for what, one in zip(("dominance", "hits"), pair, strict=True)
            for lack in _lack(what, name, one)
        ]
        yield from placed(lacks, set(of))


def _unreliable(report: Report) -> Iterator[Lack]:
    """By measure and reason, the conditions; and the subscales in them, unless it is all."""
    for block in {(found.respondent, found.instrument): None for found in report.findings.reliabilities}:
        asked: dict[str, dict[str, list[str]]] = {}
        lacking: dict[tuple[str, str, str], dict[str, list[str]]] = {}
        for measure, condition, subscale, estimate in _reliabilities(report, block):
            asked.setdefault(measure, {}).setdefault(condition, []).append(subscale)
            for lack in _lack("", "", estimate):
                lacking.setdefault((measure, lack.what, lack.why), {}).setdefault(condition, []).append(subscale)
        for (measure, interval, why), where in lacking.items():
            yield Lack(f"{interval}{RELIABILITY[measure]}{_where(where, asked[measure])}", _name(*block), why)


def _reliabilities(report: Report, block: tuple[str, str]) -> Iterator[tuple[str, str, str, Estimate]]:
    """Measure, condition, subscale and estimate; none where there were no repeats to have one of."""
    for found in report.findings.reliabilities:
        if (found.respondent, found.instrument) == block:
            for one, estimates in estimates_of(found):
                for measure, estimate in zip(MEASURES, estimates, strict=True):
                    # split halves have no interval by design
                    if estimate and not (measure == "split-half" and estimate.value is not None):
                        yield measure, one.condition, found.subscale_name.lower(), estimate


def _where(lacking: dict[str, list[str]], asked: dict[str, list[str]]) -> str:
    if lacking == asked:
        return ""
    places = [
        condition if names == asked[condition] else f"{condition}: {listed(names)}"
        for condition, names in lacking.items()
    ]
    return f" ({'; '.join(places)})"


def _imprecise(report: Report) -> Iterator[Lack]:
    kinds = ("factor", "emotion", "overall")
    for found in report.findings.precisions:
        name = _name(found.respondent, found.instrument)
        rows = [(kind, found.row(kind)) for kind in kinds]  # type: ignore[arg-type]
        lacks = [(kind, Lack("precision", name, row.why or UNKNOWN)) for kind, row in rows if row.half_width is None]
        yield from placed(lacks, set(kinds))


def _no_people(report: Report) -> str:
    if not report.findings.alignments:
        if all(block.kind == "human" for block in report.blocks):
            return "Not estimable: the only respondents here are people themselves."
        return "Not estimable: there is no human norm for the instruments that were answered."
    whys = dict.fromkeys(a.headline.why for a in report.findings.alignments if a.headline.why)
    return f"Not estimable: {'; '.join(whys) or 'fewer than three factors that people imagined too'}."
