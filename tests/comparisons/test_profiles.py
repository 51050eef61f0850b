from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from change_helpers import SUBSCALES, Scores, norm
from emotionbench.comparisons.parts import Part, parts_to_compare
from emotionbench.comparisons.people import People
from emotionbench.comparisons.profiles import Profiles, profiles

BOTH = ("up", "down")
FACTORS = ("fear-1", "fear-2")
# situation → what it does to ``up`` and ``down`` of the respondent, and of people
OWN = {"fear-1-1": (20.0, 5.0), "fear-1-2": (24.0, 9.0), "fear-2-1": (30.0, 1.0), "fear-2-2": (32.0, 1.0)}
PEOPLES = {"fear-1-1": (7.0, 2.0), "fear-1-2": (9.0, 2.0), "fear-2-1": (1.0, 0.0), "fear-2-2": (3.0, 4.0)}


def people(situations: dict[str, tuple[float, float]], **changes: Any) -> People:
    rows = [
        {
            "situation": situation,
            "factor": situation.rpartition("-")[0],
            "n": 5,
            "change": dict(zip(BOTH, change, strict=True)),
            "evoked": {"up": 20.0, "down": 20.0},
        }
        for situation, change in situations.items()
    ]
    return People(norm({"fear-1": (8.0, 10), "fear-2": (2.0, 10)}, situations=rows, **changes))


def part(own: dict[str, tuple[float, float]], *baselines: tuple[float, float], design: str = "independent") -> Part:
    scores = Scores(design=design)
    for up, down in baselines:
        scores.baseline(up, down, session="none" if design == "paired" else None)
    for number, (situation, (up, down)) in enumerate(own.items()):
        session = None
        if design == "paired":
            session = f"s{number}"
            scores.baseline(10.0, 3.0, session=session)
        scores.evoked(situation, up, down, session=session)
    (found,) = parts_to_compare(scores.frame(), {"MOOD": SUBSCALES})
    return found


def made(asked: Part, norm_people: People, *, is_made_from_norm: bool = False) -> Profiles:
    found = profiles(asked, norm_people, FACTORS, BOTH, is_made_from_norm=is_made_from_norm)
    assert isinstance(found, Profiles)
    return found


BASELINES = ((10.0, 3.0), (12.0, 3.0), (14.0, 6.0))
# squares and products within factors over (2 − 1) + (2 − 1) degrees of freedom
SPREAD = np.array([[8 + 2, 8 + 0], [8 + 0, 8 + 0]]) / 2
PEOPLES_SPREAD = np.array([[2 + 2, 0 + 4], [0 + 4, 0 + 8]]) / 2
START = np.cov(np.array(BASELINES).T) / 3


def test_both_sides_by_hand() -> None:
    found = made(part(OWN, *BASELINES), people(PEOPLES))
    assert found.subscales == BOTH
    assert found.changes.tolist() == [[22 - 12, 7 - 4], [31 - 12, 1 - 4]]
    assert found.people.tolist() == [[8.0, 2.0], [2.0, 2.0]]
    own, across, peoples = found.errors[:4, :4], found.errors[:4, 4:], found.errors[4:, 4:]
    assert own == pytest.approx(np.kron(np.eye(2), SPREAD / 2) + np.kron(np.ones((2, 2)), START))
    assert peoples == pytest.approx(np.kron(np.eye(2), PEOPLES_SPREAD / 2))
    # people read other texts
    assert not across.any()
    assert found.errors == pytest.approx(found.errors.T)


def test_the_same_situations_share_what_they_do() -> None:
    found = made(part(OWN, *BASELINES), people(PEOPLES, situation_set="tiny"))
    # products within factors of own with people's: fear-1 moves own by ±2, ±2 and people by ±1, 0; fear-2 by ±1, 0 and
    # ±1, ±2
    across = np.array([[4 + 2, 0 + 4], [4 + 0, 0 + 0]]) / 2
    assert found.errors[:4, 4:] == pytest.approx(np.kron(np.eye(2), across / 2))
    assert found.errors == pytest.approx(found.errors.T)
    assert np.linalg.eigvalsh(found.errors).min() > -1e-9


def test_one_situation_more_on_one_side_is_not_the_same() -> None:
    fewer = {situation: moved for situation, moved in PEOPLES.items() if situation != "fear-1-1"}
    found = made(part(OWN, *BASELINES), people(fewer, situation_set="tiny"))
    assert not found.errors[:4, 4:].any()


