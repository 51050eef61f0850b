"""Logs of Inspect AI as our records: the same ids as our own runs, exact attempts, errors as errors."""

from __future__ import annotations

import json
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from emotionbench.analysis import analyse
from emotionbench.engine import prepare, run
from emotionbench.errors import EmotionBenchError, RecordingError
from emotionbench.imports.inspect_log import read_log, save_log
from emotionbench.plan import Plan
from emotionbench.records import Administration
from emotionbench.respondents.inspect.asking import Settings, record_of
from emotionbench.store import Store, reading
from emotionbench.study import Study
from emotionbench.study_materials import materials_of
from emotionbench.verification import n_checked, verify
from inspect_evals import FORMS, SMALL, logs_of

with warnings.catch_warnings():
    # Inspect's imports are not ours to mend
    warnings.simplefilter("ignore")
    from inspect_models import BLOCKED  # importing it registers the provider

pytestmark = pytest.mark.filterwarnings("ignore:The 'initial' parameter is deprecated:DeprecationWarning")
SETTINGS: dict[str, dict[str, Any]] = {"partial": {"temperature": 0.25}, "ready-made": {"temperature": 0.25}}
PAIRED = {"factors": "anger-1", "design": "paired"}


@pytest.fixture(scope="session")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return logs_of(tmp_path_factory)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "s.db") as opened:
        yield opened


def log_of(logs: Path, name: str) -> Path:
    return next(logs.glob(f"{name}.*"))


def planned(spec: dict[str, Any], model: str, **settings: Any) -> dict[str, Administration]:
    """The administrations of our own run, by id."""
    respondent = {"id": f"inspect/{model}", "settings": settings}
    study = Study(**{**spec, "respondents": [respondent]})
    plan = Plan(study, materials_of(study), (record_of(model, Settings(**settings)),))
    return {one.id: one for session in plan for one in session}


def changed(log: Path, folder: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """A copy of a log in JSON with something changed."""
    content = json.loads(log.read_text(encoding="utf-8"))
    change(content)
    path = folder / "changed.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "spec", "model"),
    [
        ("whole", SMALL, "scripted/whole"),
        ("partial", SMALL, "scripted/half"),
        ("paired", {"factors": "anger-1,fear-1", "design": "paired", "repeats": 2}, "scripted/half"),
        ("ready-made", PAIRED, "scripted/whole"),
        ("json", {**FORMS, "ways": {"answers": "json"}}, "scripted/json"),
    ],
)
def test_administrations_are_those_of_our_own_run(logs: Path, name: str, spec: dict[str, Any], model: str) -> None:
    logged = read_log(log_of(logs, name))
    assert logged.respondent.name == f"inspect/{model}"
    assert {one.id: one for one, _ in logged.administrations} == planned(spec, model, **SETTINGS.get(name, {}))


def test_a_log_and_our_own_run_are_one_study(logs: Path, store: Store, tmp_path: Path) -> None:
    save_log(read_log(log_of(logs, "whole")), store)
    study = Study(respondents=["inspect/scripted/whole"], **{**SMALL, "repeats": 2})
    n_planned = prepare(study).plan.n_administrations
    tally = run(study, store)
    assert (tally.n_earlier, tally.n_answered) == (14, n_planned - 14)
    assert list(verify(store)) == []
    # what both asked, both got alike
    own = run(Study(respondents=["inspect/scripted/whole"], **SMALL), tmp_path / "own.db")
    assert own.n_answered == 14
    with Store(tmp_path / "own.db") as other:
        for administration in reading.administrations(other):
            ours, theirs = (reading.attempts(one, administration.id)[0] for one in (other, store))
            assert ours.reply == theirs.reply
            assert (ours.input_tokens, ours.cached_tokens, ours.reasoning_tokens) == (55, 10, 7)
            assert (theirs.input_tokens, theirs.cached_tokens, theirs.reasoning_tokens) == (55, 10, 7)
            assert (ours.model_version, ours.finish_reason) == (theirs.model_version, theirs.finish_reason)


