from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from emotionbench.comparisons.ways import NOT_SCORED, ONE_FORM, InstrumentWays, SubscaleWays, ways_of_asking
from emotionbench.comparisons.ways_outcomes import WAYS
from ways_helpers import GRID, NO_ANSWERS, answers, frame, outcomes

RANGES = {"calm": (10.0, 50.0), "tense": (10.0, 50.0), "sad": (0.0, 20.0)}
EFFECTS = {("language", "ja"): 6.0, ("option_order", "descending"): -2.0}
LARGE = {
    "template": ("a", "b", "c", "d", "e"),
    "paraphrase": ("0", "1", "2", "3", "4"),
    "language": ("ar", "de", "en", "es", "ja"),
    "option_order": ("ascending", "descending"),
}


def instrument(scores: pl.DataFrame, given: pl.DataFrame = NO_ANSWERS, **more: Any) -> InstrumentWays:
    return ways_of_asking(scores, given, RANGES, **more).instruments[0]


def finite(value: Any) -> bool:
    """Whether no float within is infinite or not a number."""
    if isinstance(value, float):
        return bool(np.isfinite(value))
    if isinstance(value, np.ndarray):
        return value.dtype.kind != "f" or bool(np.isfinite(value).all())
    if isinstance(value, dict):
        return all(finite(one) for one in value.values())
    if isinstance(value, tuple | list):
        return all(finite(one) for one in value)
    return all(finite(one) for one in vars(value).values()) if hasattr(value, "__dict__") else True


def recovered(found: SubscaleWays) -> None:
    """The planted effects lie in their intervals, and nothing else is found."""
    assert found.levels is not None
    assert found.explained is not None
    planted = {("language", "ja"): 6.0, ("option_order", "descending"): -2.0, ("language", "en"): -6.0 / 4}
    contrasts = {(one.way, one.level): one.adjusted for one in found.levels.contrasts}
    for key, value in planted.items():
        low, high = contrasts[key].low, contrasts[key].high
        assert low is not None
        assert high is not None
        assert low <= value <= high
    for way in ("language", "option_order"):
        assert found.explained.term(way).p_holm < 1e-6  # type: ignore[operator]
    for way in ("template", "paraphrase"):
        assert found.explained.term(way).p_holm > 0.01  # type: ignore[operator]
    assert {one.way: one.moves for one in found.verdicts} == {
        "template": "no",
        "paraphrase": "no",
        "language": "yes",
        "option_order": "no",
    }


def fraction() -> list[int]:
    """A balanced fifth of LARGE: every pair of levels of two of the ways of five levels equally often."""
    cells = list(product(*(range(len(levels)) for levels in LARGE.values())))
    return [index for index, (a, b, c, _) in enumerate(cells) if (a + b + c) % 5 == 0]


def test_planted_effects_are_recovered_in_the_full_grid() -> None:
    found = instrument(outcomes(LARGE, EFFECTS, seed=1)).subscale("calm")
    recovered(found)
    assert (found.n_administrations, found.n_forms, found.n_excluded) == (250, 250, 0)
    assert found.varied["language"] == ("ar", "de", "en", "es", "ja")


def test_planted_effects_are_recovered_in_a_balanced_fraction() -> None:
    found = instrument(outcomes(LARGE, EFFECTS, keep=fraction(), seed=2)).subscale("calm")
    recovered(found)
    assert found.n_forms == 50
    assert found.explained is not None
    assert all(term.note is None for term in found.explained.terms)


def test_planted_effects_are_recovered_in_an_unbalanced_subset() -> None:
    keep = np.random.default_rng(4).permutation(250)[:90].tolist()
    found = instrument(outcomes(LARGE, EFFECTS, keep=keep, seed=3)).subscale("calm")
    recovered(found)
    assert found.n_forms == 90


def test_forms_that_do_nothing_are_not_called_different() -> None:
    called, moved = 0, 0
    for seed in range(40):
        found = instrument(outcomes(LARGE, keep=fraction(), seed=seed)).subscale("calm")
        assert found.explained is not None
        called += min(term.p_holm or 1.0 for term in found.explained.terms) < 0.05
        moved += any(one.changes_conclusion == "yes" for one in found.verdicts)
    assert called <= 6
    assert moved == 0


