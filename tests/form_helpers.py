"""Small stores in which questionnaires were put in several forms, without situations, or with calming afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from emotionbench import Study, run

WAYS = {
    "template": ["plain", "brief"],
    "option_labels": ["none", "a"],
    "option_order": ["ascending", "descending"],
    "items_per_message": ["all", 7],
}


def make_forms(path: Path, **changes: Any) -> Path:
    """PANAS in sixteen forms, before and after four situations; ``changes`` are those of the study."""
    defaults: dict[str, Any] = {
        "respondents": ["uniform"],
        "factors": ("anger-1", "guilt-1"),
        "situations_per_factor": 2,
        "baseline_repeats": 1,
        "ways": WAYS,
    }
    run(Study(**(defaults | changes)), path)
    return path


def make_calm(path: Path, **changes: Any) -> Path:
    """Baseline, situation and calming in one conversation, with counterparts, told to be calm and not."""
    defaults: dict[str, Any] = {
        "respondents": ["lexicon", "uniform"],
        "factors": ("anger-1", "guilt-1"),
        "situations_per_factor": 3,
        "protocol": "stability",
    }
    run(Study(**(defaults | changes)), path)
    return path


def make_traits(path: Path, instruments: tuple[str, ...] = ("MOOD-6",), **changes: Any) -> Path:
    """Questionnaires without any situation."""
    defaults: dict[str, Any] = {"respondents": ["uniform", "constant"], "situations": "none", "baseline_repeats": 8}
    run(Study(**(defaults | {"instruments": list(instruments)} | changes)), path)
    return path
