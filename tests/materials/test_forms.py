from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from emotionbench.documents import content_hash
from emotionbench.errors import StudyError
from emotionbench.materials import catalogue
from emotionbench.materials.forms import MOST_SYMBOLS, Form, check_fits, option_values, roman, sign, symbols
from emotionbench.materials.instruments import Instrument, ResponseScale
from parsing_helpers import made_up
from small_materials import INSTRUMENT, changed, instrument, protocol

FIVE = ResponseScale(lowest=1, highest=5)
PLAIN = catalogue.protocol("plain-en")
BRIEF = catalogue.protocol("brief-en")
PANAS = catalogue.instrument("PANAS")


# signs


@pytest.mark.parametrize(
    ("style", "expected"),
    [("a", "a b c d e"), ("A", "A B C D E"), ("i", "i ii iii iv v"), ("I", "I II III IV V")],
)
def test_signs_go_in_the_order_in_which_options_are_listed(style: str, expected: str) -> None:
    up = symbols(FIVE, Form(option_labels=style, option_order="ascending"))
    down = symbols(FIVE, Form(option_labels=style, option_order="descending"))
    assert up == dict(zip([1, 2, 3, 4, 5], expected.split(), strict=True))
    assert down == dict(zip([5, 4, 3, 2, 1], expected.split(), strict=True))
    assert symbols(FIVE, Form(option_labels=style)) == up
    assert list(down) == option_values(FIVE, Form(option_order="descending")) == [5, 4, 3, 2, 1]


@pytest.mark.parametrize("form", [None, Form(), Form(option_labels="none"), Form(option_order="descending")])
def test_without_signs_the_numbers_stand_for_themselves(form: Form | None) -> None:
    assert symbols(FIVE, form) is None


def test_signs_count_from_the_lowest_value_whatever_it_is() -> None:
    assert symbols(ResponseScale(lowest=-1, highest=1), Form(option_labels="I")) == {-1: "I", 0: "II", 1: "III"}


@given(st.integers(1, 39))
def test_roman_numerals_add_up(number: int) -> None:
    worth = {"i": 1, "v": 5, "x": 10}
    values = [worth[letter] for letter in roman(number)]
    signed = [
        -value if place + 1 < len(values) and values[place + 1] > value else value for place, value in enumerate(values)
    ]
    assert sum(signed) == number
    assert not {"iiii", "vv", "xxxx"} & {roman(number)[place : place + n] for place in range(9) for n in (2, 4)}


def test_every_sign_is_another() -> None:
    for style in ("a", "A", "i", "I"):
        assert len({sign(style, place) for place in range(MOST_SYMBOLS)}) == MOST_SYMBOLS


# forms as documents


def test_what_is_not_said_is_no_part_of_a_form() -> None:
    assert Form().model_dump(mode="json") == {}
    assert Form(language="de", option_labels=None).model_dump(mode="json") == {"language": "de"}
    assert content_hash(Form(language="de")) == content_hash({"language": "de"})
    assert content_hash(Form(option_labels="none")) != content_hash(Form())


def test_hashes_of_forms_are_pinned() -> None:
    # golden: administrations in stores that people hold carry these hashes
    form = Form(template="plain", language="de", option_labels="a", items_per_message=5, temperature=0.5)
    assert content_hash(form) == "d8a220ebf9d97b5cee0a59256e6e4091c5804b4279608bfe8017d638abd2b5e9"


def test_the_id_says_the_levels_in_words_and_not_the_text_of_the_persona() -> None:
    form = Form(language="de", persona="hero", persona_text="Sei tapfer.", chain_of_thought=False, temperature=0.5)
    assert form.id == "language de · persona hero · chain_of_thought no · temperature 0.5"
    assert form.levels() == {"language": "de", "persona": "hero", "chain_of_thought": "no", "temperature": "0.5"}
    assert Form().id == "plain"
    assert content_hash(form) != content_hash(form.model_copy(update={"persona_text": "Sei feige."}))