def test_repeats_split_what_the_ways_leave() -> None:
    found = instrument(outcomes(LARGE, EFFECTS, repeats=4, noise=2.0, form_noise=1.0, seed=5)).subscale("calm")
    assert found.explained is not None
    assert found.one_form is not None
    assert found.retest is not None
    shares = (found.explained.together.value, found.explained.form.share, found.explained.repeat.share)
    # variances of the planted effects: 36 × .2 × .8, and 4 × .25
    whole = 5.76 + 1 + 1 + 4
    assert shares == pytest.approx((6.76 / whole, 1 / whole, 4 / whole), abs=0.04)
    assert found.one_form.sd_form.value == pytest.approx(np.sqrt(7.76), abs=0.25)
    assert found.retest.agreement.single.value == pytest.approx(7.76 / 11.76, abs=0.05)
    assert (found.retest.agreement.n, found.retest.agreement.k) == (250, 4)
    assert found.retest.correlation.value == pytest.approx(7.76 / 11.76, abs=0.08)
    assert "between repeats of one form" in found.sentence


def test_the_change_after_imagining_is_an_outcome_of_its_own() -> None:
    scores = outcomes(GRID, {("language", "ja"): -9.0}, situations=("s1", "s2", "s3"), change=4.0, seed=6)
    found = instrument(scores)
    change, score = found.subscale("calm", "change"), found.subscale("calm")
    language = {one.way: one for one in change.verdicts}["language"]
    assert language.flips_sign == ("ja",)
    assert language.changes_conclusion == "yes"
    assert {one.way: one.moves for one in score.verdicts}["language"] == "no"
    assert (change.n_administrations, change.n_forms) == (72, 24)
    assert change.retest is not None
    assert change.retest.agreement.single.why == change.retest.correlation.why == "no form was repeated"
    assert found.overall["change"].startswith("Answers do not survive")
    assert found.overall["score"].startswith("Answers survive")
    assert set(found.sentences) == {"score", "change"}


def test_what_matters_comes_from_people_where_there_is_a_norm() -> None:
    scores = outcomes(subscales=("calm", "tense", "sad"))
    found = instrument(scores, norms={"calm": (30.5, 6.0)}, matters={"sad": 1.5})
    limits = {one.subscale: (one.matters.points, one.matters.source) for one in found.subscales}
    assert limits == {"calm": (3.0, "half an SD of people"), "tense": (4.0, "10 % of the range"), "sad": (1.5, "given")}
    assert found.subscale("calm").matters.mean == 30.5
    assert found.subscale("sad").matters.mean is None


def test_a_score_that_crosses_people_s_mean_changes_the_conclusion() -> None:
    scores = outcomes(LARGE, {("language", "ja"): 3.0}, noise=0.5, seed=7)
    found = instrument(scores, norms={"calm": (31.5, 10.0)}).subscale("calm")
    language = {one.way: one for one in found.verdicts}["language"]
    assert (language.moves, language.flips_side, language.changes_conclusion) == ("no", ("ja",), "yes")


def test_interactions_are_in_the_model_where_both_ways_are_varied() -> None:
    pairs = [("language", "template"), ("language", "persona")]
    found = instrument(outcomes(repeats=3), interactions=pairs).subscale("calm")
    assert found.explained is not None
    assert found.notes == ("language × persona: not both are varied",)
    assert [term.name for term in found.explained.terms] == [
        "template",
        "language",
        "option_order",
        "language × template",
    ]


def test_the_picture_and_the_profile_are_of_forms_that_have_every_subscale() -> None:
    scores = outcomes(subscales=("calm", "tense", "sad"), centre=15.0)
    last = scores["form"].to_list()[-1]
    gone = (pl.col("form") == last) & (pl.col("subscale") == "sad")
    found = instrument(scores.with_columns(value=pl.when(gone).then(None).otherwise("value")))
    picture = found.pictures["score"]
    assert picture.subscales == ("calm", "tense", "sad")
    assert len(picture.forms) == len(picture.levels["language"]) == picture.picture.points.shape[0] == 23
    assert (picture.n_incomplete, last in picture.forms) == (1, False)
    row = picture.forms.index("template b · language ja · option_order ascending")
    assert (picture.levels["language"][row], picture.levels["template"][row]) == ("ja", "b")
    profile = found.profiles["score"]
    assert profile.objects == ("calm", "tense", "sad")
    assert (profile.agreement.n, profile.agreement.k) == (3, 23)
    assert profile.of_mean(23) == pytest.approx(profile.agreement.mean.value)
    assert 0 < (profile.agreement.single.value or 0) <= (profile.of_mean(5) or 0) < 1


