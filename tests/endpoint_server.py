"""A server of what stands beside chat completions, as a process of its own: ``/v1/completions``, and typed questions.

``python tests/endpoint_server.py`` prints its base URL and serves until it is killed; ``EndpointServer.start()`` does
that from Python. Faults are chosen by the model's name: ``base+no_echo``. ``GET /stats`` holds all bodies.

Its language model is a table: which tokens follow a text depends on its last characters alone (``FOLLOWING``).
"""

from __future__ import annotations

import asyncio
import json
import math
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aiohttp import web

from mock_server import MockServer, answers

TOKEN = re.compile(r"->|\s?\d|\s?\w+|\s|.", re.DOTALL)
CUT_ELSEWHERE = re.compile(r".{4}|.+", re.DOTALL)
FOLLOWING: dict[str, dict[str, float]] = {
    "->": {" 3": 0.4, " 1": 0.2, " 2": 0.1, " 4": 0.1, " 5": 0.05, "3": 0.04}
    | {" I": 0.03, "\n": 0.03, " 0": 0.02, " you": 0.02, " yes": 0.01},
    "-> 1": {"0": 0.3, "\n": 0.6, ".": 0.1},
}
ANCHORS = (0.1, 0.2, 0.4, 0.2, 0.1)
LABEL_MASS = 0.9
MOST_LISTED = 5


class Endpoints:
    """The handler of all requests."""

    def __init__(self) -> None:
        self.stats: dict[str, Any] = {"n_requests": 0, "bodies": []}

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/stats":
            return web.json_response(self.stats)
        if request.path == "/reset":
            self.stats = {"n_requests": 0, "bodies": []}
            return web.json_response({})
        if request.method == "GET":
            return web.json_response({"detail": "Not Found"}, status=404)
        body = json.loads(await request.read())
        self.stats["n_requests"] += 1
        self.stats["bodies"].append({"path": request.path, **body})
        return self.answer(request.path.removeprefix("/v1/"), body)

    def answer(self, endpoint: str, body: dict[str, Any]) -> web.Response:
        faults = body["model"].split("+")[1:]
        if endpoint not in {"completions", "systemone", "decisions"} or f"no_{endpoint}" in faults:
            return web.json_response({"detail": "Not Found"}, status=404)
        if "unknown" in faults:
            return complaint(f"The model `{body['model']}` does not exist.", 404)
        if "chat_model" in faults:
            return complaint("This is a chat model and not supported in the v1/completions endpoint.", 404)
        if endpoint == "completions":
            return complete(body, faults, self.stats["n_requests"])
        return web.json_response(typed(body, faults, endpoint))


def complete(body: dict[str, Any], faults: list[str], n_requests: int) -> web.Response:
    prompts = [body["prompt"]] if isinstance(body["prompt"], str) else body["prompt"]
    problem = refusal(body, faults)
    if problem:
        return complaint(problem, 400)
    choices = [choice_of(prompt, body, faults) for prompt in prompts]
    if "half_character" in faults and n_requests == 1:
        choices = [{**choice, "text": "\N{REPLACEMENT CHARACTER}", "logprobs": None} for choice in choices]
    if "one_choice" in faults or "no_choice" in faults:
        choices = choices[: int("one_choice" in faults)]
    placed = [{"index": index, "finish_reason": "stop", **choice} for index, choice in enumerate(choices)][::-1]
    usage = {"prompt_tokens": 10 * len(prompts), "completion_tokens": len(prompts)}
    return web.json_response({"model": "base", "choices": placed, "usage": usage})


def refusal(body: dict[str, Any], faults: list[str]) -> str | None:
    """What is wrong with a request; None where nothing is."""
    if "most_5" in faults and (body.get("logprobs") or 0) > MOST_LISTED:
        asked = body["logprobs"]
        return f"Requested sample logprobs of {asked}, which is greater than max allowed: {MOST_LISTED}"
    if "refuses_logprobs" in faults and "logprobs" in body:
        return "Unrecognized request argument supplied: logprobs"
    if "refuses_echo" in faults and body.get("echo"):
        return "Setting 'echo' and 'logprobs' at the same time is not supported for this model."
    if "writes_one" in faults and body.get("max_tokens") == 0:
        return "max_tokens must be at least 1, got 0."
    if "no_seed" in faults and "seed" in body:
        return "Unknown name 'seed': unexpected"
    return None


def choice_of(prompt: str, body: dict[str, Any], faults: list[str]) -> dict[str, Any]:
    if body.get("echo"):
        return echoed(prompt, body, faults)
    if "logprobs" not in body:
        return {"text": continued(prompt, body.get("stop") or []), "logprobs": None}
    tokens = dict(sorted(following(prompt).items(), key=lambda token: -token[1])[: 2 if "few" in faults else 99])
    if "without_logprobs" in faults:
        return {"text": next(iter(tokens)), "logprobs": None}
    logarithms = {token: math.log(p) for token, p in list(tokens.items())[: body["logprobs"]]}
    first = next(iter(tokens))
    if "like_chat" in faults:
        tops = [{"token": token, "logprob": logarithm} for token, logarithm in logarithms.items()]
        content = [{"token": first, "logprob": logarithms[first], "top_logprobs": tops}]
        return {"text": first, "logprobs": {"content": content}}
    columns = {"tokens": [first], "token_logprobs": [logarithms[first]], "top_logprobs": [logarithms]}
    return {"text": first, "logprobs": {**columns, "text_offset": [len(prompt)]}}


