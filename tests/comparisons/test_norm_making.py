"""A norm of people is the plain arithmetic of their scores, whatever their emotions and factors are called."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from change_helpers import SUBSCALES, Scores, norm
from emotionbench.comparisons.norm_making import NormHere, Origin, People, natural, norm_here, norm_of
from emotionbench.comparisons.norms_here import crowds, norms_here
from emotionbench.comparisons.parts import Names, norm_for
from emotionbench.errors import MaterialError
from emotionbench.materials.norms import Norm

ORIGIN = Origin("ours", "Our people", "MOOD", "tiny", "Made up for the tests.", "Apache-2.0", "0" * 64)
NAMES = {"MOOD": SUBSCALES, "MOOD#1": SUBSCALES, "OTHER": SUBSCALES}


class Crowded(Scores):
    """People in sessions: each a baseline and an evoked administration, both subscales given."""

    def __init__(self, **constant: Any) -> None:
        super().__init__(kind="human", respondent="us", **{"design": "paired", **constant})

    def one(self, session: str, situation: str, before: Any, after: Any, **changes: Any) -> Crowded:
        self.baseline(*before, session=session)
        self.evoked(situation, *after, session=session, **changes)
        return self


def people(scores: Scores) -> People:
    return People(scores.frame(), tuple(SUBSCALES))


def three() -> Crowded:
    """Two who imagined fear-1-1 and one fear-1-2."""
    found = Crowded().one("a", "fear-1-1", (10, 5), (4, 9)).one("b", "fear-1-1", (14, 6), (10, 12))
    return found.one("c", "fear-1-2", (12, 10), (13, 12))


def test_rows_hold_moments_of_persons_before_after_and_of_change() -> None:
    made = norm_of(people(three()), ORIGIN)
    assert (made.n, made.n_excluded, made.id, made.situation_set) == (3, 0, "ours", "tiny")
    assert [(row.emotion, row.factor, row.n) for row in made.rows] == [
        (None, None, 3),
        ("fear", None, 3),
        ("fear", "fear-1", 3),
    ]
    up = made.rows[-1].subscales["up"]
    assert (up.baseline.mean, up.baseline.sd) == (12.0, 2.0)
    assert (up.evoked.mean, up.evoked.sd) == (9.0, round(21**0.5, 6))
    assert (up.change.mean, up.change.sd) == (-3.0, round(13**0.5, 6))
    assert up.r == round(float(np.corrcoef([10, 14, 12], [4, 10, 13])[0, 1]), 6)


def test_situations_hold_means_of_change_and_of_scores_after() -> None:
    first, second = norm_of(people(three()), ORIGIN).situations
    assert (first.situation, first.factor, first.n) == ("fear-1-1", "fear-1", 2)
    assert (first.change, first.evoked) == ({"up": -5.0, "down": 5.0}, {"up": 7.0, "down": 10.5})
    assert (second.n, second.change) == (1, {"up": 1.0, "down": 2.0})


@pytest.mark.parametrize(
    "lacking",
    [((None, 5), (4, 9)), ((10, None), (4, 9)), ((10, 5), (None, 9)), ((10, 5), (4, None))],
)
def test_who_lacks_a_score_at_either_moment_is_excluded_and_counted(lacking: tuple[Any, Any]) -> None:
    made = norm_of(people(three().one("d", "fear-1-2", *lacking)), ORIGIN)
    assert (made.n, made.n_excluded) == (3, 1)
    assert [row.n for row in made.rows] == [3, 3, 3]


def test_who_stopped_before_the_situation_counts_as_excluded() -> None:
    scores = three()
    scores.baseline(9, 9, session="d")
    assert (people(scores).n, people(scores).n_excluded) == (3, 1)


def test_people_of_neutral_situations_are_no_part_of_a_norm() -> None:
    scores = three()
    scores.baseline(9, 9, session="d")
    scores.evoked("fear-1-1-neutral", 9, 9, session="d", condition="control", situation_kind="neutral")
    made = norm_of(people(scores), ORIGIN)
    assert (made.n, made.n_excluded) == (3, 0)


def test_the_eight_emotions_come_first_others_by_name_and_factors_by_number() -> None:
    scores = Crowded()
    for number, (situation, emotion, factor) in enumerate(
        [
            ("work-10-b", "pride", "work-10"),
            ("work-2-a", "pride", "work-2"),
            ("kin-a", "awe", "in the family"),
            ("fear-1-1", "fear", "fear-1"),
        ]
    ):
        for person in range(2):
            scores.one(
                f"{number}{person}",
                situation,
                (10 + person, 5 + person),
                (12 - person, 7 + person),
                emotion=emotion,
                factor=factor,
            )
    made = norm_of(people(scores), ORIGIN)
    assert [(row.emotion, row.factor) for row in made.rows] == [
        (None, None),
        ("fear", None),
        ("fear", "fear-1"),
        ("awe", None),
        ("awe", "in the family"),
        ("pride", None),
        ("pride", "work-2"),
        ("pride", "work-10"),
    ]
    assert [one.situation for one in made.situations] == ["fear-1-1", "kin-a", "work-2-a", "work-10-b"]
    assert Norm.model_validate_json(made.model_dump_json()) == made


def test_numbers_in_names_sort_as_numbers() -> None:
    assert sorted(["b2", "b10", "a-9-1", "a-10", "9", "b"], key=natural) == ["9", "a-9-1", "a-10", "b", "b2", "b10"]


def test_a_factor_with_one_person_is_named_and_refused() -> None:
    scores = three().one("d", "anger-2-1", (9, 9), (8, 8))
    with pytest.raises(MaterialError, match="Our people: fewer than 2 people in anger-2, and every row needs 2"):
        norm_of(people(scores), ORIGIN)


def test_nobody_is_refused() -> None:
    scores = Crowded()
    scores.baseline(9, 9, session="d")
    with pytest.raises(MaterialError, match="nobody has every score before and after"):
        norm_of(people(scores), ORIGIN)
    assert norm_here(people(scores), ORIGIN) == (None, "nobody has every score before and after an evoking situation")


def test_people_who_are_all_alike_have_no_correlation() -> None:
    scores = Crowded().one("a", "fear-1-1", (10, 5), (4, 9)).one("b", "fear-1-1", (12, 5), (4, 8))
    norm = norm_of(people(scores), ORIGIN)
    assert {row.subscales["up"].r for row in norm.rows} == {None}
    made, why = norm_here(people(scores), ORIGIN)
    assert why is None
    assert isinstance(made, NormHere)
    assert made.rows[0].subscales["up"].change.mean == -7.0


def test_here_thin_factors_are_left_out_and_named() -> None:
    scores = three().one("d", "anger-2-1", (9, 9), (8, 8)).one("e", "anger-1-1", (9, None), (8, 8))
    made, why = norm_here(people(scores), ORIGIN)
    assert why == "anger-2: fewer than 2 people, left out of the norm"
    assert made is not None
    assert [row.factor for row in made.rows] == [None, None, "fear-1"]
    assert (made.n, made.n_excluded) == (3, 2)
    assert [row.n for row in made.rows] == [3, 3, 3]


def agreeing(n_people: int = 40) -> Crowded:
    """Five factors that move people by 0, 4, 8, … points, and persons by one more or less."""
    rng = np.random.default_rng(1)
    scores = Crowded()
    for factor in range(1, 6):
        for person in range(n_people):
            before = 10 + rng.normal(size=2)
            after = before + 4 * factor + rng.normal(size=2)
            scores.one(f"{factor} {person}", f"fear-{factor}-1", before, after)
    return scores


def test_halves_of_people_who_agree_agree() -> None:
    found = norm_of(people(agreeing()), ORIGIN, n_splits=50).agreement["up"]
    assert found.n_splits == 50
    assert found.correlation.value > 0.99
    assert norm_of(people(three()), ORIGIN).agreement == {}


def test_the_same_scores_in_another_order_of_sessions_make_the_same_rows() -> None:
    frame = three().frame()
    turned = frame.reverse()
    assert norm_of(People(turned, tuple(SUBSCALES)), ORIGIN).rows == norm_of(people(three()), ORIGIN).rows


# which people there are


def everyone(*scores: Scores) -> pl.DataFrame:
    return pl.concat([one.frame() for one in scores])


def test_crowds_are_people_by_respondent_instrument_and_set_in_all_languages() -> None:
    other = Crowded(instrument="OTHER").one("a", "fear-1-1", (10, 5), (4, 9))
    german = Crowded(protocol="language de").one("z", "fear-1-1", (10, 5), (4, 9))
    found = list(crowds(everyone(other, three(), german, Scores().pair("m", "fear-1-1", 1, 2)), NAMES))
    assert [(one.respondent, one.instrument, one.situation_set, one.people.n) for one in found] == [
        ("us", "MOOD", "tiny", 4),
        ("us", "OTHER", "tiny", 1),
    ]


def test_who_never_came_to_a_situation_counts_once_where_there_are_several_sets() -> None:
    scores = three().one("x", "fear-1-1", (1, 2), (3, 4), situation_set="other")
    scores.baseline(9, 9, session="d")
    found = {one.situation_set: one.people for one in crowds(scores.frame(), NAMES)}
    assert [(found[name].n, found[name].n_excluded) for name in ("tiny", "other")] == [(3, 1), (1, 0)]


def test_the_hash_is_of_the_scores_and_not_of_their_order() -> None:
    (one,) = crowds(three().frame(), NAMES)
    (turned,) = crowds(three().frame().reverse(), NAMES)
    (changed,) = crowds(three().one("d", "fear-1-1", (1, 2), (3, 4)).frame(), NAMES)
    assert one.sha256 == turned.sha256 != changed.sha256
    assert one.origin().id == "us-mood"
    assert one.origin("mine").id == "mine"


def test_people_are_a_norm_where_somebody_else_imagined_situations_of_their_set() -> None:
    (made,), problems = norms_here(everyone(three(), Scores().evoked("fear-1-1", 3)), NAMES)
    assert (made.name, made.instrument, made.situation_set, problems) == ("us", "MOOD", "tiny", ())
    assert norms_here(everyone(three(), Scores().evoked("fear-1-1", 3, situation_set="other")), NAMES) == ((), ())
    assert norms_here(everyone(three(), Scores(instrument="OTHER").evoked("fear-1-1", 3)), NAMES) == ((), ())
    assert norms_here(three().frame(), NAMES) == ((), ())


def test_an_edition_told_apart_by_its_hash_still_has_its_people() -> None:
    made, _ = norms_here(everyone(three(), Scores(instrument="MOOD#1").evoked("fear-1-1", 3)), NAMES)
    assert [one.instrument for one in made] == ["MOOD"]


def test_of_several_crowds_the_largest_comes_first_and_what_is_lacking_is_said() -> None:
    few = Crowded()
    few.constant["respondent"] = "few"
    few.one("x", "fear-1-1", (1, 2), (3, 4)).one("y", "fear-1-1", (2, 2), (3, 5)).one("w", "fear-2-1", (2, 2), (3, 5))
    model = Scores().evoked("fear-1-1", 3)
    made, problems = norms_here(everyone(few, agreeing(2), model), NAMES)
    assert [(one.name, one.n) for one in made] == [("us", 10), ("few", 2)]
    assert problems == ("norm of few on MOOD: fear-2: fewer than 2 people, left out of the norm",)


# which norm is taken


def names(situation_set: str) -> Names:
    return Names("a", "llm", "MOOD", "plain", "paired", situation_set)


def test_a_norm_of_the_same_situations_goes_before_others() -> None:
    norms = [norm({}, id="first", situation_set="x"), norm({}, id="second", situation_set="tiny"), norm({}, id="third")]
    assert [getattr(norm_for(names(which), norms), "id", None) for which in ("tiny", "x", "theirs", "none")] == [
        "second",
        "first",
        "third",
        "first",
    ]


def test_people_of_the_store_are_a_norm_for_their_own_situations_only() -> None:
    here, _ = norm_here(people(three()), ORIGIN)
    assert here is not None
    shipped = norm({}, id="shipped", situation_set="tiny")
    assert norm_for(names("tiny"), [here, shipped]) is here
    assert norm_for(names("other"), [here, shipped]) is shipped
    assert norm_for(names("other"), [here]) is None
