"""The JSON schema that a reply is held to where answers are asked for as JSON."""

from __future__ import annotations

from typing import Any

from emotionbench.materials.forms import option_values, symbols
from emotionbench.respondents.base import Question


def response_format(question: Question) -> dict[str, Any]:
    """The body's ``response_format``: an object with one of the allowed answers under each item's number as shown."""
    scale = question.instrument.response_scale
    signs = symbols(scale, question.form)
    # the values are listed, as not every server minds the ends of a range
    answer = (
        {"type": "string", "enum": list(signs.values())}
        if signs
        else {"type": "integer", "enum": sorted(option_values(scale, question.form))}
    )
    numbers = [str(number) for number in range(1, len(question.shown) + 1)]
    schema = {
        "type": "object",
        "properties": dict.fromkeys(numbers, answer),
        "required": numbers,
        "additionalProperties": False,
    }
    return {"type": "json_schema", "json_schema": {"name": "answers", "strict": True, "schema": schema}}
