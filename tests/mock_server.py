"""A chat completions server for tests and benchmarks, as a process of its own: real sockets, real failures.

``python tests/mock_server.py --port 0`` prints its base URL on the first line and serves until it is killed.
``MockServer.start(...)`` does that from Python.

A fault is chosen with ``--fault FAULT`` for every request, or by a model named ``anything+FAULT``. ``FAULT`` is one of
``FAULTS``, alone (always), or followed by ``:3`` (the first 3 requests to meet it), ``:each2`` (the first 2 of each
body) or ``:0.1`` (that share of requests, decided by a hash, so the same in every run).

``GET /stats`` counts, ``POST /reset`` forgets, ``GET /v1/models`` lists ``--models``.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path
from typing import Any

from aiohttp import web

import mock_logprobs

ITEM = re.compile(r"\n(\d+)[.)] ([^\n]+)")
RANGE = re.compile(r"numbers? from (-?\d+) to (-?\d+)")

ERRORS: dict[str, tuple[int, str, str]] = {
    "400": (400, "This request goes against our content policy", "content_policy_violation"),
    "401": (401, "Incorrect API key provided", "invalid_api_key"),
    "402": (402, "Insufficient Balance", "payment_required"),
    "403": (403, "You may not use this model", "forbidden"),
    "404": (404, "The model does not exist or you do not have access to it", "model_not_found"),
    "408": (408, "Request timed out", "timeout"),
    "429": (429, "Rate limit reached", "rate_limit_exceeded"),
    "429-seconds": (429, "Rate limit reached", "rate_limit_exceeded"),
    "429-date": (429, "Rate limit reached", "rate_limit_exceeded"),
    "429-bare": (429, "Rate limit reached", "rate_limit_exceeded"),
    "500": (500, "Internal error", "server_error"),
    "503": (503, "Overloaded", "overloaded"),
    "quota": (429, "You exceeded your current quota", "insufficient_quota"),
}
WORDS = {
    "empty_content": "",
    "refuse": "I'm sorry, but as an AI I do not have feelings and cannot answer these questions.",
    "garbage": "Lorem ipsum 7/3, -1 and 99: ★ NaN\n\n```",
}
BODIES = {
    "html": b"<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>",
    "empty": b"",
    "no_choices": b'{"object": "chat.completion", "choices": []}',
    "huge": b'{"choices": "' + b"x" * (9 * 2**20) + b'"}',
}
COMPLAINTS = {
    "no_system": "System role not supported",
    "completion_tokens": "Unsupported parameter: 'max_tokens' is not supported with this model. "
    "Use 'max_completion_tokens' instead.",
    "plain_tokens": "max_completion_tokens: Extra inputs are not permitted",
    "no_temperature": "Unsupported value: 'temperature' does not support 0.0 with this model. "
    "Only the default (1) value is supported.",
    "no_seed": "Unknown name 'seed': Cannot find field; unexpected",
    "no_logprobs": "property 'logprobs' is unsupported",
    "no_structured_outputs": "structured_outputs: Extra inputs are not permitted",
    "no_response_format": "This model does not support 'response_format' of type json_schema",
    "few_logprobs": "Invalid 'top_logprobs': must be between 0 and 5",
    "vague_logprobs": "Invalid 'top_logprobs': too large",
}
MOST_LOGPROBS = {"few_logprobs": 5, "vague_logprobs": 12}
TRANSPORT = ("truncated", "hang", "drop", "reset", "slow", "redirect", "echo_key", "cut_off")
FAULTS = (*ERRORS, *WORDS, *BODIES, *COMPLAINTS, *TRANSPORT)
SLOW_PIECES, SLOW_PAUSE = 10, 0.02


@dataclass
class Counts:
    """What the server has seen since it started or was reset."""

    n_requests: int = 0
    n_answered: int = 0
    at_once: int = 0
    max_at_once: int = 0
    by_body: Counter[str] = field(default_factory=Counter)
    by_fault: Counter[str] = field(default_factory=Counter)
    last: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        last = {**self.last, "headers": dict(self.last.get("headers", {}))}
        return {**vars(self), "last": last, "n_bodies": len(self.by_body)}


class Chat:
    """The handler of all requests."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options, self.counts = options, Counts()
        self.latency = options.latency / 1000

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.method == "POST" and request.path == "/v1/chat/completions":
            return await self.complete(request)
        if request.path == "/v1/models":
            names = [name for name in self.options.models.split(",") if name]
            return web.json_response({"object": "list", "data": [{"id": name} for name in names]})
        if request.path == "/stats":
            return web.json_response(self.counts.as_json())
        if request.path == "/reset":
            self.counts = Counts(at_once=self.counts.at_once)
            return web.json_response({})
        return web.json_response({"detail": "Not Found"}, status=404)

    async def complete(self, request: web.BaseRequest) -> web.StreamResponse:
        raw = await request.read()
        body = json.loads(raw)
        counts, digest = self.counts, hashlib.sha256(raw).hexdigest()[:16]
        counts.n_requests += 1
        number = counts.n_requests
        counts.by_body[digest] += 1
        counts.last = {"path": request.path_qs, "headers": request.headers, "body": body}
        if self.options.die_after is not None and counts.n_requests > self.options.die_after:
            os._exit(1)
        counts.at_once += 1
        counts.max_at_once = max(counts.max_at_once, counts.at_once)
        try:
            if self.latency:
                await asyncio.sleep(self.latency)
            if self.options.hold_after is not None and number > self.options.hold_after:
                await asyncio.sleep(3600)
            for spec in self.faults_of(body["model"]):
                if self.strikes(spec, digest):
                    response = await fault(spec.partition(":")[0], request, body)
                    if response is not None:
                        return response
            if self.options.key and request.headers.get("Authorization") != f"Bearer {self.options.key}":
                return error(*ERRORS["401"], request)
            counts.n_answered += 1
            if body.get("logprobs"):
                return completion(body, *mock_logprobs.told(body))
            return completion(body, answers(body["messages"][-1]["content"]))
        finally:
            counts.at_once -= 1

    def faults_of(self, model: str) -> list[str]:
        own = model.split("+")[1:] if "+" in model else []
        return [*own, *self.options.fault] if own else self.options.fault

    def strikes(self, spec: str, digest: str) -> bool:
        """Whether a fault is to happen to this request."""
        _, _, extent = spec.partition(":")
        n_earlier = self.counts.by_fault[spec]
        if extent.startswith("each"):
            due = self.counts.by_body[digest] <= int(extent[4:])
        elif "." in extent:
            label = f"{spec}|{digest}|{self.counts.by_body[digest]}"
            due = int(hashlib.sha256(label.encode()).hexdigest()[:8], 16) < float(extent) * 2**32
        else:
            due = not extent or n_earlier < int(extent)
        self.counts.by_fault[spec] += due
        return due


