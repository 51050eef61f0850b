"""What is planted is found by its probe, and what is not is not: rates over many respondents of the real engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from emotionbench.comparisons.probes import Probes
from emotionbench.statistics.contrasts import Contrast
from probe_helpers import planted, probes_of, rate, write_poles

N = 60


@pytest.fixture(scope="module", autouse=True)
def _home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMOTIONBENCH_HOME", str(write_poles(tmp_path_factory.mktemp("probes") / "home")))
        yield


def holds(contrast: Contrast, value: float) -> bool:
    assert contrast.low is not None
    assert contrast.high is not None
    return contrast.low <= value <= contrast.high


@pytest.fixture(scope="module")
def positions(tmp_path_factory: pytest.TempPathFactory) -> Probes:
    respondents = [*planted("none", range(N)), *planted("some", range(N), position=0.1)]
    return probes_of(tmp_path_factory.mktemp("position") / "a.db", respondents, protocol="probe-position")


def test_a_pull_of_one_answer_in_ten_to_the_first_option_is_found(positions: Probes) -> None:
    assert rate(positions.positions, "some", lambda one: one.pull == "first") >= 0.95
    # a tenth of the answers goes from the middle, on average, to the place 0
    assert rate(positions.positions, "some", lambda one: one.mean_place.value) == pytest.approx(0.45, abs=0.01)
    assert rate(positions.positions, "some", lambda one: one.scores["positive"].difference > 0) >= 0.9


def test_no_pull_raises_no_more_alarms_than_agreed(positions: Probes) -> None:
    assert rate(positions.positions, "none", lambda one: one.pull != "none") <= 0.12
    assert rate(positions.positions, "none", lambda one: one.mean_place.low <= 0.5 <= one.mean_place.high) >= 0.87


def test_the_places_chosen_are_all_choices(positions: Probes) -> None:
    for one in positions.positions:
        assert (one.n_ascending, one.n_descending, one.n_incomplete) == (20, 20, 0)
        assert sum(place.ascending for place in one.places) == pytest.approx(1)
        assert sum(place.descending for place in one.places) == pytest.approx(1)


@pytest.fixture(scope="module")
def agreeing(tmp_path_factory: pytest.TempPathFactory) -> Probes:
    respondents = [*planted("none", range(N)), *planted("some", range(N), acquiescence=0.3)]
    path = tmp_path_factory.mktemp("agreement") / "a.db"
    return probes_of(path, respondents, instruments=["POLES", "PANAS"], situations="none", repeats=10)


def test_agreement_with_both_poles_is_found_and_told_in_points(agreeing: Probes) -> None:
    found = [one for one in agreeing.acquiescences if one.instrument == "POLES"]
    assert rate(found, "some", lambda one: one.leaning == "agrees") >= 0.7
    assert rate(found, "some", lambda one: one.both.difference) == pytest.approx(0.3, abs=0.02)
    assert rate(found, "some", lambda one: holds(one.both, 0.3)) >= 0.9
    assert all((one.n_keyed, one.n_reversed, one.n) == (3, 3, 10) for one in found)


def test_who_answers_what_items_say_does_not_seem_to_agree(agreeing: Probes) -> None:
    found = [one for one in agreeing.acquiescences if one.instrument == "POLES"]
    assert rate(found, "none", lambda one: one.leaning != "none") <= 0.08
    assert rate(found, "none", lambda one: holds(one.both, 0)) >= 0.9


def test_without_reverse_keyed_items_nothing_is_said(agreeing: Probes) -> None:
    for one in agreeing.acquiescences:
        if one.instrument == "PANAS":
            assert (one.subscale, one.why, one.leaning) == (None, "no reverse-keyed items", "unknown")


@pytest.fixture(scope="module")
def pleasing(tmp_path_factory: pytest.TempPathFactory) -> Probes:
    respondents = [*planted("none", range(N)), *planted("some", range(N), desirability=0.15)]
    return probes_of(
        tmp_path_factory.mktemp("desirability") / "a.db",
        respondents,
        protocol="probe-desirability",
        instruments="POLES",
        repeats=8,
        ways={"items_per_message": [1, 4, "all"]},
    )


def test_a_shift_to_the_desirable_end_is_found_at_both_ends(pleasing: Probes) -> None:
    found = pleasing.desirabilities
    assert {one.subscale: one.direction for one in found} == {"lively": 1, "tidy": -1}
    assert rate(found, "some", lambda one: one.shift == "desirable") >= 0.85
    # 0.15 points an item for each doubling, six items
    assert rate(found, "some", lambda one: one.trend.difference) == pytest.approx(0.9, abs=0.06)
    assert rate(found, "some", lambda one: holds(one.trend, 0.9)) >= 0.89


def test_no_shift_raises_no_more_alarms_than_agreed(pleasing: Probes) -> None:
    assert rate(pleasing.desirabilities, "none", lambda one: one.shift != "none") <= 0.08
    assert rate(pleasing.desirabilities, "none", lambda one: holds(one.trend, 0)) >= 0.9


def test_how_many_items_were_shown_at_once_is_said(pleasing: Probes) -> None:
    assert [level.n_shown for level in pleasing.desirabilities[0].levels] == [1, 4, 12]
    assert [level.n for level in pleasing.desirabilities[0].levels] == [8, 8, 8]


@pytest.fixture(scope="module")
def reciting(tmp_path_factory: pytest.TempPathFactory) -> Probes:
    n = range(N)
    respondents = [
        *planted("none", n),
        *planted("published", n, memorised=["published"]),
        *planted("all", n, memorised=["all"]),
    ]
    path = tmp_path_factory.mktemp("contamination") / "a.db"
    return probes_of(path, respondents, protocol="contamination", factors=["anger-1"], repeats=2)


@pytest.mark.parametrize("probe", ["recite_items", "recite_key", "target_score"])
def test_who_knows_what_is_published_is_found(reciting: Probes, probe: str) -> None:
    found = [one for one in reciting.contaminations if one.probe == probe]
    assert rate(found, "published", lambda one: one.verdict == "recites") >= 0.95
    assert rate(found, "none", lambda one: one.verdict != "no sign") <= 0.05


def test_who_knows_all_by_heart_recites_the_controls_as_well(reciting: Probes) -> None:
    assert rate(reciting.contaminations, "all", lambda one: one.verdict == "no sign") == 1
    assert rate(reciting.recitations, "all", lambda one: one.share.value) == pytest.approx(1)


def test_nobody_guesses_keys_and_scores_better_than_chance(reciting: Probes) -> None:
    for probe in ("recite_key", "target_score"):
        found = [one for one in reciting.recitations if one.probe == probe]
        assert rate(found, "none", lambda one: one.share.value) == pytest.approx(0, abs=0.06)


def test_the_distance_from_a_target_is_nothing_to_who_makes_it(reciting: Probes) -> None:
    made = [one for one in reciting.recitations if one.probe == "target_score" and one.material == "PANAS"]
    assert rate(made, "published", lambda one: one.error) == 0
    assert rate(made, "none", lambda one: one.error) == pytest.approx(0.25, abs=0.05)


def test_a_store_without_probes_tells_of_none(tmp_path: Path) -> None:
    found = probes_of(tmp_path / "a.db", [{"id": "planted"}], instruments="ECL-8", factors="anger-1")
    assert (found.positions, found.desirabilities, found.recitations, found.contaminations) == ((), (), (), ())
    assert [one.why for one in found.acquiescences] == ["no reverse-keyed items"]
