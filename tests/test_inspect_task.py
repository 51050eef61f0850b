"""Our tasks in Inspect AI: the same sessions in the same words as ours, and scores and means that equal ours."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from emotionbench.analysis import Analysis, analyse
from emotionbench.engine.lane import Wordings
from emotionbench.imports.inspect_log import read_log, save_log
from emotionbench.parsing import parse
from emotionbench.plan import Plan
from emotionbench.records import AnswerStatus
from emotionbench.respondents.inspect.asking import Settings, record_of
from emotionbench.scoring import score
from emotionbench.store import Store
from emotionbench.study import Study, read_study
from emotionbench.study_materials import materials_of
from inspect_evals import SMALL, logs_of

pytestmark = pytest.mark.filterwarnings("ignore:The 'initial' parameter is deprecated:DeprecationWarning")


@pytest.fixture(scope="session")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return logs_of(tmp_path_factory)


def read(logs: Path, name: str) -> Any:
    with warnings.catch_warnings():
        # Inspect's imports are not ours to mend
        warnings.simplefilter("ignore")
        from inspect_ai.log import read_eval_log  # noqa: PLC0415
    found = next(logs.glob(f"{name}.*"))
    return read_eval_log(found, resolve_attachments=True)


def analysed(logs: Path, name: str, folder: Path) -> Analysis:
    with Store(folder / "s.db") as store:
        save_log(read_log(next(logs.glob(f"{name}.*"))), store)
    return analyse(folder / "s.db")


def metrics(log: Any) -> dict[str, float]:
    return {name: metric.value for name, metric in log.results.scores[0].metrics.items()}


def scored(log: Any) -> Iterator[tuple[Any, dict[str, float]]]:
    for sample in log.samples:
        yield sample, sample.scores["subscales"].value


def small_study(**changes: Any) -> Study:
    return Study(**{"respondents": ["inspect/scripted/whole"], **SMALL, **changes})


def test_samples_are_the_sessions_of_the_plan_in_our_words(logs: Path) -> None:
    study = small_study()
    materials = materials_of(study)
    record = record_of("scripted/whole", Settings())
    wordings = Wordings(materials)
    plan = {one.id: one for session in Plan(study, materials, (record,)) for one in session}
    log = read(logs, "whole")
    assert sorted(sample.id for sample in log.samples) == sorted(plan)
    for sample in log.samples:
        expected = wordings.question(plan[sample.id]).messages
        (event,) = [event for event in sample.events if event.event == "model"]
        sent = [{"role": message.role, "content": message.text} for message in event.input]
        assert sent == list(expected)
        assert [message.text for message in sample.input] == [message["content"] for message in expected]
        assert event.config.max_tokens == 1024


def test_every_score_is_ours(logs: Path) -> None:
    n_unscored = 0
    for name in ("whole", "partial"):
        logged = read_log(next(logs.glob(f"{name}.*")))
        ours = {}
        for administration, attempts in logged.administrations:
            instrument = logged.materials.instruments[administration.instrument]
            answers = parse(attempts[0].reply or "", instrument, administration.order)
            ours[administration.id] = {one.subscale: one.value for one in score(answers, instrument)}
        for sample, values in scored(read(logs, name)):
            assert {key: None if math.isnan(value) else value for key, value in values.items()} == ours[sample.id]
            n_unscored += sum(math.isnan(value) for value in values.values())
    assert n_unscored > 0


def test_means_leave_out_what_is_unscored_and_do_not_count_it_as_0(logs: Path) -> None:
    log, n_left_out = read(logs, "partial"), 0
    for condition in ("baseline", "evoked"):
        for subscale in ("positive", "negative"):
            own = [one for one in scored(log) if one[0].metadata["condition"] == condition]
            whole = [
                values[subscale]
                for sample, values in own
                if sample.scores["subscales"].metadata["n_valid"][subscale] == "10 of 10"
            ]
            assert metrics(log)[f"PANAS {subscale} {condition}"] == pytest.approx(fmean(whole))
            n_left_out += len(own) - len(whole)
    assert n_left_out > 0


def test_a_refused_task_has_no_means_and_says_why(logs: Path) -> None:
    log = read(logs, "refused")
    assert metrics(log) == {}
    for sample, values in scored(log):
        assert all(math.isnan(value) for value in values.values())
        assert sample.scores["subscales"].reason == "refusal"
        assert sample.scores["subscales"].metadata["answers"] == {AnswerStatus.REFUSED.value: 20}


@pytest.mark.parametrize("name", ["whole", "partial", "paired", "ready-made"])
def test_metrics_are_the_means_and_changes_of_our_table(logs: Path, tmp_path: Path, name: str) -> None:
    analysis = analysed(logs, name, tmp_path)
    (block,) = analysis.changes()
    found = metrics(read(logs, name))
    for subscale in ("positive", "negative"):
        assert found[f"PANAS {subscale} baseline"] == pytest.approx(block.baseline[subscale].mean)
    compared = 0
    for row in block.rows:
        for subscale, contrast in row.contrasts.items():
            if row.kind == "emotion" and contrast.difference is not None:
                assert found[f"PANAS {subscale} change {row.emotion}"] == pytest.approx(contrast.difference)
                compared += 1
    assert compared >= 2


def test_a_paired_session_is_one_sample_of_two_turns(logs: Path) -> None:
    log = read(logs, "paired")
    n_partial = 0
    for sample, values in scored(log):
        roles = [message.role for message in sample.messages]
        assert roles in (["user", "assistant"] * 2, ["system", *["user", "assistant"] * 2])
        assert set(values) == {f"{c}_{s}" for c in ("baseline", "evoked") for s in ("positive", "negative")}
        n_partial += any(map(math.isnan, values.values()))
    assert 0 < n_partial < len(log.samples)


def test_a_study_file_with_forms_is_asked_as_it_says(logs: Path) -> None:
    log = read(logs, "file")
    study = read_study(logs / "study.yaml").model_copy(update={"respondents": small_study().respondents})
    plan = Plan(study, materials_of(study), (record_of("scripted/whole", Settings()),))
    assert sorted(sample.id for sample in log.samples) == sorted(session[0].id for session in plan)
    sent = [[event for event in sample.events if event.event == "model"] for sample in log.samples]
    assert {len(events) for events in sent} == {1, 3}
    assert all(event.config.temperature == 0.5 for events in sent for event in events)
    assert not any(math.isnan(value) for _, values in scored(log) for value in values.values())


def test_answers_held_to_a_schema_score(logs: Path) -> None:
    log = read(logs, "json")
    assert log.samples[0].events
    assert not any(math.isnan(value) for _, values in scored(log) for value in values.values())
    event = next(event for event in log.samples[0].events if event.event == "model")
    assert len(event.config.response_schema.json_schema.required) == 20


def test_probabilities_score_as_expectations(logs: Path) -> None:
    # of "4", " 4" and "3": 0.8 and 0.15 of 0.95
    expected = 10 * (4 * 0.8 + 3 * 0.15) / 0.95
    for sample, values in scored(read(logs, "probabilities")):
        assert values == pytest.approx({"positive": expected, "negative": expected})
        assert len([event for event in sample.events if event.event == "model"]) == 20


def test_a_task_that_cannot_be_says_so_in_one_line() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from inspect_ai._util.error import PrerequisiteError  # noqa: PLC0415

        from emotionbench.inspect_task import panas, study  # noqa: PLC0415
    for make, options, words in (
        (panas, {"emotion": "anger"}, "error: study: emotion: unknown key; did you mean 'emotions'?"),
        (panas, {"instruments": "ECL-8"}, "use the task emotionbench/study"),
        (panas, {"respondents": "lexicon"}, "respondents: not in Inspect; say --model"),
        (study, {"file": "absent.yaml"}, "absent.yaml: cannot be read"),
        (study, {"ways": {"probe": "recite_items"}}, "probes have no scores"),
    ):
        with pytest.raises(PrerequisiteError) as caught:
            make(**options)
        assert words in str(caught.value.message)
