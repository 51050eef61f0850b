"""Asking by batch, through a real server process that is late, forgetful and wrong in every way."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from emotionbench.analysis import analyse
from emotionbench.engine import Tally, run
from emotionbench.engine.batch_sending import View
from emotionbench.engine.batches import run_in_batches
from emotionbench.errors import RespondentError
from emotionbench.records import Attempt, Condition
from emotionbench.store import Store, batches, reading, schema, tokens
from emotionbench.verification import verify
from engine_helpers import KEY, error_kinds, n_rows, responses, study
from mock_batch_server import MockBatches
from mock_server import MockServer

N = 32
BatchServer = Callable[..., MockBatches]


def states(store: Path | str) -> list[str]:
    """The states of the batches of a store, in order of when they were submitted."""
    with Store(store) as opened, opened.reading() as connection:
        return list(connection.execute(select(schema.batch.c.state).order_by(schema.batch.c.submitted_at)).scalars())


def attempts(store: Path | str) -> list[Attempt]:
    with Store(store) as opened:
        return [attempt for a in reading.administrations(opened) for attempt in reading.attempts(opened, a.id)]


def assert_each_answered_once(store: Path | str, n: int = N) -> None:
    found = responses(store)
    assert (len(found), set(found.values())) == (n, {1})
    assert n_rows(store, "worker") == n_rows(store, "claim") == 0
    with Store(store) as opened:
        assert list(verify(opened)) == []
        assert batches.open_batches(opened) == []


def test_every_administration_is_answered_once_and_a_second_run_asks_nothing(
    swift_batches: BatchServer, tmp_path: Path
) -> None:
    server, store = swift_batches(), tmp_path / "store.db"
    tally = run_in_batches(study(server.url), store)
    assert (tally.n_planned, tally.n_answered, tally.n_failed, tally.n_open, tally.n_attempts) == (N, N, 0, 0, N)
    again = run_in_batches(study(server.url), store)
    assert (again.n_earlier, again.n_answered, again.n_attempts) == (N, 0, 0)
    stats = server.stats()
    assert stats["calls"]["POST batches"] == stats["calls"]["POST files"] == 1
    assert set(stats["asked"].values()) == {1}
    assert_each_answered_once(store)
    assert states(store) == ["collected"]


def test_attempts_are_those_of_a_live_run(
    swift_batches: BatchServer, mock_server: Callable[..., MockServer], tmp_path: Path
) -> None:
    server, live = swift_batches(delay=1.2), mock_server()
    run_in_batches(study(server.url), tmp_path / "batch.db")
    run(study(live.url), tmp_path / "live.db")
    asked = {a.administration: a for a in attempts(tmp_path / "live.db")}
    for found in attempts(tmp_path / "batch.db"):
        same = asked[found.administration]
        assert json.loads(found.request)["body"] == json.loads(same.request)["body"]
        assert json.loads(found.request)["url"] == f"{server.url}/chat/completions"
        assert json.loads(found.response or "") == json.loads(same.response or "")
        for name in ("number", "part", "reply", "input_tokens", "output_tokens", "model_version", "finish_reason"):
            assert getattr(found, name) == getattr(same, name), name
        assert 1.1 < found.seconds < 30
        assert found.started_at.endswith("+00:00")


def test_who_takes_no_batches_is_refused_before_there_is_a_store(tmp_path: Path) -> None:
    store = tmp_path / "store.db"
    nowhere = {"base_url": "http://127.0.0.1:1/v1"}
    specs: list[dict[str, Any]] = [
        {"id": "constant"},
        {"id": "ollama/x", "settings": nowhere},
        {"id": "compatible/x", "settings": {**nowhere, "endpoint": "completions"}},
    ]
    for spec in specs:
        with pytest.raises(RespondentError, match=r"batches.*run it without --batch"):
            run_in_batches(study("", respondents=[spec]), store)
    assert not store.exists()


def test_paired_conversations_go_out_in_waves(swift_batches: BatchServer, tmp_path: Path) -> None:
    server, path = swift_batches(), tmp_path / "store.db"
    tally = run_in_batches(study(server.url, design="paired", recovery=True, protocol="plain-en"), path)
    assert (tally.n_planned, tally.n_answered) == (36, 36)
    assert list(server.stats()["n_lines"].values()) == [12, 12, 12]
    found = {attempt.administration: attempt for attempt in attempts(path)}
    with Store(path) as store:
        sessions: dict[str, dict[Condition, Attempt]] = {}
        for a in reading.administrations(store):
            sessions.setdefault(a.session or "", {})[a.condition] = found[a.id]
    for session in sessions.values():
        said: list[Any] = []
        for condition in (Condition.BASELINE, Condition.EVOKED, Condition.RECOVERED):
            messages = json.loads(session[condition].request)["body"]["messages"]
            assert messages[: len(said)] == said
            said = [*messages, {"role": "assistant", "content": session[condition].reply}]
    assert_each_answered_once(path, 36)


@pytest.mark.parametrize(("conversation", "n_waves"), [("fresh", 1), ("kept", 4)])
def test_messages_of_an_administration(
    conversation: str, n_waves: int, swift_batches: BatchServer, tmp_path: Path
) -> None:
    server, path = swift_batches(), tmp_path / "store.db"
    ways = {"items_per_message": [5], "conversation": [conversation]}
    tally = run_in_batches(study(server.url, ways=ways, protocol="plain-en"), path)
    assert (tally.n_answered, tally.n_attempts) == (N, 4 * N)
    assert len(server.stats()["batches"]) == n_waves
    assert set(responses(path).values()) == {4}
    assert set(analyse(path).administrations["outcome"]) == {"answered"}
    for a in attempts(path):
        assert len(json.loads(a.request)["body"]["messages"]) >= (2 * a.part - 1 if conversation == "kept" else 1)


@pytest.mark.parametrize("end", ["expired", "cancelled"])
def test_what_did_not_come_of_a_batch_goes_into_another_in_the_same_run(
    end: str, swift_batches: BatchServer, tmp_path: Path
) -> None:
    server, store = swift_batches(end=end, bad_batches=1), tmp_path / "store.db"
    tally = run_in_batches(study(server.url), store)
    assert (tally.n_answered, tally.n_failed, tally.n_open) == (N, 0, 0)
    n_anew = error_kinds(store)["expired"]
    assert 0 < n_anew < N
    assert tally.n_attempts == N + n_anew
    assert list(server.stats()["n_lines"].values()) == [N, n_anew]
    assert states(store) == ["collected", "collected"]
    assert_each_answered_once(store)


@pytest.mark.parametrize(
    "options", [{"errors": {"429": 0.2, "500": 0.2}, "bad_batches": 2}, {"untold": 0.4, "bad_batches": 1}]
)
def test_what_failed_or_was_never_told_goes_into_another_in_the_same_run(
    options: dict[str, Any], swift_batches: BatchServer, tmp_path: Path
) -> None:
    server, store = swift_batches(**options), tmp_path / "store.db"
    tally = run_in_batches(study(server.url), store)
    assert (tally.n_answered, tally.n_failed, tally.n_open) == (N, 0, 0)
    _, *anew = server.stats()["n_lines"].values()
    assert len(anew) == options["bad_batches"]
    assert all(0 < n < N for n in anew)
    assert_each_answered_once(store)


@pytest.mark.parametrize("retries", [0, 2])
def test_a_batch_that_ends_half_done_again_and_again_keeps_what_came_and_the_rest_waits(
    retries: int, swift_batches: BatchServer, tmp_path: Path
) -> None:
    server, store = swift_batches(end="expired"), tmp_path / "store.db"
    asked = study(server.url, execution={"retries": retries})
    tally = run_in_batches(asked, store)
    assert 0 < tally.n_answered < N
    assert tally.n_failed == tally.n_open == N - tally.n_answered
    assert error_kinds(store) == {"expired": (retries + 1) * tally.n_failed}
    assert len(server.stats()["batches"]) == retries + 1
    assert "could not be executed in time" in (tally.last_failure or "")
    server.set(end="completed")
    again = run_in_batches(asked, store)
    assert (again.n_earlier, again.n_answered, again.n_open) == (tally.n_answered, tally.n_failed, 0)
    assert set(server.stats()["answered"].values()) == {1}
    assert_each_answered_once(store)


def test_a_batch_that_brings_nothing_at_all_is_lost(swift_batches: BatchServer, tmp_path: Path) -> None:
    server, store = swift_batches(no_files=True), tmp_path / "store.db"
    server.set(delay=0.0)
    with pytest.raises(RespondentError, match="nothing came of"):
        run_in_batches(study(server.url), store)
    assert states(store) == ["lost"]
    server.set(no_files=False)
    assert run_in_batches(study(server.url), store).n_answered == N
    assert_each_answered_once(store)


def test_requests_that_fail_within_a_batch(swift_batches: BatchServer, tmp_path: Path) -> None:
    server, store = swift_batches(errors={"400": 0.2, "429": 0.2, "500": 0.2}), tmp_path / "store.db"
    tally = run_in_batches(study(server.url), store)
    kinds = error_kinds(store)
    n_rejected, n_passing = kinds.pop("rejected"), kinds.total()
    assert set(kinds) == {"rate_limited", "server"}
    # those that may pass were asked three times, the others once
    assert n_rejected + n_passing / 3 == tally.n_failed == N - tally.n_answered
    server.set(errors={})
    again = run_in_batches(study(server.url), store)
    assert (again.n_answered, again.n_open) == (tally.n_failed, 0)
    assert_each_answered_once(store)


def test_a_file_that_fails_the_validation_for_some_lines(swift_batches: BatchServer, tmp_path: Path) -> None:
    server, store = swift_batches(invalid_lines=0.2), tmp_path / "store.db"
    tally = run_in_batches(study(server.url), store)
    assert tally.n_answered + tally.n_failed == N
    assert error_kinds(store) == {"rejected": tally.n_failed}
    assert 0 < tally.n_failed < N
    assert sum(server.stats()["asked"].values()) == tally.n_answered


def test_a_batch_that_is_refused_as_a_whole_is_a_clear_error(swift_batches: BatchServer, tmp_path: Path) -> None:
    server, store = swift_batches(invalid_model=True), tmp_path / "store.db"
    with pytest.raises(RespondentError, match=r"refused the batch batch_1: model_not_found: The model `mock` does not"):
        run_in_batches(study(server.url), store)
    assert states(store) == ["lost"]
    assert n_rows(store, "attempt") == 0
    server.set(invalid_model=False)
    assert run_in_batches(study(server.url), store).n_answered == N


@pytest.mark.parametrize("limit", [1, 10, 20])
def test_a_full_queue_makes_smaller_batches_one_after_another(
    limit: int, swift_batches: BatchServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("emotionbench.engine.batch_sending.MOST_REQUESTS", 15)
    server, store = swift_batches(queue=limit, delay=0.02), tmp_path / "store.db"
    tally = run_in_batches(study(server.url), store)
    assert (tally.n_answered, tally.n_failed) == (N, 0)
    assert error_kinds(store) == {}
    assert set(server.stats()["asked"].values()) == {1}
    assert_each_answered_once(store)


def test_a_file_that_is_too_large_is_split(swift_batches: BatchServer, tmp_path: Path) -> None:
    server, store = swift_batches(most_lines=9), tmp_path / "store.db"
    assert run_in_batches(study(server.url), store).n_answered == N
    assert max(server.stats()["n_lines"].values()) == 8
    assert set(server.stats()["asked"].values()) == {1}
    assert_each_answered_once(store)


def test_files_hold_no_more_requests_and_bytes_than_they_may(
    swift_batches: BatchServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = swift_batches()
    monkeypatch.setattr("emotionbench.engine.batch_sending.MOST_REQUESTS", 7)
    run_in_batches(study(server.url), tmp_path / "a.db")
    assert sorted(server.stats()["n_lines"].values()) == [4, 7, 7, 7, 7]
    monkeypatch.setattr("emotionbench.engine.batch_sending.MOST_REQUESTS", 1000)
    monkeypatch.setattr("emotionbench.engine.batch_sending.MOST_BYTES", 20_000)
    fresh = swift_batches()
    run_in_batches(study(fresh.url), tmp_path / "b.db")
    assert len(fresh.stats()["n_lines"]) > 1
    assert max(fresh.stats()["n_bytes"].values()) <= 20_000
    assert_each_answered_once(tmp_path / "b.db")


def test_not_even_one_request_fits(swift_batches: BatchServer, tmp_path: Path) -> None:
    server, store = swift_batches(queue=0, most_lines=-1), tmp_path / "store.db"
    with pytest.raises(RespondentError, match=r"takes not even one request.*run the same command again"):
        run_in_batches(study(server.url), store)
    assert n_rows(store, "attempt") == n_rows(store, "batch") == n_rows(store, "batch_request") == 0


def test_a_busy_server_is_waited_for(swift_batches: BatchServer, tmp_path: Path) -> None:
    server, store = swift_batches(busy={"POST files": 2, "POST batches": 2, "GET batches": 1}), tmp_path / "store.db"
    assert run_in_batches(study(server.url), store).n_answered == N
    stats = server.stats()
    assert (stats["calls"]["POST files"], stats["calls"]["POST batches"]) == (3, 3)
    assert_each_answered_once(store)


def test_a_batch_that_was_taken_with_an_error_is_not_submitted_again(
    swift_batches: BatchServer, tmp_path: Path
) -> None:
    server, store = swift_batches(lost_creates=1), tmp_path / "store.db"
    assert run_in_batches(study(server.url), store).n_answered == N
    assert set(server.stats()["asked"].values()) == {1}
    assert_each_answered_once(store)


def test_a_model_that_wants_another_field_is_asked_in_another_way(swift_batches: BatchServer, tmp_path: Path) -> None:
    server, store = swift_batches(newer_tokens=True), tmp_path / "store.db"
    tally = run_in_batches(study(server.url), store)
    assert (tally.n_answered, tally.n_failed) == (N, 0)
    assert error_kinds(store) == {"rejected": N}
    assert_each_answered_once(store)


def test_what_every_request_would_meet_ends_the_run(swift_batches: BatchServer, tmp_path: Path) -> None:
    server, store = swift_batches(errors={"402": 1.0}), tmp_path / "store.db"
    with pytest.raises(RespondentError, match="the account is used up"):
        run_in_batches(study(server.url), store)
    assert error_kinds(store) == {"rejected": N}


def test_no_batch_endpoint_is_a_clear_error(swift_batches: BatchServer, tmp_path: Path) -> None:
    server, store = swift_batches(no_batches=True), tmp_path / "store.db"
    with pytest.raises(RespondentError, match=r"nothing takes batches at http.*/v1/files.*without --batch"):
        run_in_batches(study(server.url), store)
    assert n_rows(store, "worker") == n_rows(store, "claim") == 0
    server.set(no_batches=False)
    assert run_in_batches(study(server.url), store).n_answered == N
    assert_each_answered_once(store)


@pytest.mark.parametrize("options", [{"no_batches": True}, {"key": KEY}])
def test_what_was_refused_as_a_batch_is_asked_without_one(
    options: dict[str, Any], swift_batches: BatchServer, mock_server: Callable[..., MockServer], tmp_path: Path
) -> None:
    store = tmp_path / "store.db"
    with pytest.raises(RespondentError):
        run_in_batches(study(swift_batches(**options).url), store)
    assert states(store) == []
    assert run(study(mock_server().url), store).n_answered == N


def test_a_batch_that_the_provider_does_not_know_is_not_asked_again_too_soon(
    swift_batches: BatchServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, store = swift_batches(forgets=True), tmp_path / "store.db"
    for _ in range(2):
        with pytest.raises(RespondentError, match=r"does not know the batch batch_1.*the key and base_url"):
            run_in_batches(study(server.url), store)
    assert states(store) == ["open"]
    monkeypatch.setattr("emotionbench.engine.batches.KNOWN_FOR", 0.0)
    with pytest.raises(RespondentError, match="nothing came of"):
        run_in_batches(study(server.url), store)
    server.set(forgets=False)
    assert run_in_batches(study(server.url), store).n_answered == N
    assert_each_answered_once(store)


def test_what_another_study_of_the_store_sent_is_collected_too(
    swift_batches: BatchServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, store = swift_batches(forgets=True), tmp_path / "store.db"
    with pytest.raises(RespondentError, match="does not know"):
        run_in_batches(study(server.url), store)
    server.set(forgets=False)
    other = study(server.url, instruments=["ECL-8"], factors=["fear-1"])
    tally = run_in_batches(other, store)
    assert tally.n_open == 0
    assert set(responses(store).values()) == {1}
    assert run_in_batches(study(server.url), store).n_earlier == N


def test_what_a_run_took_is_what_it_collected_whoever_sent_it(swift_batches: BatchServer, tmp_path: Path) -> None:
    server, path = swift_batches(forgets=True), tmp_path / "store.db"
    with pytest.raises(RespondentError, match="does not know"):
        run_in_batches(study(server.url), path)
    server.set(forgets=False)
    tally = run_in_batches(study(server.url), path)
    (took,) = tally.took.usages
    with Store(path) as store:
        usages = tokens.usages(store)
    assert (took.batched, took.n_attempts, took.n_failed) == (True, N, 0)
    assert took.input_tokens == sum(usage.input_tokens for usage in usages) > 0
    assert took.output_tokens == sum(usage.output_tokens for usage in usages) > 0
    assert run_in_batches(study(server.url), path).took.usages == []


def test_an_incomplete_reply_is_asked_again_in_another_wave(swift_batches: BatchServer, tmp_path: Path) -> None:
    server, store = swift_batches(says="I have no feelings."), tmp_path / "store.db"
    tally = run_in_batches(study(server.url, reask=1), store)
    assert (tally.n_answered, tally.n_incomplete, tally.n_attempts) == (N, N, 2 * N)
    assert set(responses(store).values()) == {2}


@pytest.mark.parametrize("options", [{}, {"before_answers": " "}, {"fewer_told": 5}])
def test_probabilities_are_read_by_batch(options: dict[str, Any], swift_batches: BatchServer, tmp_path: Path) -> None:
    server, path = swift_batches(**options), tmp_path / "store.db"
    tally = run_in_batches(study(server.url, ways={"answers": ["logprobs"]}, baseline_repeats=1), path)
    assert (tally.n_planned, tally.n_answered, tally.n_failed) == (13, 13, 0)
    n_waves = 2 if options else 1
    assert (tally.n_attempts, len(server.stats()["batches"])) == (13 * 20 * n_waves, n_waves)
    assert set(responses(path).values()) == {20}
    with Store(path) as store:
        shown = {a.id: a for a in reading.administrations(store)}
    for attempt in attempts(path):
        if attempt.response is not None:
            read = json.loads(attempt.logprobs or "")
            assert [read["item"]] == list(shown[attempt.administration].shown(attempt.part))
            told = {token: probability for step in read["steps"] for token, probability in step["tokens"]}
            assert told["3"] == pytest.approx(-0.693, abs=0.001)


def test_too_few_probabilities_are_refused_before_anything_is_sent(swift_batches: BatchServer, tmp_path: Path) -> None:
    server, path = swift_batches(fewer_told=2), tmp_path / "store.db"
    with pytest.raises(RespondentError, match="probabilities of 2 tokens"):
        run_in_batches(study(server.url, ways={"answers": ["logprobs"]}, baseline_repeats=1), path)
    assert n_rows(path, "worker") == n_rows(path, "claim") == 0
    assert set(states(path)) <= {"collected", "lost"}


def test_the_key_is_nowhere(
    swift_batches: BatchServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    server, store = swift_batches(key=KEY, errors={"400": 0.3}), tmp_path / "store.db"
    settings = {"base_url": server.url, "api_key_env": "MY_KEY"}
    asked = study(server.url, respondents=[{"id": "compatible/m", "settings": settings}])
    tally = run_in_batches(asked, store)
    assert 0 < tally.n_failed < N
    monkeypatch.setenv("MY_KEY", f"{KEY}-of-another")
    with pytest.raises(RespondentError, match="refuses the key in MY_KEY") as problem:
        run_in_batches(asked, store)
    assert server.stats()["keys_in_files"] == 0
    assert KEY.encode() not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert KEY not in str(problem.value) + capsys.readouterr().out


def test_the_attempts_that_came_by_batch_are_known(
    swift_batches: BatchServer, mock_server: Callable[..., MockServer], tmp_path: Path
) -> None:
    server, path = swift_batches(end="expired"), tmp_path / "store.db"
    tally = run_in_batches(study(server.url, execution={"retries": 0}), path)
    run(study(mock_server().url), path)
    with Store(path) as store, store.reading() as connection:
        batched = {(row.administration, row.number) for row in connection.execute(batches.batched_attempts())}
        bodies = connection.execute(select(schema.batch_request.c.body)).scalars()
        assert set(bodies) == {None}
    found = attempts(path)
    assert len(found) == N + tally.n_failed
    assert len(batched) == N
    assert batched == {(a.administration, a.number) for a in found if a.number == 1}


def test_the_watcher_sees_requests_done_and_the_end(swift_batches: BatchServer, tmp_path: Path) -> None:
    seen: list[View] = []
    run_in_batches(study(swift_batches(delay=0.5).url), tmp_path / "store.db", seen.append)
    assert {view.n_requests for view in seen} == {0, N}
    assert any(0 < view.n_done < N for view in seen)
    assert seen[-1].n_batches == 0


def test_nothing_is_open_before_the_provider_took_it(swift_batches: BatchServer, tmp_path: Path) -> None:
    seen: list[View] = []
    run_in_batches(study(swift_batches().url), tmp_path / "store.db", seen.append)
    of_sending = {(view.n_batches, view.n_requests) for view in seen if view.doing.startswith("sending")}
    assert of_sending == {(0, 0)}
    assert {view.n_batches for view in seen if view.doing == "waiting"} == {1}


def test_a_live_run_does_not_ask_what_is_in_an_open_batch(
    swift_batches: BatchServer, mock_server: Callable[..., MockServer], tmp_path: Path
) -> None:
    server, live, store = swift_batches(forgets=True), mock_server(), tmp_path / "store.db"
    with pytest.raises(RespondentError, match="does not know"):
        run_in_batches(study(server.url), store)
    tally: Tally = run(study(live.url), store)
    assert (tally.n_answered, tally.n_elsewhere) == (0, N)
    assert live.stats()["n_requests"] == 0
