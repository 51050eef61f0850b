"""Whole studies of a model in process: from the command line to the store, again, and in two halves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

from emotionbench.engine import prepare, run
from emotionbench.errors import RespondentError
from emotionbench.store import Store, schema
from emotionbench.study import Study
from tiny_llama import TinyLlama

pytest.importorskip("torch")
pytest.importorskip("transformers")
stats = pytest.importorskip("scipy.stats")

START = "from emotionbench.cli import main; main()"


def attempts(store: Path) -> dict[tuple[str, int], Any]:
    table = schema.attempt
    with Store(store) as opened, opened.reading() as connection:
        rows = connection.execute(select(table)).all()
    return {(row.administration, row.part): row for row in rows}


def study(folder: Path, batch_size: int = 256, **changes: Any) -> Study:
    base = {"emotions": ("anger",), "situations_per_factor": 1, "baseline_repeats": 2, "ways": {"answers": "logprobs"}}
    respondent = {"id": f"local/{folder}", "settings": {"device": "cpu", "batch_size": batch_size}}
    return Study(respondents=[respondent], **{**base, **changes})


def test_from_the_command_line(tiny_llama: TinyLlama, tmp_path: Path) -> None:
    flags = ["--answers", "logprobs", "--situations-per-factor", "1", "--emotions", "anger", "--baseline-repeats", "3"]
    name = f"local/{tiny_llama.folder}"
    ran = subprocess.run(
        [sys.executable, "-c", START, "run", "--respondent", name, *flags, "--store", str(tmp_path / "a.db")],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "160", "OMP_NUM_THREADS": "1"},
    )
    assert ran.returncode == 0, ran.stderr
    assert "8 of 8 administrations answered" in ran.stdout
    assert "Traceback" not in ran.stderr
    assert len(attempts(tmp_path / "a.db")) == 8 * 20


def test_a_second_run_from_scratch_answers_the_same(tiny_llama: TinyLlama, tmp_path: Path) -> None:
    for name in ("one.db", "two.db"):
        run(study(tiny_llama.folder), tmp_path / name)
    one, two = attempts(tmp_path / "one.db"), attempts(tmp_path / "two.db")
    assert one.keys() == two.keys()
    assert len(one) == 7 * 20
    for key, row in one.items():
        assert row.reply == two[key].reply
        told, again = json.loads(row.logprobs), json.loads(two[key].logprobs)
        assert told["probabilities"] == pytest.approx(again["probabilities"], abs=1e-5)


def test_what_was_stopped_goes_on_and_asks_nothing_twice(tiny_llama: TinyLlama, tmp_path: Path) -> None:
    prepared = prepare(study(tiny_llama.folder, batch_size=8))
    answerer, n_asked = prepared.answerers[0], Counter[str]()
    real = answerer.ask

    async def counted(question: Any) -> Any:
        n_asked[f"{question.administration.id}|{question.part}"] += 1
        if sum(n_asked.values()) == 60:
            raise RespondentError("stopped by the test")
        return await real(question)

    answerer.ask = counted  # type: ignore[method-assign]
    store = tmp_path / "halves.db"
    with pytest.raises(RespondentError, match="stopped by the test"):
        run(prepared, store)
    before = attempts(store)
    assert 0 < len(before) < 140
    tally = run(study(tiny_llama.folder, batch_size=8), store)
    after = attempts(store)
    assert tally.n_open == 0
    assert len(after) == 140
    assert all(after[key].started_at == row.started_at for key, row in before.items())
    with Store(store) as opened, opened.reading() as connection:
        assert len(connection.execute(select(schema.attempt.c.number)).all()) == 140


def test_own_answers_of_many_repeats_approach_the_probabilities(tiny_llama: TinyLlama, tmp_path: Path) -> None:
    """1,000 answers drawn by the seeds of their administrations: what they are is fixed, and this no lottery."""
    run(study(tiny_llama.folder, situations="none", emotions=None, situations_per_factor=None, baseline_repeats=50),
        tmp_path / "many.db")  # fmt: skip
    observed, expected = np.zeros(5), np.zeros(5)
    for row in attempts(tmp_path / "many.db").values():
        probabilities = np.array(list(json.loads(row.logprobs)["probabilities"].values()))
        expected += probabilities / probabilities.sum()
        observed[int(row.reply) - 1] += 1
    assert observed.sum() == 1000
    assert stats.chisquare(observed, expected).pvalue > 0.01
    assert stats.chisquare(observed).pvalue < 1e-6


def test_answers_kept_in_one_conversation(tiny_llama: TinyLlama, tmp_path: Path) -> None:
    ways = {"answers": "logprobs", "conversation": "kept", "template": "plain"}
    alone = {"situations": "none", "emotions": None, "situations_per_factor": None, "instruments": ("ECL-8",)}
    run(study(tiny_llama.folder, ways=ways, **alone), tmp_path / "kept.db")
    rows = attempts(tmp_path / "kept.db")
    assert len(rows) == 16
    for (administration, part), row in rows.items():
        said = [turn["content"] for turn in json.loads(row.request)["messages"] if turn["role"] == "assistant"]
        assert said == [rows[administration, earlier].reply for earlier in range(1, part)]
