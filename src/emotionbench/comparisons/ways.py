"""Do answers survive the ways of asking? What forms do to scores and changes, respondent by respondent.

A form is one combination of ways: template, paraphrase, language, option labels, … . The outcome is the score before
imagining, and, where situations were imagined, the change: the mean over situations minus the form's baseline, or the
mean change within sessions where these hold both. Repeats of one form are never counted as independent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emotionbench.comparisons.ways_outcomes import (
    FormScores,
    Outcome,
    RespondentForms,
    respondents_of,
)
from emotionbench.comparisons.ways_verdicts import (
    Matters,
    WayVerdict,
    overall_verdict,
    sentences_by_way,
    survival,
    way_verdicts,
)
from emotionbench.records import Condition
from emotionbench.statistics.between_forms import BetweenForms, between_forms, retest_correlation
from emotionbench.statistics.corners import Picture, picture
from emotionbench.statistics.estimate import LEVEL, Estimate
from emotionbench.statistics.explained import Explained, explained
from emotionbench.statistics.flips import FlipFindings, flip_findings
from emotionbench.statistics.levels import LevelFindings, level_findings
from emotionbench.statistics.reliability import Intraclass, intraclass

Array = NDArray[np.float64]
Range = tuple[float, float]
SHARE_THAT_MATTERS = 0.10
"""Of the range, where no norm says how people vary: about half an SD of people on most questionnaires."""
LEAST_OBJECTS = 3
NOT_SCORED = "no form has a score"
ONE_FORM = "only one form was put"
NOT_REPEATED = "no form was repeated"


@dataclass(frozen=True)
class RetestOfForms:
    """Agreement of repeats of one form: ICC(2,1) of one and (2,k) of the mean of k; r of the first two repeats.

    ``agreement`` is over ``n`` forms with ``k`` repeats.
    """

    agreement: Intraclass
    correlation: Estimate


@dataclass(frozen=True)
class SubscaleWays:
    """What the ways of asking do to one outcome of one subscale.

    ``varied`` names ways and their levels with a score. ``n_administrations`` were tried (evoked ones for ``change``),
    ``n_excluded`` of them are not in. ``notes`` name levels without scores, situations that some forms lack, and
    interactions that could not be asked for. Where
    ``why`` is not null, nothing could be compared, and findings are null.
    """

    outcome: Outcome
    subscale: str
    matters: Matters
    varied: dict[str, tuple[str, ...]]
    n_administrations: int
    n_excluded: int
    n_forms: int
    explained: Explained | None = None
    levels: LevelFindings | None = None
    one_form: BetweenForms | None = None
    retest: RetestOfForms | None = None
    verdicts: tuple[WayVerdict, ...] = ()
    sentence: str = ""
    notes: tuple[str, ...] = ()
    why: str | None = None


@dataclass(frozen=True, eq=False)
class FormsPicture:
    """The picture of all forms: ``forms`` and ``levels`` (way → level) in the order of the picture's points."""

    picture: Picture
    subscales: tuple[str, ...]
    forms: tuple[str, ...]
    levels: dict[str, tuple[str, ...]]
    n_incomplete: int


@dataclass(frozen=True)
class OverForms:
    """Objects × forms: how far one form tells the objects apart as all forms together do.

    ``agreement.single`` is the coefficient (absolute) of one random form, ``agreement.mean`` of all k;
    ``of_mean`` of other numbers. ``objects`` are subscales of one respondent (in shares of their ranges), or
    respondents on one subscale.
    """

    objects: tuple[str, ...]
    agreement: Intraclass

    def of_mean(self, n_forms: int) -> float | None:
        """The coefficient of the mean of so many random forms, 0 to 1; null where that of one is null or negative."""
        single = self.agreement.single.value
        return None if single is None or single < 0 else n_forms * single / (1 + (n_forms - 1) * single)


