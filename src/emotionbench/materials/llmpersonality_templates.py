"""The original LLMPersonality's templates (``prompt_template/LANGUAGE/bfi_LANGUAGE_tN.txt``) as our protocols."""

from __future__ import annotations

import json
import re
from pathlib import Path

from emotionbench.errors import MaterialError
from emotionbench.materials.llmpersonality_bfi import Language
from emotionbench.materials.llmpersonality_files import PAPER, REPOSITORY
from emotionbench.materials.llmpersonality_words import WORDS
from emotionbench.materials.original_files import read_text, validated
from emotionbench.materials.protocols import Protocol

FOLDER = "prompt_template"
NAMES = ("t1", "t2", "t3", "t4", "t5")
MARKER = "<commentblockmarker>###</commentblockmarker>"
INPUT = re.compile(r"!<INPUT (\d+)>!")
# {scale} stands for the labels, with numbers or with signs before them
INPUTS = {"0": "{lowest}", "1": "{highest}", "2": "{scale}", "3": "{items}"}
REQUIRED = {"2", "3"}
INVISIBLE = "\u200b"
EXAMPLE = re.compile(r"\{.*\}")
KEY_OR_VALUE = re.compile(r"<[^<>]+>")
FIX = "give the prompt_template of LLMPersonality"


def template_name(name: str) -> str:
    """What a study calls the template that the original calls ``t1``."""
    return f"llmpersonality-{name}"


def protocol_id(name: str, language: str) -> str:
    """What the protocol of a template in a language and its file are called."""
    return f"{template_name(name)}-{language}"


def template_path(name: str, language: str) -> Path:
    """Where the template stands in the original."""
    return Path(FOLDER) / language / f"bfi_{language}_{name}.txt"


def read_template(folder: Path, name: str, language: Language) -> Protocol:
    """One template of the clone at ``folder`` in the words of a language; a MaterialError names file and misfit.

    The last line, which says in what form to answer, becomes the reply form, so that reasoning can be asked for before
    it. A situation, and what calms down after it, are put before the template in words of emotionbench's own, and
    further items are put in the same words as the first, as the original does.
    """
    path = folder / template_path(name, language.code)
    body, reply, mends = _body_and_reply(read_text(path), path.name)
    words, code = WORDS[language.code], language.code
    label = f"{{value}} {_escaped(language.denotes)} {{label}}"
    before = {"evoked": words.situation, "evoked_after": words.situation_after}
    content = {
        "id": protocol_id(name, code),
        "name": f"Template {name} of LLMPersonality, {words.language}",
        "language": code,
        "source": _source(name, code, mends),
        "system": _escaped(language.system_prompt),
        "baseline": body,
        **{field: f"{lead}\n\n{{situation}}\n\n{body}" for field, lead in before.items()},
        "item": "{position}. {text}",
        "label": label,
        "labels_with_items": words.labels_with_items,
        "reply_by_text": reply,
        "reply_by_position": reply,
        "template": template_name(name),
        "recovered": f"{words.recovered}\n\n{body}",
        "next_items": body,
        "scale_numbers": "{labels}",
        "scale_symbols": "{labels}",
        "symbol_label": label.replace("{value}", "{symbol}"),
        "think_first": words.think_first,
    }
    return validated(content, Protocol, path.name)


def _source(name: str, code: str, mends: tuple[str, ...]) -> str:
    origin = f"The words of {template_path(name, code).as_posix()} of {PAPER}; {REPOSITORY}."
    ours = "What is said of situations, reasoning and calming down is emotionbench's own."
    return " ".join((origin, ours, *mends))


def _body_and_reply(text: str, where: str) -> tuple[str, str, tuple[str, ...]]:
    """The template with our placeholders, its last line apart, and what was mended in them."""
    _, marker, put = text.partition(MARKER)
    if not marker:
        raise MaterialError(f"no line {MARKER!r}, below which the template begins", where=where, fix=FIX)
    mends = ("A character of no width is left out.",) if INVISIBLE in put else ()
    lines = put.replace(INVISIBLE, "").strip().splitlines() or [""]
    _check_inputs("\n".join(lines[:-1]), where)
    reply, mended = _reply(lines[-1], where)
    body = INPUT.sub(lambda found: INPUTS[found[1]], _escaped("\n".join(lines[:-1])))
    return f"{body}\n{{reply}}", reply, (*mends, *mended)


def _check_inputs(body: str, where: str) -> None:
    inputs = set(INPUT.findall(body))
    for number in sorted(inputs - set(INPUTS)):
        raise MaterialError(f"unknown placeholder !<INPUT {number}>!", where=where, fix="known: 0 to 3")
    for number in sorted(REQUIRED - inputs):
        raise MaterialError(f"lacks the placeholder !<INPUT {number}>!", where=where, fix=FIX)


def _reply(line: str, where: str) -> tuple[str, tuple[str, ...]]:
    """The line that says in what form to answer, with its example of JSON made whole."""
    example = EXAMPLE.search(line)
    if not example or INPUT.search(line):
        raise MaterialError("its last line shows no JSON to answer in", where=where, fix=FIX)
    try:
        json.loads(example[0])
    except json.JSONDecodeError:
        names = KEY_OR_VALUE.findall(example[0])
        if len(names) < 2:
            raise MaterialError(f"{example[0]!r} is not JSON", where=where, fix=FIX) from None
        pairs = ", ".join(f'"{key}": "{value}"' for key, value in zip(names[::2], names[1::2], strict=False))
        whole = line.replace(example[0], f"{{{pairs}}}")
        return _escaped(whole), ("The example of JSON, whose quotes do not match in the file, is made whole.",)
    return _escaped(line), ()


def _escaped(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
