"""The scorer: subscale scores by our own parser and rules; what a rule does not let score is unscored, never 0."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from inspect_ai.scorer import Score, Scorer, Target, scorer
from inspect_ai.solver import TaskState

from emotionbench import records
from emotionbench.engine.lane import Wordings
from emotionbench.imports.inspect_metadata import read_session
from emotionbench.inspect_task.asking import REPLIES
from emotionbench.inspect_task.metrics import changes, means
from emotionbench.parsing import parse
from emotionbench.parsing.probabilities import Distribution, distribution
from emotionbench.records import Administration, Answer, AnswerStatus, Design
from emotionbench.respondents.base import Question
from emotionbench.scoring import expected_score_columns, score

UNSCORED = math.nan
"""What Inspect itself leaves out of every mean; it takes None for 0."""
_REASONS = {
    AnswerStatus.REFUSED: "refusal",
    AnswerStatus.MISSING: "no_response",
    AnswerStatus.OUT_OF_RANGE: "invalid_response_format",
    AnswerStatus.UNPARSEABLE: "invalid_response_format",
}


def subscales_of(wordings: Wordings) -> Scorer:
    """The scorer of a task with these materials."""

    @scorer(name="subscales", metrics=[changes(), means()])
    def subscales() -> Scorer:
        async def of(state: TaskState, target: Target) -> Score:
            return score_of(state.metadata, state.store.get(REPLIES, []), wordings)

        return of

    return subscales()


def score_of(metadata: Mapping[str, Any], replies: Sequence[Mapping[str, Any]], wordings: Wordings) -> Score:
    """The score of a sample: subscale → score, or ``baseline_positive`` and so on where it has several administrations.

    A subscale that cannot be scored is NaN, by which Inspect knows what is unscored; its metadata count the answers.
    """
    session = read_session(metadata, "a sample")
    paired = session[0].design is Design.PAIRED
    values: dict[str, float] = {}
    counts: dict[str, str] = {}
    statuses: Counter[AnswerStatus] = Counter()
    for administration in session:
        own = [reply for reply in replies if reply["administration"] == administration.id]
        scores, found = _scores(administration, own, wordings)
        statuses += found
        for one in scores:
            key = key_of(one.subscale, administration.condition, paired=paired)
            values[key] = UNSCORED if one.value is None else one.value
            counts[key] = f"{one.n_valid} of {one.n_items}"
    return Score(
        value=values,
        answer="\n\n".join(str(reply["reply"]) for reply in replies),
        reason=_reason(values, statuses),
        metadata={"n_valid": counts, "answers": {status.value: n for status, n in statuses.items()}},
    )


def key_of(subscale: str, condition: str, *, paired: bool) -> str:
    """Under which a score stands in its sample."""
    return f"{condition}_{subscale}" if paired else subscale


def _scores(
    administration: Administration, replies: Sequence[Mapping[str, Any]], wordings: Wordings
) -> tuple[tuple[records.Score, ...], Counter[AnswerStatus]]:
    """The scores of one administration, and how many items have which status."""
    question = wordings.question(administration)
    if question.form is not None and question.form.reads_probabilities:
        return _expected(question, replies)
    answers: list[Answer] = []
    for reply in replies:
        shown = administration.shown(reply["part"])
        answers += parse(reply["reply"], question.instrument, shown, question.form)
    statuses = Counter(answer.status for answer in answers)
    missing = len(administration.order) - len(answers)
    if missing:
        statuses[AnswerStatus.MISSING] += missing
    return score(answers, question.instrument), statuses


def _expected(
    question: Question, replies: Sequence[Mapping[str, Any]]
) -> tuple[tuple[records.Score, ...], Counter[AnswerStatus]]:
    """The scores that answers drawn from the distributions read would have on average."""
    instrument = question.instrument
    expected, variances = np.zeros((1, instrument.n_items)), np.zeros((1, instrument.n_items))
    valid = np.zeros((1, instrument.n_items), dtype=bool)
    for reply in replies:
        read = distribution(reply.get("reading"), instrument, question.form)
        if isinstance(read, Distribution):
            place = question.administration.shown(reply["part"])[0] - 1
            expected[0, place], variances[0, place], valid[0, place] = read.expected, read.variance, True
    found = expected_score_columns(expected, variances, valid, instrument)
    scores = tuple(
        records.Score(
            key,
            float(found.values[0, place]) if found.scored[0, place] else None,
            int(found.n_valid[0, place]),
            len(subscale.items),
        )
        for place, (key, subscale) in enumerate(instrument.subscales.items())
    )
    n_valid = int(valid.sum())
    statuses = Counter({AnswerStatus.VALID: n_valid, AnswerStatus.MISSING: instrument.n_items - n_valid})
    return scores, +statuses


def _reason(values: Mapping[str, float], statuses: Counter[AnswerStatus]) -> str | None:
    """Why nothing could be scored, in Inspect's words; None where something could."""
    if any(not math.isnan(value) for value in values.values()):
        return None
    amiss = Counter({status: n for status, n in statuses.items() if status is not AnswerStatus.VALID})
    return _REASONS[amiss.most_common(1)[0][0]] if amiss else "no_response"
