"""The survey's pages say the same in ten languages, and what a page lacks is refused before anybody sees it."""

from __future__ import annotations

import re
import string
import unicodedata
from pathlib import Path

import pytest

from emotionbench.errors import MaterialError
from emotionbench.materials import catalogue
from emotionbench.materials.pages import PLACEHOLDERS, Pages
from emotionbench.ways import LANGUAGES
from emotionbench.web.entry import A_MONTH

TRANSLATIONS = [language for language in LANGUAGES if language != "en"]
SCRIPTS = {
    "zh": "CJK", "ja": "CJK|HIRAGANA|KATAKANA", "ko": "HANGUL", "ar": "ARABIC", "ru": "CYRILLIC"
}  # fmt: skip
SAME_IN_ALL = {"direction"}
"""What a translation may have in common with the English pages; all else is in its own words."""
FAMILIAR = {
    "de": r"du|dir|dich|dein\w*|euch|euer|eure\w*",
    "fr": r"tu|toi|ton|ta|tes|t’",
    "es": r"tú|tu|tus|ti|contigo|tienes|puedes|quieres|vosotros",
    "it": r"tu|ti|tuo|tua|tuoi|tue|puoi|hai|voi|vostr\w+",
    "ru": r"ты|тебя|тебе|тобой|тво\w+",
    "zh": r"你",
    "ko": r"너|네가|너의|니가",
    "ja": r"お?まえ|きみ|君",
}
"""Words by which strangers are not addressed."""


def texts(pages: Pages) -> dict[str, str]:
    """Every text of the pages by its place."""
    found = {name: getattr(pages, name) for name in Pages.model_fields if name != "questions"}
    for key, question in pages.questions.items():
        found |= {f"questions {key}": question.text}
        found |= {f"questions {key} hint": question.hint} if question.hint else {}
        found |= {f"questions {key} {value}": text for value, text in question.options.items()}
    return found


