"""What the mock server tells of the probabilities of tokens: of a model that spells its answers in several ways.

The probability of each answer follows from a hash of the conversation. Of all probability 0.9 is on answers, most of it
without a blank before them; a model named ``...digits...`` writes each digit as a token of its own,
one named ``...blank...`` a blank before its answer; one named ``...quoted...`` at times a quotation mark; one named
``...lost...`` hardly thinks of answers; one named ``...deaf...`` minds no choice.
"""

from __future__ import annotations

import hashlib
import math
import re
from typing import Any

ENDS = re.compile(r"(-?\d+) to (-?\d+)")
ON_ANSWERS, BLANK, LOST = 0.9, 0.1, 0.01
QUOTED = 0.03
FILLERS = ("I", "As", "Sure", "The", "My", "Well", "Hm", "OK", "It", "Yes")


def chances(messages: list[dict[str, str]]) -> dict[str, float]:
    """Answer → its share among answers."""
    asked = [message for message in messages if message["role"] == "user"][-1]["content"]
    lowest, highest = (int(number) for number in ENDS.findall(asked)[-1])
    values = [str(value) for value in range(lowest, highest + 1)]
    draws = hashlib.shake_256(asked.encode()).digest(len(values))
    return {value: (1 + draw) / (len(values) + sum(draws)) for value, draw in zip(values, draws, strict=True)}


def place(body: dict[str, Any]) -> list[tuple[str, float]]:
    """The tokens that may come next with their probabilities, likeliest first."""
    answers, last = chances(body["messages"]), body["messages"][-1]
    begun = last["content"] if last["role"] == "assistant" else ""
    choice = body.get("structured_outputs", {}).get("choice")
    if choice and "deaf" not in body["model"]:
        total = sum(answers[answer] for answer in choice)
        return _sorted({answer: answers[answer] / total for answer in choice})
    if begun:
        behind = {answer[len(begun) :]: p for answer, p in answers.items() if answer.startswith(begun)}
        return _sorted({rest: p / sum(behind.values()) for rest, p in behind.items()})
    lost = "lost" in body["model"]
    fillers = (*FILLERS, *(filler.upper() + "!" for filler in FILLERS), "Hi") if lost else FILLERS
    on_answers = LOST if lost else ON_ANSWERS
    tokens: dict[str, float] = {filler: (1 - on_answers) / len(fillers) for filler in fillers}
    if "quoted" in body["model"]:
        tokens = {token: p * (1 - QUOTED) for token, p in tokens.items()} | {'"': QUOTED}
        on_answers *= 1 - QUOTED
    for answer, p in answers.items():
        token = answer[0] if "digits" in body["model"] else answer
        tokens[token] = tokens.get(token, 0.0) + p * on_answers * (1 - BLANK)
        tokens[f" {token}"] = tokens.get(f" {token}", 0.0) + p * on_answers * BLANK
    return _sorted(tokens)


def _sorted(tokens: dict[str, float]) -> list[tuple[str, float]]:
    return sorted(tokens.items(), key=lambda pair: -pair[1])


def told(body: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The reply and its ``logprobs``: as OpenAI writes them or, where ``logprobs`` is a number, in columns."""
    listed = place(body)
    if "blank" in body["model"]:
        return _behind_a_blank(listed, body["max_tokens"])
    text, logarithm = listed[0][0], math.log(listed[0][1])
    as_number = not isinstance(body["logprobs"], bool)
    tops = [(token, math.log(p)) for token, p in listed[: body["logprobs"] if as_number else body["top_logprobs"]]]
    if as_number:
        return text, {"tokens": [text], "token_logprobs": [logarithm], "top_logprobs": [dict(tops)]}
    entries = [{"token": token, "logprob": p, "bytes": list(token.encode())} for token, p in tops]
    return text, {"content": [{**entries[0], "top_logprobs": entries}]}


def _behind_a_blank(listed: list[tuple[str, float]], most: int) -> tuple[str, dict[str, Any]]:
    """A reply of at most two tokens: a blank, as nearly always, and what may follow it."""
    both = ([(" ", 0.96), ("I", 0.04)], listed)[:most]
    entries = [[{"token": token, "logprob": math.log(p)} for token, p in tokens] for tokens in both]
    content = [{**tops[0], "top_logprobs": tops} for tops in entries]
    return "".join(str(place["token"]) for place in content), {"content": content}