@pytest.mark.parametrize(
    "levels",
    [
        {"option_labels": "b"},
        {"option_order": "random"},
        {"items_per_message": 0},
        {"items_per_message": "some"},
        {"conversation": "new"},
        {"temperature": 2.5},
        {"persona": ""},
        {"wording": "x"},
    ],
)
def test_a_form_knows_its_levels(levels: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Form.model_validate(levels)


@pytest.mark.parametrize(
    ("per_message", "n_items", "n_messages"),
    [(None, 20, 1), ("all", 20, 1), (20, 20, 1), (50, 20, 1), (19, 20, 2), (7, 20, 3), (1, 20, 20), (22, 44, 2)],
)
def test_so_many_items_a_message_make_so_many_messages(per_message: object, n_items: int, n_messages: int) -> None:
    form = Form.model_validate({"items_per_message": per_message})
    assert form.n_messages(n_items) == n_messages


# what a form needs


@pytest.mark.parametrize(
    ("form", "what"),
    [
        (Form(option_labels="a"), "option signs"),
        (Form(chain_of_thought=True), "a chain of thought"),
        (Form(items_per_message=3), "several messages"),
    ],
)
@pytest.mark.parametrize("words", ["standard", "emotionbench-2024"])
def test_a_protocol_without_words_for_a_form_is_named(form: Form, what: str, words: str) -> None:
    with pytest.raises(StudyError, match=rf"^protocol '{words}' has no words for {what}; choose a template: "):
        check_fits(PANAS, catalogue.protocol(words), form)
    check_fits(PANAS, PLAIN, form)


@pytest.mark.parametrize(
    "form",
    [
        None,
        Form(),
        Form(option_labels="none", option_order="descending", chain_of_thought=False),
        Form(items_per_message=3, conversation="fresh"),
        Form(items_per_message="all", temperature=1.0),
    ],
)
def test_a_form_that_needs_no_words_fits_any_protocol(form: Form | None) -> None:
    for words in catalogue.protocols():
        check_fits(PANAS, words, form)
    check_fits(PANAS, protocol(), form)


@pytest.mark.parametrize("lacking", ["scale_symbols", "symbol_label", "think_first", "next_items"])
def test_each_text_that_a_form_needs_is_missed(lacking: str) -> None:
    everything = Form(option_labels="i", chain_of_thought=True, items_per_message=2)
    check_fits(PANAS, BRIEF, everything)
    with pytest.raises(StudyError, match="has no words for"):
        check_fits(PANAS, BRIEF.model_copy(update={lacking: None}), everything)


def test_signs_need_labels_that_they_stand_before() -> None:
    bare = instrument(changed(INSTRUMENT, "  labels:\n    1: no\n    4: yes\n", ""))
    with pytest.raises(StudyError, match=r"^MOOD-6 has no response labels that signs could stand before; use option"):
        check_fits(bare, PLAIN, Form(option_labels="a"))
    check_fits(bare, PLAIN, Form(option_labels="none"))
    own = [{"text": text, "labels": {0: f"{text} not", 3: f"{text} indeed"}} for text in ("Ice", "Fire")]
    check_fits(made_up(own), PLAIN, Form(option_labels="a"))


def hundred() -> Instrument:
    return made_up(["Ice", "Fire"], 0, 100, {0: "not at all", 100: "wholly"})


def test_there_are_not_signs_for_any_number_of_options() -> None:
    with pytest.raises(StudyError, match=r"^MADE-UP has 101 options, and there are signs for 26; use option_labels"):
        check_fits(hundred(), PLAIN, Form(option_labels="a"))
    check_fits(hundred(), PLAIN, Form(option_labels="none", option_order="descending"))
    check_fits(made_up(["Ice"], 1, 26, {1: "not at all"}), PLAIN, Form(option_labels="I"))
