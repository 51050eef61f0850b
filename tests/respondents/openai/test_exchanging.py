from __future__ import annotations

import asyncio
from typing import Any

import pytest

from asking import make
from emotionbench.errors import RespondentError
from emotionbench.respondents.base import AskFailure
from emotionbench.respondents.openai.exchanging import Body, Exchange, Exchanging, lacks_path
from emotionbench.respondents.openai.replies import Complaint
from mock_server import MockServer

pytestmark = pytest.mark.usefixtures("no_keys")


class Seeded(Exchanging[bool]):
    """Asks with a seed or without one, and is told what was refused."""

    missing_fix = "look elsewhere"

    def other_way(self, way: bool, complaint: Complaint) -> bool | None:
        return False if way and complaint.refuses("seed") else None

    def lacking(self, content: Any) -> str | None:
        return None if content.get("choices") else "choices"


def exchanged(server: MockServer, faults: str, n: int = 1, path: str = "chat/completions") -> tuple[Seeded, Exchange]:
    connection = make(server, f"compatible/mock{faults}").connection
    connection.go_to(path)
    requests = Seeded(connection, True)

    def body_of(seeded: bool) -> Body:
        return {"model": f"mock{faults}", "messages": [{"role": "user", "content": "1. Calm"}]} | (
            {"seed": 3} if seeded else {}
        )

    async def go() -> Exchange:
        try:
            return [await requests.exchange(body_of) for _ in range(n)][-1]
        finally:
            await connection.close()

    return requests, asyncio.run(go())


def test_a_way_that_is_refused_is_given_up_once(fresh: MockServer) -> None:
    requests, last = exchanged(fresh, "+no_seed", 3)
    assert requests.way is False
    assert '"seed"' not in last.request
    assert last.content["choices"]
    assert fresh.stats()["n_requests"] == 4


def test_a_way_that_is_taken_is_kept(fresh: MockServer) -> None:
    requests, last = exchanged(fresh, "")
    assert requests.way is True
    assert '"seed":3' in last.request


def test_a_complaint_that_no_way_meets_is_a_rejection(fresh: MockServer) -> None:
    with pytest.raises(AskFailure) as caught:
        exchanged(fresh, "+400")
    assert (caught.value.kind, fresh.stats()["n_requests"]) == ("rejected", 1)


@pytest.mark.parametrize(("fault", "lacks"), [("html", "JSON"), ("no_choices", "choices")])
def test_an_answer_that_lacks_what_makes_it_one_is_malformed(fresh: MockServer, fault: str, lacks: str) -> None:
    with pytest.raises(AskFailure, match=f"HTTP 200 without {lacks}") as caught:
        exchanged(fresh, f"+{fault}")
    assert caught.value.kind == "malformed"


def test_an_endpoint_that_is_not_there_says_what_to_do(fresh: MockServer) -> None:
    with pytest.raises(RespondentError, match=r"no answer at .*/nowhere \(HTTP 404.*look elsewhere"):
        exchanged(fresh, "", path="nowhere")


@pytest.mark.parametrize(
    ("complaint", "expected"),
    [
        (Complaint(404, "Not Found"), True),
        (Complaint(405, ""), True),
        (Complaint(404, "The model 'm' does not exist"), False),
        (Complaint(500, ""), False),
    ],
)
def test_an_endpoint_that_lacks_is_told_from_a_model_that_does(complaint: Complaint, expected: bool) -> None:
    assert lacks_path(complaint) is expected
