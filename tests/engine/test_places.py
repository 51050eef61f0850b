from __future__ import annotations

from typing import Any

import pytest

from emotionbench.engine import prepare
from emotionbench.engine.places import Place, Places, Wave
from emotionbench.study import Study


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"design": "paired", "recovery": True, "protocol": "plain-en"},
        {"kinds": ("evoking", "neutral", "positive")},
        {"ways": {"template": "plain,brief", "option_labels": "none,a"}},
        {"situations": "none", "emotions": None},
    ],
)
def test_the_places_hold_the_sessions_of_the_plan_and_no_others(changes: dict[str, Any]) -> None:
    given: dict[str, Any] = {"respondents": ["uniform"], "emotions": ["anger"], "repeats": 2, "baseline_repeats": 3}
    if changes.get("design") == "paired":
        del given["baseline_repeats"]
    plan = prepare(Study(**{**given, **changes})).plan
    places = Places(plan, plan.respondents[0])
    names = [None, *sorted(set(places.names.values()))]
    every = tuple(Place(way, name, repeat) for way in places.ways for name in names for repeat in range(5))
    wave = Wave(places, (*every, Place(("x", "y", None), None, 0)))
    assert sorted(wave, key=str) == sorted(plan.of(plan.respondents[0]), key=str)
    assert list(wave) == list(wave)
