"""Limits of administrations, tokens and money: kept with many requests at once, and a clean end where they are met."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from emotionbench.engine import run
from emotionbench.errors import EmotionBenchError, StudyError
from emotionbench.store import Store, schema
from engine_helpers import responses, study
from mock_server import MockServer

N = 32
ONE = 260
"""More tokens than any request of PANAS takes at the mock server."""
ServerMaker = Callable[..., MockServer]


def tokens(store: Path) -> int:
    """Tokens in and out of all attempts, as the server counted them."""
    table = schema.attempt
    with Store(store) as opened, opened.reading() as connection:
        both = func.coalesce(table.c.input_tokens, 0) + func.coalesce(table.c.output_tokens, 0)
        return int(connection.execute(select(func.sum(both))).scalar_one())


def test_administrations_are_counted_and_the_same_command_goes_on(mock_server: ServerMaker, tmp_path: Path) -> None:
    server, store = mock_server("--latency", "5"), tmp_path / "store.db"
    limited = study(server.url, execution={"max_administrations": 20})
    first = run(limited, store)
    assert (first.n_answered, responses(store).total(), server.stats()["n_requests"]) == (20, 20, 20)
    assert first.ended == "--max-administrations 20: 20 administrations asked"
    second = run(limited, store)
    assert (second.n_earlier, second.n_answered, second.n_open, second.ended) == (20, 12, 0, None)
    assert set(responses(store).values()) == {1}


def test_tokens_are_not_overrun_however_many_are_asked_at_once(mock_server: ServerMaker, tmp_path: Path) -> None:
    server, store = mock_server("--latency", "20"), tmp_path / "store.db"
    limit = 4000
    outcome = run(study(server.url, execution={"max_tokens": limit, "concurrency": 32}), store)
    assert limit - 2 * ONE <= tokens(store) <= limit
    assert outcome.ended is not None
    assert outcome.ended.startswith(f"--max-tokens {limit}: {outcome.n_answered} administrations asked, ")
    assert f"{tokens(store):,} tokens" in outcome.ended
    assert responses(store).total() == outcome.n_answered


def test_what_the_store_holds_spares_the_slow_beginning(mock_server: ServerMaker, tmp_path: Path) -> None:
    server, store = mock_server("--latency", "200"), tmp_path / "store.db"
    run(study(server.url), store)
    earlier, limit = tokens(store), 3000
    server.reset()
    outcome = run(study(server.url, repeats=4, execution={"concurrency": 32, "max_tokens": limit}), store)
    assert limit - 2 * ONE <= tokens(store) - earlier <= limit
    assert outcome.ended is not None
    # twelve fit: one, two, four, five of them at once where nothing is known
    assert server.stats()["max_at_once"] >= 8


def test_what_is_enough_ends_nothing(mock_server: ServerMaker, tmp_path: Path) -> None:
    server = mock_server()
    outcome = run(study(server.url, execution={"max_tokens": 10**6, "max_administrations": N}), tmp_path / "store.db")
    assert (outcome.n_answered, outcome.n_open, outcome.ended) == (N, 0, None)


def test_a_limit_below_the_first_request_asks_nothing(mock_server: ServerMaker, tmp_path: Path) -> None:
    server = mock_server()
    outcome = run(study(server.url, execution={"max_tokens": 10}), tmp_path / "store.db")
    assert (outcome.n_answered, server.stats()["n_requests"]) == (0, 0)
    assert outcome.ended == "--max-tokens 10: 0 administrations asked, 0 tokens"


def test_sessions_are_whole(mock_server: ServerMaker, tmp_path: Path) -> None:
    server, store = mock_server("--latency", "5"), tmp_path / "store.db"
    limited = study(server.url, design="paired", execution={"max_administrations": 7})
    assert run(limited, store).n_answered == 6
    with Store(store) as opened, opened.reading() as connection:
        table = schema.administration
        rows = connection.execute(
            select(table.c.session, func.count())
            .join(schema.attempt, schema.attempt.c.administration == table.c.id)
            .group_by(table.c.session)
        ).all()
    assert [n for _, n in rows] == [2, 2, 2]


def test_a_limit_that_leaves_no_room_for_a_session_is_refused(mock_server: ServerMaker, tmp_path: Path) -> None:
    server = mock_server()
    with pytest.raises(StudyError, match=r"1 is fewer than the 2 administrations of a session.*allow 2 or more"):
        run(study(server.url, design="paired", execution={"max_administrations": 1}), tmp_path / "store.db")
    assert server.stats()["n_requests"] == 0
    assert list(tmp_path.iterdir()) == []


def test_money_is_not_overrun(mock_server: ServerMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    home.mkdir()
    home.joinpath("prices.yaml").write_text(
        "prices:\n- {provider: compatible, model: mock, input: 100, output: 1000, date: 2026-11-01, source: here}\n"
    )
    monkeypatch.setenv("EMOTIONBENCH_HOME", str(home))
    server, store = mock_server("--latency", "10"), tmp_path / "store.db"
    outcome = run(study(server.url, execution={"max_cost": 1.0}), store)
    with Store(store) as opened, opened.reading() as connection:
        table = schema.attempt
        read, written = connection.execute(
            select(func.sum(table.c.input_tokens), func.sum(table.c.output_tokens))
        ).one()
    dollars = read * 100 / 1e6 + written * 1000 / 1e6
    assert 0.8 < dollars <= 1.0
    assert outcome.ended is not None
    assert f"${dollars:.4f}" in outcome.ended


def test_an_unknown_price_is_refused_before_anything_is_asked(mock_server: ServerMaker, tmp_path: Path) -> None:
    server = mock_server()
    with pytest.raises(EmotionBenchError, match=r"no price is known for compatible/mock.*prices.yaml"):
        run(study(server.url, execution={"max_cost": 5.0}), tmp_path / "store.db")
    assert server.stats()["n_requests"] == 0


def test_who_counts_no_tokens_is_estimated_and_that_is_said(tmp_path: Path) -> None:
    outcome = run(study("", respondents=["uniform"], execution={"max_tokens": 3000}), tmp_path / "store.db")
    assert 0 < outcome.n_answered < N
    found = re.fullmatch(
        r"--max-tokens 3000: (\d+) administrations asked, about ([\d,]+) tokens"
        r" \(\1 replies without the server's count: estimated by their length\)",
        outcome.ended or "",
    )
    assert found
    assert 2000 < int(found[2].replace(",", "")) <= 3000 + ONE


def test_failures_leave_no_room_taken(mock_server: ServerMaker, tmp_path: Path) -> None:
    server, store = mock_server("--fault", "400:0.3"), tmp_path / "store.db"
    outcome = run(study(server.url, execution={"max_tokens": 4000}), store)
    assert 4000 - 2 * ONE <= tokens(store) <= 4000
    assert outcome.n_failed > 0


def test_what_failed_says_nothing_of_what_a_reply_takes(mock_server: ServerMaker, tmp_path: Path) -> None:
    server, store = mock_server("--fault", "400:6", "--latency", "20"), tmp_path / "store.db"
    outcome = run(study(server.url, execution={"max_tokens": 600, "concurrency": 4}), store)
    assert 600 - ONE <= tokens(store) <= 600
    assert outcome.n_failed == 6
