"""Make the human norm of the shipped materials from the original's crowd file: ``make_norms.py CROWD.xlsx OUT.json``.

Only aggregates are written. People with an answer that is not valid, at either moment, are excluded and counted.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emotionbench.errors import EmotionBenchError, MaterialError
from emotionbench.imports.emotionbench_crowd import read_crowd
from emotionbench.imports.recording import Recording, Source
from emotionbench.materials.norms import Moments, Movement, Norm, NormRow, NormSituation, OverSplits, PeopleWithPeople
from emotionbench.materials.original_files import PAPER, REPOSITORY
from emotionbench.materials.situations import EMOTIONS, Situation
from emotionbench.parsing import parse
from emotionbench.records import AnswerStatus, Condition
from emotionbench.scoring import score
from emotionbench.statistics.agreement import split_half_agreement
from emotionbench.statistics.estimate import Estimate

DIGITS, N_SPLITS, SEED = 6, 1000, 0
Array = NDArray[np.float64]


def norm_of(recording: Recording, sha256: str) -> Norm:
    """The norm of the people in a recording, from everyone down to each factor."""
    people = People(recording)
    factors = sorted(set(people.factors), key=lambda factor: (EMOTIONS.index(_emotion(factor)), _number(factor)))
    rows = [people.row(None, None)]
    for emotion in EMOTIONS:
        own = [factor for factor in factors if _emotion(factor) == emotion]
        if own:
            rows += [people.row(emotion, None), *(people.row(emotion, factor) for factor in own)]
    return Norm(
        id="emotionbench-people",
        name="People of the EmotionBench study",
        instrument=recording.instrument.id,
        situation_set="emotionbench",
        source=f"{PAPER}; recomputed by tools/make_norms.py from results/PANAS Test/crowd.xlsx of {REPOSITORY}",
        licence=(
            "Means, standard deviations and correlations recomputed from the published file; they are facts about the "
            "sample, and no single person's answers or texts of the original are in here."
        ),
        source_sha256=sha256,
        n=len(people.factors),
        n_excluded=people.n_excluded,
        rows=tuple(rows),
        situations=people.by_situation(),
        agreement={key: found for key in people.subscales if (found := people.agreement(key)) is not None},
    )


class People:
    """Scores of the people whose answers are all valid: arrays of shape (people,) for each condition and subscale."""

    def __init__(self, recording: Recording) -> None:
        self.subscales = tuple(recording.instrument.subscales)
        situations = recording.situations
        scores: dict[str, dict[tuple[Condition, str], float]] = {}
        situation_of: dict[str, Situation] = {}
        invalid: set[str] = set()
        for administration, attempt in recording.administrations:
            session = str(administration.session)
            answers = parse(attempt.reply or "", recording.instrument, administration.order)
            if any(answer.status is not AnswerStatus.VALID for answer in answers):
                invalid.add(session)
            for one in score(answers, recording.instrument):
                if one.value is not None:
                    scores.setdefault(session, {})[administration.condition, one.subscale] = one.value
            if administration.situation is not None:
                situation_of[session] = situations[administration.situation]
        kept = [session for session in situation_of if session not in invalid]
        self.n_excluded = len(invalid)
        self.factors = [situation_of[session].factor for session in kept]
        self.situations = [situation_of[session].id for session in kept]
        self.scores: dict[tuple[Condition, str], Array] = {
            (condition, subscale): np.array([scores[session][condition, subscale] for session in kept])
            for condition in (Condition.BASELINE, Condition.EVOKED)
            for subscale in self.subscales
        }

    def by_situation(self) -> tuple[NormSituation, ...]:
        """The people of each situation, in order of factor and situation."""
        ids = np.array(self.situations)
        factors = dict(zip(self.situations, self.factors, strict=True))
        order = sorted(factors, key=lambda one: (EMOTIONS.index(_emotion(one)), *map(int, one.split("-")[1:])))
        return tuple(self._situation(identifier, factors[identifier], ids == identifier) for identifier in order)

    def _situation(self, identifier: str, factor: str, chosen: Array) -> NormSituation:
        evoked = {subscale: self.scores[Condition.EVOKED, subscale][chosen] for subscale in self.subscales}
        change = {
            subscale: values - self.scores[Condition.BASELINE, subscale][chosen] for subscale, values in evoked.items()
        }
        means = [
            {subscale: round(float(values.mean()), DIGITS) for subscale, values in moment.items()}
            for moment in (change, evoked)
        ]
        return NormSituation(situation=identifier, factor=factor, n=int(chosen.sum()), change=means[0], evoked=means[1])

    def agreement(self, subscale: str) -> PeopleWithPeople | None:
        """How far one half of the people agrees with the other on the changes of factors; None where too few are."""
        change = self.scores[Condition.EVOKED, subscale] - self.scores[Condition.BASELINE, subscale]
        found = split_half_agreement(change, np.array(self.factors), n_splits=N_SPLITS, seed=SEED)
        correlation, concordance = _over_splits(found.correlation), _over_splits(found.concordance)
        if correlation is None or concordance is None:
            return None
        return PeopleWithPeople(correlation=correlation, concordance=concordance, n_splits=found.n_splits)

    def row(self, emotion: str | None, factor: str | None) -> NormRow:
        """The people of one factor, of one emotion, or everyone."""
        chosen = np.array(
            [
                (factor is None or own == factor) and (emotion is None or _emotion(own) == emotion)
                for own in self.factors
            ]
        )
        movements = {
            subscale: _movement(
                self.scores[Condition.BASELINE, subscale][chosen],
                self.scores[Condition.EVOKED, subscale][chosen],
                f"{factor or emotion or 'everyone'}, {subscale}",
            )
            for subscale in self.subscales
        }
        return NormRow(emotion=emotion, factor=factor, n=int(chosen.sum()), subscales=movements)


def _movement(baseline: Array, evoked: Array, where: str) -> Movement:
    if len(baseline) < 2 or not baseline.std() or not evoked.std():
        raise MaterialError(
            "too few people, or all alike: no correlation", where=where, fix="give the whole crowd file"
        )
    r = float(np.corrcoef(baseline, evoked)[0, 1])
    change = _moments(evoked - baseline)
    return Movement(baseline=_moments(baseline), evoked=_moments(evoked), change=change, r=round(r, DIGITS))


def _over_splits(found: Estimate) -> OverSplits | None:
    if found.value is None or found.low is None or found.high is None:
        return None
    return OverSplits(value=round(found.value, DIGITS), low=round(found.low, DIGITS), high=round(found.high, DIGITS))


def _moments(values: Array) -> Moments:
    return Moments(mean=round(float(values.mean()), DIGITS), sd=round(float(values.std(ddof=1)), DIGITS))


def _emotion(factor: str) -> str:
    return factor.split("-", maxsplit=1)[0]


def _number(factor: str) -> int:
    return int(factor.split("-")[1])


def main(arguments: Sequence[str]) -> int:
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    crowd, out = Path(arguments[0]), Path(arguments[1])
    try:
        norm = norm_of(read_crowd(crowd), Source.of(crowd).sha256)
    except EmotionBenchError as problem:
        print(problem, file=sys.stderr)
        return 1
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(norm.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
