from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from asking import make, make_questions
from emotionbench.errors import RespondentError
from emotionbench.respondents.base import AskFailure
from emotionbench.respondents.openai.connection import Connection
from emotionbench.respondents.openai.replies import Complaint, Response
from mock_server import MockServer

pytestmark = pytest.mark.usefixtures("no_keys")
KEY = "sk-test-0123456789abcdef"


def connected(server: MockServer) -> Connection:
    return make(server, api_key_env="MY_KEY").connection


@pytest.fixture(autouse=True)
def key(no_keys: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", KEY)


def body(server: MockServer) -> dict[str, Any]:
    return make(server).body(make_questions(make(server), 1)[0], make(server).way)


def test_what_is_sent_is_what_is_kept_and_the_response_is_whole(fresh: MockServer) -> None:
    connection = connected(fresh)

    async def twice() -> tuple[str, Response]:
        await connection.post(body(fresh))
        await connection.close()
        found = await connection.post(body(fresh))
        await connection.close()
        return found

    request, response = asyncio.run(twice())
    assert json.loads(request) == {"url": f"{fresh.url}/chat/completions", "body": fresh.stats()["last"]["body"]}
    assert request == connection.request_of(json.dumps(body(fresh), ensure_ascii=False, separators=(",", ":")))
    assert response.ok
    assert json.loads(response.text)["choices"]
    assert fresh.stats()["n_requests"] == 2


def test_another_path_is_another_address(fresh: MockServer) -> None:
    connection = connected(fresh)
    connection.go_to("decisions")
    assert (connection.path, connection.shown_url) == ("decisions", f"{fresh.url}/decisions")
    assert json.loads(connection.request_of("{}"))["url"] == f"{fresh.url}/decisions"


def test_no_failure_shows_the_key(fresh: MockServer) -> None:
    connection = connected(fresh)
    failure = connection.failure("server", f"said {KEY}\0", f'{{"body": "{KEY}"}}')
    assert isinstance(failure, AskFailure)
    assert (failure.message, failure.request) == ("said ***\N{REPLACEMENT CHARACTER}", '{"body": "***"}')
    assert str(connection.hopeless(f"said {KEY}", f"not {KEY}")) == "compatible/mock: said ***; not ***"
    assert KEY not in repr(vars(connection))


@pytest.mark.parametrize(
    ("complaint", "temperature", "said"),
    [
        (Complaint(401, "no"), None, "refuses the key in MY_KEY"),
        (Complaint(402, "no"), None, "the account is used up"),
        (Complaint(302, ""), None, "redirects to nowhere"),
        (Complaint(400, "temperature: unsupported value"), 0.5, "refuses temperature 0.5"),
        (Complaint(400, "response_format is not supported"), None, "does not hold its replies to a JSON schema"),
        (Complaint(404, "no such model"), None, "no model 'mock'"),
    ],
)
def test_what_every_later_request_would_meet_stops(
    fresh: MockServer, complaint: Complaint, temperature: float | None, said: str
) -> None:
    with pytest.raises(RespondentError, match=said):
        stop_if_hopeless(fresh, complaint, temperature)


@pytest.mark.parametrize(
    "complaint", [Complaint(500, "no"), Complaint(429, "slow down"), Complaint(400, "temperature: unsupported value")]
)
def test_what_may_pass_or_was_not_asked_for_does_not_stop(fresh: MockServer, complaint: Complaint) -> None:
    stop_if_hopeless(fresh, complaint, None)


def stop_if_hopeless(server: MockServer, complaint: Complaint, temperature: float | None) -> None:
    connection = connected(server)

    async def go() -> None:
        try:
            await connection.stop_if_hopeless(complaint, Response(complaint.status, complaint.words), temperature)
        finally:
            await connection.close()

    asyncio.run(go())
