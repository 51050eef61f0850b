"""What the tests of local models share: a respondent of a folder, its questions, and asking them in a loop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from emotionbench.engine.lane import Wordings
from emotionbench.plan import Plan
from emotionbench.respondents.base import AskFailure, Question, Reply, build
from emotionbench.respondents.local.answerer import Local
from emotionbench.study import Study
from emotionbench.study_materials import materials_of

if TYPE_CHECKING:
    from emotionbench.respondents.local.spellings import Node


def local(folder: Path, **settings: Any) -> Local:
    """The respondent, on the CPU."""
    study = _study(folder, settings)
    made = build(study.respondents[0], materials_of(study).protocols[0], study.execution)
    assert isinstance(made, Local)
    return made


def questions(answerer: Local, n: int, **changes: Any) -> list[Question]:
    """The first questions of a study of one situation of anger's factors, item by item where probabilities are read."""
    study = _study(Path(), {}, **changes)
    materials = materials_of(study)
    wordings = Wordings(materials)
    found = [
        wordings.question(administration, (), 0, part)
        for session in Plan(study, materials, (answerer.record,))
        for administration in session
        for part in range(1, administration.n_messages + 1)
    ]
    return found[:n]


def ask(answerer: Local, asked: Sequence[Question], at_once: bool = True) -> list[Reply | BaseException]:
    """Replies and failures in the order of the questions, all asked together or one after another."""

    async def go() -> list[Reply | BaseException]:
        try:
            if at_once:
                return await asyncio.gather(*map(answerer.ask, asked), return_exceptions=True)
            found: list[Reply | BaseException] = []
            for question in asked:
                found += await asyncio.gather(answerer.ask(question), return_exceptions=True)
            return found
        finally:
            await answerer.close()

    return asyncio.run(go())


def replies(outcomes: Sequence[Reply | BaseException]) -> list[Reply]:
    """The outcomes, all of them replies."""
    assert not [outcome for outcome in outcomes if isinstance(outcome, BaseException | AskFailure)], outcomes
    return [outcome for outcome in outcomes if isinstance(outcome, Reply)]


def by_hand(model: Any, tokens: list[int], node: Node, n_answers: int) -> NDArray[np.float64]:
    """What a tree of spellings comes to, by one whole pass for each of its places."""
    import torch  # noqa: PLC0415  # takes seconds, and tests without it must be told apart first

    with torch.inference_mode():
        following = torch.softmax(model(torch.tensor([tokens])).logits[0, -1].double(), -1).numpy()
    total = np.zeros(n_answers)
    for token, answer in node.ends.items():
        total[answer] += following[token]
    if node.answer is not None:
        total[node.answer] += 1 - following[list(node.goes_on)].sum()
    for token, child in node.children.items():
        total += following[token] * by_hand(model, [*tokens, token], child, n_answers)
    return total


def _study(folder: Path, settings: dict[str, Any], **changes: Any) -> Study:
    respondent = {"id": f"local/{folder}", "settings": {"device": "cpu", **settings}}
    base = {"emotions": ("anger",), "situations_per_factor": 1, "baseline_repeats": 2}
    return Study(respondents=[respondent], **{**base, **changes})