def test_with_one_subscale_there_is_no_picture_and_with_two_no_profile() -> None:
    alone = instrument(outcomes())
    assert (alone.pictures, alone.profiles) == ({}, {})
    two = instrument(outcomes(subscales=("calm", "tense")))
    assert set(two.pictures) == {"score"}
    assert two.profiles == {}


def test_changes_are_pictured_around_no_change() -> None:
    scores = outcomes(subscales=("calm", "tense"), situations=("s",), change=0.0, noise=1e-6)
    points = instrument(scores).pictures["change"].picture.points
    assert points == pytest.approx(np.zeros((24, 2)), abs=1e-6)


def test_flips_are_of_answers_at_the_baseline() -> None:
    scores = outcomes(repeats=2, situations=("s",), subscales=("calm", "tense"))
    found = instrument(scores, answers(scores, flip=0.3)).flips
    assert found is not None
    assert found.n_administrations == 48
    assert found.n_answers == 48 * 6
    assert found.repeats.n_pairs == 24 * 6
    assert set(found.by_way) == set(GRID)
    assert 0 < found.repeats.share.value < found.chance_share  # type: ignore[operator]
    assert instrument(scores).flips is None


def test_answers_that_are_not_valid_are_counted() -> None:
    scores = outcomes(repeats=2)
    given = answers(scores).with_columns(value=pl.when(pl.col("item") == 1).then(None).otherwise("value"))
    found = instrument(scores, given).flips
    assert found is not None
    assert (found.n_answers, found.n_missing) == (48 * 5, 48)


def test_respondents_are_objects_of_the_forms_they_share() -> None:
    parts = [
        outcomes(GRID, centre=20 + 5 * number, respondent=f"model {number}", seed=number, form_noise=1.0)
        for number in range(4)
    ]
    parts[0] = parts[0].filter(pl.col("template") != "c")
    found = ways_of_asking(pl.concat(parts), NO_ANSWERS, RANGES).respondents
    assert [(one.instrument, one.outcome, one.subscale) for one in found] == [("MOOD", "score", "calm")]
    agreement = found[0].over_forms.agreement
    assert (agreement.n, agreement.k) == (4, 16)
    assert found[0].over_forms.objects == ("model 0", "model 1", "model 2", "model 3")
    assert agreement.single.value == pytest.approx(41.7 / 43.7, abs=0.05)
    assert ways_of_asking(pl.concat(parts[:2]), NO_ANSWERS, RANGES).respondents == ()


def test_who_was_asked_in_one_way_only_is_named() -> None:
    plain = outcomes({"language": ("en",)}, repeats=5, respondent="other")
    found = ways_of_asking(pl.concat([outcomes(), plain]), NO_ANSWERS, RANGES)
    assert [one.respondent for one in found.instruments] == ["model"]
    assert found.left_out == ("other on MOOD: no way of asking was varied",)


def test_subscales_that_are_not_scored_say_so() -> None:
    scores = outcomes(subscales=("calm", "tense"))
    tense = pl.col("subscale") == "tense"
    none = instrument(scores.with_columns(value=pl.when(tense).then(None).otherwise("value"))).subscale("tense")
    assert (none.why, none.explained, none.n_excluded, none.verdicts) == (NOT_SCORED, None, 24, ())
    one = tense & (pl.col("form") != scores["form"][0])
    alone = instrument(scores.with_columns(value=pl.when(one).then(None).otherwise("value"))).subscale("tense")
    assert alone.why == ONE_FORM
    assert alone.sentence == "Nothing can be compared: only one form was put."


def test_a_level_without_scores_is_named() -> None:
    scores = outcomes().with_columns(value=pl.when(pl.col("language") == "ja").then(None).otherwise("value"))
    found = instrument(scores).subscale("calm")
    assert found.notes == ("language ja: no score",)
    assert found.varied["language"] == ("de", "en", "zh")


def test_confounded_ways_are_named_and_the_others_found() -> None:
    rows = [
        {"language": language, "template": "x" + language, "option_order": order, "repeat": repeat, "value": value}
        for (language, order, repeat), value in zip(
            product(("de", "en", "ja"), ("ascending", "descending"), range(3)),
            np.random.default_rng(0).normal(30, 1, 18).tolist(),
            strict=True,
        )
    ]
    found = instrument(frame(rows)).subscale("calm")
    assert found.explained is not None
    assert found.explained.term("language").note == "cannot be told apart from 'template'"
    assert found.explained.term("option_order").note is None
    assert {one.way: one.moves for one in found.verdicts}["language"] is None


