"""Precision with probabilities read: situations once, two baselines, and an interval that the store's tokens give."""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from sqlalchemy import select

from emotionbench.analysis import analyse
from emotionbench.engine import run
from emotionbench.materials import catalogue
from emotionbench.store import Store, reading, schema
from emotionbench.study import Study
from engine_helpers import run_here
from mock_server import MockServer
from told_helpers import ten

WANTED = 0.6
N_SITUATIONS = 60
"""Of anger: five factors with twelve each."""
Scores = dict[str, dict[str, dict[str, list[float]]]]
"""Subscale → factor ("" before) → situation → scores."""


def expected(logprobs: str) -> float:
    """The expected answer from 1 to 5, of the tokens that one attempt was told."""
    (step,) = json.loads(logprobs)["steps"]
    chances: Counter[int] = Counter()
    for text, logarithm in step["tokens"]:
        if text.strip() in set("12345"):
            chances[int(text)] += math.exp(logarithm)  # type: ignore[assignment]
    return sum(value * p for value, p in chances.items()) / sum(chances.values())


def scores_of(path: Path) -> Scores:
    """Every score, summed from the attempts as they stand in the store."""
    administration, attempt = schema.administration.c, schema.attempt.c
    panas = catalogue.instrument("PANAS")
    sums: defaultdict[tuple[str, str, str, str], float] = defaultdict(float)
    query = select(administration.id, administration.situation, attempt.logprobs).join_from(
        schema.administration, schema.attempt, administration.id == attempt.administration
    )
    with Store(path) as store, store.reading() as connection:
        situations = reading.materials(store).situations
        for identifier, situation, logprobs in connection.execute(query):
            factor, name = (situations[situation].factor, situations[situation].id) if situation else ("", "")
            item = json.loads(logprobs)["item"]
            (key,) = [key for key, subscale in panas.subscales.items() if item in subscale.items]
            sums[key, factor, name, identifier] += expected(logprobs)
    found: Scores = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for (key, factor, name, _), score in sums.items():
        found[key][factor][name].append(score)
    return found


def half_width(of_factors: dict[str, dict[str, list[float]]]) -> float:
    """Of the mean over factors: situations vary alike within each, baselines that are all the same add nothing."""
    before = of_factors[""][""]
    assert len(before) == 2
    assert before[0] == pytest.approx(before[1], abs=1e-9)
    values = [np.array([one for (one,) in own.values()]) for name, own in of_factors.items() if name]
    df = sum(own.size - 1 for own in values)
    variance = sum(float(np.square(own - own.mean()).sum()) for own in values) / df
    error = math.sqrt(variance * sum(1 / own.size for own in values)) / len(values)
    return float(stats.t.ppf(0.975, df)) * error


def test_readings_reach_what_is_wanted_with_every_situation_once(
    mock_server: Callable[..., MockServer], tmp_path: Path
) -> None:
    server, path = mock_server(), tmp_path / "store.db"
    asked = ["--respondent", "compatible/mock", "--base-url", server.url, "--emotions", "anger"]
    wanted = ["--answers", "logprobs", "--precision", str(WANTED), "--store", str(path)]
    done = run_here(tmp_path, ["run", *asked, *wanted])
    assert done.returncode == 0, done.stderr
    assert f"± {WANTED} points wanted: 1 of 1 rows reached" in done.stdout + done.stderr
    scores = scores_of(path)
    for of_factors in scores.values():
        counts = [len(own) for factor, situations in of_factors.items() if factor for own in situations.values()]
        assert set(counts) == {1}
        assert 20 < len(counts) < N_SITUATIONS  # more than the first wave, and fewer than there are
    widths = {key: half_width(of_factors) for key, of_factors in scores.items()}
    (row,) = [row for block in analyse(path).changes() for row in block.rows if row.kind == "emotion"]
    found = {key: ((c.high or 0) - (c.low or 0)) / 2 for key, c in row.contrasts.items()}
    assert found == pytest.approx(widths, rel=1e-9)
    assert max(widths.values()) <= WANTED
    n_requests = server.stats()["n_requests"]
    again = run_here(tmp_path, ["run", *asked, *wanted])
    assert again.returncode == 0
    assert server.stats()["n_requests"] == n_requests


def test_ways_that_one_row_averages_are_asked_as_often_as_those_that_vary(tmp_path: Path) -> None:
    levels = {"template": ["plain", "brief", "polite", "strict"], "option_order": ["ascending", "descending"]}
    study = Study(
        respondents=["uniform"],
        instruments=[ten(tmp_path)],
        factors=["anger-1"],
        situations_per_factor=2,
        repeats=3,
        baseline_repeats=4,
        ways={"answers": "logprobs", "conversation": ["fresh", "kept"], **levels},
        execution={"precision": 0.5},
    )
    outcome = run(study, tmp_path / "store.db")
    (anger,) = outcome.standings
    assert anger.names.protocol == "16 forms · answers logprobs"  # in fresh conversations and in kept ones
    assert anger.n_administrations == 16 * 2 * 3
    assert outcome.n_answered == 16 * (2 * 3 + 4)