@dataclass(frozen=True)
class InstrumentWays:
    """One respondent on one instrument.

    ``pictures`` and ``profiles`` (subscales as objects) are by outcome; ``flips`` are of answers at the baseline, null
    where there are none. ``sentences`` are one a way and outcome, ``overall`` one an outcome.
    """

    respondent: str
    kind: str
    instrument: str
    subscales: tuple[SubscaleWays, ...]
    flips: FlipFindings | None
    pictures: dict[Outcome, FormsPicture]
    profiles: dict[Outcome, OverForms]
    sentences: dict[Outcome, tuple[str, ...]]
    overall: dict[Outcome, str]

    def subscale(self, name: str, outcome: Outcome = "score") -> SubscaleWays:
        """That of one subscale; a KeyError where there is none."""
        return {(found.subscale, found.outcome): found for found in self.subscales}[name, outcome]


@dataclass(frozen=True)
class RespondentsOverForms:
    """Respondents as objects: would one form put them in the same order and at the same distances as all forms?"""

    instrument: str
    outcome: Outcome
    subscale: str
    over_forms: OverForms


@dataclass(frozen=True)
class WaysOfAsking:
    """All findings. ``left_out`` names respondent and instrument where no way was varied."""

    instruments: tuple[InstrumentWays, ...]
    respondents: tuple[RespondentsOverForms, ...]
    left_out: tuple[str, ...]


def ways_of_asking(
    outcomes: pl.DataFrame,
    answers: pl.DataFrame,
    ranges: Mapping[str, Range],
    *,
    norms: Mapping[str, tuple[float, float]] | None = None,
    matters: Mapping[str, float] | None = None,
    interactions: Sequence[tuple[str, str]] = (),
) -> WaysOfAsking:
    """Compare forms within every respondent × instrument in which a way of asking was varied.

    Parameters
    ----------
    outcomes
        One row per administration and subscale: administration, respondent, kind, instrument (its family), condition,
        emotion, factor, situation, repeat, subscale, value (null where not scored), form, and a String column per way
        of ``ways_outcomes.WAYS``; a way that is null throughout or has one level is not varied. With a column
        ``session``, baselines and evoked administrations of one session are paired.
    answers
        One row per answer: administration, item, value (null unless valid).
    ranges
        Subscale → lowest and highest score; a KeyError where one is missing. Instruments that share a subscale's name
        and not its range are to be passed apart.
    norms
        Subscale → mean and SD of people.
    matters
        Subscale → the difference in points that matters; half an SD of people where there is a norm, else 10 % of the
        range.
    interactions
        Pairs of ways whose interaction is a term of the model of variance, where both are varied.
    """
    limits = {name: _matters(name, found, norms or {}, matters or {}) for name, found in ranges.items()}
    found, left_out, forms_of = [], [], []
    for names, own in respondents_of(outcomes):
        if not own.varied:
            left_out.append(f"{names['respondent']} on {names['instrument']}: no way of asking was varied")
            continue
        cut = _Cut(own, limits, interactions)
        found.append(cut.findings(names, answers))
        forms_of.append((names["respondent"], names["instrument"], cut.scores))
    return WaysOfAsking(tuple(found), tuple(_over_respondents(forms_of)), tuple(left_out))


def _matters(
    subscale: str,
    ends: Range,
    norms: Mapping[str, tuple[float, float]],
    given: Mapping[str, float],
) -> Matters:
    mean = norms[subscale][0] if subscale in norms else None
    if subscale in given:
        return Matters(given[subscale], "given", *ends, mean)
    if subscale in norms:
        return Matters(norms[subscale][1] / 2, "half an SD of people", *ends, mean)
    return Matters(SHARE_THAT_MATTERS * (ends[1] - ends[0]), "10 % of the range", *ends, mean)


