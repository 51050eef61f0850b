"""What is put in ten languages is the same thing in each, and says that it was translated here."""

from __future__ import annotations

import re
import string
import unicodedata
from pathlib import Path

import pytest

from emotionbench.errors import EmotionBenchError, MaterialError
from emotionbench.materials import catalogue
from emotionbench.materials.protocols import PLACEHOLDERS, Protocol
from emotionbench.materials.situations import Situation
from emotionbench.study import Study
from emotionbench.study_materials import materials_of
from emotionbench.ways import LANGUAGES, TEMPLATES

TRANSLATIONS = [language for language in LANGUAGES if language != "en"]
SCRIPTS = {
    "zh": "CJK", "ja": "CJK|HIRAGANA|KATAKANA", "ko": "HANGUL", "ar": "ARABIC", "ru": "CYRILLIC"
}  # fmt: skip
FORM_TEXTS = ("recovered", "next_items", "scale_numbers", "scale_symbols", "symbol_label", "think_first")


def placeholders(text: str | None) -> list[str]:
    """The names in braces, each as often as it stands."""
    return sorted(str(name) for _, name, _, _ in string.Formatter().parse(text or "") if name is not None)


def is_written_in(language: str, text: str) -> bool:
    """Whether the letters of a text are mostly those of its language."""
    names = [unicodedata.name(letter, "") for letter in text if letter.isalpha()]
    expected = SCRIPTS.get(language, "LATIN")
    return sum(bool(re.match(expected, name)) for name in names) > 0.8 * len(names)


def situations(language: str | None) -> tuple[Situation, ...]:
    return catalogue.situation_set("everyday", language).situations


# instruments


@pytest.mark.parametrize("language", TRANSLATIONS)
@pytest.mark.parametrize("family", ["PANAS", "ECL-8"])
def test_a_translation_scores_as_its_original(family: str, language: str) -> None:
    own, found = catalogue.edition(family), catalogue.edition(family, language)
    assert (found.id, found.base, found.language, found.paraphrase) == (f"{family}-{language}", family, language, None)
    assert found.n_items == own.n_items
    assert list(found.subscales) == list(own.subscales)
    for key, subscale in own.subscales.items():
        same = found.subscales[key]
        assert (same.name, same.items, same.reverse) == (subscale.name, subscale.items, subscale.reverse)
    assert found.score == own.score
    scale = found.response_scale
    assert (scale.lowest, scale.highest) == (own.response_scale.lowest, own.response_scale.highest)
    assert scale.labels.keys() == own.response_scale.labels.keys()
    assert found.trait == own.trait


@pytest.mark.parametrize("language", TRANSLATIONS)
@pytest.mark.parametrize("family", ["PANAS", "ECL-8"])
def test_a_translation_says_that_it_is_one_and_nobody_validated_it(family: str, language: str) -> None:
    found = catalogue.edition(family, language)
    assert not found.validated
    assert "project translation" in found.edition
    assert found.note is not None
    assert found.note.startswith("Project translation")
    if family == "PANAS":
        assert "not the validated edition of this language" in found.note
    assert "Translated for emotionbench" in " ".join(found.source.split())
    for text in (found.instructions, *(item.text for item in found.items), *found.response_scale.labels.values()):
        assert is_written_in(language, text), text


# templates


@pytest.mark.parametrize("language", TRANSLATIONS)
@pytest.mark.parametrize("template", TEMPLATES)
def test_a_translated_template_has_the_same_parts(template: str, language: str) -> None:
    own, found = catalogue.template(template, "en"), catalogue.template(template, language)
    assert (found.id, found.template, found.language) == (f"{template}-{language}", template, language)
    assert (found.temperature, found.system is None) == (own.temperature, own.system is None)
    for field in PLACEHOLDERS:
        if field.startswith(("recite_", "target_")):
            continue
        text, original = getattr(found, field), getattr(own, field)
        assert placeholders(text) == placeholders(original), field
        words = re.sub(r"\{\w+\}|`[^`]*`", "", text or "")
        assert not re.search(r"[^\W\d_]{4,}", words) or is_written_in(language, words), field


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_has_the_words_for_every_form(template: str, language: str) -> None:
    found = catalogue.template(template, language)
    assert all(getattr(found, field) for field in FORM_TEXTS)
    assert found.think_first is not None
    assert "###" in found.think_first
    for field in ("baseline", "evoked", "evoked_after", "recovered"):
        assert {"instructions", "scale", "items", "reply"} <= set(placeholders(getattr(found, field)))
    assert {"scale", "items", "reply"} <= set(placeholders(found.next_items))
    assert found.temperature is None


