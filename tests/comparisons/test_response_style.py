"""Response styles: by hand, with planted behaviours, and without flags where there is nothing to flag."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from emotionbench import Study, analyse, run
from emotionbench.comparisons.response_flags import STRAIGHT_LINING, Flag, flags_of, together
from emotionbench.comparisons.response_style import ResponseStyle, balanced_weights, response_styles, score_range
from emotionbench.materials import catalogue
from emotionbench.materials.instruments import Instrument
from emotionbench.statistics.contrasts import plain_mean
from small_materials import instrument as mood_of
from style_helpers import Filled

PANAS = catalogue.instrument("PANAS")
MOOD = mood_of()
UP_ITEMS = [number - 1 for number in PANAS.subscales["positive"].items]


def codes(style: ResponseStyle) -> list[str]:
    return [flag.code for flag in style.flags]


def flag(style: ResponseStyle, code: str) -> Flag:
    return next(found for found in style.flags if found.code == code)


def sheets(n: int, low: int = 1, high: int = 5, seed: int = 0) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    return np.random.default_rng(seed).integers(low, high + 1, (n, PANAS.n_items))


def test_every_share_by_hand() -> None:
    filled = Filled(MOOD)
    filled.baseline([2, 2, 2, 2, 2, 2]).baseline([1, 4, 4, 4, 1, 1])
    filled.baseline(["refused", "missing", 3, 3, "out_of_range", "unparseable"])
    filled.baseline(["refused"] * 6).baseline([])
    style = filled.style()
    assert (style.n_administrations, style.n_answers, style.n_valid, style.n_values) == (5, 24, 14, 4)
    assert (style.straight_lining.count, style.straight_lining.n) == (2, 3)
    assert (style.floor.count, style.ceiling.count, style.floor.n) == (3, 3, 14)
    assert style.midpoint.value is None
    assert style.midpoint.why == "the response scale has no midpoint"
    shares = np.array([3, 6, 2, 3]) / 14
    assert style.entropy == pytest.approx(-np.sum(shares * np.log(shares)) / np.log(4))
    assert {status: rate.count for status, rate in style.rates.items()} == {
        "refused": 7,
        "missing": 1,
        "out_of_range": 1,
        "unparseable": 1,
    }
    assert {outcome: share.count for outcome, share in style.unanswered.items()} == {"refused": 1, "server": 1}
    assert style.unanswered["server"].value == 0.2


def test_scores_at_the_ends_know_keying_and_rule() -> None:
    filled = Filled(MOOD).baseline([1, 1, 1, 4, 1, 1]).baseline([4, 4, 4, 1, 4, 4]).baseline([1, 1, 1, 4, 1, "missing"])
    up, down = filled.style().ends
    assert (up.lowest, up.highest, up.n, up.mean) == (4, 16, 3, 8)
    assert (up.at_lowest.count, up.at_highest.count) == (2, 1)
    assert (down.n, down.n_missing, down.at_lowest.count, down.at_highest.count) == (2, 1, 1, 1)
    doubled = MOOD.model_copy(update={"score": MOOD.score.model_copy(update={"rule": "mean", "multiply": 2})})
    assert score_range(doubled, "up") == (2, 8)


def test_groups_are_told_apart_and_baselines_come_first() -> None:
    filled = Filled(MOOD).evoked("fear-1-1", [1, 2, 3, 4, 1, 2]).baseline([2] * 6)
    filled.add([3] * 6, condition="control", situation="fear-1-1-neutral", respondent="another")
    filled.evoked("fear-1-1", [4] * 6, respondent="another", protocol="other")
    found = [(style.respondent, style.protocol, style.condition, style.n_valid) for style in filled.styles()]
    assert found == [
        ("someone", "plain", "baseline", 6),
        ("someone", "plain", "evoked", 6),
        ("another", "plain", "control", 6),
        ("another", "other", "evoked", 6),
    ]


def test_any_key_and_kind_of_column_gives_the_same() -> None:
    filled = Filled(PANAS).many(sheets(20)).many(sheets(30, seed=1), condition="evoked", repeats=2)
    administrations, answers, scores = filled.frames()
    numbers = administrations.select("administration").with_row_index("row")

    def compact(frame: pl.DataFrame) -> pl.DataFrame:
        joined = frame.join(numbers, on="administration", maintain_order="left")
        return joined.with_columns(administration="row").drop("row")

    small = compact(answers).with_columns(
        pl.col("item", "position").cast(pl.UInt16),
        pl.col("value").cast(pl.Int32),
        pl.col("status").cast(pl.Categorical),
    )
    labels = ["respondent", "design", "condition", "situation", "outcome"]
    numbered = compact(administrations).with_columns(pl.col(labels).cast(pl.Categorical))
    assert response_styles(numbered, small, compact(scores), {"PANAS": PANAS}) == filled.styles()


def test_uniform_answers_have_no_flags() -> None:
    flags = Counter[str]()
    for seed in range(100):
        filled = Filled(PANAS).many(sheets(20, seed=seed), seed=seed)
        filled.many(sheets(24, seed=seed + 1000), condition="evoked", repeats=2, seed=seed)
        flags.update(code for style in filled.styles() for code in codes(style))
    # only an order effect can come by chance, at p < .001 in 200 looks
    assert set(flags) <= {"order"}
    assert flags["order"] <= 2


def test_constant_answers_are_seen_for_what_they_are() -> None:
    filled = Filled(PANAS).many(np.full((10, 20), 3)).many(np.full((10, 20), 3), condition="evoked", repeats=2)
    before, after = filled.styles()
    assert (before.straight_lining.value, before.no_variation.count, before.no_variation.n) == (1.0, 1, 1)
    assert (after.no_variation.count, after.no_variation.n) == (5, 5)
    assert before.entropy == 0.0
    assert codes(before) == codes(after) == ["straight_lining", "midpoint", "no_variation"]
    assert flag(before, "straight_lining").short == "straight-lining 100 %"
    assert (
        flag(after, "no_variation").text == "answers after do not vary over repeats: p-values over repeats mean nothing"
    )
    assert before.position.points.why == "no item's answers vary"


def test_some_straight_lining() -> None:
    values = sheets(25, seed=3)
    values[:13] = 2
    style = Filled(PANAS).many(values).style()
    found = flag(style, "straight_lining")
    assert found.short == "straight-lining 52 %"
    assert found.text == "52 % of the answer sheets before are one value throughout (13 of 25)"


def test_two_items_are_alike_by_chance() -> None:
    short = mood_of().model_copy(
        update={
            "items": MOOD.items[:2],
            "subscales": {"up": MOOD.subscales["down"].model_copy(update={"items": (1, 2), "reverse": ()})},
        }
    )
    values = np.random.default_rng(1).integers(1, 5, (400, 2))
    style = Filled(short).many(values).style()
    assert style.straight_lining.value is not None
    assert style.straight_lining.value > STRAIGHT_LINING
    assert "straight_lining" not in codes(style)


def test_a_floor_before_is_said_in_words() -> None:
    values = sheets(20, 2, 4)
    values[:, [i for i in range(20) if i not in UP_ITEMS]] = 1
    filled = Filled(PANAS).many(values).many(sheets(20, 2, 4, seed=1), condition="evoked")
    before, after = filled.styles()
    assert codes(before) == ["floor"]
    found = flag(before, "floor")
    assert found.short == "negative at floor"
    assert found.text == "negative affect is at the floor of the scale before (10.0 of 10–50): it cannot go down"
    assert not after.flags


def test_a_mean_near_the_end_and_most_scores_at_the_end_both_count() -> None:
    near, most, neither = (np.full((10, 20), 3) for _ in range(3))
    down = [i for i in range(20) if i not in UP_ITEMS]
    for values, scores in ((near, [12] * 10), (most, [10] * 8 + [30] * 2), (neither, [10] * 7 + [16] * 3)):
        for row, score in zip(values, scores, strict=True):
            row[down] = 1
            row[down[: (score - 10) // 2]] = 3
    found = ["floor" in codes(Filled(PANAS).many(values).style()) for values in (near, most, neither)]
    means = [Filled(PANAS).many(values).style().ends[1].mean for values in (near, most, neither)]
    assert means == [pytest.approx(12), pytest.approx(14), pytest.approx(11.8)]
    assert found == [True, True, True]
    neither[:8, down[:2]] = 3
    style = Filled(PANAS).many(neither).style()
    assert style.ends[1].mean == pytest.approx(14.6)
    assert "floor" not in codes(style)


def test_ends_after_are_flagged_unless_they_are_known_from_before() -> None:
    ceiling = np.full((10, 20), 5)
    before, after = Filled(PANAS).many(sheets(10)).many(ceiling, condition="evoked").styles()
    assert "ceiling" not in codes(before)
    found = flag(after, "ceiling_after")
    assert found.short == "positive and negative at ceiling after"
    assert found.text == (
        "positive affect and negative affect are at the ceiling of the scale after (50.0 and 50.0 of 10–50):"
        " a larger rise could not be seen"
    )
    _, after = Filled(PANAS).many(ceiling).many(ceiling, condition="evoked").styles()
    assert "ceiling_after" not in codes(after)


def test_many_subscales_at_the_floor_are_one_flag() -> None:
    ecl = catalogue.instrument("ECL-8")
    values = np.ones((10, 8), int)
    values[:, 0] = 3
    found = flag(Filled(ecl).many(values).style(), "floor")
    assert found.short == "7 of 8 subscales at floor"
    assert "jealousy" in found.text


def test_positions_that_predict_answers_are_found() -> None:
    rng = np.random.default_rng(11)
    plain = Filled(PANAS).many(rng.integers(2, 5, (40, 20)))
    positions = plain.frames()[1]["position"].to_numpy().reshape(40, 20)
    planted = rng.integers(2, 4, (40, 20)) + (rng.random((40, 20)) < (positions - 1) / 19)
    style = Filled(PANAS).many(planted).style()
    assert style.position.points.value == pytest.approx(1.0, abs=0.15)
    assert style.position.p is not None
    assert style.position.p < 0.001
    assert flag(style, "order").short in {f"order effect +{value / 10:.1f}" for value in range(9, 12)}
    assert flag(style, "order").text.endswith("points from first to last (p < .001)")
    assert "order" not in codes(plain.style())


def test_repeats_that_are_copies_in_most_situations() -> None:
    values = np.repeat(sheets(10), 2, axis=0)
    values[:8:2] = values[:8:2] % 5 + 1
    style = Filled(PANAS).many(values, condition="evoked", repeats=2).style()
    assert (style.no_variation.count, style.no_variation.n) == (6, 10)
    assert "in 60 % of the situations put more than once" in flag(style, "no_variation").text


def test_balanced_weights() -> None:
    # 'up' has items 1, 3, 5 keyed and 4 reverse-keyed; 'down' has no reverse-keyed item
    assert balanced_weights(MOOD) == pytest.approx([1 / 6, 0, 1 / 6, 1 / 2, 1 / 6, 0])
    assert not balanced_weights(PANAS).any()


def test_acquiescence_by_hand() -> None:
    filled = Filled(MOOD).evoked("fear-1-1", [4, 1, 4, 4, 4, 1]).evoked("fear-1-1", [3, 1, 3, 3, 3, 1])
    filled.evoked("fear-1-2", [4, 1, 4, 2, 4, 1]).evoked("fear-1-2", [4, 1, 4, "missing", 4, 1])
    style = filled.style()
    # the middle of 1 to 4 is 2.5: situation 1 has (1.5 + 0.5) / 2, situation 2 has (4 + 2) / 2 − 2.5
    assert style.acquiescence.value == pytest.approx((1.0 + 0.5) / 2)
    assert style.n_balanced == 3
    assert style.acquiescence.low == pytest.approx(0.75 - 12.7062 * 0.25, rel=1e-4)
    assert (
        Filled(PANAS).many(sheets(5)).style().acquiescence.why == "no subscale has both keyed and reverse-keyed items"
    )


def test_planted_acquiescence_is_flagged_and_mere_feeling_is_not() -> None:
    rng = np.random.default_rng(12)
    agreeing = rng.integers(3, 5, (30, 6))
    bright = rng.integers(3, 5, (30, 6))
    bright[:, 3] = 5 - bright[:, 3]
    style = Filled(MOOD).many(agreeing).style()
    assert flag(style, "acquiescence").text == (
        "agrees with statements and with their opposites alike before:"
        f" {style.acquiescence.value:.1f} points above the middle of the response scale"
    )
    assert "acquiescence" not in codes(Filled(MOOD).many(bright).style())
    assert "disagrees" in flag(Filled(MOOD).many(5 - agreeing).style(), "acquiescence").text


def test_coverage_of_acquiescence() -> None:
    """Eight situations differ in how much they are agreed with; two repeats each, averaged first."""
    rng = np.random.default_rng(13)
    n_studies, covered = 2_000, 0
    weights = balanced_weights(MOOD)
    situation = rng.normal(0.3, 0.4, (n_studies, 8, 1, 1))
    agreed = (situation + rng.normal(0, 0.5, (n_studies, 8, 2, 6))) @ weights
    for study in agreed.mean(axis=2):
        low, high = plain_mean(study).interval()
        covered += low is not None and high is not None and low <= 0.3 <= high
    assert 0.93 <= covered / n_studies <= 0.97


def test_all_refused() -> None:
    filled = Filled(PANAS).many(np.full((5, 20), "refused")).many(np.full((5, 20), "refused"), condition="evoked")
    before, after = filled.styles()
    assert codes(before) == codes(after) == ["refused"]
    assert flag(before, "refused").short == "refused 100 %"
    assert flag(before, "refused").text == "100 % of the answers before were refused (100 of 100)"
    assert before.unanswered["refused"].value == 1.0
    assert before.entropy is None
    for share in (before.straight_lining, before.midpoint, before.floor, before.no_variation):
        assert share.value is None
        assert share.why
    assert before.position.points.value is None
    assert all(ends.mean is None and ends.at_lowest.value is None for ends in before.ends)


def test_no_reply_at_all() -> None:
    filled = Filled(PANAS).many(sheets(18))
    filled.baseline([]).baseline([], outcome="rate_limited")
    found = flag(filled.style(), "no_reply")
    assert found.short == "no reply 10 %"
    assert found.text == "10 % of the administrations before got no reply (rate limited 1 and server 1)"
    alone = Filled(PANAS).baseline([]).style()
    assert (alone.n_answers, alone.rates["refused"].value, alone.rates["refused"].why) == (0, None, "no replies")
    assert codes(alone) == ["no_reply"]


@pytest.mark.parametrize("instrument", [PANAS, MOOD])
def test_one_administration(instrument: Instrument) -> None:
    style = Filled(instrument).baseline([1 + n % 3 for n in range(instrument.n_items)]).style()
    assert style.straight_lining.value == 0.0
    assert style.no_variation.why == "no cell was repeated"
    assert style.position.points.value is None
    assert style.acquiescence.low is None
    assert style.acquiescence.why
    assert not style.flags


def test_without_a_baseline_ends_after_are_still_flagged() -> None:
    style = Filled(PANAS).many(np.ones((4, 20), int), condition="evoked").style()
    assert "floor_after" in codes(style)
    assert flags_of(style, None) == style.flags


def test_nothing_gives_nothing() -> None:
    assert response_styles(*Filled(PANAS).frames(), {"PANAS": PANAS}) == ()


def test_flags_of_several_conditions_together_are_the_worst_of_each() -> None:
    half, most = sheets(10), sheets(10, seed=1)
    half[:5], most[:9] = 2, 4
    found = together(Filled(PANAS).many(half).many(most, condition="evoked").styles())
    assert [each.short for each in found] == ["straight-lining 90 %"]


def test_figures_that_cannot_be_had_never_come_without_a_reason() -> None:
    for filled in (Filled(PANAS).baseline([]), Filled(MOOD).baseline([1, "missing", 1, 1, 1, 1])):
        style = filled.style()
        for estimate in (style.position.points, style.acquiescence):
            assert estimate.low is not None or estimate.why


def test_a_store_end_to_end(tmp_path: Path) -> None:
    study = Study(respondents=["uniform", "constant"], instruments=["PANAS", "ECL-8"], factors=["fear-1"], repeats=2)
    run(study, tmp_path / "s.db")
    analysis = analyse(tmp_path / "s.db")
    styles = response_styles(analysis.administrations, analysis.answers, analysis.scores, analysis.instruments)
    assert len(styles) == 2 * 2 * 2
    for style in styles:
        assert ("straight_lining" in codes(style)) == (style.respondent == "constant")
    uniform = next(style for style in styles if style.respondent == "uniform" and style.condition == "evoked")
    assert uniform.position.n_sheets == uniform.n_administrations