@pytest.mark.parametrize(
    "scores",
    [
        outcomes(noise=0.0),
        outcomes(noise=0.0, effects=EFFECTS),
        outcomes(repeats=2, noise=0.0, form_noise=1.0),
        outcomes({"language": ("de", "en")}),
        outcomes(subscales=("calm", "tense", "sad"), noise=0.0, repeats=2),
        outcomes(keep=[0, 1, 5]),
        outcomes(situations=("s1",), noise=0.0),
        outcomes(GRID, keep=[0, 8, 16], repeats=2),
    ],
)
def test_nothing_is_ever_infinite_or_not_a_number(scores: pl.DataFrame) -> None:
    found = ways_of_asking(scores, answers(scores), RANGES, norms={"calm": (30.0, 5.0)})
    assert finite(found)
    assert all(one.sentence.endswith(".") for one in found.instruments[0].subscales)
    for one in found.instruments[0].subscales:
        for verdict in one.verdicts:
            assert "None" not in verdict.sentence


def test_a_range_is_needed() -> None:
    with pytest.raises(KeyError, match="calm"):
        ways_of_asking(outcomes(), NO_ANSWERS, {"tense": (10, 50)})


# the original's recorded forms


@pytest.fixture(scope="module")
def recorded(upstream: Path) -> InstrumentWays:
    named = {
        "template": "template",
        "language": "language",
        "version": "paraphrase",
        "label": "option_labels",
        "order": "option_order",
    }
    rows = json.loads((upstream / "LLMPersonality" / "save" / "save.json").read_text())["data"]
    scores, given = [], []
    for number, row in enumerate(rows):
        levels = {named[name]: level for name, level in row["info"].items()}
        scores += [
            {"administration": number, "subscale": trait.lower(), "value": value, **levels}
            for trait, value in row["data"].items()
        ]
        given += [(number, int(item), value) for item, value in row["raw"].items()]
    frames = frame(scores), pl.DataFrame(given, schema=["administration", "item", "value"], orient="row")
    traits = {trait.lower(): (1.0, 5.0) for trait in rows[0]["data"]}
    return ways_of_asking(*frames, traits).instruments[0]


def test_recorded_forms_have_the_means_and_shares_that_were_computed_from_them(recorded: InstrumentWays) -> None:
    figures = {}
    for one in recorded.subscales:
        assert one.one_form is not None
        assert one.explained is not None
        assert (one.n_forms, one.n_excluded, set(one.varied)) == (2500, 0, set(WAYS[:5]))
        figures[one.subscale] = (
            one.one_form.mean.value,
            one.one_form.sd_single.value,
            one.explained.together.value,
            one.explained.term("paraphrase").omega_squared.value,
        )
    expected = {
        "extraversion": (3.8947, 0.4259, 0.2274, 0.1065),
        "agreeableness": (4.1273, 0.3758, 0.1336, 0.0531),
        "conscientiousness": (4.1466, 0.3866, 0.1437, 0.0279),
        "neuroticism": (2.3462, 0.4166, 0.1166, 0.0477),
        "openness": (4.3064, 0.4411, 0.1664, 0.0212),
    }
    for trait, values in expected.items():
        assert figures[trait] == pytest.approx(values, abs=1e-3), trait


def test_recorded_answers_flip_as_often_as_was_counted(recorded: InstrumentWays) -> None:
    assert recorded.flips is not None
    shares = {way: round(flips.share.value or 0, 3) for way, flips in recorded.flips.by_way.items()}
    assert shares == {
        "template": 0.456,
        "paraphrase": 0.471,
        "language": 0.482,
        "option_labels": 0.467,
        "option_order": 0.501,
    }
    assert recorded.flips.any_forms.share.value == pytest.approx(0.530, abs=1e-3)
    assert recorded.flips.chance_share == pytest.approx(0.727, abs=1e-3)
    assert recorded.flips.repeats.n_pairs == 0