def test_templates_of_a_language_differ_from_one_another() -> None:
    for language in LANGUAGES:
        found = [catalogue.template(template, language) for template in TEMPLATES]
        for field in ("baseline", "evoked", "recovered", "think_first", "reply_by_text"):
            assert len({getattr(one, field) for one in found}) == len(TEMPLATES), (language, field)
    assert catalogue.templates()[: len(TEMPLATES)] == sorted(TEMPLATES)


# situations


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_the_first_two_situations_of_every_factor_are_translated(language: str) -> None:
    own, found = situations(None), situations(language)
    evoking = [situation for situation in own if situation.kind == "evoking"]
    first_two = [s.id for s in evoking if [o.id for o in evoking if o.factor == s.factor].index(s.id) < 2]
    assert [situation.id for situation in found] == first_two
    assert len(found) == 72
    by_id = {situation.id: situation for situation in own}
    for situation in found:
        original = by_id[situation.id]
        assert situation.language == language
        same = situation.model_copy(update={"language": original.language, "text": original.text})
        assert same == original
        assert is_written_in(language, situation.text)
    assert len({situation.text for situation in found}) == 72
    assert catalogue.situation_set("everyday", language).factors == catalogue.situation_set("everyday").factors


def test_without_a_language_or_in_its_own_a_set_is_whole() -> None:
    assert catalogue.situation_set("everyday", "en") == catalogue.situation_set("everyday")
    assert len([s for s in situations("en") if s.kind == "evoking"]) == 432


# studies in several languages


def test_a_study_in_several_languages_asks_only_what_all_of_them_have() -> None:
    def imagined(**ways: object) -> dict[str, set[str]]:
        materials = materials_of(Study(respondents="uniform", ways=ways))
        return {way.instrument.language: {s.id for s in way.situations} for way in materials.ways}

    both = imagined(language="en, de")
    assert both["en"] == both["de"]
    assert len(both["de"]) == 72
    assert len(imagined(language="en")["en"]) == 432
    assert imagined(language="ja")["ja"] == both["de"]


def test_every_text_of_a_form_is_in_its_language() -> None:
    materials = materials_of(
        Study(respondents="uniform", factors="fear-1", ways={"language": "all", "template": "all", "persona": "hero"})
    )
    assert len(materials.ways) == 50
    for way in materials.ways:
        assert way.form is not None
        language = way.form.language
        assert {way.instrument.language, way.protocol.language, *(s.language for s in way.situations)} == {language}
        assert way.protocol.template == way.form.template
        assert way.form.persona_text == catalogue.persona("hero").texts[language or ""]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"ways": {"language": "nl"}},
            r"^instrument 'PANAS' has no edition in language 'nl'; its editions: PANAS-ar, ",
        ),
        (
            {"ways": {"language": "en, nl"}},
            r"^(instrument 'PANAS' has no edition|situations 'everyday' have no texts) in language 'nl'; ",
        ),
        ({"ways": {"language": "EN"}}, r"in language 'EN'; "),
        (
            {"ways": {"paraphrase": "v2"}},
            r"^instrument 'PANAS' has no edition in language 'en' and paraphrase 'v2'; its",
        ),
        (
            {"ways": {"language": "de"}, "protocol": "standard"},
            r"^protocol 'standard' has its words in 'en' alone, and PANAS-de is in 'de'; leave it out",
        ),
        (
            {"ways": {"language": "de, en"}, "kinds": "evoking, neutral"},
            r"^situations 'everyday': no situation of kind neutral stands in every language asked in; leave out",
        ),
        (
            {"ways": {"language": "de"}, "situations": "tiny"},
            r"^situations 'tiny' have no texts in language 'de'; they",
        ),
        (
            {"ways": {"language": "de", "template": "short"}, "situations": "none"},
            r"^template 'short' has no words in language 'de'; it has: en$",
        ),
    ],
)
def test_a_language_without_material_is_named_before_anything_is_asked(
    changes: dict[str, object], message: str, small_home: Path
) -> None:
    (small_home / "protocols" / "short-en.yaml").write_text(SHORT, encoding="utf-8")
    with pytest.raises(EmotionBenchError, match=message):
        materials_of(Study(**{"respondents": "uniform", **changes}))


