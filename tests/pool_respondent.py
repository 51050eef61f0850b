"""Recorded answers of a real model replayed as a pool: a respondent that answers from what was recorded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emotionbench.engine import Prepared
from emotionbench.imports.emotionbench_csv import read_csv
from emotionbench.materials.situations import Situation, SituationSet
from emotionbench.parsing import parse
from emotionbench.plan import Plan
from emotionbench.records import Respondent, RespondentKind
from emotionbench.respondents.base import Capabilities, Question, Reply
from emotionbench.respondents.embedded import reply_text
from emotionbench.study import Study
from emotionbench.study_materials import Materials, Way, materials_of

FOLDER = Path("EmotionBench")
N_REPEATS, N_BASELINES = 10, 50
Values = dict[int, int]


@dataclass
class Pool:
    """The recorded answers of one model: by situation (its hash; None at the baseline) those of every repeat.

    ``shuffled`` deals the repeats of each situation anew, so that those of one number have nothing in common, as in a
    study of ours; the recorded runs shared their item orders.
    """

    name: str
    way: Way
    answers: dict[str | None, list[Values]]

    @classmethod
    def read(cls, upstream: Path, model: str) -> Pool:
        """The pool of a model of the original's PANAS files."""
        folder = upstream / FOLDER
        path = folder / "results" / "PANAS Test" / f"{model}-PANAS-testing.csv"
        recording = read_csv(path, folder / "questionnaires.json", folder / "situations" / "situations.csv")
        answers: dict[str | None, list[Values]] = {}
        for administration, attempt in recording.administrations:
            found = parse(attempt.reply or "", recording.instrument, administration.order)
            values = {answer.item: answer.value for answer in found if answer.value is not None}
            answers.setdefault(administration.situation, []).append(values)
        own = materials_of(Study(respondents=["uniform"])).ways[0]
        situations = tuple(m for m in recording.materials if isinstance(m, Situation))
        return cls(model, Way(recording.instrument, own.protocol, None, situations), answers)

    def shuffled(self, seed: int) -> Pool:
        """The same answers with the repeats of every situation in another order."""
        random = np.random.default_rng(seed)
        dealt = {key: [some[k] for k in random.permutation(len(some))] for key, some in self.answers.items()}
        return Pool(self.name, self.way, dealt)

    def prepared(self, **changes: object) -> Prepared:
        """The full study of the pool, 10 repeats and 50 baselines, ready to be run; ``changes`` to the study."""
        spec = {"respondents": ["uniform"], "repeats": N_REPEATS, "baseline_repeats": N_BASELINES, **changes}
        answerer = _FromPool(self)
        materials = Materials((self.way,), _as_set(self.way.situations))
        study = Study(**spec)
        return Prepared(study, materials, (answerer,), Plan(study, materials, (answerer.record,)))


class _FromPool:
    """Answers with what was recorded for this situation at this repeat; items without an answer are left out."""

    capabilities = Capabilities(at_once=1)

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.record = Respondent.of(RespondentKind.SYNTHETIC, pool.name, {})

    async def ask(self, question: Question) -> Reply:
        some = self.pool.answers[question.administration.situation]
        repeat = question.administration.repeat
        values = some[repeat] if repeat < len(some) else {}
        lines = reply_text(question, {n: values.get(n, 0) for n in question.shown}).splitlines()
        shown = zip(question.shown, lines, strict=True)
        text = "\n".join(line for n, line in shown if n in values) or "No answer."
        return Reply(request="", response=text, text=text)

    async def close(self) -> None:
        """Nothing is held open."""


def _as_set(situations: tuple[Situation, ...]) -> SituationSet:
    return SituationSet(id=situations[0].set, source="recorded", licence="the original's", situations=situations)