def test_recorded_forms_do_not_move_scores_by_as_much_as_matters_on_three_traits(recorded: InstrumentWays) -> None:
    open_ways = {
        (verdict.way, one.subscale)
        for one in recorded.subscales
        for verdict in one.verdicts
        if verdict.changes_conclusion != "no"
    }
    assert open_ways == {("paraphrase", "extraversion"), ("language", "openness"), ("option_labels", "openness")}
    assert recorded.overall["score"].startswith("Answers survive the ways of asking on 3 of 5 subscales; ")
    assert recorded.pictures["score"].picture.n_outliers == 40
    assert recorded.profiles["score"].agreement.single.value == pytest.approx(0.795, abs=1e-3)


def test_where_nothing_moves_hardly_any_study_finds_a_flip() -> None:
    rng = np.random.default_rng(11)
    levels = {way: np.resize(np.arange(n), 60) for way, n in (("language", 5), ("template", 4), ("persona", 3))}
    n_flipped = 0
    for _ in range(60):
        rows = {way: rng.permutation(column).astype(str) for way, column in levels.items()}
        outcomes = pl.DataFrame(
            [
                {
                    "administration": place,
                    "respondent": "someone",
                    "kind": "llm",
                    "instrument": "MOOD",
                    "condition": "baseline",
                    "repeat": 0,
                    "subscale": subscale,
                    "value": 20 + rng.normal(),
                    "form": f"form {place}",
                    **{way: str(column[place]) for way, column in rows.items()},
                }
                for place in range(60)
                for subscale in ("up", "down")
            ]
        )
        blank = {"emotion": None, "factor": None, "situation": None, **{way: None for way in WAYS if way not in rows}}
        outcomes = outcomes.with_columns(pl.lit(value, pl.String).alias(name) for name, value in blank.items())
        answers = pl.DataFrame(schema={"administration": pl.Int64, "item": pl.Int64, "value": pl.Int64})
        norms = {"up": (20.1, 4.0), "down": (19.9, 4.0)}
        found = ways_of_asking(outcomes, answers, {"up": (0, 40), "down": (0, 40)}, norms=norms).instruments[0]
        n_flipped += any(verdict.flips_side for one in found.subscales for verdict in one.verdicts)
    # 5 % of 60 is 3; before levels were looked at together it was every fourth
    assert n_flipped <= 5


def beside_people(raised: float, mean: float) -> SubscaleWays:
    """60 forms with scores of 20 ± 1, one of five languages ``raised``; people's mean is ``mean``."""
    rng = np.random.default_rng(5)
    language, template = np.resize(list("abcde"), 60), np.repeat(list("uvw"), 20)
    values = 20 + rng.normal(0, 1, 60)
    for level in "abcde":
        # every language at exactly its planted mean
        values[language == level] += 20 + raised * (level == "e") - values[language == level].mean()
    rows = [
        {"administration": n, "value": float(values[n]), "form": f"form {n}", "language": language[n], "template": w}
        for n, w in enumerate(template)
    ]
    constant = {"respondent": "someone", "kind": "llm", "instrument": "MOOD", "condition": "baseline", "subscale": "up"}
    blank = dict.fromkeys(["emotion", "factor", "situation", *(w for w in WAYS if w not in ("language", "template"))])
    outcomes = pl.DataFrame(rows).with_columns(
        pl.lit(0).alias("repeat"),
        *(pl.lit(value, pl.String).alias(name) for name, value in {**constant, **blank}.items()),
    )
    found = ways_of_asking(outcomes, NO_ANSWERS, {"up": (0, 40)}, norms={"up": (mean, 4.0)})
    return found.instruments[0].subscale("up")


def of_language(found: SubscaleWays) -> tuple[str, ...]:
    return next(verdict.flips_side for verdict in found.verdicts if verdict.way == "language")


def test_a_level_picked_from_many_needs_more_than_its_own_interval() -> None:
    found = beside_people(1.35, 20.62)
    assert found.levels is not None
    assert found.one_form is not None
    raised = next(one.mean for one in found.levels.means if (one.way, one.level) == ("language", "e"))
    assert raised.low is not None
    assert raised.low > 20.62
    assert found.one_form.mean.high is not None
    assert found.one_form.mean.high < 20.62
    assert of_language(found) == ()


def test_where_the_mean_over_forms_may_lie_on_either_side_no_level_lies_on_the_other() -> None:
    assert of_language(beside_people(5.0, 21.1)) == ()
    # the mean of 21 is surely below 22, and the level of 25 surely above
    assert of_language(beside_people(5.0, 22.0)) == ("e",)
