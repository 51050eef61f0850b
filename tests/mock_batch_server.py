"""A server of batches for tests, as a process of its own: files up, batches worked on for a while, files down.

``python tests/mock_batch_server.py`` prints its base URL on the first line; ``MockBatches.start(...)`` does that from
Python. What it does wrong is chosen by options, most of them a share or a number. ``GET /stats`` says what it saw.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import math
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

from aiohttp import web

from mock_server import answers, completion_bytes


def share(label: str) -> float:
    """A number from 0 to 1 that only the label decides."""
    return int(hashlib.sha256(label.encode()).hexdigest()[:8], 16) / 2**32


class Server:
    """Files and batches, in memory."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.files: dict[str, list[bytes]] = {}
        self.batches: dict[str, dict[str, Any]] = {}
        self.asked: Counter[str] = Counter()
        self.answered: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()
        self.keys_in_files = 0

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.path.removeprefix("/v1/")
        call = f"{request.method} {path.split('/')[0]}"
        if request.path == "/stats":
            return web.json_response(self.stats())
        if request.path == "/set":
            vars(self.options).update(await request.json())
            return web.json_response({})
        self.calls[call] += 1
        refusal = self.refusal(request, path, call)
        return refusal or await self.answer(request, path)

    def refusal(self, request: web.BaseRequest, path: str, call: str) -> web.Response | None:
        if self.options.key and request.headers.get("Authorization") != f"Bearer {self.options.key}":
            return error(401, f"Incorrect API key: {request.headers.get('Authorization')}", "invalid_api_key")
        if self.options.no_batches or path == "chat/completions":
            return error(404, "Not Found", "not_found")
        if self.calls[call] <= self.options.busy.get(call, 0):
            return error(429, "Rate limit reached", "rate_limit_exceeded", {"Retry-After": "0.2"})
        return None

    async def answer(self, request: web.BaseRequest, path: str) -> web.StreamResponse:
        if path == "files":
            return await self.upload(request)
        if path == "batches":
            return await self.create(request) if request.method == "POST" else self.listing(request)
        if path.startswith("batches/"):
            return self.look(path.partition("/")[2])
        return await self.download(request, path.split("/")[1])

    def stats(self) -> dict[str, Any]:
        return {
            "asked": self.asked,
            "answered": self.answered,
            "calls": self.calls,
            "batches": list(self.batches.values()),
            "n_lines": {name: len(lines) for name, lines in self.files.items()},
            "n_bytes": {name: sum(map(len, lines)) + len(lines) for name, lines in self.files.items()},
            "keys_in_files": self.keys_in_files,
        }

    async def upload(self, request: web.BaseRequest) -> web.Response:
        content, purpose = bytearray(), ""
        async for part in await request.multipart():
            if part.name == "file":  # type: ignore[union-attr]
                while chunk := await part.read_chunk(2**16):  # type: ignore[union-attr]
                    content += chunk
            else:
                purpose = await part.text()  # type: ignore[union-attr]
        lines = bytes(content).splitlines()
        if self.options.most_lines and len(lines) > self.options.most_lines:
            return error(413, "File is too large", "file_too_large")
        if purpose != "batch" or any(json.loads(line)["url"] != "/v1/chat/completions" for line in lines):
            return error(400, "not a batch file", "invalid_file")
        self.keys_in_files += bool(self.options.key) and self.options.key.encode() in content
        name = f"file-{len(self.files) + 1}"
        self.files[name] = lines
        await asyncio.sleep(self.options.slow_upload)
        return web.json_response({"id": name, "object": "file", "purpose": "batch", "bytes": len(content)})

    async def create(self, request: web.BaseRequest) -> web.Response:
        wanted = await request.json()
        lines = self.files[wanted["input_file_id"]]
        waiting = sum(b["request_counts"]["total"] for b in self.batches.values() if self.status(b) == "in_progress")
        found = {
            "id": f"batch_{len(self.batches) + 1}",
            "object": "batch",
            **wanted,
            "created": time.time(),
            "request_counts": {"total": len(lines), "completed": 0, "failed": 0},
            "errors": None,
        }
        self.batches[found["id"]] = found
        found["errors"] = self.validation(lines, waiting)
        if not found["errors"]:
            self.asked.update(json.loads(line)["custom_id"] for line in lines)
        await asyncio.sleep(self.options.slow_create)
        if self.options.lost_creates:
            self.options.lost_creates -= 1
            return error(502, "Bad gateway", "server_error")
        return web.json_response(self.shown(found))

    def validation(self, lines: list[bytes], waiting: int) -> dict[str, Any] | None:
        queue = self.options.queue
        if queue and waiting + len(lines) > queue:
            words = f"Enqueued token limit reached for mock. Limit: {queue}."
            return {"data": [{"code": "token_limit_exceeded", "message": words, "line": None, "param": None}]}
        if self.options.invalid_model:
            return {"data": [{"code": "model_not_found", "message": "The model `mock` does not exist", "line": None}]}
        wrong = [n for n, line in enumerate(lines, 1) if share(f"v{digest(line)}") < self.options.invalid_lines]
        problems = [{"code": "invalid_body", "message": "goes against policy", "line": n} for n in wrong]
        return {"data": problems} if problems else None

    def status(self, found: dict[str, Any]) -> str:
        if found["errors"]:
            return "failed"
        if time.time() < found["created"] + self.options.delay:
            return "in_progress"
        return "completed" if self.is_well(found["id"]) else str(self.options.end)

    def is_well(self, batch: str) -> bool:
        """Whether nothing goes wrong with a batch any more."""
        return bool(self.options.bad_batches) and int(batch.removeprefix("batch_")) > self.options.bad_batches

    def listing(self, request: web.BaseRequest) -> web.Response:
        entries, after = list(self.batches.values())[::-1], request.query.get("after")
        names = [entry["id"] for entry in entries]
        start = names.index(after) + 1 if after else 0
        page = entries[start : start + self.options.page]
        has_more = start + self.options.page < len(entries)
        return web.json_response({"data": [self.shown(entry) for entry in page], "has_more": has_more})

    def look(self, name: str) -> web.Response:
        if name not in self.batches or self.options.forgets:
            return error(404, f"No batch found with id {name!r}", "not_found")
        return web.json_response(self.shown(self.batches[name]))

    def shown(self, found: dict[str, Any]) -> dict[str, Any]:
        status = self.status(found)
        shown = {**found, "status": status}
        if status not in {"in_progress", "failed"}:
            shown |= {"output_file_id": f"out-{found['id']}", "error_file_id": f"err-{found['id']}"}
        if status == "in_progress":
            done = min((time.time() - found["created"]) / max(self.options.delay, 0.01), 1.0)
            shown["request_counts"] = {
                **found["request_counts"],
                "completed": int(found["request_counts"]["total"] * done),
            }
        return shown

    async def download(self, request: web.BaseRequest, name: str) -> web.StreamResponse:
        kind, _, batch = name.partition("-")
        if kind not in {"out", "err"} or self.options.no_files:
            return error(404, f"No such File object: {name}", "not_found")
        lines = self.files[self.batches[batch]["input_file_id"]]
        response = web.StreamResponse()
        await response.prepare(request)
        for raw in sorted(lines, key=digest):  # the order of the responses is not that of the requests
            is_error, line = self.outcome(json.loads(raw), digest(raw), is_well=self.is_well(batch))
            if not is_told(line, self.options.untold, is_well=self.is_well(batch)):
                continue
            if is_error == (kind == "err"):
                self.answered[line["custom_id"]] += not is_error
                await response.write(json.dumps(line).encode() + b"\n")
                await asyncio.sleep(self.options.slow_download)
        return response

    def outcome(self, asked: dict[str, Any], label: str, *, is_well: bool) -> tuple[bool, dict[str, Any]]:
        """Whether it is an error, and its line."""
        options, line = self.options, {"id": "r", "custom_id": asked["custom_id"], "response": None, "error": None}
        if options.end != "completed" and not is_well and share(f"u{label}") < options.undone:
            line["error"] = {"code": f"batch_{options.end}", "message": "could not be executed in time"}
            return True, line
        for status, extent in options.errors.items():
            if not is_well and share(f"{status}{label}") < extent:
                body = {"error": {"message": f"no: {options.key}", "type": "x", "code": "x"}}
                line["response"] = {"status_code": int(status), "request_id": "q", "body": body}
                return True, line
        if options.fewer_told and asked["body"].get("top_logprobs", 0) > options.fewer_told:
            words = f"Invalid value for 'top_logprobs': must be less than or equal to {options.fewer_told}."
            line["response"] = {"status_code": 400, "request_id": "q", "body": {"error": {"message": words}}}
            return True, line
        if options.newer_tokens and "max_tokens" in asked["body"]:
            words = "Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens' instead."
            line["response"] = {"status_code": 400, "request_id": "q", "body": {"error": {"message": words}}}
            return True, line
        text = options.says or answers(asked["body"]["messages"][-1]["content"])
        body = json.loads(completion_bytes(asked["body"], text))
        if asked["body"].get("logprobs"):
            body["choices"][0] |= probabilities(asked["body"], options.before_answers)
        line["response"] = {"status_code": 200, "request_id": "q", "body": body}
        return False, line


