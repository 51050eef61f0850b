from __future__ import annotations

from pathlib import Path

import pytest

from emotionbench.documents import parse_document, read_document
from emotionbench.errors import MaterialError, StudyError
from emotionbench.materials import catalogue
from emotionbench.materials.personas import Persona
from emotionbench.ways import LANGUAGES, Ways

BRAVE = """\
id: brave
name: Brave
source: Written for the tests.
texts:
  en: You fear nothing.
  de: Du fürchtest nichts.
"""


def persona(text: str) -> Persona:
    return parse_document(text, Persona, MaterialError, where="brave.yaml")


def add(home: Path, text: str = BRAVE) -> Path:
    path = home / "personas" / "brave.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_four_roles_and_the_calm_one_ship_in_every_language() -> None:
    assert {one.id for one in catalogue.personas()} >= {"ordinary", "hero", "liar", "psychopath", "calm"}
    for one in catalogue.personas():
        assert catalogue.persona(one.id.upper()) == one
        assert tuple(sorted(one.texts)) == tuple(sorted(LANGUAGES))
        assert len(set(one.texts.values())) == len(LANGUAGES)
        assert one.source == "Written for emotionbench."
        assert all(text == text.strip() and "{" not in text for text in one.texts.values())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (BRAVE.replace("You fear nothing.", '""'), "brave.yaml:5: texts → en: String should have at least 1 character"),
        (
            BRAVE.replace("You fear nothing.", '"  "'),
            "brave.yaml:5: the text in language 'en' is empty; say who to be",
        ),
        (BRAVE[: BRAVE.index("texts")] + "texts: {}\n", "brave.yaml:4: texts: "),
        (BRAVE[: BRAVE.index("texts")], "brave.yaml: texts: missing; add it"),
        (BRAVE + "text: x\n", "brave.yaml:7: text: unknown key; did you mean 'texts'?"),
    ],
)
def test_a_persona_without_a_text_is_refused(text: str, message: str) -> None:
    with pytest.raises(MaterialError) as caught:
        persona(text)
    assert str(caught.value).startswith(message)


def test_a_users_own_persona_is_found_by_name_and_by_path(small_home: Path, tmp_path: Path) -> None:
    path = add(small_home)
    own = read_document(path, Persona, MaterialError)
    assert catalogue.persona("Brave") == catalogue.persona(str(path)) == own
    assert own.id in {one.id for one in catalogue.personas()}
    for named in ("brave", str(path)):
        asked = {form.persona: form.persona_text for form in Ways(persona=["none", named]).asked(0)}
        assert asked == {"none": None, "brave": "You fear nothing."}


def test_a_persona_speaks_the_language_that_is_asked_in(small_home: Path) -> None:
    add(small_home)
    asked = {form.language: form.persona_text for form in Ways(language="de, en", persona="brave").asked(0)}
    assert asked == {"de": "Du fürchtest nichts.", "en": "You fear nothing."}
    with pytest.raises(StudyError, match=r"^persona 'brave' has no text in language 'fr'; known: de, en; or add it to"):
        list(Ways(language="fr", persona="brave").asked(0))


def test_an_unknown_persona_suggests_the_near_name() -> None:
    with pytest.raises(MaterialError, match=r"^unknown persona 'hreo'; did you mean 'hero'\?$"):
        Ways(persona="hreo").asked(0)