def echoed(prompt: str, body: dict[str, Any], faults: list[str]) -> dict[str, Any]:
    """The prompt with the log-probability of each of its tokens, the first of which has none."""
    if "no_echo" in faults:
        return {"text": prompt, "logprobs": None}
    tokens = (CUT_ELSEWHERE if "cut_elsewhere" in faults else TOKEN).findall(prompt)
    ahead = ["<s>"] if "opened" in faults else []
    behind = ["\n"] if body["max_tokens"] else []
    offsets, logarithms, before = [], [], ""
    for token in tokens:
        offsets.append(len(before) + sum(map(len, ahead)))
        logarithms.append(math.log(following(before).get(token, 0.5)))
        before += token
    columns = {
        "tokens": [*ahead, *tokens, *behind],
        "token_logprobs": [*([None] if ahead else []), *([None, *logarithms[1:]] if not ahead else logarithms)],
        "text_offset": [*([0] if ahead else []), *offsets],
    }
    if behind:
        columns["token_logprobs"].append(-0.5)
        columns["text_offset"].append(len(prompt) + sum(map(len, ahead)))
    if "nulls" in faults:
        columns["token_logprobs"] = [None] * len(columns["tokens"])
    return {"text": prompt + "".join(behind), "logprobs": columns}


def following(text: str) -> Mapping[str, float]:
    known = [end for end in FOLLOWING if text.endswith(end)]
    return FOLLOWING[max(known, key=len)] if known else {"\n": 0.9, ".": 0.1}


def continued(prompt: str, stops: list[str]) -> str:
    """What comes behind the name of the first item: its answer and those to all others, then something else."""
    own = prompt.rpartition("\n# ")[2]
    text = answers(own).partition(":")[2] + "\n\n# 9\n\nAnother."
    ends = [place for stop in stops if (place := text.find(stop)) >= 0]
    return text[: min(ends, default=len(text))]


def typed(body: dict[str, Any], faults: list[str], endpoint: str) -> dict[str, Any]:
    """Answers to typed questions, in the shape of the endpoint."""
    if endpoint == "systemone":
        asked = {name: (one["type"], list(one["criteria"])) for name, one in body["questions"].items()}
    else:
        asked = {
            one["name"]: (
                one["type"],
                [option.get("value", option.get("label")) for option in one.get("choices", one.get("levels"))],
            )
            for one in body["questions"]
        }
    found = {name: answer_of(kind, options, faults) for name, (kind, options) in asked.items()}
    if "fewer" in faults:
        found.popitem()
    usage = {"input_tokens": 107 + len(found), "output_tokens": len(found)}
    if endpoint == "systemone":
        told = {} if "no_mass" in faults else {name: {"label_mass": LABEL_MASS} for name in found}
        return {"model": "typed-1", "answers": found, "diagnostics": told, "usage": usage}
    listed = [{"name": name, **as_listed(answer)} for name, answer in found.items()]
    if "declines" in faults:
        listed[0] = {"name": listed[0]["name"], "type": "refusal"}
    return {"model": "typed-1", "answers": listed, "usage": usage}


def answer_of(kind: str, options: list[str], faults: list[str]) -> dict[str, Any]:
    names = [str(place) for place in range(len(options))] if kind == "score" else options
    shares = dict(zip(names, ANCHORS, strict=False))
    if "stranger" in faults:
        shares["seven"] = shares.pop(names[-1])
    if "halved" in faults:
        shares = {name: share / 2 for name, share in shares.items()}
    if "words" in faults:
        shares = dict.fromkeys(shares, "likely")  # type: ignore[arg-type]
    return {"type": kind, "probabilities": shares, "confidence": 0.4}


def as_listed(answer: dict[str, Any]) -> dict[str, Any]:
    shares = [{"value": value, "probability": share} for value, share in answer["probabilities"].items()]
    return {**answer, "probabilities": shares}


def complaint(message: str, status: int) -> web.Response:
    return web.json_response({"error": {"message": message, "type": "invalid_request_error"}}, status=status)


class EndpointServer(MockServer):
    """A running server process."""

    @classmethod
    def start(cls, *options: str) -> EndpointServer:
        command = [sys.executable, str(Path(__file__).resolve()), *options]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        return cls(process, process.stdout.readline().strip())

    def bodies(self) -> list[dict[str, Any]]:
        """The bodies that came since the last reset, each with its path."""
        found: list[dict[str, Any]] = self.stats()["bodies"]
        return found


async def serve() -> None:
    runner = web.ServerRunner(web.Server(Endpoints().handle, access_log=None))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}/v1", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve())