def test_a_respondent_made_from_the_norm_shares_peoples_errors() -> None:
    made_from, not_made = (
        made(part(OWN, *BASELINES), people(PEOPLES), is_made_from_norm=is_made) for is_made in (True, False)
    )
    of_people = not_made.errors[4:, 4:]
    assert made_from.errors[:4, :4] == pytest.approx(not_made.errors[:4, :4] + of_people)
    assert made_from.errors[:4, 4:] == pytest.approx(of_people)
    # so that what both have in common cancels in their difference
    apart = made_from.errors[:4, :4] + of_people - 2 * made_from.errors[:4, 4:]
    assert apart == pytest.approx(not_made.errors[:4, :4])


def test_pairs_have_no_baseline_of_their_own() -> None:
    found = made(part(OWN, design="paired"), people(PEOPLES))
    assert found.changes.tolist() == [[12.0, 4.0], [21.0, -2.0]]
    assert found.errors[:4, :4] == pytest.approx(np.kron(np.eye(2), SPREAD / 2))


def test_without_situations_people_vary_as_persons_do() -> None:
    found = made(part(OWN, *BASELINES), people({}))
    assert found.errors[4:, 4:] == pytest.approx(np.eye(4) * 2.0**2 / 10)


def test_fewer_subscales_are_cut_out() -> None:
    whole = made(part(OWN, *BASELINES), people(PEOPLES, situation_set="tiny"))
    cut = whole.of(("down",))
    alone = profiles(
        part(OWN, *BASELINES), people(PEOPLES, situation_set="tiny"), FACTORS, ("down",), is_made_from_norm=False
    )
    assert isinstance(alone, Profiles)
    assert cut.changes.tolist() == alone.changes.tolist() == [[3.0], [-3.0]]
    assert cut.people.tolist() == alone.people.tolist()
    assert cut.errors == pytest.approx(alone.errors)
    turned = whole.of(("down", "up"))
    assert turned.changes.tolist() == whole.changes[:, ::-1].tolist()
    assert turned.of(BOTH).errors == pytest.approx(whole.errors)


def test_a_situation_counts_where_every_subscale_has_a_score() -> None:
    asked = part({**OWN, "fear-1-3": (99.0, None)}, *BASELINES)  # type: ignore[dict-item]
    without = made(part(OWN, *BASELINES), people(PEOPLES))
    assert made(asked, people(PEOPLES)).changes.tolist() == without.changes.tolist()


def test_a_factor_of_one_situation_borrows_the_spread_of_the_others() -> None:
    fewer = {situation: moved for situation, moved in OWN.items() if situation != "fear-2-2"}
    found = made(part(fewer, *BASELINES), people(PEOPLES))
    spread = np.array([[8.0, 8.0], [8.0, 8.0]])
    expected = np.kron(np.diag([1 / 2, 1]), spread) + np.kron(np.ones((2, 2)), START)
    assert found.errors[:4, :4] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("asked", "factors", "why"),
    [
        (part(OWN, *BASELINES), (), "no factor that people imagined has scores"),
        (part(OWN), FACTORS, "no baseline"),
        (part(OWN, (10.0, 3.0)), FACTORS, "too few scored baselines"),
        (part(OWN, (10.0, 3.0), (None, 3.0)), FACTORS, "too few scored baselines"),  # type: ignore[arg-type]
        (
            part({"fear-1-1": (20.0, 5.0), "fear-2-1": (30.0, 1.0)}, *BASELINES),
            FACTORS,
            "one situation a factor, so that nothing says how situations vary",
        ),
        (
            part({**OWN, "fear-3-1": (None, 1.0)}, *BASELINES),  # type: ignore[dict-item]
            (*FACTORS, "fear-3"),
            "a factor has no situation with a score",
        ),
    ],
)
def test_what_cannot_be_compared_says_why(asked: Part, factors: tuple[str, ...], why: str) -> None:
    assert profiles(asked, people(PEOPLES), factors, BOTH, is_made_from_norm=False) == why


def test_no_shared_subscale_says_so() -> None:
    found = profiles(part(OWN, *BASELINES), people(PEOPLES), FACTORS, (), is_made_from_norm=False)
    assert found == "people did not answer any of these subscales"
