"""What is read of the probabilities of tokens is what drawing whole answers, token by token, would give."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotionbench.materials import catalogue
from emotionbench.materials.forms import Form
from emotionbench.materials.instruments import Instrument
from emotionbench.parsing.probabilities import MOST_UNSEEN, Distribution, Unread, Why, distribution

PANAS = catalogue.instrument("PANAS")
SIGNS = Form(answers="logprobs", option_labels="a")


def scaled(lowest: int, highest: int) -> Instrument:
    scale = PANAS.response_scale.model_copy(update={"lowest": lowest, "highest": highest, "labels": {}})
    return PANAS.model_copy(update={"response_scale": scale})


TEN = scaled(0, 10)


def told(*steps: tuple[str, dict[str, float]], source: str = "vocabulary", **more: Any) -> str:
    """A reading of item 7; probabilities where logarithms are kept."""
    listed = [
        {"after": after, "tokens": [[text, math.log(p) if p else -9999.0] for text, p in tokens.items()]}
        for after, tokens in steps
    ]
    return json.dumps({"item": 7, "source": source, "steps": listed, **more})


def read(text: str | None, instrument: Instrument = PANAS, form: Form | None = None) -> Distribution:
    found = distribution(text, instrument, form)
    assert isinstance(found, Distribution), found
    return found


def why(text: str | None, instrument: Instrument = PANAS, form: Form | None = None) -> Why:
    found = distribution(text, instrument, form)
    assert isinstance(found, Unread), found
    return found.why


ALL = {"1": 0.1, "2": 0.1, "4": 0.1, "5": 0.1}


PLAIN = ["3", " 3", "▁3", "Ġ3", "\n3", "Ċ3", "３", "٣", '"3', "'3'", "“3”", "(3", "(3)", "[3]", "**3", "3.", "3\n"]
ENDED = ["3:", "3 ", "3,", "3。", "+3", "3</s>", "3<|eot_id|>", "3 (moderately"]


@pytest.mark.parametrize("spelling", [*PLAIN, *ENDED])
def test_every_spelling_of_an_answer_counts_for_it(spelling: str) -> None:
    found = read(told(("", {spelling: 0.5, **ALL})))
    assert found.item == 7
    assert found.probabilities == pytest.approx({1: 1 / 9, 2: 1 / 9, 3: 5 / 9, 4: 1 / 9, 5: 1 / 9})
    assert found.mass == pytest.approx(0.9)
    assert found.unseen == 0


@pytest.mark.parametrize(
    "other", ["35", "3.5", "3,5", "3-4", "3rd", "3x", "three", "I", "-3", "6", "0", "03", "3/5", "c", "", "#3", "3 4"]
)
def test_what_goes_on_otherwise_counts_for_none(other: str) -> None:
    found = read(told(("", {other: 0.5, "3": 0.1, **ALL})))
    assert found.probabilities == pytest.approx(dict.fromkeys(range(1, 6), 0.2))
    assert found.mass == pytest.approx(0.5)


def test_tokens_of_one_text_and_of_several_spellings_are_added() -> None:
    tokens = [["3", math.log(0.3)], [" 3", math.log(0.2)], ["3", math.log(0.1)], ["1", math.log(0.2)]]
    text = json.dumps({"item": 1, "source": "masked", "steps": [{"after": "", "tokens": [*tokens, ["2", -9999.0]]}]})
    found = read(text)
    assert (found.probabilities[3], found.probabilities[1]) == pytest.approx((0.75, 0.25))
    assert found.mass is None


@pytest.mark.parametrize("spelling", ["c", "C", " c", "c)", "(c", "(C)", "ｃ", "c.", '"c"'])
def test_signs_are_spelled_with_and_without_their_mark(spelling: str) -> None:
    found = read(told(("", {spelling: 0.6, "a)": 0.1, "b": 0.1, "d": 0.1, "e": 0.05, "3": 0.05})), PANAS, SIGNS)
    assert found.probabilities[3] == pytest.approx(0.6 / 0.95)
    assert found.mass == pytest.approx(0.95)


def test_descending_signs_begin_with_the_highest_value() -> None:
    form = Form(answers="logprobs", option_labels="A", option_order="descending")
    text = json.dumps({"item": 2, "source": "anchors", "probabilities": {"A": 0.9, "E)": 0.1}, "mass": 0.8})
    found = read(text, PANAS, form)
    assert (found.probabilities[5], found.probabilities[1], found.mass) == (0.9, 0.1, 0.8)


def test_the_word_i_is_no_sign_but_the_sign_i_with_its_mark_is() -> None:
    form = Form(answers="logprobs", option_labels="i")
    step = {"I": 0.5, "I)": 0.05, "ii)": 0.1, "iii)": 0.1, "iv)": 0.1, "v": 0.1}
    found = read(told(("", step)), PANAS, form)
    assert found.mass == pytest.approx(0.45)
    assert found.probabilities[1] == pytest.approx(0.05 / 0.45)


ROMAN = Form(answers="logprobs", option_labels="I")


def test_the_word_i_that_goes_on_is_no_sign() -> None:
    first = {"I": 0.6, "II": 0.1, "III": 0.1, "IV": 0.1, "V": 0.1}
    found = read(told(("", first), ("I", {" am": 0.5, "'m": 0.25, ")": 0.125, "": 0.125})), PANAS, ROMAN)
    assert found.mass == pytest.approx(0.4 + 0.6 * 0.25)
    assert found.probabilities[1] == pytest.approx(0.15 / 0.55)
    assert found.unseen == 0


def test_the_token_i_is_not_taken_for_the_sign_where_what_follows_was_not_told() -> None:
    rest = {"II": 0.1, "III": 0.1, "IV": 0.1, "V": 0.1}
    assert why(told(("", {"I": 0.6, **rest})), PANAS, ROMAN) is Why.BEGUN
    hardly = read(told(("", {"I": 0.01, "I)": 0.5, **rest})), PANAS, ROMAN)
    assert hardly.unseen == pytest.approx(0.01 / 0.91)
    word = read(told(("", {"I": 0.6, **rest})), PANAS, Form(answers="logprobs", option_labels="i"))
    assert word.mass == pytest.approx(0.4)


@pytest.mark.parametrize("other", ["a little", "A person", "c moderately", "a\u00a0bit"])
def test_a_sign_before_another_word_is_no_answer(other: str) -> None:
    found = read(told(("", {other: 0.5, **dict.fromkeys("abcde", 0.1)})), PANAS, SIGNS)
    assert found.probabilities == pytest.approx(dict.fromkeys(range(1, 6), 0.2))
    assert found.mass == pytest.approx(0.5)


def test_one_may_be_the_beginning_of_ten() -> None:
    digits = {str(value): 0.05 for value in range(10) if value != 1}
    first = {"1": 0.4, **digits}
    step = {"0": 0.5, "</s>": 0.3, "5": 0.1, ".": 0.1}
    found = read(told(("", first), ("1", step)), TEN)
    assert found.probabilities[10] == pytest.approx(0.2 / 0.81)
    assert found.probabilities[1] == pytest.approx(0.16 / 0.81)
    # 15 is no answer
    assert found.mass == pytest.approx(0.81)
    assert why(told(("", first)), TEN) is Why.BEGUN


def test_what_follows_is_told_once_for_every_spelling_of_the_beginning() -> None:
    rest = {str(value): 0.05 for value in (0, *range(2, 10))}
    both = told(("", {"1": 0.1, " 1": 0.2, **rest}), ("1", {"0": 1.0, "": 0.0}))
    assert read(both, TEN).probabilities[10] == pytest.approx(0.3 / 0.75)
    own = told(("", {"1": 0.1, " 1": 0.2, **rest}), ("1", {"0": 1.0, "": 0.0}), (" 1", {"0": 0.5, "": 0.5}))
    assert read(own, TEN).probabilities[10] == pytest.approx(0.2 / 0.75)


def test_a_beginning_is_the_whole_where_longer_answers_are_tokens_themselves() -> None:
    found = read(told(("", {"1": 0.5, "10": 0.05, **{str(value): 0.05 for value in (0, *range(2, 10))}})), TEN)
    assert (found.probabilities[1], found.probabilities[10], found.unseen) == pytest.approx((0.5, 0.05, 0))


def test_a_beginning_that_hardly_counts_is_in_doubt_and_read() -> None:
    rest = {str(value): 0.1 for value in (0, *range(2, 10))}
    found = read(told(("", {"1": 0.02, **rest})), TEN)
    assert found.unseen == pytest.approx(0.02 / 0.92)
    assert found.probabilities[1] == pytest.approx(0.02 / 0.92)


def test_a_blank_alone_begins_any_answer() -> None:
    assert why(told(("", {" ": 0.5, "3": 0.4, **dict.fromkeys("1245", 0.01)}))) is Why.BEGUN
    step = {"3": 0.5, **dict.fromkeys("1245", 0.1)}
    found = read(told(("", {" ": 0.5, "3": 0.4, **dict.fromkeys("1245", 0.01)}), (" ", step)))
    assert found.probabilities[3] == pytest.approx(0.65 / 0.89)
    assert found.unseen == 0


def test_negative_values_come_whole_or_behind_their_sign() -> None:
    scale = scaled(-2, 2)
    whole = told(("", {"-2": 0.2, "−1": 0.2, "0": 0.2, "+1": 0.2, "2": 0.2}))
    assert read(whole, scale).probabilities == pytest.approx(dict.fromkeys(range(-2, 3), 0.2))
    parts = told(("", {"-": 0.4, "0": 0.2, "1": 0.2, "2": 0.2}), ("-", {"1": 0.75, "2": 0.25}))
    assert read(parts, scale).probabilities[-1] == pytest.approx(0.3)
    assert why(told(("", {"-": 0.4, "0": 0.2, "1": 0.2, "2": 0.2})), scale) is Why.BEGUN


def test_a_plus_begins_a_value_where_there_are_negative_ones() -> None:
    """Else what a model writes as + and 2 would be lost, and its answers seem negative."""
    first = {"+": 0.5, "-": 0.3, "0": 0.2}
    steps = ("+", {"1": 0.2, "2": 0.8}), ("-", {"1": 1.0, "2": 0.0})
    found = read(told(("", first), *steps), scaled(-2, 2))
    assert found.probabilities == pytest.approx({-2: 0, -1: 0.3, 0: 0.2, 1: 0.1, 2: 0.4})
    assert found.mass == pytest.approx(1)
    assert why(told(("", first), steps[1]), scaled(-2, 2)) is Why.BEGUN
    assert read(told(("", {"+": 0.5, "3": 0.1, **ALL}))).mass == pytest.approx(0.5)


def test_answers_that_are_not_listed_could_have_as_much_as_the_least_that_is() -> None:
    """Two answers are missing, each at most 0.01 likely, of which no more than what the list leaves is there."""
    found = read(told(("", {"1": 0.5, "2": 0.3, "3": 0.01})))
    assert found.unseen == pytest.approx(0.02 / 0.83)
    assert read(told(("", {"1": 0.6, "2": 0.3, "3": 0.099}))).unseen == pytest.approx(0.001 / 1.0)
    assert why(told(("", {"1": 0.5, "2": 0.2, "3": 0.1}))) is Why.UNSEEN


def test_mass_lost_to_other_words_leaves_less_certain_answers() -> None:
    """The rest of the list is so much likelier that what is missing could matter."""
    assert why(told(("", {"I": 0.9, "As": 0.05, "3": 0.01, "4": 0.004}))) is Why.UNSEEN
    assert why(told(("", {"I": 0.9, "As": 0.05}))) is Why.NOWHERE
    assert read(told(("", {"I": 0.9, "3": 0.03, **dict.fromkeys("1245", 1e-4)}))).mass == pytest.approx(0.0304)


def test_known_probabilities_are_taken_as_they_are() -> None:
    text = json.dumps({"item": 7, "source": "vocabulary", "probabilities": {"3": 0.8, "4": 0.15}, "mass": 0.95})
    found = read(text)
    assert found.probabilities == pytest.approx({1: 0, 2: 0, 3: 0.8 / 0.95, 4: 0.15 / 0.95, 5: 0})
    assert (found.mass, found.unseen) == (0.95, 0)
    assert found.expected == pytest.approx(3 + 0.15 / 0.95)
    assert found.variance == pytest.approx(0.8 / 0.95 * 0.15 / 0.95)
    without = json.dumps({"item": 7, "source": "anchors", "probabilities": {"3": 1.0}})
    assert read(without).mass is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[1]",
        "null",
        '"3"',
        json.dumps({"item": 7, "source": "guess", "probabilities": {"3": 1}}),
        json.dumps({"item": 21, "source": "masked", "probabilities": {"3": 1}}),
        json.dumps({"item": True, "source": "masked", "probabilities": {"3": 1}}),
        json.dumps({"item": 7, "source": "masked", "probabilities": {"6": 1}}),
        json.dumps({"item": 7, "source": "masked", "probabilities": {"3": 0.9, "4": 0.9}}),
        json.dumps({"item": 7, "source": "masked", "probabilities": {"3": -0.1}}),
        json.dumps({"item": 7, "source": "masked", "probabilities": [["3", 1]]}),
        json.dumps({"item": 7, "source": "masked", "steps": []}),
        json.dumps({"item": 7, "source": "masked", "steps": [{"after": "", "tokens": []}]}),
        json.dumps({"item": 7, "source": "masked", "steps": [{"after": "1", "tokens": [["3", -0.1]]}]}),
        json.dumps({"item": 7, "source": "masked", "steps": [{"after": "", "tokens": [["3", 0.7]]}]}),
        json.dumps({"item": 7, "source": "masked", "steps": [{"after": "", "tokens": [["3", None]]}]}),
        '{"item": 7, "source": "masked", "steps": [{"after": "", "tokens": [["3", NaN]]}]}',
        json.dumps({"item": 7, "source": "masked", "steps": [{"after": "", "tokens": [["3", -0.5], ["3", -0.5]]}]}),
        json.dumps({"item": 7, "source": "masked", "probabilities": {"3": 1}, "mass": 3}),
    ],
)
def test_what_is_no_reading_is_malformed(text: str) -> None:
    assert why(text) is Why.MALFORMED


def test_nothing_told_is_absent_and_missing() -> None:
    assert why(None) is Why.ABSENT
    assert (Why.ABSENT.status.value, Why.NOWHERE.status.value) == ("missing", "unparseable")


PIECES = ["0", "1", "2", "5", "10", " ", " 1", ".", "x", "</s>", "", "I"]


@st.composite
def models(draw: st.DrawFn) -> dict[str, dict[str, float]]:
    """A model over a small vocabulary: what follows a text, all of it told; three tokens deep."""
    found: dict[str, dict[str, float]] = {}
    for before in ("", "1", " ", " 1", "10"):
        chosen = draw(st.lists(st.sampled_from(PIECES), min_size=1, unique=True))
        weights = draw(st.lists(st.integers(1, 100), min_size=len(chosen), max_size=len(chosen)))
        found[before] = {piece: weight / sum(weights) for piece, weight in zip(chosen, weights, strict=True)}
    return found


@settings(deadline=None)  # a busy machine is no error
@given(models())
def test_the_distribution_is_that_of_all_replies(model: dict[str, dict[str, float]]) -> None:
    """Every reply is written out token by token, and read as a person would: a number, then nothing or what ends it."""
    scale = scaled(0, 10)
    expected: dict[int, float] = defaultdict(float)

    def write(text: str, p: float, *, over: bool) -> None:
        steps = model.get(text, model.get(text.strip()) if text.strip() else None)
        bare = text.replace("</s>", "").strip()
        if over or steps is None:
            digits = bare.removesuffix(".")
            whole = digits.isdecimal() and digits == str(int(digits)) and int(digits) <= 10
            if whole and not bare.startswith("."):
                expected[int(digits)] += p
            return
        for token, share in steps.items():
            ends = token in ("", "</s>")
            if text and token == " 1" and text.strip():
                continue  # "1 1" is no answer
            write(text + token, p * share, over=ends or (bool(text.strip()) and token in (" ", ".")))

    write("", 1.0, over=False)
    found = distribution(told(*model.items()), scale)
    total = sum(expected.values())
    if isinstance(found, Unread):
        assert total == 0 or found.why in (Why.BEGUN, Why.UNSEEN)
        return
    assert found.mass == pytest.approx(total)
    for value, p in found.probabilities.items():
        assert p == pytest.approx(expected[value] / total, abs=MOST_UNSEEN + 1e-9)
        if found.unseen == 0:
            assert p == pytest.approx(expected[value] / total)


@settings(deadline=None)
@given(st.lists(st.floats(1e-6, 1.0), min_size=5, max_size=5), st.floats(0.1, 1.0))
def test_a_distribution_sums_to_one_and_has_the_moments_of_its_draws(weights: list[float], mass: float) -> None:
    shares = [weight / sum(weights) for weight in weights]
    found = read(told(("", {str(value): share * mass for value, share in enumerate(shares, 1)})))
    assert math.fsum(found.probabilities.values()) == pytest.approx(1)
    assert found.mass == pytest.approx(mass)
    mean = sum(value * share for value, share in enumerate(shares, 1))
    assert found.expected == pytest.approx(mean)
    assert found.variance == pytest.approx(sum(value**2 * s for value, s in enumerate(shares, 1)) - mean**2, abs=1e-9)


@settings(deadline=None)
@given(st.text(max_size=6), st.booleans())
def test_no_token_breaks_the_reading(token: str, signed: bool) -> None:
    rest = {"a": 0.1, "b": 0.1, "c": 0.1, "d": 0.1, "e": 0.1} if signed else {**ALL, "3": 0.1}
    text = json.dumps(
        {
            "item": 1,
            "source": "vocabulary",
            "steps": [{"after": "", "tokens": [[token, math.log(0.5)], *([t, math.log(p)] for t, p in rest.items())]}],
        }
    )
    found = distribution(text, PANAS, SIGNS if signed else None)
    if isinstance(found, Distribution):
        assert math.fsum(found.probabilities.values()) == pytest.approx(1)
    else:
        assert found.why is Why.BEGUN
