"""YAML 1.2 files as validated models, with errors that name file, line and fix.

YAML 1.2 keeps ``no`` a word and ``1:30`` a string. Every model forbids unknown keys and coerces nothing. The files of
this package, of which a run reads dozens of kilobytes before its first request, are read by libyaml, thirteen times as
fast: that it reads YAML 1.1 makes no difference in them, which a test holds.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from emotionbench.errors import EmotionBenchError, nearest

FAULT = "fault"
PACKAGE = Path(__file__).parent
_ESCAPED_NUL = re.compile(r"\\(0|x00|u0000|U00000000)")
_LIBYAML = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Without libyaml, where no wheel of PyYAML fits the machine, its own slower parser."""


class Document(BaseModel):
    """A frozen, strict model: unknown keys are errors, nothing is coerced."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


DocumentT = TypeVar("DocumentT", bound=Document)


def left_out(default: Any = None) -> Any:
    """A field that is no part of the content while it has its default, so that what lacks it keeps its hash."""
    return Field(default=default, exclude_if=lambda value: value == default)


def fault(message: str, *location: int | str) -> ValidationError:
    """What a validator raises about one part of its document, so that the error names that part's line.

    ``message`` says all there is to say: the location is not put before it.
    """
    error = PydanticCustomError(FAULT, "{message}", {"message": message})
    return ValidationError.from_exception_data(FAULT, [InitErrorDetails(type=error, loc=location, input=None)])


def read_document(path: Path, model: type[DocumentT], error: type[EmotionBenchError]) -> DocumentT:
    """Read one YAML file into ``model``; raise ``error`` naming file, line and fix if it does not fit."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise error(f"cannot be read: {problem}", where=str(path), fix="check the path and its permissions") from None
    if path.is_relative_to(PACKAGE):
        with suppress(yaml.YAMLError, ValueError):
            return model.model_validate(shipped_content(text))
    return parse_document(text, model, error, where=path.name)


def parse_document(text: str, model: type[DocumentT], error: type[EmotionBenchError], *, where: str) -> DocumentT:
    """Read YAML (or JSON) text into ``model``; ``where`` is the name that errors give it."""
    try:
        content = loaded(text)
        if not (_ESCAPED_NUL.search(text) and _holds_nul(content)):
            return model.model_validate(content)
        raise error("holds a NUL character, which no database keeps", where=where, fix=r"take out \0 or \u0000")
    except (ValueError, RecursionError):
        return _parse_to_explain(text, model, error, where)


def shipped_content(text: str) -> Any:
    """The content of one of the package's own YAML files; of others, ``loaded`` gives what YAML 1.2 says."""
    return yaml.load(text, _LIBYAML)


def loaded(text: str) -> Any:
    """The content of YAML 1.2 or JSON text; a ValueError where it is neither.

    JSON is YAML too, and is read a hundred times faster as what it is.
    """
    if text.startswith("{"):
        with suppress(ValueError):
            return json.loads(text)
    from ruamel.yaml import YAML  # noqa: PLC0415  (a run of what is shipped needs no second parser)
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415

    try:
        # the parser that keeps lines is slower still, and only needed where something is wrong
        return YAML(typ="safe", pure=True).load(text)
    except YAMLError as problem:
        raise ValueError(str(problem)) from None


def _holds_nul(content: Any) -> bool:
    if isinstance(content, dict):
        return any(map(_holds_nul, (*content.keys(), *content.values())))
    return any(map(_holds_nul, content)) if isinstance(content, list) else isinstance(content, str) and "\0" in content


