from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from emotionbench.comparisons.ways_verdicts import (
    Matters,
    WayVerdict,
    overall_verdict,
    sentences_by_way,
    survival,
    way_verdicts,
)
from emotionbench.statistics.between_forms import between_forms
from emotionbench.statistics.estimate import Estimate
from emotionbench.statistics.explained import explained
from emotionbench.statistics.levels import level_findings

LANGUAGE = np.repeat(["de", "en", "ja"], 40)
ORDER = np.tile(["down", "up"], 60)
WAYS = {"language": LANGUAGE, "option_labels": ORDER}
LIMIT = Matters(4.0, "10 % of the range", 10, 50)


def scores(gap: float, noise: float = 1.0, centre: float = 30.0) -> np.ndarray:
    return centre + gap * (LANGUAGE == "ja") + np.random.default_rng(0).normal(0, noise, LANGUAGE.size)


def verdicts(gap: float, matters: Matters = LIMIT, *, outcome: str = "score", **more: float) -> tuple[WayVerdict, ...]:
    y = scores(gap, **more)
    mean = between_forms(y, range(y.size)).mean
    levels = level_findings(y, WAYS)
    return way_verdicts((outcome, "negative_affect"), levels, levels.means, mean, matters)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("gap", "noise", "moves", "words"),
    [
        (8.0, 1.0, "yes", ", more than the 4.0 that matter."),
        (1.0, 1.0, "no", ", less than the 4.0 that matter."),
        (4.0, 3.0, "unclear", "; whether that is more than the 4.0 that matter cannot be told yet."),
    ],
)
def test_a_way_moves_by_more_than_matters_or_not(gap: float, noise: float, moves: str, words: str) -> None:
    language, labels = verdicts(gap, noise=noise)
    assert language.moves == language.changes_conclusion == moves
    assert language.sentence.startswith("Language moves negative affect by ")
    assert language.sentence.endswith(words)
    assert language.gap.highest == "ja"
    assert f"to ja{words}" in language.sentence
    assert labels.sentence.startswith("Option labels move negative affect by ")


def test_a_gap_below_what_matters_is_not_called_small_while_its_interval_reaches_beyond() -> None:
    found = verdicts(2.5, noise=3.0)[0]
    assert found.gap.gap.value < 4.0 < found.gap.gap.high  # type: ignore[operator]
    assert found.moves == "unclear"


def test_the_interval_and_the_decimals_of_the_range_are_said() -> None:
    wide = verdicts(8.0)[0]
    low, high = wide.gap.gap.low, wide.gap.gap.high
    assert f"by {wide.gap.gap.value:.1f} points ({low:.1f} to {high:.1f}) from " in wide.sentence
    narrow = verdicts(8.0, Matters(0.4, "10 % of the range", 1, 5))[0]
    assert f"by {narrow.gap.gap.value:.2f} points" in narrow.sentence
    assert "the 0.40 that matter" in narrow.sentence


def test_a_change_of_the_other_sign_flips_the_conclusion_however_small_the_gap() -> None:
    found = verdicts(-2.0, outcome="change", centre=1.0, noise=0.5)
    assert found[0].flips_sign == ("ja",)
    assert found[0].flips_side == ()
    assert (found[0].moves, found[0].changes_conclusion) == ("no", "yes")
    assert found[0].sentence.endswith("; the change has the other sign with ja.")
    assert "moves the change of negative affect" in found[0].sentence
    assert found[1].flips_sign == ()


def test_a_level_is_not_flipped_while_its_interval_holds_the_edge() -> None:
    y = scores(-1.4, noise=3.0, centre=1.0)
    levels, mean = level_findings(y, WAYS), between_forms(y, range(y.size)).mean
    japanese = next(one.mean for one in levels.means if one.level == "ja")
    assert japanese.value < 0 < mean.value  # type: ignore[operator]
    assert japanese.low < 0 < japanese.high  # type: ignore[operator]
    assert way_verdicts(("change", "calm"), levels, levels.means, mean, LIMIT)[0].flips_sign == ()


def test_a_score_on_the_other_side_of_people_s_mean() -> None:
    limit = replace(LIMIT, mean=31.0)
    found = verdicts(2.0, limit, centre=30.0, noise=0.5)[0]
    assert (found.flips_side, found.flips_sign) == (("ja",), ())
    assert found.sentence.endswith("; the score lies on the other side of people's mean with ja.")
    # a mean over forms that may lie on either side has no other side
    assert verdicts(2.0, replace(LIMIT, mean=30.0), centre=30.0, noise=3.0)[0].flips_side == ()
    # of a change, the norm's mean says nothing
    assert verdicts(2.0, limit, outcome="change", noise=0.5)[0].flips_side == ()


def test_what_cannot_be_told_says_why() -> None:
    y = scores(3.0)
    levels = level_findings(y, {"language": LANGUAGE, "template": LANGUAGE})
    found = way_verdicts(("score", "calm"), levels, levels.means, between_forms(y, range(y.size)).mean, LIMIT)
    assert found[0].moves is None
    assert found[0].sentence == "Whether language moves calm cannot be told: it cannot be told apart from other ways."
    lonely = level_findings([1.0, 2, 9], {"language": ["a", "b", "c"]})
    alone = way_verdicts(("score", "calm"), lonely, lonely.means, Estimate(4.0), LIMIT)
    assert alone[0].moves == "unclear"
    assert alone[0].sentence.endswith(
        "cannot be told: no more forms than effects, so that nothing says how forms vary."
    )