def answers(prompt: str) -> str:
    """``item: number`` lines for the numbered items of a prompt, decided by a hash of the prompt alone."""
    items, ends = ITEM.findall(prompt), RANGE.search(prompt)
    if not items or not ends:
        return "OK"
    lowest, highest = int(ends[1]), int(ends[2])
    n_values, part = highest - lowest + 1, 0 if "item number: " in prompt else 1
    draws = hashlib.shake_256(prompt.encode()).digest(len(items))
    return "\n".join([f"{item[part]}: {lowest + draw % n_values}" for item, draw in zip(items, draws, strict=True)])


def completion(body: dict[str, Any], text: str, logprobs: dict[str, Any] | None = None) -> web.Response:
    return web.Response(body=completion_bytes(body, text, logprobs), content_type="application/json")


def completion_bytes(body: dict[str, Any], text: str, logprobs: dict[str, Any] | None = None) -> bytes:
    n_prompt = sum(len(message["content"]) for message in body["messages"]) // 4
    content: dict[str, Any] = {
        "id": "chatcmpl-mock",
        "object": "chat.completion",
        "created": 1700000000,
        "model": body["model"],
        "system_fingerprint": "fp_mock",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {
            "prompt_tokens": n_prompt,
            "completion_tokens": len(text) // 4,
            "total_tokens": n_prompt + len(text) // 4,
        },
    }
    if logprobs is not None:
        content["choices"][0]["logprobs"] = logprobs
    return json.dumps(content).encode()


def error(
    status: int, message: str, code: str, request: web.BaseRequest, headers: dict[str, str] | None = None
) -> web.Response:
    """An error as OpenAI words it; it repeats the key that came, as some servers do."""
    sent = request.headers.get("Authorization", "no key")
    content = {"error": {"message": f"{message} (you sent: {sent})", "type": "invalid_request_error", "code": code}}
    return web.json_response(content, status=status, headers=headers)


