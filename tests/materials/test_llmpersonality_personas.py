from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from emotionbench.errors import MaterialError
from emotionbench.materials.llmpersonality_files import CHARACTER, ENVIRONMENT, PERSONALITY
from emotionbench.materials.llmpersonality_personas import POLES, WAYS, read_personas
from emotionbench.materials.personas import Persona
from llmpersonality_helpers import write_clone, write_json


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    return write_clone(tmp_path / "clone")


def by_id(clone: Path) -> dict[str, Persona]:
    return {persona.id: persona for persona in read_personas(clone)}


def test_characters_stand_alone_and_with_each_description(clone: Path) -> None:
    personas = by_id(clone)
    ids = [name for name in personas if name.startswith("character-")]
    assert ids == ["character-winston-churchill", "character-winston-churchill-1", "character-winston-churchill-2"]
    alone, described = personas[ids[0]], personas[ids[2]]
    assert alone.name == "Winston Churchill"
    assert alone.texts["en"].startswith("You are Winston Churchill.")
    assert described.texts["en"] == f"{alone.texts['en']} Asked to describe what that means, you said:\n\nHe paints."
    assert "'Winson Churchill'" in alone.source
    assert "dataset/character.json" in alone.source


def test_personalities_are_named_by_trait_and_pole_and_given_in_three_ways(clone: Path) -> None:
    personas = by_id(clone)
    ids = [name for name in personas if name.startswith("personality-")]
    assert ids[:6] == [
        f"personality-openness-low-{way}{number}"
        for way in ("question", "biography", "portrayal")
        for number in ("", "-1")
    ]
    assert ids[6] == "personality-a-person-of-tea-mostly-question"
    texts = [personas[name].texts["en"] for name in ids[:6]]
    assert len(set(texts)) == 6
    assert all("a person of routine" in text for text in texts)
    assert [("Up at six." in text) for text in texts] == [False, True] * 3


def test_environments_are_stories(clone: Path) -> None:
    personas = by_id(clone)
    assert [name for name in personas if name.startswith("environment-")] == [
        "environment-anger-1",
        "environment-anger-2",
    ]
    assert personas["environment-anger-2"].texts["en"].endswith(":\n\nThe pot was stolen.")
    assert "dataset/environment.json" in personas["environment-anger-2"].source


FAULTS: dict[str, tuple[str, Any, str]] = {
    "a blank text": (CHARACTER, {"A": {"1": " "}}, r"character\.json: text 1 of 'A' is blank"),
    "an empty text": (ENVIRONMENT, {"anger": {"1": ""}}, r"environment\.json: anger → 1: "),
    "no text": (PERSONALITY, {"calm": {}}, r"personality\.json: calm: "),
    "nobody": (PERSONALITY, {}, r"personality\.json: holds no text"),
    "a list": (CHARACTER, ["A"], r"character\.json: "),
    "a bare text": (CHARACTER, {"A": "B"}, r"character\.json: A: "),
    "one id for two": (
        CHARACTER,
        {"A b": {"1": "x"}, "a-B": {"1": "y"}},
        r"two texts make the persona 'character-a-b'",
    ),
}


@pytest.mark.parametrize(("path", "content", "said"), FAULTS.values(), ids=FAULTS.keys())
def test_faults_are_told(path: str, content: Any, said: str, clone: Path) -> None:
    write_json(clone / path, content)
    with pytest.raises(MaterialError, match=said):
        read_personas(clone)


def test_the_published_manipulations(upstream: Path) -> None:
    personas = by_id(upstream / "LLMPersonality")
    counts = {kind: sum(name.startswith(kind) for name in personas) for kind in ("character", "personality", "environ")}
    assert counts == {"character": 16 * 6, "personality": 10 * 3 * 5, "environ": 16 * 10}
    expected = {f"personality-{pole}-{way}-{n}" for pole in POLES.values() for way in WAYS for n in range(1, 5)}
    assert expected <= set(personas)
    assert len({persona.texts["en"] for persona in personas.values()}) == len(personas)