# over ways and subscales


def overall(gap: float, repeats: int = 1, **more: float) -> str:
    y = np.repeat(scores(gap, **more), repeats) + np.random.default_rng(1).normal(0, 0.5, LANGUAGE.size * repeats)
    forms = np.repeat(np.arange(LANGUAGE.size), repeats)
    split = explained(y, forms, {way: np.repeat(column, repeats) for way, column in WAYS.items()})
    return overall_verdict(verdicts(gap, **more), split, between_forms(y, forms), LIMIT)


def test_one_subscale_in_a_few_sentences() -> None:
    survives = overall(0.5, repeats=3, noise=0.6)
    assert survives.startswith("Survives the ways of asking: none moves it by as much as matters. Of the variance ")
    assert " lies in the ways by themselves, " in survives
    assert " % in their combinations and " in survives
    assert survives.endswith(" of all ways' mean 95 times in 100.")
    lost = overall(8.0)
    assert lost.startswith("Does not survive the ways of asking: language changes the conclusion.")
    assert "since no form was repeated" in lost
    assert " takes the mean of " in lost
    unclear = overall(4.0, noise=3.0)
    assert unclear.startswith("Whether it survives cannot be told yet: language may move it by as much as matters.")


def test_what_one_form_is_worth_is_said_in_points_and_of_the_range() -> None:
    y = scores(0.5, noise=3.0)
    one_form = between_forms(y, range(y.size))
    split = explained(y, range(y.size), WAYS)
    # Student's t of as many forms: t.ppf(.975, n - 1)
    margin = stats.t.ppf(0.975, y.size - 1) * np.std(y, ddof=1)
    n_forms = int(np.ceil((margin / 4.0) ** 2))
    assert overall_verdict(verdicts(0.5), split, one_form, LIMIT).endswith(
        f" A score from one form is within ±{margin:.1f} points ({100 * margin / 40:.0f} % of the range) of all ways' "
        f"mean 95 times in 100; to be within 4.0 takes the mean of {n_forms} forms."
    )
    assert (
        f"one form is within ±{100 * margin / 40:.0f} % of the range of all forms' mean 95 times in 100."
        in survival([(verdicts(0.5), split, one_form, LIMIT)])
    )


def test_named_interactions_are_not_called_the_ways_by_themselves() -> None:
    y = scores(1.0)
    split = explained(y, range(y.size), WAYS, [("language", "option_labels")])
    found = overall_verdict(verdicts(1.0), split, between_forms(y, range(y.size)), LIMIT)
    assert "lies in the ways and the named interactions; the other" in found
    assert "split into their other combinations and repeats" in found


def named(subscale: str, found: tuple[WayVerdict, ...]) -> tuple[WayVerdict, ...]:
    return tuple(replace(one, subscale=subscale) for one in found)


def test_one_sentence_a_way_over_all_subscales() -> None:
    lost, kept = named("calm", verdicts(8.0)), named("tense", verdicts(0.5))
    unclear = named("sad_mood", verdicts(4.0, noise=3.0))
    assert sentences_by_way([lost, kept]) == (
        "Language changes the conclusion on 1 of 2 subscales (calm).",
        "Option labels change no conclusion on any of 2 subscales.",
    )
    assert sentences_by_way([kept, unclear])[0] == (
        "Language changes no conclusion on 1 of 2 subscales; on sad mood it cannot be told yet."
    )
    assert sentences_by_way([unclear])[0] == "Whether language changes a conclusion cannot be told yet."
    assert sentences_by_way([lost] * 5)[0] == "Language changes the conclusion on 5 of 5 subscales."
    assert sentences_by_way([]) == ()


def judged(gap: float, **more: float) -> tuple[object, ...]:
    y = scores(gap, **more)
    split = explained(y, range(y.size), WAYS)
    return verdicts(gap, **more), split, between_forms(y, range(y.size)), LIMIT


def test_the_overall_sentence() -> None:
    kept, lost, unclear = judged(0.5), judged(8.0), judged(4.0, noise=3.0)
    assert survival([kept, kept]).startswith(  # type: ignore[list-item]
        "Answers survive the ways of asking: no conclusion changes on any of 2 subscales. On average over subscales, "
    )
    assert survival([kept, lost]).startswith(  # type: ignore[list-item]
        "Answers do not survive the ways of asking: the conclusion changes on 1 of 2 subscales. "
    )
    assert survival([kept, unclear]).startswith(  # type: ignore[list-item]
        "Answers survive the ways of asking on 1 of 2 subscales; on the others it cannot be told yet. "
    )
    assert survival([unclear]).startswith("Whether answers survive the ways of asking cannot be told yet. ")  # type: ignore[list-item]
    assert " of the variance lies in the ways by themselves and one form is within ±" in survival([kept])  # type: ignore[list-item]
    assert survival([]) == survival([((), None, None, LIMIT)]) == "No way of asking was varied."