class _Cut:
    """One respondent on one instrument, cut by outcome and subscale."""

    def __init__(
        self, own: RespondentForms, limits: Mapping[str, Matters], interactions: Sequence[tuple[str, str]]
    ) -> None:
        self.own, self.limits, self.interactions = own, limits, interactions
        self.outcomes = tuple(own.outcomes)
        self.scores: dict[tuple[Outcome, str], FormScores] = {
            (outcome, subscale): own.of(outcome, subscale) for outcome in self.outcomes for subscale in own.subscales
        }

    def findings(self, names: dict[str, str], answers: pl.DataFrame) -> InstrumentWays:
        family = f"{names['respondent']} · {names['instrument']}"
        subscales = [self._subscale(*key, family) for key in self.scores]
        by_outcome = {
            outcome: [found for found in subscales if found.outcome == outcome and found.explained is not None]
            for outcome in self.outcomes
        }
        tables = {outcome: self._table(outcome) for outcome in self.outcomes}
        pictures = {outcome: self._picture(outcome, *table) for outcome, table in tables.items()}
        profiles = {outcome: self._profile(outcome, *table[1:3]) for outcome, table in tables.items()}
        return InstrumentWays(
            **names,
            subscales=tuple(subscales),
            flips=self._flips(answers),
            pictures={outcome: found for outcome, found in pictures.items() if found is not None},
            profiles={outcome: found for outcome, found in profiles.items() if found is not None},
            sentences={
                outcome: sentences_by_way([one.verdicts for one in found]) for outcome, found in by_outcome.items()
            },
            overall={
                outcome: survival([(one.verdicts, one.explained, one.one_form, one.matters) for one in found])
                for outcome, found in by_outcome.items()
            },
        )

    def _subscale(self, outcome: Outcome, subscale: str, family: str) -> SubscaleWays:
        scores, limit = self.scores[outcome, subscale], self.limits[subscale]
        varied = {way: tuple(np.unique(column).tolist()) for way, column in scores.ways.items()}
        bare = SubscaleWays(
            outcome,
            subscale,
            limit,
            varied,
            scores.n_administrations,
            scores.n_excluded,
            scores.n_forms,
            notes=scores.notes,
        )
        if scores.n_forms < 2:
            why = ONE_FORM if scores.n_forms else NOT_SCORED
            return replace(bare, sentence=f"Nothing can be compared: {why}.", why=why)
        pairs = [pair for pair in self.interactions if set(pair) <= set(scores.ways)]
        idle = [
            f"{one} × {other}: not both are varied" for one, other in self.interactions if (one, other) not in pairs
        ]
        split = explained(scores.values, scores.forms, scores.ways, pairs)
        _, means, ways = scores.by_form
        levels = level_findings(means, ways, family=f"{family} · {outcome} · {subscale}: levels against the rest")
        one_form = between_forms(scores.values, scores.forms)
        n_looked_at = len(self.own.subscales) * sum(len(found) for found in varied.values())
        strict = level_findings(means, ways, level=1 - (1 - LEVEL) / n_looked_at).means
        verdicts = way_verdicts((outcome, subscale), levels, strict, one_form.mean, limit)
        return replace(
            bare,
            notes=(*scores.notes, *idle),
            explained=split,
            levels=levels,
            one_form=one_form,
            retest=_retest(scores.by_repeat),
            verdicts=verdicts,
            sentence=overall_verdict(verdicts, split, one_form, limit),
        )

    def _table(self, outcome: Outcome) -> tuple[list[str], list[str], Array, int]:
        """Forms with a value on every subscale that has any: forms, subscales, (F, k), and how many forms have not."""
        columns = {}
        for subscale in self.own.subscales:
            names, means, _ = self.scores[outcome, subscale].by_form
            if names.size:
                columns[subscale] = dict(zip(names.tolist(), means.tolist(), strict=True))
        every = sorted(set().union(*columns.values())) if columns else []
        complete = [form for form in every if all(form in column for column in columns.values())]
        table = np.array([[column[form] for column in columns.values()] for form in complete], dtype=float)
        return complete, list(columns), table.reshape(len(complete), len(columns)), len(every) - len(complete)

    def _picture(
        self, outcome: Outcome, forms: list[str], subscales: list[str], table: Array, n_incomplete: int
    ) -> FormsPicture | None:
        if len(subscales) < 2 or not forms:
            return None
        names, _, ways = self.scores[outcome, subscales[0]].by_form
        places = np.searchsorted(names, np.array(forms))
        levels = {way: tuple(column[places].tolist()) for way, column in ways.items()}
        return FormsPicture(
            picture(table, self._ends(outcome, subscales)), tuple(subscales), tuple(forms), levels, n_incomplete
        )

    def _profile(self, outcome: Outcome, subscales: list[str], table: Array) -> OverForms | None:
        """Subscales as objects, in shares of their ranges."""
        if len(subscales) < LEAST_OBJECTS:
            return None
        ends = self._ends(outcome, subscales)
        shares = (table - ends[:, 0]) / (ends[:, 1] - ends[:, 0])
        words = (("situations with all repeats", "subscales"), ("situations", "subscales"), ("repeats", "forms"))
        return OverForms(tuple(subscales), _reworded(intraclass(shares.T), words))

    def _ends(self, outcome: Outcome, subscales: list[str]) -> Array:
        """Lowest and highest score, or the widest changes that are shown: half a range either way."""
        ends = np.array([(self.limits[name].lowest, self.limits[name].highest) for name in subscales])
        if outcome == "score":
            return ends
        half = (ends[:, 1] - ends[:, 0]) / 2
        return np.column_stack([-half, half])

    def _flips(self, answers: pl.DataFrame) -> FlipFindings | None:
        """Of answers at the baseline."""
        at_baseline = self.own.scores.filter(pl.col("condition") == Condition.BASELINE)
        asked = at_baseline.unique("administration", maintain_order=True).with_row_index("place")
        given = answers.select("administration", "item", "value").join(
            asked.select("administration", "place"), on="administration", how="inner"
        )
        if given.is_empty():
            return None
        items = (given["item"].rank("dense") - 1).to_numpy().astype(np.intp)
        values = given["value"].cast(pl.Float64).fill_null(float("nan")).to_numpy()
        ways = {way: asked[way].to_numpy().astype(np.str_) for way in self.own.varied}
        forms = asked["form"].to_numpy().astype(np.str_)
        return flip_findings((given["place"].to_numpy().astype(np.intp), items, values), forms, ways)