def probabilities(asked: dict[str, Any], before: str) -> dict[str, Any]:
    """A reply of as many tokens as were asked for: what is written before the answer, if anything, and the answer 3."""
    likely = {"3": 0.5, "4": 0.3, "2": 0.1, "I": 0.06, "5": 0.02, "1": 0.01}
    listed = [{"token": token, "logprob": math.log(share)} for token, share in likely.items()]
    blank = [{"token": before, "logprob": -0.001}]
    places = ([blank] if before else []) + [listed] + [[{"token": ".", "logprob": -0.001}]]
    n_tokens = asked.get("max_tokens", asked.get("max_completion_tokens", 1))
    content = [{**place[0], "top_logprobs": place[: asked["top_logprobs"]]} for place in places[:n_tokens]]
    text = "".join(str(place["token"]) for place in content)
    return {"message": {"role": "assistant", "content": text}, "logprobs": {"content": content}}


def is_told(line: dict[str, Any], untold: float, *, is_well: bool) -> bool:
    """Whether a line is in a file at all."""
    return is_well or share(f"t{line['custom_id']}") >= untold


def digest(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()


def error(status: int, message: str, code: str, headers: dict[str, str] | None = None) -> web.Response:
    content = {"error": {"message": message, "type": "invalid_request_error", "code": code}}
    return web.json_response(content, status=status, headers=headers)


class MockBatches:
    """A running server process."""

    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.process, self.url = process, url

    @classmethod
    def start(cls, **options: Any) -> MockBatches:
        """Start a process with these options on a free port, and wait until it listens."""
        command = [sys.executable, str(Path(__file__).resolve()), json.dumps(options)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        return cls(process, process.stdout.readline().strip())

    def stats(self) -> dict[str, Any]:
        """Requests by custom id that were ``asked`` and ``answered``, ``calls``, ``batches``, ``n_lines``, …"""
        found: dict[str, Any] = self._call("/stats")
        return found

    def set(self, **options: Any) -> None:
        """Change what it does from now on."""
        self._call("/set", json.dumps(options).encode())

    def stop(self) -> None:
        """Kill the process."""
        self.process.kill()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()

    def _call(self, path: str, content: bytes | None = None) -> Any:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(self.url.removesuffix("/v1") + path, content, timeout=10) as response:
            return json.load(response)


OPTIONS: dict[str, Any] = {
    "delay": 0.3,  # seconds that a batch is worked on
    "end": "completed",  # or expired, cancelled
    "bad_batches": 0,  # as many go wrong in the ways of "end", "errors", "untold", later ones do not; 0: all
    "untold": 0.0,  # share of the requests of which no file says anything
    "undone": 0.5,  # share of the requests that were not executed where it did not complete
    "errors": {},  # HTTP status → share of the requests
    "invalid_lines": 0.0,  # share of the requests that fail the validation of the file
    "invalid_model": False,
    "queue": 0,  # requests that may be enqueued; 0: any number
    "most_lines": 0,  # of a file; 0: any number
    "newer_tokens": False,  # refuse max_tokens
    "busy": {},  # "POST files" → how many calls are answered with 429 first
    "lost_creates": 0,  # batches that are taken with a 502
    "slow_upload": 0.0,
    "slow_create": 0.0,
    "slow_download": 0.0,
    "key": None,
    "no_batches": False,
    "no_files": False,
    "forgets": False,
    "page": 2,
    "says": None,
    "before_answers": "",  # what is written before an answer whose probabilities are read
    "fewer_told": 0,  # most top_logprobs; 0: any number
}


async def serve(options: argparse.Namespace) -> None:
    runner = web.ServerRunner(web.Server(Server(options).handle, access_log=None))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}/v1", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(argparse.Namespace(**{**OPTIONS, **json.loads(sys.argv[1])})))
