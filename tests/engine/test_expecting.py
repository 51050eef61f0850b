"""What an administration is expected to take: by its texts, by others of its respondent, by others of its kind."""

from __future__ import annotations

from dataclasses import replace

import pytest

from emotionbench.engine.expecting import ENOUGH, Expecting, Foreseen, Kind, Taken
from emotionbench.engine.lane import Wordings
from emotionbench.materials.prices import Price
from emotionbench.plan import Plan
from emotionbench.records import Administration, Respondent, RespondentKind
from emotionbench.store.tokens import Dearest
from emotionbench.study import Study
from emotionbench.study_materials import materials_of

PRICE = Price(
    provider="p", model="m", input=1, cached=0.1, output=10, batch_discount=0.5, date="2026-11-01", source="here"
)

BEFORE: Kind = ("who", "PANAS", None, "baseline")
AFTER: Kind = ("who", "PANAS", None, "evoked")
OTHER: Kind = ("another", "PANAS", None, "evoked")


def foreseen(kind: Kind, words: float = 100.0, n_messages: int = 1) -> Foreseen:
    """An administration whose messages are of so many tokens, and whose replies of half as many; 1 dollar a token."""
    tokens = n_messages * 1.5 * words
    return Foreseen(kind, n_messages, words, Taken(tokens, tokens))


def expecting() -> Expecting:
    return Expecting({}, batched=False)


def test_the_first_is_expected_to_take_what_its_texts_tell() -> None:
    assert expecting().of(foreseen(AFTER)) == Taken(150, 150)


def test_the_first_of_a_kind_takes_as_many_times_its_texts_as_others_of_the_respondent_took() -> None:
    found = expecting()
    found.learn(foreseen(BEFORE), Taken(450, 600), 1)
    assert found.of(foreseen(AFTER)) == Taken(450, 600)
    assert found.of(foreseen(AFTER, words=200)) == Taken(900, 1200)
    found.learn(foreseen(BEFORE), Taken(300, 900), 1)  # each as the dearest so far
    assert found.of(foreseen(AFTER)) == Taken(450, 900)
    assert found.of(foreseen(OTHER)) == Taken(150, 150)
    assert (found.knows("who"), found.knows("another")) == (True, False)


def stored(n: int) -> Dearest:
    return Dearest(*AFTER, n, tokens=600, input_tokens=400, output_tokens=250, cached_tokens=300)


def test_enough_of_a_kind_in_the_store_tells_the_next() -> None:
    texts, asked = wordings()
    plain = Expecting({}, batched=False)
    by_text = plain.of(plain.foresee(asked, texts))
    for n, tokens in ((ENOUGH - 1, by_text.tokens), (ENOUGH, 600)):
        found = Expecting({asked.respondent: PRICE}, batched=True)
        kind = (asked.respondent, asked.instrument, asked.form, asked.condition.value)
        found.remember([replace(stored(n), respondent=kind[0], instrument=kind[1], condition=kind[3])])
        assert not found.recalls(kind)
        seen = found.foresee(asked, texts)
        assert found.of(seen).tokens == tokens
        assert found.recalls(kind) == found.knows(asked.respondent) == (n == ENOUGH)
    assert found.of(seen).cost == pytest.approx((100 + 300 * 0.1 + 250 * 10) / 1e6 / 2)
    # what this run finds to be dearer counts more
    found.learn(seen, Taken(700, 1), 1)
    assert found.of(found.foresee(asked, texts)).tokens == 700


def wordings() -> tuple[Wordings, Administration]:
    """The texts of a study, and an administration of it."""
    study = Study(respondents=["x"], factors=["fear-1"], situations_per_factor=1, baseline_repeats=1)
    materials = materials_of(study)
    who = Respondent.of(RespondentKind.LLM, "x", {})
    return Wordings(materials), next(iter(Plan(study, materials, (who,))))[0]


def test_who_takes_less_than_the_texts_tell_is_not_expected_to_elsewhere() -> None:
    found = expecting()
    found.learn(foreseen(BEFORE), Taken(15, 15), 1)
    assert found.of(foreseen(AFTER)) == Taken(150, 150)
    assert found.of(foreseen(BEFORE)) == Taken(15, 15)


def test_the_next_of_a_kind_takes_as_the_dearest_did_and_more_where_it_is_longer() -> None:
    found = expecting()
    for tokens in (200, 500, 300):
        found.learn(foreseen(AFTER), Taken(tokens, tokens), 1)
    assert found.of(foreseen(AFTER)) == found.of(foreseen(AFTER, words=50)) == Taken(500, 500)
    assert found.of(foreseen(AFTER, words=150)) == Taken(750, 750)


def test_messages_without_a_reply_are_expected_to_take_what_those_with_one_did() -> None:
    found = expecting()
    found.learn(foreseen(AFTER, n_messages=4), Taken(100, 100), 2)
    assert found.of(foreseen(AFTER, n_messages=4)) == Taken(200, 200)