@pytest.mark.parametrize("name", ["whole", "partial", "paired", "file", "json", "probabilities", "refused", "blocked"])
def test_every_row_holds_and_a_second_import_changes_nothing(logs: Path, store: Store, name: str) -> None:
    logged = read_log(log_of(logs, name))
    assert save_log(logged, store) == sum(len(attempts) for _, attempts in logged.administrations)
    before = n_checked(store)
    assert save_log(read_log(log_of(logs, name)), store) == 0
    assert n_checked(store) == before
    assert list(verify(store)) == []


def test_an_attempt_holds_the_request_and_the_response(logs: Path) -> None:
    logged = read_log(log_of(logs, "whole"))
    for _, (attempt,) in logged.administrations:
        request, response = json.loads(attempt.request), json.loads(attempt.response or "")
        sent = request["messages"][-1]["content"] if "messages" in request else request["call"]["messages"][-1]
        assert "item: number" in sent
        assert response["output"]["choices"][0]["message"]["content"] == attempt.reply
        assert (attempt.number, attempt.part, attempt.error) == (1, 1, None)
        assert attempt.started_at.endswith("+00:00")
        assert attempt.seconds >= 0


def test_messages_of_one_administration_are_parts(logs: Path) -> None:
    logged = read_log(log_of(logs, "file"))
    parts = Counter(tuple(attempt.part for attempt in attempts) for _, attempts in logged.administrations)
    assert parts == {(1,): 6, (1, 2, 3): 6}
    assert all(
        [attempt.number for attempt in attempts] == list(range(1, len(attempts) + 1))
        for _, attempts in logged.administrations
    )


def test_what_was_read_of_probabilities_is_kept(logs: Path, store: Store) -> None:
    logged = read_log(log_of(logs, "probabilities"))
    assert logged.statuses == {"read": 20 * len(logged.administrations)}
    save_log(logged, store)
    expected = 10 * (4 * 0.8 + 3 * 0.15) / 0.95
    assert analyse(store).scores["value"].to_list() == pytest.approx([expected] * 2 * len(logged.administrations))


def test_scores_in_the_store_are_those_in_the_log(logs: Path, store: Store) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from inspect_ai.log import read_eval_log  # noqa: PLC0415
    save_log(read_log(log_of(logs, "partial")), store)
    theirs = {
        (sample.id, key): value if value == value else None  # noqa: PLR0124  (NaN is what is unscored)
        for sample in read_eval_log(log_of(logs, "partial")).samples
        for key, value in sample.scores["subscales"].value.items()
    }
    ours = {(row["administration"], row["subscale"]): row["value"] for row in analyse(store).scores.to_dicts()}
    assert ours == theirs
    assert None in ours.values()


def test_an_error_is_an_attempt_that_failed_and_our_run_asks_again(logs: Path, store: Store) -> None:
    logged = read_log(log_of(logs, "failing"))
    outcomes = Counter(attempt.error_kind for _, attempts in logged.administrations for attempt in attempts)
    assert 0 < outcomes["rejected"] < 14
    assert outcomes["rejected"] + outcomes[None] == 14 == len(logged.administrations)
    assert logged.n_unanswered == outcomes["rejected"]
    failed = next(a for _, attempts in logged.administrations for a in attempts if a.error)
    assert failed.error is not None
    assert "against our policy" in failed.error
    assert (failed.response, failed.reply) == (None, None)
    assert "messages" in json.loads(failed.request) or "call" in json.loads(failed.request)
    save_log(logged, store)
    study = Study(respondents=["inspect/scripted/whole+sometimes"], execution={"retries": 0}, **SMALL)
    assert run(study, store).n_earlier == outcomes[None]


