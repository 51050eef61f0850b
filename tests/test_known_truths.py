"""Respondents whose truth is known, through the whole chain: what went in must come out."""

from __future__ import annotations

import asyncio
import math
from pathlib import Path

import numpy as np
import pytest

from emotionbench import Study, analyse, run
from emotionbench.engine.lane import Wordings
from emotionbench.engine.run import prepare
from emotionbench.materials import catalogue
from emotionbench.parsing import parse
from emotionbench.records import Condition
from emotionbench.scoring import score
from emotionbench.statistics.contrasts import Moments, welch_t

Z_99 = 2.5758


def standard_error(first: Moments, second: Moments) -> float:
    assert first.sd is not None
    assert second.sd is not None
    return math.sqrt(first.sd**2 / first.n + second.sd**2 / second.n)


@pytest.mark.parametrize("design", ["independent", "paired"])
def test_human_norm_returns_peoples_change_of_every_emotion(design: str, tmp_path: Path) -> None:
    study = Study(
        respondents=["human-norm"],
        situations_per_factor=1,
        repeats=200,
        design=design,
        baseline_repeats=2000 if design == "independent" else None,
    )
    run(study, tmp_path / "store.db")
    (block,) = analyse(tmp_path / "store.db").changes(by="factor")
    norm = catalogue.norm("emotionbench-people")
    emotions = [row for row in block.rows if row.emotion and not row.factor]
    factors = [row for row in block.rows if row.factor]
    assert (len(emotions), len(factors)) == (8, 36)
    for row in emotions:
        for key, contrast in row.contrasts.items():
            people = row.people[key]
            assert people is not None
            assert contrast.difference is not None
            margin = Z_99 * standard_error(block.baseline[key], row.evoked[key])
            assert abs(contrast.difference - people.change) < margin, (row.label, key)
            of_factors = [f.people[key] for f in factors if f.emotion == row.emotion]
            assert people.change == pytest.approx(np.mean([p.change for p in of_factors if p]))
    # 72 contrasts at 99.9 %: a handful of misses would mean a wrong factor, not chance
    misses = 0
    for row in factors:
        expected = norm.factor_row(row.factor or "")
        assert expected is not None
        for key, contrast in row.contrasts.items():
            assert contrast.difference is not None
            gap = contrast.difference - expected.subscales[key].change.mean
            misses += abs(gap) > 3.29 * standard_error(block.baseline[key], row.evoked[key])
    assert misses <= 1


def test_constant_returns_exactly_nothing(tmp_path: Path) -> None:
    study = Study(
        respondents=["constant"], instruments=["PANAS", "ECL-8"], repeats=2, kinds=["evoking", "neutral", "positive"]
    )
    run(study, tmp_path / "store.db")
    for unit in ("administration", "situation"):
        blocks = analyse(tmp_path / "store.db").changes(by="factor", unit=unit)
        assert len(blocks) == 2
        for block in blocks:
            for row in block.rows:
                for contrast in row.contrasts.values():
                    assert contrast.difference == 0.0
                    assert contrast.p is None
                    assert contrast.note == "the scores do not vary"


async def _scores(seed: int) -> dict[tuple[Condition, str], list[float]]:
    """One null study of ``uniform``, asked, parsed and scored as the engine does it, without a store."""
    study = Study(respondents=["uniform"], factors=["anger-1"], seed=seed)
    prepared = prepare(study)
    (answerer,) = prepared.answerers
    wordings = Wordings(prepared.materials)
    found: dict[tuple[Condition, str], list[float]] = {}
    for (administration,) in prepared.plan:
        question = wordings.question(administration, n_attempts=1)
        reply = await answerer.ask(question)
        for subscale in score(parse(reply.text, question.instrument, administration.order), question.instrument):
            assert subscale.value is not None
            found.setdefault((administration.condition, subscale.subscale), []).append(subscale.value)
    return found


def test_a_thousand_null_studies_of_uniform_are_significant_as_often_as_stated() -> None:
    async def p_values() -> list[float]:
        found = []
        for seed in range(1000):
            scores = await _scores(seed)
            contrast = welch_t(scores[Condition.BASELINE, "negative"], scores[Condition.EVOKED, "negative"])
            assert contrast.p is not None
            found.append(contrast.p)
        return found

    p = np.array(asyncio.run(p_values()))
    assert 0.035 < np.mean(p < 0.05) < 0.065
    assert 0.003 < np.mean(p < 0.01) < 0.017
