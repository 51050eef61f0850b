"""Which ways of asking change the conclusion, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from emotionbench.comparisons.ways_outcomes import Outcome
from emotionbench.statistics.between_forms import BetweenForms
from emotionbench.statistics.estimate import Estimate
from emotionbench.statistics.explained import Explained
from emotionbench.statistics.levels import Gap, LevelFindings, LevelMean

Answer = Literal["yes", "no", "unclear"]
ONE_DECIMAL_FROM = 20
MANY = 3
PLURAL = ("option_labels", "items_per_message")


@dataclass(frozen=True)
class Matters:
    """What counts: a difference of so many ``points``, and where from; ``mean`` of the norm, null without one."""

    points: float
    source: str
    lowest: float
    highest: float
    mean: float | None = None

    def words(self, points: float) -> str:
        """Points with as many decimals as the range calls for."""
        return f"{points:.{1 if self.highest - self.lowest >= ONE_DECIMAL_FROM else 2}f}"


@dataclass(frozen=True)
class WayVerdict:
    """Whether one way of asking changes what is concluded of a subscale.

    ``moves``: whether its levels differ by more than what matters; null where that cannot be estimated.
    ``flips_sign``: levels whose change is, beyond their intervals, of the other sign than the mean over forms.
    ``flips_side``: levels whose score is, beyond their intervals, on the other side of the norm's mean.
    """

    way: str
    subscale: str
    gap: Gap
    matters: float
    moves: Answer | None
    flips_sign: tuple[str, ...]
    flips_side: tuple[str, ...]
    sentence: str

    @property
    def changes_conclusion(self) -> Answer | None:
        """Whether it moves or flips."""
        return "yes" if self.flips_sign or self.flips_side else self.moves


Judged = tuple[Sequence[WayVerdict], Explained | None, BetweenForms | None, Matters]


def way_verdicts(
    names: tuple[Outcome, str],
    levels: LevelFindings,
    strict: Sequence[LevelMean],
    mean: Estimate,
    matters: Matters,
) -> tuple[WayVerdict, ...]:
    """One verdict a way; ``names`` are the outcome and the subscale, ``mean`` is over forms.

    ``strict`` are the levels' means with intervals that allow for how many levels, ways and subscales are looked at:
    what is said of a single level was picked from all of them.
    """
    outcome, subscale = names
    found = []
    for gap in levels.gaps:
        own = [(one.level, one.mean) for one in strict if one.way == gap.way]
        sign = _opposed(own, mean, 0.0) if outcome == "change" else ()
        side = _opposed(own, mean, matters.mean) if outcome == "score" and matters.mean is not None else ()
        moves = _moves(gap.gap, matters.points)
        words = _sentence(names, gap, moves, matters) + _flips(sign, side)
        found.append(WayVerdict(gap.way, subscale, gap, matters.points, moves, sign, side, words + "."))
    return tuple(found)


def _moves(gap: Estimate, matters: float) -> Answer | None:
    if gap.value is None:
        return None
    if gap.low is None or gap.high is None:
        return "unclear"
    return "yes" if gap.low > matters else "no" if gap.high < matters else "unclear"


def _opposed(levels: Sequence[tuple[str, Estimate]], mean: Estimate, edge: float) -> tuple[str, ...]:
    """Levels whose whole interval lies on the other side of the edge than that of the mean over forms."""
    if mean.value is None or not mean.excludes(edge):
        return ()
    above = mean.value > edge
    return tuple(
        name for name, own in levels if own.value is not None and own.excludes(edge) and (own.value > edge) != above
    )


def _sentence(names: tuple[Outcome, str], gap: Gap, moves: Answer | None, matters: Matters) -> str:
    outcome, subscale = names
    what = f"the change of {_plain(subscale)}" if outcome == "change" else _plain(subscale)
    way = _plain(gap.way).capitalize()
    if gap.gap.value is None:
        return f"Whether {_plain(gap.way)} moves {what} cannot be told: {gap.gap.why}"
    points = f"{matters.words(gap.gap.value)} points"
    if gap.gap.low is not None and gap.gap.high is not None:
        points += f" ({matters.words(gap.gap.low)} to {matters.words(gap.gap.high)})"
    between = f"{way} {_verb([gap.way], 'move')} {what} by {points} from {gap.lowest} to {gap.highest}"
    limit = f"the {matters.words(matters.points)} that matter"
    if moves == "yes":
        return f"{between}, more than {limit}"
    if moves == "no":
        return f"{between}, less than {limit}"
    if gap.gap.low is None:
        return f"{between}; whether that is more than {limit} cannot be told: {gap.gap.why}"
    return f"{between}; whether that is more than {limit} cannot be told yet"


def _flips(sign: tuple[str, ...], side: tuple[str, ...]) -> str:
    found = ""
    if sign:
        found += f"; the change has the other sign with {_listed(sign)}"
    if side:
        found += f"; the score lies on the other side of people's mean with {_listed(side)}"
    return found


def overall_verdict(
    verdicts: Sequence[WayVerdict], explained: Explained, one_form: BetweenForms, matters: Matters
) -> str:
    """One subscale in a few sentences: whether it survives, where its variance lies, what one form is worth."""
    return " ".join([_survival(verdicts), *_where(explained), *_one_form(one_form, matters)])


def _survival(verdicts: Sequence[WayVerdict]) -> str:
    by_answer = {
        answer: [v.way for v in verdicts if v.changes_conclusion == answer] for answer in ("yes", "unclear", None)
    }
    if not verdicts:
        return "No way of asking was varied."
    if by_answer["yes"]:
        ways = _listed([_plain(way) for way in by_answer["yes"]])
        return f"Does not survive the ways of asking: {ways} {_verb(by_answer['yes'], 'change')} the conclusion."
    open_ways = by_answer["unclear"] + by_answer[None]
    if open_ways:
        ways = _listed([_plain(way) for way in open_ways])
        return f"Whether it survives cannot be told yet: {ways} may move it by as much as matters."
    return "Survives the ways of asking: none moves it by as much as matters."


def _where(explained: Explained) -> list[str]:
    together, form, repeat, rest = explained.together, explained.form, explained.repeat, explained.rest
    if together.value is None or rest.share is None:
        return []
    named = "and the named interactions" if any(len(term.ways) > 1 for term in explained.terms) else "by themselves"
    others = "other combinations" if named != "by themselves" else "combinations"
    start = "Of the variance of a single score,"
    if form.share is not None and repeat.share is not None:
        of_ways, of_forms, of_repeats = map(_percent, _parts_of_one(together.value, form.share, repeat.share))
        parts = f"{of_forms} in their {others} and {of_repeats} between repeats of one form"
        return [f"{start} {of_ways} lies in the ways {named}, {parts}."]
    of_ways, of_rest = map(_percent, _parts_of_one(together.value, rest.share))
    split = f"cannot be split into their {others} and repeats, since no form was repeated"
    return [f"{start} {of_ways} lies in the ways {named}; the other {of_rest} {split}."]


def _parts_of_one(*shares: float) -> list[float]:
    """Shares that were each estimated for itself, brought down to add up to no more than 1."""
    total = max(1.0, sum(shares))
    return [share / total for share in shares]


def _one_form(one_form: BetweenForms, matters: Matters) -> list[str]:
    margin = one_form.margin()
    if margin is None:
        return []
    share = _percent(margin / (matters.highest - matters.lowest))
    found = f"A score from one form is within ±{matters.words(margin)} points ({share} of the range) of all ways' mean"
    needed = one_form.forms_needed(matters.points)
    if needed is None or needed == 1:
        return [f"{found} 95 times in 100."]
    return [
        f"{found} 95 times in 100; to be within {matters.words(matters.points)} takes the mean of {needed:,} forms."
    ]


def sentences_by_way(verdicts: Sequence[Sequence[WayVerdict]]) -> tuple[str, ...]:
    """One sentence a way over all subscales; ``verdicts`` are those of each subscale."""
    by_way: dict[str, list[WayVerdict]] = {}
    for one in verdicts:
        for verdict in one:
            by_way.setdefault(verdict.way, []).append(verdict)
    return tuple(_over_subscales(way, found) for way, found in by_way.items())


def _over_subscales(way: str, found: list[WayVerdict]) -> str:
    name, n = _plain(way).capitalize(), len(found)
    changing = [_plain(one.subscale) for one in found if one.changes_conclusion == "yes"]
    unclear = [_plain(one.subscale) for one in found if one.changes_conclusion in ("unclear", None)]
    open_words = (
        f"; on {_listed(unclear) if len(unclear) <= MANY else len(unclear)} it cannot be told yet" if unclear else ""
    )
    verb = _verb([way], "change")
    if changing:
        return f"{name} {verb} the conclusion on {_of(changing, n)}{open_words}."
    if len(unclear) == n:
        return f"Whether {_plain(way)} {verb} a conclusion cannot be told yet."
    if unclear:
        return f"{name} {verb} no conclusion on {n - len(unclear)} of {_many(n)}{open_words}."
    return f"{name} {verb} no conclusion on any of {_many(n)}."


def survival(found: Sequence[Judged]) -> str:
    """The overall sentence of one respondent and instrument: which subscales survive, and where their variance lies.

    ``found`` holds every subscale's verdicts, variance, what one form is worth, and what matters.
    """
    answers = [_worst(verdicts) for verdicts, *_ in found]
    n, lost, unclear = len(answers), answers.count("yes"), answers.count("unclear")
    if not any(verdicts for verdicts, *_ in found):
        return "No way of asking was varied."
    if lost:
        words = f"Answers do not survive the ways of asking: the conclusion changes on {lost} of {_many(n)}"
    elif unclear == n:
        words = "Whether answers survive the ways of asking cannot be told yet"
    elif unclear:
        words = (
            f"Answers survive the ways of asking on {n - unclear} of {_many(n)}; on the others it cannot be told yet"
        )
    else:
        words = f"Answers survive the ways of asking: no conclusion changes on any of {_many(n)}"
    return f"{words}. {_on_average(found)}".strip()


def _worst(verdicts: Sequence[WayVerdict]) -> Answer:
    answers = [one.changes_conclusion for one in verdicts]
    return "yes" if "yes" in answers else "unclear" if "unclear" in answers or None in answers else "no"


def _on_average(found: Sequence[Judged]) -> str:
    """Where variance lies, and how far one form is off, on average over subscales."""
    splits = [split for _, split, *_ in found if split is not None]
    ways = [one.together.value for one in splits if one.together.value is not None]
    repeats = [min(1.0, one.repeat.share) for one in splits if one.repeat.share is not None]
    errors = [
        margin / (limit.highest - limit.lowest)
        for _, _, one_form, limit in found
        if one_form is not None and (margin := one_form.margin())
    ]
    parts = []
    if ways:
        parts.append(f"{_percent(_mean(ways))} of the variance lies in the ways by themselves")
    if ways and len(repeats) == len(ways):
        parts.append(f"{_percent(_mean(repeats))} between repeats of one form")
    if errors:
        parts.append(f"one form is within ±{_percent(_mean(errors))} of the range of all forms' mean 95 times in 100")
    return f"On average over subscales, {_listed(parts)}." if parts else ""


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _of(names: Sequence[str], n: int) -> str:
    return (
        f"{len(names)} of {n} subscales ({_listed(names)})" if len(names) <= MANY else f"{len(names)} of {n} subscales"
    )


def _listed(names: Sequence[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def _verb(ways: Sequence[str], verb: str) -> str:
    return verb if len(ways) > 1 or ways[0] in PLURAL else f"{verb}s"


def _many(n: int) -> str:
    return "1 subscale" if n == 1 else f"{n} subscales"


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