def _retest(table: Array) -> RetestOfForms:
    if not table.size:
        none = Estimate.none(NOT_REPEATED)
        return RetestOfForms(Intraclass(none, none, 0, 1), none)
    agreement = _reworded(intraclass(table), (("situations", "forms"),))
    return RetestOfForms(agreement, retest_correlation(table[:, 0], table[:, 1]))


def _reworded(found: Intraclass, words: Sequence[tuple[str, str]]) -> Intraclass:
    """The reasons in the words of what rows and columns are here."""

    def of(estimate: Estimate) -> Estimate:
        why = estimate.why
        for old, new in words:
            why = why.replace(old, new) if why else why
        return replace(estimate, why=why)

    return replace(found, single=of(found.single), mean=of(found.mean))


def _over_respondents(
    forms_of: Sequence[tuple[str, str, Mapping[tuple[Outcome, str], FormScores]]],
) -> Iterator[RespondentsOverForms]:
    """Every instrument × outcome × subscale that three respondents or more answered, over the forms they share."""
    keys = {(instrument, *key): None for _, instrument, scores in forms_of for key in scores}
    for instrument, outcome, subscale in keys:
        columns = {}
        for respondent, own, scores in forms_of:
            if own == instrument and (outcome, subscale) in scores:
                names, means, _ = scores[outcome, subscale].by_form
                if names.size:
                    columns[respondent] = dict(zip(names.tolist(), means.tolist(), strict=True))
        if len(columns) < LEAST_OBJECTS:
            continue
        shared = sorted(set.intersection(*(set(column) for column in columns.values())))
        table = np.array([[column[form] for form in shared] for column in columns.values()], dtype=float)
        words = (("situations with all repeats", "respondents"), ("situations", "respondents"), ("repeats", "forms"))
        agreement = _reworded(intraclass(table.reshape(len(columns), len(shared))), words)
        yield RespondentsOverForms(instrument, outcome, subscale, OverForms(tuple(columns), agreement))
