from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from embedded_helpers import LONG_ITEMS, baseline, make, reply_to, turns, values_in
from emotionbench.errors import RespondentError
from emotionbench.materials import catalogue
from emotionbench.materials.instruments import Instrument
from emotionbench.materials.situations import Situation
from emotionbench.respondents.base import Question
from emotionbench.respondents.lexicon import Lexicon, level, signs

PANAS = catalogue.instrument("PANAS")
AWFUL = "This is horrible, terrible and cruel. I hate it, and I am in agony."
LOVELY = "This is wonderful, and I love it. What a happy and beautiful day!"
PLAIN = "The table stands in the room."


def situation(text: str, language: str = "en") -> Situation:
    shown = catalogue.situation_set("everyday").situations[0]
    return shown.model_copy(update={"text": text, "language": language})


def means(text: str | None, n: int = 300) -> dict[str, float]:
    """Mean total per subscale of PANAS after this text."""
    question = replace(baseline(), situation=situation(text) if text else None)
    lexicon = Lexicon()
    sums = dict.fromkeys(PANAS.subscales, 0)
    for attempt in range(n):
        values = lexicon.fill(replace(question, attempt=attempt))
        for key, subscale in PANAS.subscales.items():
            sums[key] += sum(values[number] for number in subscale.items)
    return {key: total / n for key, total in sums.items()}


def test_rests_where_people_rest() -> None:
    resting = means(None)
    assert resting["positive"] == pytest.approx(28.0, abs=0.5)
    assert resting["negative"] == pytest.approx(13.6, abs=0.5)
    assert means(PLAIN) == resting


def test_negative_words_raise_negative_and_lower_positive_items() -> None:
    resting, awful = means(None), means(AWFUL)
    assert awful["negative"] > resting["negative"] + 10
    assert awful["positive"] < resting["positive"] - 10


def test_positive_words_do_the_reverse() -> None:
    resting, lovely = means(None), means(LOVELY)
    assert lovely["positive"] > resting["positive"] + 10
    assert lovely["negative"] < resting["negative"] - 2


@pytest.mark.parametrize("text", [None, AWFUL, LOVELY])
def test_mean_answer_is_the_level_of_the_rule(text: str | None) -> None:
    compound = SentimentIntensityAnalyzer().polarity_scores(text)["compound"] if text else 0.0
    found = means(text)
    assert found["positive"] == pytest.approx(10 * (1 + 4 * level(1, compound)), abs=0.4)
    assert found["negative"] == pytest.approx(10 * (1 + 4 * level(-1, compound)), abs=0.4)


def test_answers_are_within_one_of_their_level_and_not_all_alike() -> None:
    asked = turns(make("lexicon"))
    baselines = [values_in(question, reply) for question, reply in asked if question.situation is None]
    for subscale, allowed in (("positive", {2, 3}), ("negative", {1, 2})):
        items = PANAS.subscales[subscale].items
        assert {values[number] for values in baselines for number in items} == allowed
    totals = {sum(values.values()) for values in baselines}
    assert len(totals) > 3


@pytest.mark.parametrize(
    ("sign", "compound", "expected"),
    [
        *[(1, 0, 0.45), (0, 0, 0.45), (-1, 0, 0.09), (1, 1, 1), (1, -1, 0), (-1, -1, 1), (-1, 1, 0), (0, -1, 0.45)],
        *[(-1, -0.5, 0.545), (1, -0.5, 0.225), (1, 0.5, 0.725), (-1, 0.5, 0.045)],
    ],
)
def test_level(sign: int, compound: float, expected: float) -> None:
    assert level(sign, compound) == pytest.approx(expected)


@settings(deadline=None)
@given(st.sampled_from([-1, 0, 1]), st.floats(-1, 1), st.floats(-1, 1))
def test_level_follows_the_sign_and_stays_between_the_ends(sign: int, first: float, second: float) -> None:
    low, high = sorted((first, second))
    assert 0 <= level(sign, first) <= 1
    assert sign * (level(sign, high) - level(sign, low)) >= -1e-12


def test_signs_of_panas_follow_its_subscales() -> None:
    found = signs(PANAS)
    assert {found[number - 1] for number in PANAS.subscales["positive"].items} == {1}
    assert {found[number - 1] for number in PANAS.subscales["negative"].items} == {-1}


def test_reverse_keyed_item_of_a_signed_subscale_counts_the_other_way() -> None:
    content = PANAS.model_dump()
    content["subscales"]["negative"]["reverse"] = (2,)
    assert signs(Instrument.model_validate(content))[1] == 1


def test_all_eight_emotions_are_negative() -> None:
    assert signs(catalogue.instrument("ECL-8")) == (-1,) * 8


def test_signs_by_text_then_by_name_of_the_subscale_then_none() -> None:
    # item 4 says nothing by itself and is reverse-keyed in 'Misery'; item 3 is in 'Mood', which says nothing either
    assert signs(LONG_ITEMS) == (1, -1, 0, 1)


@pytest.mark.parametrize("highest", [1, 2, 4, 7, 10, 100])
@pytest.mark.parametrize("text", [None, AWFUL, LOVELY])
def test_stays_within_any_response_scale(highest: int, text: str | None) -> None:
    content = PANAS.model_dump()
    content["response_scale"] = {"lowest": 0, "highest": highest}
    instrument = Instrument.model_validate(content)
    question = baseline()
    question = replace(question, instrument=instrument, situation=situation(text) if text else None)
    lexicon = make("lexicon")
    for attempt in range(1, 20):
        put = replace(question, attempt=attempt)
        values_in(put, reply_to(lexicon, put))


@pytest.mark.parametrize("uniform", [0.0, 1 - 2**-53])
def test_extreme_draws_stay_within_the_response_scale(uniform: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emotionbench.respondents.lexicon.draws", lambda *_: [uniform] * 20)
    for text in (None, AWFUL * 100, LOVELY * 100):
        question = replace(baseline(), situation=situation(text) if text else None)
        assert set(Lexicon().fill(question).values()) <= {1, 2, 3, 4, 5}


def test_another_language_is_an_error() -> None:
    question = baseline()
    put = replace(question, situation=situation("Das ist schrecklich.", "de"))
    with pytest.raises(RespondentError, match=r"lexicon: reads English, and this is 'de': 'Das ist schrecklich\.'"):
        reply_to(make("lexicon"), put)


def test_british_english_is_english() -> None:
    question = baseline()
    put: Question = replace(question, situation=situation(AWFUL, "en-GB"))
    values_in(put, reply_to(make("lexicon"), put))


def test_lexicon_is_read_on_first_use_only() -> None:
    code = "import sys, emotionbench.respondents.lexicon; sys.exit('vaderSentiment' in sys.modules)"
    assert subprocess.run([sys.executable, "-W", "error", "-c", code], check=False).returncode == 0