def test_what_the_server_refused_is_an_attempt_that_failed_as_in_our_own_run(
    logs: Path, store: Store, tmp_path: Path
) -> None:
    logged = read_log(log_of(logs, "blocked"))
    of_log = {one.id: (a.error_kind, a.error, a.reply is None) for one, (a,) in logged.administrations}
    assert 0 < logged.n_unanswered < 14
    assert set(logged.statuses) == {"valid"}
    study = Study(respondents=["inspect/scripted/whole+blocked"], execution={"retries": 0}, **SMALL)
    assert run(study, tmp_path / "own.db").n_failed == logged.n_unanswered
    with Store(tmp_path / "own.db") as own:
        found = {name: reading.attempts(own, name)[0] for name in of_log}
    assert of_log == {name: (a.error_kind, a.error, a.reply is None) for name, a in found.items()}
    assert ("rejected", f"refused: {BLOCKED}", True) in of_log.values()
    # so that it is asked again
    save_log(logged, store)
    assert run(study, store).n_earlier == 14 - logged.n_unanswered


def test_what_continues_a_conversation_after_a_refusal_is_no_answer(logs: Path) -> None:
    logged = read_log(log_of(logs, "blocked-paired"))
    sessions: dict[str | None, list[tuple[str | None, str | None]]] = {}
    for one, (attempt,) in logged.administrations:
        sessions.setdefault(one.session, []).append((attempt.error_kind, attempt.error))
    came = Counter(tuple(error for _, error in pair) for pair in sessions.values())
    refused, after = f"refused: {BLOCKED}", "asked after a message that the server refused, as if it had been answered"
    assert set(came) >= {(None, None), (refused, after), (None, refused)}
    assert set(came) <= {(None, None), (refused, after), (None, refused), (refused, refused)}
    assert logged.n_unanswered == sum(error is not None for pair in came for error in pair for _ in range(came[pair]))


def test_what_inspect_retried_is_an_attempt_of_its_own(logs: Path, store: Store) -> None:
    logged = read_log(log_of(logs, "retried"))
    assert logged.n_unanswered == 0
    for _, attempts in logged.administrations:
        assert [(one.number, one.error_kind, one.reply is None) for one in attempts] == [
            (1, "server", True),
            (2, None, False),
        ]
    save_log(logged, store)
    assert list(verify(store)) == []


def test_a_later_log_adds_to_what_failed_before(logs: Path, store: Store) -> None:
    logged = read_log(log_of(logs, "failing"))
    save_log(logged, store)
    later = tuple(
        (one, tuple(replace(a, error=None, error_kind=None, response="{}", reply="x", started_at="later") for a in of))
        for one, of in logged.administrations
        if of[0].error
    )
    assert save_log(replace(logged, administrations=later), store) == len(later)
    numbers = [a.number for a in reading.attempts(store, later[0][0].id)]
    assert numbers == [1, 2]
    assert list(verify(store)) == []


def test_no_key_of_the_environment_is_kept(logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", "item: number")
    for _, (attempt,) in read_log(log_of(logs, "whole")).administrations:
        assert "item: number" not in attempt.request
        assert "***" in attempt.request


def test_no_key_of_another_machine_is_kept(logs: Path, store: Store, tmp_path: Path) -> None:
    secret = "sk-of-another-machine-0123456789"

    def leak(log: dict[str, Any]) -> None:
        log["plan"]["config"]["extra_body"] = {"headers": {"x-api-key": secret}}
        leaks = iter(range(3))
        for event in (e for sample in log["samples"] for e in sample["events"] if e["event"] == "model"):
            match next(leaks, None):
                case 0:
                    event["call"] = {"request": {"authorization": f"Bearer {secret}"}, "response": {"echo": secret}}
                case 1:
                    event["output"]["choices"][0]["message"]["content"] += f"\nBearer {secret}"
                case 2:
                    event["error"] = f"Incorrect API key: {secret}"

    logged = read_log(changed(log_of(logs, "whole"), tmp_path, leak))
    save_log(logged, store)
    kept = [json.dumps(row, default=str) for table in ("respondent", "attempt") for row in reading.rows(store, table)]
    assert len(kept) == 15
    assert "another-machine" not in "".join(kept)
    assert sum("***" in row for row in kept) == 4
    assert logged.respondent.settings["config"] == {"extra_body": {"headers": {"x-api-key": "***"}}}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("foreign", "is a log of another task; logs of emotionbench/panas"),
        ("epochs", "holds several epochs; ask for repeats instead"),
        ("unsampled", "holds no samples; run it without --no-log-samples"),
    ],
)
def test_a_log_that_cannot_be_taken_is_refused(logs: Path, name: str, words: str) -> None:
    with pytest.raises(RecordingError) as caught:
        read_log(log_of(logs, name))
    assert str(caught.value).startswith(f"{log_of(logs, name).name}: ")
    assert words in str(caught.value)


