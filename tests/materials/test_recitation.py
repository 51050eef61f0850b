from __future__ import annotations

from typing import Any

import pytest

from emotionbench.errors import StudyError
from emotionbench.materials import catalogue
from emotionbench.materials.instruments import Instrument
from emotionbench.materials.recitation import (
    beginning,
    ending,
    hidden_items,
    key_of,
    n_shown,
    parts_of,
    sum_of_score,
    targets_of,
)

PANAS, ECL = catalogue.instrument("PANAS"), catalogue.instrument("ECL-8")


def instrument(**changes: Any) -> Instrument:
    """Four items, 0 to 3, in two subscales and one over all; item 2 is reverse-keyed."""
    content = {
        **PANAS.model_dump(),
        "items": [{"text": text} for text in ("one", "two", "three", "four")],
        "response_scale": {"lowest": 0, "highest": 3},
        "subscales": {
            "all": {"name": "All", "items": (1, 2, 3, 4), "reverse": (2,)},
            "a": {"name": "A", "items": (1, 2), "reverse": (2,)},
            "b": {"name": "B", "items": (3, 4)},
        },
        **changes,
    }
    return Instrument.model_validate(content)


def test_a_third_of_the_items_is_shown_and_five_at_most() -> None:
    assert (n_shown(PANAS), n_shown(ECL), n_shown(instrument())) == (5, 2, 1)
    assert hidden_items(ECL) == ("Depressed", "Frustrated", "Jealous", "Guilty", "Afraid", "Embarrassed")


def test_the_halves_of_a_text_make_the_whole() -> None:
    text = "At the door  stands\na man nobody knows."
    assert (beginning(text), ending(text)) == ("At the door stands", "a man nobody knows.")


def test_an_overall_subscale_is_no_part_of_the_key() -> None:
    assert parts_of(instrument()) == ("a", "b")
    assert key_of(instrument()) == {1: ("a", False), 2: ("a", True), 3: ("b", False), 4: ("b", False)}


def test_targets_differ_between_subscales_so_that_one_answer_to_all_will_not_do() -> None:
    assert targets_of(PANAS, "low") == {"positive": 20.0, "negative": 40.0}
    assert targets_of(PANAS, "high") == {"positive": 40.0, "negative": 20.0}
    assert set(targets_of(ECL, "low").values()) == {2.0, 4.0}


@pytest.mark.parametrize("score", [{"rule": "sum"}, {"rule": "sum", "multiply": 2}, {"rule": "mean"}])
def test_every_target_can_be_made(score: dict[str, Any]) -> None:
    own = instrument(score=score)
    for target in ("low", "high"):
        assert all(sum_of_score(own, key, value) is not None for key, value in targets_of(own, target).items())


def test_scores_can_be_named() -> None:
    assert targets_of(PANAS, "positive=40; negative = 12") == {"positive": 40.0, "negative": 12.0}


@pytest.mark.parametrize(
    ("target", "what"),
    [
        ("happy=3", "no such subscale"),
        ("middling", "no such subscale"),
        ("positive=much", "is no number"),
        ("positive=51", "no answers"),
        ("positive=20.5", "no answers"),
        ("positive=inf", "no answers"),
        ("positive=nan", "no answers"),
    ],
)
def test_a_target_that_cannot_be_made_is_refused(target: str, what: str) -> None:
    with pytest.raises(StudyError, match=what):
        targets_of(PANAS, target)
