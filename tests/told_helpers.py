"""Stores whose answers are read as probabilities: real runs, and attempts as a server would have left them."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from emotionbench import Study, run
from emotionbench.plan import Plan
from emotionbench.records import Administration, Attempt, Respondent, RespondentKind
from emotionbench.store import Store, writing
from emotionbench.study_materials import materials_of

Told = Callable[[Administration, int], str | None]
"""Administration and item → what is kept of the probabilities of its answers."""

TEN = """
id: TEN
name: From nought to ten
edition: '1'
language: en
validated: false
source: a test
licence: Apache-2.0
instructions: How much is this so?
response_scale: {lowest: 0, highest: 10}
items: [Happy, Sad, Calm]
subscales:
  mood: {name: Mood, items: [1, 2, 3], reverse: [2]}
score: {rule: mean, multiply: 2}
"""


def make_read(path: Path, **changes: Any) -> Path:
    """PANAS read from the uniform and the constant respondent, before and after four situations."""
    defaults: dict[str, Any] = {
        "respondents": ["uniform", "constant"],
        "factors": ("anger-1", "guilt-1"),
        "situations_per_factor": 2,
        "baseline_repeats": 3,
        "ways": {"answers": "logprobs"},
    }
    run(Study(**(defaults | changes)), path)
    return path


def ten(folder: Path) -> str:
    """The file of an instrument from 0 to 10, one item reversed, scores twice the mean."""
    file = folder / "ten.yaml"
    file.write_text(TEN, encoding="utf-8")
    return str(file)


def make_told(path: Path, told: Told, **changes: Any) -> Path:
    """A store in which a model was asked, and what it told of every item is what ``told`` says."""
    defaults: dict[str, Any] = {
        "respondents": ["uniform"],
        "factors": ("anger-1",),
        "situations_per_factor": 1,
        "baseline_repeats": 2,
        "ways": {"answers": "logprobs"},
    }
    study = Study(**(defaults | changes))
    materials = materials_of(study)
    model = Respondent.of(RespondentKind.LLM, "org/model", {})
    with Store(path) as store:
        writing.save_materials(store, materials.documents)
        writing.save_respondents(store, [model])
        administrations = [one for session in Plan(study, materials, (model,)) for one in session]
        writing.save_administrations(store, administrations)
        for one in administrations:
            writing.append_attempts(store, [attempt(one, part, told) for part in range(1, one.n_messages + 1)])
    return path


def attempt(administration: Administration, part: int, told: Told | str | None, number: int | None = None) -> Attempt:
    """One attempt at one item, with what it told."""
    (item,) = administration.shown(part)
    return Attempt(
        administration=administration.id,
        number=part if number is None else number,
        request="r",
        response="3",
        reply="3",
        error=None,
        error_kind=None,
        started_at="2026-01-01T00:00:00.000+00:00",
        seconds=0.1,
        logprobs=told(administration, item) if callable(told) else told,
        part=part,
    )


def listed(item: int, tokens: Mapping[str, float], *, source: str = "vocabulary") -> str:
    """A reading of the tokens at the beginning of an answer."""
    steps = [{"after": "", "tokens": [[text, math.log(p)] for text, p in tokens.items()]}]
    return json.dumps({"item": item, "source": source, "steps": steps})


def known(item: int, probabilities: Mapping[str, float], *, source: str = "vocabulary", **more: Any) -> str:
    """A reading of probabilities that are known exactly."""
    return json.dumps({"item": item, "source": source, "probabilities": dict(probabilities), **more})
