"""Limits and precision by batch: what is expected to fit goes out, and what was really taken makes room for more."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from emotionbench.engine import run
from emotionbench.engine.batches import run_in_batches
from emotionbench.errors import RespondentError
from emotionbench.store import Store, schema
from engine_helpers import command, n_rows, responses, run_command, study
from mock_batch_server import MockBatches

N = 32
ONE = 260
"""More tokens than any request of PANAS takes at the mock server."""
PRICES = (
    "prices:\n- {provider: compatible, model: mock, input: 100, output: 1000, batch_discount: 0.5,"
    " date: 2026-11-01, source: here}\n"
)
BatchServer = Callable[..., MockBatches]


def taken(store: Path) -> tuple[int, int]:
    """Tokens in and out of all attempts, as the server counted them."""
    table = schema.attempt.c
    both = select(func.coalesce(func.sum(table.input_tokens), 0), func.coalesce(func.sum(table.output_tokens), 0))
    with Store(store) as opened, opened.reading() as connection:
        read, written = connection.execute(both).one()
    return int(read), int(written)


def n_sent(server: MockBatches) -> list[int]:
    """Requests of each batch, in order."""
    return list(server.stats()["n_lines"].values())


def test_administrations_are_counted_and_the_same_command_goes_on(swift_batches: BatchServer, tmp_path: Path) -> None:
    server, store = swift_batches(), tmp_path / "store.db"
    limited = study(server.url, execution={"max_administrations": 20})
    first = run_in_batches(limited, store)
    assert (first.n_answered, first.n_open, n_sent(server)) == (20, 12, [20])
    assert first.ended == "--max-administrations 20: 20 administrations asked"
    second = run_in_batches(limited, store)
    assert (second.n_earlier, second.n_answered, second.n_open, second.ended) == (20, 12, 0, None)
    assert n_rows(store, "worker") == n_rows(store, "claim") == 0


@pytest.mark.parametrize("limit", [2000, 4000, 6000])
def test_tokens_are_not_overrun_and_a_first_small_batch_tells_what_they_are(
    limit: int, swift_batches: BatchServer, tmp_path: Path
) -> None:
    server, store = swift_batches(), tmp_path / "store.db"
    outcome = run_in_batches(study(server.url, execution={"max_tokens": limit}), store)
    assert limit - 2 * ONE <= sum(taken(store)) <= limit
    assert outcome.ended is not None
    assert outcome.ended.startswith(f"--max-tokens {limit}: {outcome.n_answered} administrations asked, ")
    assert f"{sum(taken(store)):,} tokens" in outcome.ended
    first, second, *_ = n_sent(server)
    assert first * ONE <= max(0.2 * limit, ONE)
    assert second > first


def test_what_the_store_holds_spares_the_small_batch(swift_batches: BatchServer, tmp_path: Path) -> None:
    server, store = swift_batches(), tmp_path / "store.db"
    run_in_batches(study(server.url), store)
    earlier, limit = sum(taken(store)), 4000
    outcome = run_in_batches(study(server.url, repeats=4, execution={"max_tokens": limit}), store)
    assert limit - 2 * ONE <= sum(taken(store)) - earlier <= limit
    assert outcome.ended is not None
    _, first, *later = n_sent(server)
    assert first > 5 * sum(later)


def test_replies_much_longer_than_their_texts_tell_overrun_nothing(swift_batches: BatchServer, tmp_path: Path) -> None:
    long = "\n".join(f"{n}: 3" for n in range(1, 21)) + " because I feel it" * 100
    server, store = swift_batches(says=long), tmp_path / "store.db"
    outcome = run_in_batches(study(server.url, execution={"max_tokens": 6000}), store)
    assert 6000 - 1500 <= sum(taken(store)) <= 6000
    assert outcome.ended is not None


def test_what_is_ample_ends_nothing_and_takes_one_batch(swift_batches: BatchServer, tmp_path: Path) -> None:
    server = swift_batches()
    limits = {"max_tokens": 10**6, "max_administrations": N}
    outcome = run_in_batches(study(server.url, execution=limits), tmp_path / "store.db")
    assert (outcome.n_answered, outcome.n_open, outcome.ended, n_sent(server)) == (N, 0, None, [N])


def test_a_limit_below_the_first_request_sends_nothing(swift_batches: BatchServer, tmp_path: Path) -> None:
    server = swift_batches()
    outcome = run_in_batches(study(server.url, execution={"max_tokens": 10}), tmp_path / "store.db")
    assert (outcome.n_answered, n_sent(server)) == (0, [])
    assert outcome.ended == "--max-tokens 10: 0 administrations asked, 0 tokens"


def test_sessions_are_whole(swift_batches: BatchServer, tmp_path: Path) -> None:
    server, store = swift_batches(), tmp_path / "store.db"
    limited = study(server.url, design="paired", execution={"max_administrations": 7})
    assert run_in_batches(limited, store).n_answered == 6
    assert n_sent(server) == [3, 3]


def test_money_is_priced_as_batches_are(
    swift_batches: BatchServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "prices.yaml").write_text(PRICES)
    monkeypatch.setenv("EMOTIONBENCH_HOME", str(tmp_path))
    server, store = swift_batches(), tmp_path / "store.db"
    outcome = run_in_batches(study(server.url, execution={"max_cost": 0.6}), store)
    read, written = taken(store)
    dollars = (read * 100 + written * 1000) / 1e6 / 2
    assert 0.5 < dollars <= 0.6
    assert f"${dollars:.4f}" in (outcome.ended or "")


def test_failures_in_a_batch_leave_room(swift_batches: BatchServer, tmp_path: Path) -> None:
    server, store = swift_batches(errors={"400": 0.3, "500": 0.2}), tmp_path / "store.db"
    outcome = run_in_batches(study(server.url, execution={"max_tokens": 3000, "retries": 1}), store)
    assert outcome.n_failed > 0
    assert 3000 - 2 * ONE <= sum(taken(store)) <= 3000


def test_a_batch_that_expires_half_done_is_not_paid_for_twice(swift_batches: BatchServer, tmp_path: Path) -> None:
    server, store = swift_batches(end="expired", bad_batches=3), tmp_path / "store.db"
    outcome = run_in_batches(study(server.url, execution={"max_tokens": 4000, "retries": 5}), store)
    assert 4000 - 2 * ONE <= sum(taken(store)) <= 4000
    assert (outcome.n_failed, set(responses(store).values()) - {0}) == (0, {1})


def test_asking_anew_what_is_incomplete_needs_room_too(swift_batches: BatchServer, tmp_path: Path) -> None:
    server, store = swift_batches(says="I have no feelings."), tmp_path / "store.db"
    limited = study(server.url, reask=1, execution={"max_tokens": 4000})
    outcome = run_in_batches(limited, store)
    assert 4000 - 2 * ONE <= sum(taken(store)) <= 4000
    assert outcome.ended is not None


def test_a_limit_is_shared_by_respondents(swift_batches: BatchServer, tmp_path: Path) -> None:
    server, store = swift_batches(), tmp_path / "store.db"
    settings = {"base_url": server.url}
    both = [{"id": f"compatible/{name}", "settings": settings} for name in ("a", "b")]
    outcome = run_in_batches(study("", respondents=both, execution={"max_tokens": 6000}), store)
    assert 6000 - 2 * ONE <= sum(taken(store)) <= 6000
    assert outcome.n_answered == responses(store).total()
    ample = run_in_batches(study("", respondents=both, execution={"max_tokens": 10**6}), store)
    assert (ample.ended, ample.n_open) == (None, 0)


@pytest.mark.parametrize("conversation", ["fresh", "kept"])
def test_an_administration_of_several_messages_is_held_to_its_end(
    conversation: str, swift_batches: BatchServer, tmp_path: Path
) -> None:
    server, store = swift_batches(), tmp_path / "store.db"
    ways = {"items_per_message": [5], "conversation": [conversation]}
    asked = study(server.url, ways=ways, protocol="plain-en", execution={"max_tokens": 8000})
    outcome = run_in_batches(asked, store)
    assert outcome.ended is not None
    assert outcome.n_answered >= 3
    assert 4000 < sum(taken(store)) <= 8000
    assert set(responses(store).values()) == {4}


def arguments(server: MockBatches, *more: str) -> list[str]:
    return ["run", "--respondent", "compatible/mock", "--base-url", server.url, "--batch", *more]


def killed(folder: Path, server: MockBatches, call: str, n: int, *more: str) -> None:
    """Start the command, and kill it once the server got a call for the n-th time."""
    process = subprocess.Popen(
        command(*arguments(server, *more)), cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 120
    while server.stats()["calls"].get(call, 0) < n:
        assert time.monotonic() < deadline, "waited in vain"
        assert process.poll() is None, "it ended"
        time.sleep(0.02)
    time.sleep(0.3)
    process.send_signal(signal.SIGKILL)
    process.communicate()


SOME = ("--factors", "anger-1", "--max-tokens", "4000")


def test_who_collects_what_another_sent_counts_it(swift_batches: BatchServer, tmp_path: Path) -> None:
    server, store = swift_batches(delay=60.0), tmp_path / "emotionbench.db"
    killed(tmp_path, server, "GET batches", 1, "--factors", "anger-1", "--max-administrations", "20")
    assert responses(store).total() == 0
    server.set(delay=0.05)
    again = run_command(tmp_path, arguments(server, "--factors", "anger-1", "--max-administrations", "20"))
    assert again.returncode == 0, again.stderr
    assert "ended by --max-administrations 20: 20 administrations asked; the same command goes on" in again.stdout
    assert (responses(store).total(), n_sent(server)) == (20, [20])


@pytest.mark.parametrize(
    ("moment", "options", "n_done"),
    [(("GET batches", 1), {"delay": 60.0}, 0), (("GET files", 3), {"slow_download": 0.2}, 1)],
    ids=["waiting", "collecting"],
)
def test_killed_with_an_open_batch_and_resumed_stays_within_the_limit(
    moment: tuple[str, int], options: dict[str, Any], n_done: int, swift_batches: BatchServer, tmp_path: Path
) -> None:
    server, store = swift_batches(**options), tmp_path / "emotionbench.db"
    killed(tmp_path, server, *moment, *SOME)
    earlier = sum(taken(store))
    assert (responses(store).total(), n_sent(server)[0]) == (n_done, 1)
    server.set(delay=0.05, slow_download=0.0)
    again = run_command(tmp_path, arguments(server, *SOME))
    assert again.returncode == 0, again.stderr
    assert f"{sum(taken(store)) - earlier:,} tokens; the same command goes on" in again.stdout
    assert 4000 - 2 * ONE <= sum(taken(store)) - earlier <= 4000
    assert set(server.stats()["asked"].values()) == {1}


def test_what_was_collected_in_part_before_a_kill_counts(swift_batches: BatchServer, tmp_path: Path) -> None:
    server, store = swift_batches(), tmp_path / "store.db"
    limited = study(server.url, execution={"max_administrations": 20, "max_tokens": 10**6})
    run_in_batches(limited, store)
    _open_again(store, n_left=5)
    outcome = run_in_batches(limited, store)
    assert sum(taken(store)) > 0
    assert outcome.ended == f"--max-administrations 20: 20 administrations asked, {sum(taken(store)):,} tokens"
    assert n_sent(server) == [20]


def _open_again(store: Path, n_left: int) -> None:
    """Make it as if the process that collected the one batch had been killed before the last few lines."""
    request, attempt, batch = schema.batch_request, schema.attempt, schema.batch
    with Store(store) as opened, opened.writing() as connection:
        names = connection.execute(select(request.c.administration).limit(n_left)).scalars().all()
        connection.execute(attempt.delete().where(attempt.c.administration.in_(names)))
        left = request.c.administration.in_(names)
        connection.execute(request.update().where(left).values(attempt=None, body="{}"))
        connection.execute(batch.update().values(state="open"))


PRECISE = {"emotions": ["anger"], "factors": None, "repeats": 6}


def precise(url: str, wanted: float, **limits: Any) -> Any:
    return study(url, **PRECISE, execution={"retries": 2, "precision": wanted, **limits})


def test_precision_is_reached_with_fewer_than_all_wave_by_wave(swift_batches: BatchServer, tmp_path: Path) -> None:
    server, store = swift_batches(), tmp_path / "store.db"
    outcome = run_in_batches(precise(server.url, 3.0), store)
    assert {one.outcome for one in outcome.standings} == {"reached"}
    assert outcome.n_answered == outcome.n_planned == n_rows(store, "administration") == sum(n_sent(server))
    whole = study(server.url, **PRECISE)
    rest = run_in_batches(whole, store)
    assert rest.n_earlier == outcome.n_answered
    assert outcome.n_answered < 0.8 * rest.n_planned
    again = run_in_batches(precise(server.url, 3.0), store)
    assert (again.n_answered, {one.outcome for one in again.standings}) == (0, {"reached"})


def test_an_open_batch_is_collected_before_anything_is_chosen(swift_batches: BatchServer, tmp_path: Path) -> None:
    server, store = swift_batches(forgets=True), tmp_path / "store.db"
    with pytest.raises(RespondentError, match="does not know"):
        run_in_batches(study(server.url, **{**PRECISE, "repeats": 1}), store)
    (n_out,) = n_sent(server)
    server.set(forgets=False)
    outcome = run_in_batches(precise(server.url, 3.0), store)
    assert {one.outcome for one in outcome.standings} == {"reached"}
    # what was out is among what the first look knew of
    assert outcome.n_planned == outcome.n_answered == sum(n_sent(server)) > n_out


def test_waves_by_batch_are_those_of_a_live_run(
    swift_batches: BatchServer, mock_server: Callable[..., Any], tmp_path: Path
) -> None:
    by_batch, live = tmp_path / "batch.db", tmp_path / "live.db"
    found = run_in_batches(precise(swift_batches().url, 2.0), by_batch)
    same = run(precise(mock_server().url, 2.0), live)
    assert set(responses(by_batch)) == set(responses(live))
    assert found.standings == same.standings
    assert found.notes == same.notes


def test_a_limit_ends_what_is_asked_for_a_precision_and_the_same_study_goes_on(
    swift_batches: BatchServer, tmp_path: Path
) -> None:
    server, store = swift_batches(), tmp_path / "store.db"
    limited = precise(server.url, 3.0, max_administrations=40)
    first = run_in_batches(limited, store)
    assert (first.n_answered, first.ended) == (40, "--max-administrations 40: 40 administrations asked")
    assert [one.outcome for one in first.standings] == ["open"]
    ends = [run_in_batches(limited, store) for _ in range(6)]
    assert ends[-1].ended is None
    assert {one.outcome for one in ends[-1].standings} == {"reached"}


def test_precision_killed_with_an_open_batch_goes_on(swift_batches: BatchServer, tmp_path: Path) -> None:
    server, store = swift_batches(delay=0.3), tmp_path / "emotionbench.db"
    wanted = ("--emotions", "anger", "--precision", "3", "--repeats", "6")
    killed(tmp_path, server, "POST batches", 2, *wanted)
    again = run_command(tmp_path, arguments(server, *wanted))
    assert again.returncode == 0, again.stderr
    assert "± 3 points wanted: 1 of 1 rows reached" in again.stdout
    assert set(server.stats()["asked"].values()) == {1}
    assert set(responses(store).values()) == {1}