async def fault(name: str, request: web.BaseRequest, body: dict[str, Any]) -> web.StreamResponse | None:
    """The response of a fault; null where the fault finds nothing to complain about."""
    if name in COMPLAINTS:
        return error(400, COMPLAINTS[name], "unsupported_parameter", request) if complains(name, body) else None
    if name in ERRORS:
        pause = {
            "429": {"Retry-After": "0"},
            "429-seconds": {"Retry-After": "1"},
            "429-date": {"Retry-After": formatdate(time.time() + 2, usegmt=True)},
        }
        return error(*ERRORS[name], request, pause.get(name))
    if name in WORDS:
        return completion(body, WORDS[name])
    if name in BODIES:
        kind = "text/html" if name == "html" else "application/json"
        return web.Response(body=BODIES[name], content_type=kind)
    return await transport_fault(name, request, body)


def complains(name: str, body: dict[str, Any]) -> bool:
    if name == "no_system":
        return any(message["role"] == "system" for message in body["messages"])
    if name in MOST_LOGPROBS:
        return int(body.get("top_logprobs", 0)) > MOST_LOGPROBS[name]
    field_name = {"completion_tokens": "max_tokens", "plain_tokens": "max_completion_tokens"}.get(name)
    return (field_name or name.removeprefix("no_")) in body


async def transport_fault(name: str, request: web.BaseRequest, body: dict[str, Any]) -> web.StreamResponse:
    full = completion_bytes(body, answers(body["messages"][-1]["content"]))
    if name == "echo_key":
        return completion(body, f"You sent {request.headers.get('Authorization', 'no key')}")
    if name == "cut_off":
        content = json.loads(full)
        content["choices"][0] |= {"message": {"role": "assistant", "content": None}, "finish_reason": "length"}
        return web.json_response(content)
    if name == "truncated":
        return web.Response(body=full[: len(full) // 2], content_type="application/json")
    if name == "redirect":
        return web.Response(status=307, headers={"Location": "http://user:pw@elsewhere.test/v1?key=abc"})
    if name == "hang":
        await asyncio.sleep(3600)
    if name == "slow":
        return await slowly(request, full)
    return await hang_up(request, full if name == "drop" else b"")


async def slowly(request: web.BaseRequest, full: bytes) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    step = len(full) // SLOW_PIECES + 1
    for start in range(0, len(full), step):
        await response.write(full[start : start + step])
        await asyncio.sleep(SLOW_PAUSE)
    return response


async def hang_up(request: web.BaseRequest, full: bytes) -> web.StreamResponse:
    """Close the connection: in the middle of the body, or before anything is said where there is none."""
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": str(len(full))})
    if full:
        await response.prepare(request)
        await response.write(full[: len(full) // 2])
    if request.transport is not None:
        request.transport.close() if full else request.transport.abort()
    return response


class MockServer:
    """A running server process."""

    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.process, self.url = process, url

    @classmethod
    def start(cls, *options: str) -> MockServer:
        """Start a process with these options on a free port, and wait until it listens."""
        command = [sys.executable, str(Path(__file__).resolve()), "--port", "0", *options]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        if not url:
            process.stdout.close()
            raise RuntimeError(f"the mock server ended at once with code {process.wait()}")
        return cls(process, url)

    def stats(self) -> dict[str, Any]:
        """``n_requests``, ``n_answered``, ``max_at_once``, ``n_bodies``, ``by_body``, ``by_fault`` and ``last``."""
        counts: dict[str, Any] = self._call("/stats")
        return counts

    def reset(self) -> None:
        """Set every count to nothing."""
        self._call("/reset", b"")

    def stop(self) -> None:
        """Kill the process; it does not mind being killed twice."""
        self.process.kill()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()

    def _call(self, path: str, content: bytes | None = None) -> Any:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(self.url.removesuffix("/v1") + path, content, timeout=10) as response:
            return json.load(response)


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="a chat completions server for tests")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--latency", type=float, default=0.0, help="milliseconds before each answer")
    parser.add_argument("--fault", action="append", default=[], help="FAULT[:N | :eachN | :SHARE]; may be repeated")
    parser.add_argument("--key", help="answer 401 to any other key")
    parser.add_argument("--models", default="mock-small,mock-large", help="what GET /models lists")
    parser.add_argument("--die-after", type=int, help="answer so many requests, then end the process at the next")
    parser.add_argument("--hold-after", type=int, help="answer so many requests, and let all later ones wait")
    options = parser.parse_args()
    unknown = [spec for spec in options.fault if spec.partition(":")[0] not in FAULTS]
    if unknown:
        parser.error(f"unknown fault {unknown[0]}; known: {', '.join(FAULTS)}")
    return options


async def serve(options: argparse.Namespace) -> None:
    runner = web.ServerRunner(web.Server(Chat(options).handle, access_log=None))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", options.port, backlog=4096)
    await site.start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}/v1", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(parse_options()))