def placeholders(text: str) -> list[str]:
    """The names in braces, each as often as it stands."""
    return sorted(str(name) for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def own_pages(home: Path, *changes: tuple[str, str], language: str = "de", name: str | None = None) -> Path:
    """The shipped pages of a language as a file of the user's own, with changes."""
    text = (catalogue.SHIPPED / "pages" / f"{language}.yaml").read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path = home / "pages" / f"{name or language}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def line_of(path: Path, start: str) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.startswith(start))


# ten languages


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_of_the_materials_has_pages(language: str) -> None:
    found = catalogue.pages(language)
    assert (found.id, found.language) == (f"pages-{language}", language)
    assert found.direction == ("rtl" if language == "ar" else "ltr")


def test_languages_are_named_in_themselves() -> None:
    assert set(catalogue.page_languages()) >= set(LANGUAGES)
    names = {language: catalogue.pages(language).language_name for language in LANGUAGES}
    assert names == {
        "en": "English", "zh": "中文", "ko": "한국어", "es": "Español", "fr": "Français", "de": "Deutsch",
        "it": "Italiano", "ar": "العربية", "ru": "Русский", "ja": "日本語",
    }  # fmt: skip


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_the_standard_questions_have_the_same_answers(language: str) -> None:
    own, found = catalogue.pages("en").questions, catalogue.pages(language).questions
    assert list(found) == list(own) == ["age", "gender", "education", "country"]
    for key, question in own.items():
        assert list(found[key].options) == list(question.options), key
        assert len(set(found[key].options.values())) == len(question.options), key
        assert (found[key].hint is None) == (question.hint is None), key


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_nothing_is_left_in_english(language: str) -> None:
    own, found = texts(catalogue.pages("en")), texts(catalogue.pages(language))
    assert found.keys() == own.keys()
    assert {place for place in own if found[place] == own[place]} <= SAME_IN_ALL


@pytest.mark.parametrize("language", SCRIPTS)
def test_texts_are_in_the_letters_of_their_language(language: str) -> None:
    about = {"id", "name", "language", "direction", "source"}
    for place, text in texts(catalogue.pages(language)).items():
        letters = [
            unicodedata.name(letter, "") for letter in re.sub(r"\{\w+\}|IP|Cookie", "", text) if letter.isalpha()
        ]
        is_own = [bool(re.match(SCRIPTS[language], letter)) for letter in letters]
        assert place in about or all(is_own), (place, text)


@pytest.mark.parametrize("language", FAMILIAR)
def test_people_are_addressed_as_strangers_are(language: str) -> None:
    is_spaced = language not in ("zh", "ja")
    familiar = re.compile(rf"\b({FAMILIAR[language]})\b" if is_spaced else FAMILIAR[language], re.IGNORECASE)
    for place, text in texts(catalogue.pages(language)).items():
        assert place in ("id", "name", "language", "source") or not familiar.search(text), (place, text)


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_a_translation_says_that_no_native_speaker_reviewed_it(language: str) -> None:
    source = catalogue.pages(language).source
    assert source == "Written for emotionbench; a project translation, not reviewed by a native speaker."


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_stand_as_often_as_in_english_and_can_be_filled(language: str) -> None:
    own, found = texts(catalogue.pages("en")), texts(catalogue.pages(language))
    for place, text in own.items():
        assert placeholders(found[place]) == placeholders(text) == sorted(PLACEHOLDERS.get(place, ())), place
    for place, names in PLACEHOLDERS.items():
        filled = found[place].format(**{name: f"<{name}>" for name in names})
        assert all(f"<{name}>" in filled for name in names), place


@pytest.mark.parametrize("language", LANGUAGES)
def test_how_long_the_cookie_lasts_is_said_as_it_is(language: str) -> None:
    assert re.findall(r"\d+", catalogue.pages(language).cookie) == [str(A_MONTH // (24 * 3600))]


# a broken copy


@pytest.mark.parametrize(
    ("changes", "place", "message"),
    [
        (("von {pages}", "von {page}"), "progress:", "progress: placeholders should be {page}, {pages}"),
        (("von {pages}", "von 9"), "progress:", "progress: placeholders should be {page}, {pages}"),
        (("go_on: Weiter", "go_on: Weiter, {name}"), "go_on:", "go_on: placeholders should be none"),
        (("nach {days} Tagen", "nach einem Jahr"), "retention:", "retention: placeholders should be {days}"),
        (("nach {days} Tagen", "nach {days.real}"), "retention:", "retention: placeholders should be {days}"),
        (("bis zum {date}", "bis zum {}"), "closes_on:", "closes_on: placeholders should be {date}"),
        (("direction: ltr", "direction: left"), "direction:", "direction: String should match pattern "),
        (("go_on: Weiter", "go_on: ''"), "go_on:", "go_on: String should have at least 1 character"),
        (("go_on: Weiter", f"go_on: {'W' * 201}"), "go_on:", "go_on: String should have at most 200 characters"),
        (("go_on: Weiter", "go_on: 5"), "go_on:", "go_on: should be text; put it in quotes (found 5)"),
        (("go_on: Weiter", "goon: Weiter"), "goon:", "goon: unknown key; did you mean 'go_on'? (and 1 more)"),
    ],
)  # fmt: skip
def test_a_single_defect_names_file_and_line(
    changes: tuple[str, str], place: str, message: str, small_home: Path
) -> None:
    path = own_pages(small_home, changes)
    with pytest.raises(MaterialError) as caught:
        catalogue.pages("de")
    assert str(caught.value).startswith(f"de.yaml:{line_of(path, place)}: {message}")


@pytest.mark.parametrize("field", sorted(PLACEHOLDERS))
def test_every_text_must_keep_its_placeholders(field: str) -> None:
    text = getattr(catalogue.pages("en"), field)
    without = text.replace("{", "").replace("}", "")
    pages = catalogue.pages("en").model_dump()
    assert Pages.model_validate(pages).id == "pages-en"
    with pytest.raises(ValueError, match=rf"{field}: placeholders should be \{{"):
        Pages.model_validate({**pages, field: without})


def test_the_word_no_stays_a_word(small_home: Path) -> None:
    own_pages(small_home, ("withdraw_cancel: Nein, zurück", "withdraw_cancel: no"))
    assert catalogue.pages("de").withdraw_cancel == "no"


def test_a_missing_text_is_named(small_home: Path) -> None:
    own_pages(small_home, ("go_on: Weiter\n", ""))
    with pytest.raises(MaterialError, match=r"^de\.yaml: go_on: missing; add it$"):
        catalogue.pages("de")


# finding them


def test_a_language_without_pages_is_answered_with_those_there_are(small_home: Path) -> None:
    with pytest.raises(MaterialError) as caught:
        catalogue.pages("nl")
    known = ", ".join(sorted(LANGUAGES))
    assert str(caught.value) == (
        f"the pages of the survey have no words in 'nl'; they have: {known}; or add pages/nl.yaml to {small_home}"
    )


def test_a_users_own_pages_go_before_those_that_are_shipped(small_home: Path) -> None:
    shipped = catalogue.pages("de")
    own_pages(small_home, ("go_on: Weiter", "go_on: Weiter geht es"), ("not reviewed", "reviewed"))
    found = catalogue.pages("de")
    assert (found.go_on, shipped.go_on) == ("Weiter geht es", "Weiter")
    assert found.model_copy(update={"go_on": shipped.go_on, "source": shipped.source}) == shipped
    assert catalogue.pages("fr").go_on == "Continuer"
    assert catalogue.page_languages() == sorted(LANGUAGES)


def test_a_language_of_ones_own_is_found_by_its_file(small_home: Path) -> None:
    own_pages(small_home, ("language: de\n", "language: nl\n"), name="nl")
    assert catalogue.pages("nl").go_on == "Weiter"
    assert catalogue.page_languages() == sorted([*LANGUAGES, "nl"])


def test_a_file_named_after_another_language_is_refused(small_home: Path) -> None:
    own_pages(small_home, name="nl")
    with pytest.raises(MaterialError, match=r"^nl\.yaml: language: is 'de'; name the file after its language$"):
        catalogue.pages("nl")