def test_a_file_that_is_no_log_is_refused(tmp_path: Path) -> None:
    for name, content in (("cut.eval", b"PK\3\4"), ("cut.json", b'{"version": 2,'), ("other.json", b"[]")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(EmotionBenchError) as caught:
            read_log(tmp_path / name)
        assert str(caught.value).startswith(f"{name}: cannot be read as a log of Inspect AI")
        assert "\n" not in str(caught.value)
    with pytest.raises(RecordingError, match="there is no such file"):
        read_log(tmp_path / "absent.eval")


def _other_version(log: dict[str, Any]) -> None:
    log["eval"]["metadata"]["emotionbench"]["version"] = "99.0.0"


def _other_format(log: dict[str, Any]) -> None:
    log["eval"]["metadata"]["emotionbench"] |= {"version": "99.0.0", "format": 2}


def _other_text(log: dict[str, Any]) -> None:
    (instrument,) = log["eval"]["metadata"]["emotionbench"]["materials"]["instrument"].values()
    instrument["instructions"] += " Please."


def _new_field(log: dict[str, Any]) -> None:
    (instrument,) = log["eval"]["metadata"]["emotionbench"]["materials"]["instrument"].values()
    instrument["colour"] = "blue"


def _no_situation(log: dict[str, Any]) -> None:
    log["eval"]["metadata"]["emotionbench"]["materials"]["situation"] = {}


def _other_repeat(log: dict[str, Any]) -> None:
    log["samples"][0]["metadata"]["emotionbench"][0]["repeat"] += 1


def _no_note(log: dict[str, Any]) -> None:
    del log["samples"][0]["metadata"]["emotionbench"]


def _twice_the_events(log: dict[str, Any]) -> None:
    sample = next(one for one in log["samples"] if one["events"])
    model = next(event for event in sample["events"] if event["event"] == "model")
    sample["events"].append({**model, "uuid": "another"})


def _no_events(log: dict[str, Any]) -> None:
    log["samples"][0]["events"] = []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_other_format, "was written by emotionbench 99.0.0 in format 2; this one reads format 1; import it with"),
        (_other_text, "is not what its hash says; it was changed"),
        (_new_field, "cannot be understood: colour: unknown key"),
        (_no_situation, "names a material"),
        (_other_repeat, "its columns do not make its id; the log was changed"),
        (_no_note, "does not say which administration it is"),
        (_twice_the_events, "holds more replies than questions"),
        (_no_events, "holds no events"),
    ],
)
def test_a_log_that_was_changed_or_is_too_new_is_refused(
    logs: Path, tmp_path: Path, change: Callable[[dict[str, Any]], None], words: str
) -> None:
    with pytest.raises(RecordingError, match=r"^changed\.json: ") as caught:
        read_log(changed(log_of(logs, "whole"), tmp_path, change))
    assert words in str(caught.value)


def test_a_log_of_another_version_is_read_where_it_can_be_understood(logs: Path, tmp_path: Path) -> None:
    other = read_log(changed(log_of(logs, "whole"), tmp_path, _other_version))
    assert other.administrations == read_log(log_of(logs, "whole")).administrations


def test_a_log_that_was_stopped_says_how_much_it_lacks(logs: Path, tmp_path: Path) -> None:
    def stop(log: dict[str, Any]) -> None:
        log["samples"] = log["samples"][:5]

    logged = read_log(changed(log_of(logs, "whole"), tmp_path, stop))
    assert (len(logged.administrations), logged.n_missing) == (5, 9)