SHORT = """\
id: short-en
name: Short
template: short
language: en
source: Written for the tests.
baseline: "{instructions} {scale} {items}"
evoked: "{situation} {instructions} {items}"
evoked_after: "{situation} {instructions} {items}"
item: "{position}. {text}"
label: "{value}={label}"
labels_with_items: see the items
reply_by_text: by word
reply_by_position: by number
"""


# a user's own


def own_edition(home: Path, *changes: tuple[str, str], name: str = "PANAS-de") -> Path:
    """The shipped German PANAS as a file of the user's own, with changes."""
    text = (catalogue.SHIPPED / "instruments" / "PANAS-de.yaml").read_text(encoding="utf-8")
    for old, new in (("validated: false", "validated: true"), ("  - Interessiert\n", "  - Gefesselt\n"), *changes):
        assert text.count(old) == 1
        text = text.replace(old, new)
    path = home / "instruments" / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_validated_edition_of_the_users_own_takes_the_place_of_the_translation(small_home: Path) -> None:
    own_edition(small_home)
    found = catalogue.edition("PANAS", "de")
    assert (found.validated, found.text(1)) == (True, "Gefesselt")
    (way,) = materials_of(Study(respondents="uniform", ways={"language": "de"}, factors="fear-1")).ways
    assert way.instrument == found
    assert not catalogue.edition("PANAS", "fr").validated


def test_an_edition_in_another_language_is_found_by_its_name(small_home: Path) -> None:
    own_edition(small_home, ("id: PANAS-de", "id: PANAS-nl"), ("language: de", "language: nl"), name="PANAS-nl")
    assert catalogue.edition("panas", "nl").text(1) == "Gefesselt"
    assert catalogue.edition("PANAS", "nl").base == "PANAS"


def test_a_file_that_is_no_edition_of_the_family_is_not_taken_for_one(small_home: Path) -> None:
    own_edition(small_home, ("family: PANAS\n", ""), name="PANAS-nl")
    with pytest.raises(MaterialError, match=r"^instrument 'PANAS' has no edition in language 'nl'; its editions: .*nl"):
        catalogue.edition("PANAS", "nl")


def test_editions_beside_a_file_of_ones_own_are_found_there(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    german = own_edition(folder, ("family: PANAS", "family: Feelings"))
    english = folder / "instruments" / "Feelings.yaml"
    shipped = (catalogue.SHIPPED / "instruments" / "PANAS.yaml").read_text(encoding="utf-8")
    english.write_text(shipped.replace("id: PANAS", "id: Feelings"), encoding="utf-8")
    german.rename(folder / "instruments" / "Feelings-de.yaml")
    assert catalogue.edition(str(english)).id == "Feelings"
    assert catalogue.edition(str(english), "de").text(1) == "Gefesselt"
    with pytest.raises(MaterialError, match=r"^instrument 'Feelings' has no edition in language 'fr'"):
        catalogue.edition(str(english), "fr")


def test_protocols_say_which_language_they_speak() -> None:
    for found in catalogue.protocols():
        assert isinstance(found, Protocol)
        assert found.language in LANGUAGES
        assert found.template is None or found.id == f"{found.template}-{found.language}"
