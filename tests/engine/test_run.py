"""Asking a real HTTP process that fails in every way, and finding in the store exactly what happened."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from emotionbench.analysis import analyse
from emotionbench.engine import Tally, run
from emotionbench.errors import EmotionBenchError, RespondentError
from emotionbench.records import Condition
from emotionbench.store import Store, reading
from engine_helpers import KEY, error_kinds, n_rows, responses, study
from mock_server import MockServer

N = 32
ServerMaker = Callable[..., MockServer]


def test_every_administration_is_answered_once_and_a_second_run_asks_nothing(
    mock_server: ServerMaker, tmp_path: Path
) -> None:
    server, store = mock_server(), tmp_path / "store.db"
    tally = run(study(server.url), store)
    assert (tally.n_planned, tally.n_answered, tally.n_failed, tally.n_open) == (N, N, 0, 0)
    assert responses(store) == dict.fromkeys(responses(store), 1)
    assert server.stats()["n_requests"] == N
    again = run(study(server.url), store)
    assert (again.n_earlier, again.n_answered, again.n_open) == (N, 0, 0)
    assert server.stats()["n_requests"] == N
    assert n_rows(store, "worker") == n_rows(store, "claim") == 0


def test_the_exact_request_and_response_are_kept(mock_server: ServerMaker, tmp_path: Path) -> None:
    server, path = mock_server(), tmp_path / "store.db"
    run(study(server.url), path)
    with Store(path) as store:
        evoked = next(a for a in reading.administrations(store) if a.condition is Condition.EVOKED)
        (attempt,) = reading.attempts(store, evoked.id)
        situation = reading.materials(store).situations[evoked.situation or ""]
    body = json.loads(attempt.request)["body"]
    assert situation.text in body["messages"][-1]["content"]
    assert json.loads(attempt.response or "")["choices"][0]["message"]["content"] == attempt.reply
    assert attempt.model_version is not None
    assert attempt.output_tokens


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("html", "malformed"),
        ("truncated", "malformed"),
        ("empty", "malformed"),
        ("no_choices", "malformed"),
        ("429", "rate_limited"),
        ("500", "server"),
        ("503", "server"),
        ("drop", "connection"),
        ("reset", "connection"),
    ],
)
def test_a_failure_that_passes_is_recorded_and_asked_again(
    fault: str, kind: str, mock_server: ServerMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("emotionbench.engine.pace.FIRST_PAUSE", 0.01)
    server, store = mock_server("--fault", f"{fault}:each1"), tmp_path / "store.db"
    tally = run(study(server.url), store)
    assert (tally.n_answered, tally.n_failed, tally.n_attempts) == (N, 0, 2 * N)
    assert error_kinds(store) == {kind: N}
    assert set(responses(store).values()) == {1}


@pytest.mark.parametrize("fault", ["429", "500", "html", "truncated", "drop"])
def test_a_server_that_fails_for_ever_stops_the_run_and_another_finishes_it(
    fault: str, mock_server: ServerMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("emotionbench.engine.pace.FIRST_PAUSE", 0.01)
    bad, good, store = mock_server("--fault", fault), mock_server(), tmp_path / "store.db"
    with pytest.raises(RespondentError, match=r"10 administrations in a row failed.*run the same command again"):
        run(study(bad.url), store)
    assert responses(store).total() == 0
    assert n_rows(store, "claim") == 0
    tally = run(study(good.url), store)
    assert (tally.n_answered, tally.n_open) == (N, 0)
    assert set(responses(store).values()) == {1}


def test_failures_between_answers_are_counted_and_left_for_the_next_run(
    mock_server: ServerMaker, tmp_path: Path
) -> None:
    server, store = mock_server("--fault", "400:0.3"), tmp_path / "store.db"
    tally = run(study(server.url), store)
    assert 0 < tally.n_failed < N
    assert tally.n_failed + tally.n_answered == N
    assert error_kinds(store) == {"rejected": tally.n_failed}
    outcomes = analyse(store).administrations["outcome"].value_counts()
    assert dict(outcomes.iter_rows())["rejected"] == tally.n_failed
    again = run(study(mock_server().url), store)
    assert (again.n_earlier, again.n_answered, again.n_open) == (tally.n_answered, tally.n_failed, 0)


@pytest.mark.parametrize("fault", ["401", "403", "404", "quota"])
def test_what_no_retry_can_mend_stops_after_one_request(fault: str, mock_server: ServerMaker, tmp_path: Path) -> None:
    server, store = mock_server("--fault", fault), tmp_path / "store.db"
    with pytest.raises(RespondentError):
        run(study(server.url), store)
    assert server.stats()["n_requests"] == 1
    assert responses(store).total() == 0


def test_a_server_that_dies_in_the_middle_loses_nothing(
    mock_server: ServerMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("emotionbench.engine.pace.FIRST_PAUSE", 0.01)
    server, store = mock_server("--die-after", "15"), tmp_path / "store.db"
    with pytest.raises(RespondentError, match="in a row failed"):
        run(study(server.url), store)
    assert responses(store).total() == 15
    run(study(mock_server().url), store)
    assert (len(responses(store)), set(responses(store).values())) == (N, {1})


def test_a_hanging_server_times_out(mock_server: ServerMaker, tmp_path: Path) -> None:
    server, store = mock_server("--fault", "hang"), tmp_path / "store.db"
    with pytest.raises(RespondentError, match=r"no answer from .* within 0.2 s"):
        run(study(server.url, execution={"timeout": 0.2, "retries": 0}), store)
    assert set(error_kinds(store)) == {"timeout"}


def test_replies_that_are_no_answers_are_responses_with_an_outcome(mock_server: ServerMaker, tmp_path: Path) -> None:
    for fault, outcome in (("refuse", "refused"), ("garbage", "unparseable"), ("empty_content", "missing")):
        server, store = mock_server("--fault", fault), tmp_path / f"{fault}.db"
        tally = run(study(server.url), store)
        assert (tally.n_answered, tally.n_incomplete) == (N, N)
        analysis = analyse(store)
        assert set(analysis.administrations["outcome"]) == {outcome}
        assert analysis.scores["value"].null_count() == analysis.scores.height == 2 * N


def test_an_incomplete_reply_is_asked_again_once_and_both_are_kept(mock_server: ServerMaker, tmp_path: Path) -> None:
    server, store = mock_server("--fault", "refuse:each1"), tmp_path / "store.db"
    tally = run(study(server.url, reask=1), store)
    assert (tally.n_answered, tally.n_incomplete, tally.n_attempts) == (N, 0, 2 * N)
    assert set(responses(store).values()) == {2}
    assert set(analyse(store).administrations["outcome"]) == {"answered"}


def test_paired_conversations_carry_the_baseline_on(mock_server: ServerMaker, tmp_path: Path) -> None:
    server, path = mock_server(), tmp_path / "store.db"
    tally = run(study(server.url, design="paired"), path)
    assert (tally.n_planned, tally.n_answered) == (24, 24)
    with Store(path) as store:
        sessions: dict[str, dict[Condition, str]] = {}
        for administration in reading.administrations(store):
            sessions.setdefault(administration.session or "", {})[administration.condition] = administration.id
        for session in sessions.values():
            (before,) = reading.attempts(store, session[Condition.BASELINE])
            (after,) = reading.attempts(store, session[Condition.EVOKED])
            first = json.loads(before.request)["body"]["messages"]
            second = json.loads(after.request)["body"]["messages"]
            assert second[: len(first)] == first
            assert second[len(first)] == {"role": "assistant", "content": before.reply}
            assert len(second) == len(first) + 2


def test_a_paired_conversation_is_taken_up_in_its_middle(
    mock_server: ServerMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("emotionbench.engine.pace.FIRST_PAUSE", 0.01)
    server, store = mock_server("--die-after", "13"), tmp_path / "store.db"
    stopped = run(study(server.url, design="paired", execution={"concurrency": 5, "retries": 0}), store)
    assert (stopped.n_answered, stopped.n_open) == (13, 11)
    tally = run(study(mock_server().url, design="paired"), store)
    assert (tally.n_earlier, tally.n_answered) == (13, 11)
    assert (len(responses(store)), set(responses(store).values())) == (24, {1})


def test_more_repeats_ask_only_what_is_new(mock_server: ServerMaker, tmp_path: Path) -> None:
    server, store = mock_server(), tmp_path / "store.db"
    run(study(server.url, baseline_repeats=20), store)
    tally = run(study(server.url, baseline_repeats=20, repeats=3), store)
    assert (tally.n_earlier, tally.n_answered) == (32, 24)


def test_requests_at_once_and_a_minute_are_limited(mock_server: ServerMaker, tmp_path: Path) -> None:
    server = mock_server("--latency", "20")
    run(study(server.url, execution={"concurrency": 3}), tmp_path / "a.db")
    assert server.stats()["max_at_once"] == 3
    start = time.monotonic()
    run(study(server.url, execution={"requests_per_minute": 6000}), tmp_path / "b.db")
    assert time.monotonic() - start >= (N - 1) * 0.01


def test_the_key_is_nowhere(
    mock_server: ServerMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    server, store = mock_server("--key", KEY, "--fault", "echo_key:2", "--fault", "500:1"), tmp_path / "store.db"
    settings = {"base_url": server.url, "api_key_env": "MY_KEY"}
    asked = study(server.url, respondents=[{"id": "compatible/m", "settings": settings}])
    tally = run(asked, store)
    assert tally.n_answered == N
    bad = study(server.url, respondents=[{"id": "compatible/m+401", "settings": settings}])
    with pytest.raises(RespondentError) as problem:
        run(bad, store)
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert KEY.encode() not in kept
    assert KEY not in str(problem.value) + capsys.readouterr().out


def test_an_address_with_a_password_does_not_reach_the_store(mock_server: ServerMaker, tmp_path: Path) -> None:
    server, store = mock_server(), tmp_path / "store.db"
    run(study(server.url.replace("http://", "http://someone:sesame99@")), store)
    assert b"sesame99" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


def test_the_watcher_sees_the_end(mock_server: ServerMaker, tmp_path: Path) -> None:
    seen: list[int] = []

    def watch(tally: Tally) -> None:
        seen.append(tally.n_answered)

    run(study(mock_server().url), tmp_path / "store.db", watch)
    assert seen[-1] == N


def test_an_error_before_asking_makes_no_store(tmp_path: Path) -> None:
    with pytest.raises(EmotionBenchError, match="unknown respondent"):
        run(study("http://127.0.0.1:1/v1", respondents=["nobody"]), tmp_path / "store.db")
    assert list(tmp_path.iterdir()) == []


def test_it_runs_where_an_event_loop_runs_already_as_in_a_notebook(tmp_path: Path) -> None:
    async def cell() -> Tally:
        return run(study("", respondents=["constant"]), tmp_path / "store.db")

    assert asyncio.run(cell()).n_answered == N
