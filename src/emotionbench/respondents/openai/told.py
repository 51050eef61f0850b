"""How a chat server is asked for the likeliest tokens at each place of its reply, and what it tells of them."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from emotionbench.respondents.openai.next_tokens import is_word, readable, without_apart
from emotionbench.respondents.openai.replies import Complaint

Constraint = Literal["none", "grammar", "choice"]
Continuing = Literal["no", "last", "flag"]
Held = Literal["free", "held", "after"]

FEWER = (10, 5)
"""How many likeliest tokens are asked for where a server refuses more and does not say how many it takes."""
UNCUT: dict[str, Any] = {"temperature": 1.0, "top_k": 0, "top_p": 1.0, "min_p": 0.0, "post_sampling_probs": True}
"""What makes llama.cpp tell the whole distribution behind its sampling."""
PLAIN_TEMPERATURE = 1.0
"""At which probabilities are read unless at 0, as some servers (SGLang) tell those of the temperature asked for."""
MOST_UNCUT = 300
"""So many tokens are asked for there: where what it drew fits the grammar at once, llama.cpp never applied it."""
_AROUND = " \t\r\n\"'“”‘’«»([*_`▁Ġ.,:;)]"
_LIMIT = re.compile(
    r"(?:less than(?: or equal to)?|at most|exceeds?|(?:more|larger|greater) than|max(?:imum)?|<=|≤|up to"
    r"|-?\d+ (?:and|to)|[\[(]-?\d+,)[a-z\s:,'\"`_]{0,40}(\d+)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Manner:
    """How a server is asked for probabilities, as far as it has shown.

    ``n_told`` is how many of the likeliest tokens it tells at a place, ``as_number`` whether that number stands in
    ``logprobs`` itself; ``continues`` how it is made to continue a message of its own: because that comes last, or by
    fields that say so. ``may_fall_back``: go on without the constraint where it is refused. ``n_before`` counts the
    tokens that the model writes before the answer, such as a blank.
    """

    n_told: int = 20
    as_number: bool = False
    constrain: Constraint = "none"
    continues: Continuing = "no"
    may_fall_back: bool = True
    n_before: int = 0


AS_OPENAI = Manner()


@dataclass(frozen=True, slots=True)
class Put:
    """One request for probabilities.

    ``begun`` is what the server is to continue. ``held``: to nothing; to the answers; or to the answers, with the
    probabilities from after that where the server has those as well.
    """

    answers: tuple[str, ...]
    held: Held = "free"
    begun: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """One place of a reply: what was written there, and the likeliest tokens; ``after``: from behind the sampling."""

    text: str
    tokens: list[tuple[str, float]]
    after: bool = False


def body(base: Mapping[str, Any], put: Put, manner: Manner, token_limit: str) -> dict[str, Any]:
    """The body of a request for probabilities, made of that for a reply."""
    n_tokens = 1 if put.begun else max(map(len, put.answers)) + manner.n_before
    n_told = MOST_UNCUT if put.held == "after" else manner.n_told
    told = {"logprobs": n_told} if manner.as_number else {"logprobs": True, "top_logprobs": n_told}
    fields = {**base, token_limit: n_tokens, **told}
    if fields.get("temperature"):
        fields["temperature"] = PLAIN_TEMPERATURE
    if put.begun:
        fields["messages"] = (*base["messages"], {"role": "assistant", "content": put.begun})
        if manner.continues == "flag":
            fields |= {"add_generation_prompt": False, "continue_final_message": True}
    if put.held != "free":
        fields |= _constraint(put, manner)
    return fields


def _constraint(put: Put, manner: Manner) -> dict[str, Any]:
    if manner.constrain == "choice":
        return {"structured_outputs": {"choice": list(put.answers)}}
    begun = len(put.begun)
    rests = [answer[begun:] for answer in put.answers if answer.startswith(put.begun)]
    rule = " | ".join(json.dumps(rest) for rest in rests)
    if put.held == "after":
        return {"grammar": f"root ::= {rule}", **UNCUT}
    return {"grammar": f'root ::= " "? ({rule})'}


def other_manner(manner: Manner, found: Complaint, put: Put) -> Manner | None:
    """The manner that meets a complaint; null where none does."""
    field = {"grammar": "grammar", "choice": "structured_outputs"}.get(manner.constrain)
    if field and put.held != "free" and manner.may_fall_back and found.refuses(field):
        return replace(manner, constrain="none")
    if not found.of_request or "logprobs" not in found.words:
        return None
    limits = [int(number) for number in _LIMIT.findall(found.words)]
    fewer = max((limit for limit in limits if 1 <= limit < manner.n_told), default=0)
    if not fewer and _of_amount(found):
        fewer = next((number for number in FEWER if number < manner.n_told), 0)
    return replace(manner, n_told=fewer) if fewer else None


def refuses_probabilities(found: Complaint) -> bool:
    """Whether the server says that it tells none."""
    named = found.refuses("logprobs") or found.refuses("top_logprobs")
    return named or (found.status == 403 and "logprobs" in found.words)


def _of_amount(found: Complaint) -> bool:
    """Whether the complaint is about how many are asked for, not about asking."""
    return found.refuses("top_logprobs") and not found.refuses_name("top_logprobs")


def places(told: str | None, n_asked: int | None = None) -> list[Place]:
    """The places of a reply whose likeliest tokens were told, from its first on, up to one that cannot be read.

    Read from the ``logprobs`` of a choice, as JSON: ``content``, with ``top_logprobs`` or, in llama.cpp behind the
    sampling, ``top_probs`` at each place; or, as in completions, the columns ``tokens`` and ``top_logprobs``.
    ``n_asked`` is how many tokens were asked for. See ``readable`` and ``without_apart`` for what is left out.
    """
    found = json.loads(told) if told else None
    if not isinstance(found, dict):
        return []
    listed = found.get("content")
    if isinstance(listed, list):
        made = [_place(entry if isinstance(entry, dict) else {}, n_asked) for entry in listed]
    else:
        made = _of_columns(found.get("tokens"), found.get("top_logprobs"), n_asked)
    end = next((index for index, place in enumerate(made) if not place.tokens), len(made))
    return made[:end]


def _place(entry: Mapping[str, Any], n_asked: int | None) -> Place:
    after = isinstance(entry.get("top_probs"), list)
    tops = entry.get("top_probs" if after else "top_logprobs")
    entries = [top if isinstance(top, dict) else {} for top in tops] if isinstance(tops, list) else []
    tokens = readable((_text(top), _logarithm(top.get("prob")) if after else top.get("logprob")) for top in entries)
    return Place(str(entry.get("token")), without_apart(tokens, _text(entry), None if after else n_asked), after)


def _text(token: Mapping[str, Any]) -> Any:
    """The token's text; U+FFFD where llama.cpp writes nothing for bytes that are no whole character.

    What ends a reply has neither text nor bytes.
    """
    text = token.get("token")
    return "\N{REPLACEMENT CHARACTER}" if text == "" and token.get("bytes") else text


def _of_columns(tokens: Any, tops: Any, n_asked: int | None) -> list[Place]:
    if not isinstance(tokens, list) or not isinstance(tops, list):
        return []
    return [
        Place(str(text), without_apart(readable(top.items() if isinstance(top, dict) else ()), text, n_asked))
        for text, top in zip(tokens, tops, strict=False)
    ]


def _logarithm(probability: Any) -> float | None:
    """The natural logarithm of a probability, −inf of 0; None where it is none."""
    is_number = isinstance(probability, int | float) and not isinstance(probability, bool)
    if not is_number or not probability >= 0:
        return None
    return math.log(probability) if probability > 0 else -math.inf


def share_of(answers: Sequence[str], told: Sequence[Place]) -> float:
    """The probability that the reply begins with an answer, also behind a blank, if it was one that was written."""
    beginning = beginnings(answers)
    share, weight = 0.0, 1.0
    for place in told:
        share += weight * sum(
            math.exp(p)
            for token, p in place.tokens
            if core(token) in beginning and not is_word(token.strip(_AROUND), answers)
        )
        if place.text.strip(_AROUND):
            break
        weight *= sum(math.exp(p) for token, p in place.tokens if token == place.text)
    return min(share, 1.0)


def beginnings(answers: Sequence[str]) -> set[str]:
    """The answers and what they begin with, in small letters."""
    return {answer[:n].casefold() for answer in answers for n in range(1, len(answer) + 1)}


def core(text: str) -> str:
    """A token without blanks and marks around it, in ordinary small letters and digits."""
    return unicodedata.normalize("NFKC", text).strip(_AROUND).casefold()
