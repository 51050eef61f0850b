"""What the lines and standings of a provider of batches mean."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from emotionbench.engine import prepare
from emotionbench.respondents.openai.batches import Batches, Standing, check_batches, line_of
from engine_helpers import study
from mock_batch_server import MockBatches


def line(**fields: Any) -> bytes:
    return json.dumps({"custom_id": "a-1", "response": None, "error": None, **fields}).encode()


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("batch_expired", "expired"),
        ("batch_cancelled", "expired"),
        ("server_error", "server"),
        ("invalid_body", "rejected"),
        (None, "rejected"),
    ],
)
def test_kinds_of_errors(code: str | None, kind: str) -> None:
    found = line_of(line(error={"code": code, "message": "no"}))
    assert found is not None
    assert found.response is None
    assert found.error == (kind, f"{code}: no" if code else "no")


@pytest.mark.parametrize("raw", [b"", b"\n", b"[1]", b"{", b'{"custom_id": 3}', b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_line_is_passed_over(raw: bytes) -> None:
    assert line_of(raw) is None


@pytest.mark.parametrize(
    "fields",
    [{}, {"response": {"status_code": "200"}}, {"response": {"body": {}}}, {"error": "no"}, {"response": [1]}],
)
def test_a_line_that_says_nothing_is_a_request_that_was_rejected(fields: dict[str, Any]) -> None:
    found = line_of(line(**fields))
    assert found is not None
    assert (found.response, found.error[0]) == (None, "rejected")


def test_a_response_keeps_its_status_and_body() -> None:
    found = line_of(line(response={"status_code": 200, "body": {"choices": ["é"]}}))
    assert found is not None
    assert found.response is not None
    assert (found.response.ok, found.response.text) == (True, '{"choices": ["é"]}')


@pytest.mark.parametrize(
    ("status", "problems", "expected"),
    [
        ("failed", [(None, "token_limit_exceeded: Enqueued token limit reached")], True),
        ("failed", [(None, "the file is too large")], False),
        ("failed", [(None, "model_not_found: no such model")], None),
        ("failed", [(3, "line too large")], None),
        ("completed", [(None, "token_limit_exceeded")], None),
        ("failed", [], None),
    ],
)
def test_what_is_too_much(status: str, problems: list[tuple[int | None, str]], expected: bool | None) -> None:
    found = Standing("b", status, 1, 0, 0, (), tuple(problems)).too_much
    assert (found and found.of_queue) == expected


@pytest.fixture
def server() -> Iterator[MockBatches]:
    found = MockBatches.start(delay=100.0)
    yield found
    found.stop()


def _batches(url: str) -> Batches:
    return Batches(check_batches(prepare(study(url)).answerers[0]))


def test_a_batch_is_found_by_our_id_or_its_file_on_any_page(server: MockBatches) -> None:
    async def go() -> list[Standing | None]:
        provider = _batches(server.url)
        for n in range(5):
            file_id = await provider.upload(iter([provider.line(f"{n}-1", "{}")]), "x")
            await provider.submit(file_id, f"ours-{n}")
        found = [
            await provider.find("ours-0", None),
            await provider.find("ours-3", None),
            await provider.find("of nobody", "file-2"),
            await provider.find("of nobody", "file-9"),
        ]
        await provider.close()
        return found

    found = asyncio.run(go())
    assert [one and one.id for one in found] == ["batch_1", "batch_4", "batch_2", None]


def test_the_line_of_a_request_is_what_the_provider_wants() -> None:
    sent = _batches("http://127.0.0.1:1/v1").line("a-1", '{"model": "m"}')
    assert sent.endswith(b"\n")
    assert json.loads(sent) == {
        "custom_id": "a-1",
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": {"model": "m"},
    }