def _parse_to_explain(text: str, model: type[DocumentT], error: type[EmotionBenchError], where: str) -> DocumentT:
    from ruamel.yaml import YAML  # noqa: PLC0415  (needed only where something is wrong)
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415

    try:
        content = YAML(typ="rt").load(text)
        plain = _plain(content)
    except RecursionError:
        raise error("refers to itself, or is nested too deep", where=where, fix="write out what is meant") from None
    except (YAMLError, ValueError) as problem:  # a day that there is not is a ValueError
        mark = getattr(problem, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        what = getattr(problem, "problem", None) or str(problem).splitlines()[0]
        raise error(f"not valid YAML: {what}", where=where + line, fix="check indentation and quotes there") from None
    try:
        return model.model_validate(plain)
    except ValidationError as problem:
        # a misspelt key is also a missing one, and only the misspelling has a line and a suggestion
        first = min(problem.errors(), key=lambda details: details["type"] != "extra_forbidden")
        line_number = _line_of(content, first["loc"])
        line = f":{line_number}" if line_number else ""
        more = problem.error_count() - 1
        suffix = f" (and {more} more)" if more else ""
        raise error(explain(first, model, content) + suffix, where=where + line) from None


def explain(details: ErrorDetails, model: type[BaseModel], content: Any = None) -> str:
    """One pydantic error in a sentence: where in the document, what, and the near key where one was misspelt.

    ``content`` is the document itself; without it every number in the location is taken for a place in a list.
    """
    if details["type"] == FAULT:
        return details["msg"]
    place = " → ".join(_steps(details["loc"], content)) or "the document"
    if details["type"] == "extra_forbidden":
        known = _fields_at(model, details["loc"][:-1])
        return f"{place}: unknown key; {nearest(str(details['loc'][-1]), known)}" if known else f"{place}: unknown key"
    if details["type"] == "missing":
        return f"{place}: missing; add it"
    message = details["msg"].removeprefix("Value error, ")
    if details["type"] == "value_error" or isinstance(details["input"], dict | list):
        return f"{place}: {message}"
    if details["type"] == "string_type" and details["input"] is not None:
        return f"{place}: should be text; put it in quotes (found {details['input']})"
    return f"{place}: {message} (found {details['input']!r})"


def _steps(location: Iterable[int | str], content: Any) -> Iterator[str]:
    for step in location:
        is_entry = isinstance(step, int) and not isinstance(content, dict)
        if step != "[key]" and not _is_branch(step, content):
            yield f"entry {int(step) + 1}" if is_entry else str(step)
            content = _inside(content, step)


def _is_branch(step: int | str, content: Any) -> bool:
    """Whether a step is no place in the document but the name of one of the types that a value may have."""
    names_type = isinstance(step, str) and ("[" in step or step in {"constrained-str", "str"})
    return names_type and not (isinstance(content, dict) and step in content)


def _inside(content: Any, step: int | str) -> Any:
    """The part of ``content`` that one step leads to; None where there is no such part."""
    if isinstance(content, dict):
        return content.get(step)
    if isinstance(content, list) and isinstance(step, int) and step < len(content):
        return content[step]
    return None


def _fields_at(model: type[BaseModel], location: Iterable[int | str]) -> list[str]:
    """The keys that the model at this place knows; empty where the place is not a model."""
    current: Any = model
    for step in location:
        if isinstance(step, int):
            continue
        field = getattr(current, "model_fields", {}).get(step)
        current = _model_in(field.annotation) if field else None
    return list(getattr(current, "model_fields", {}))


def _model_in(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = [_model_in(argument) for argument in getattr(annotation, "__args__", ())]
    return next((model for model in found if model is not None), None)


def _line_of(content: Any, location: Iterable[int | str]) -> int | None:
    """The 1-based line of the deepest part of ``location`` that stands in the file."""
    from ruamel.yaml.comments import CommentedMap, CommentedSeq  # noqa: PLC0415  (needed only where something is wrong)

    line = None
    current = content
    for step in location:
        if isinstance(current, CommentedMap) and step in current:
            line = current.lc.key(step)[0] + 1
        elif isinstance(current, CommentedSeq) and isinstance(step, int) and step < len(current):
            line = current.lc.item(step)[0] + 1
        elif _is_branch(step, current):
            continue
        else:
            break
        current = current[step]
    return line


def _plain(content: Any) -> Any:
    """Round-trip YAML nodes as the plain values that strict validation accepts."""
    if isinstance(content, dict):
        return {_plain(key): _plain(value) for key, value in content.items()}
    if isinstance(content, list):
        return [_plain(value) for value in content]
    for kind in (bool, int, float, str):
        if isinstance(content, kind):
            return kind(content)
    return content


_CANONICAL = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def canonical_json(content: Any) -> str:
    """The one JSON text of a value: sorted keys, no spaces, UTF-8."""
    return _CANONICAL.encode(content)


def content_hash(content: Any) -> str:
    """SHA-256 (64 hexadecimal digits) of a JSON-like value or a document; the same on every machine."""
    if isinstance(content, BaseModel):
        content = content.model_dump(mode="json")
    return hashlib.sha256(canonical_json(content).encode()).hexdigest()
