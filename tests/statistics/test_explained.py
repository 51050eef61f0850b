from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from emotionbench.statistics.explained import (
    NO_FORMS_LEFT,
    NO_SPREAD,
    NOT_REPEATED,
    NOTHING_LEFT,
    Explained,
    explained,
)
from emotionbench.statistics.mixed import fit_mixed
from emotionbench.statistics.noncentral_f import noncentrality_interval

R = json.loads((Path(__file__).parents[1] / "fixtures" / "ways_of_asking.json").read_text())
WAYS = ("language", "labels", "order", "template")
Array = NDArray[np.float64]
Ways = dict[str, NDArray[np.intp]]
STUDIES = 200


def grid(*sizes: int) -> Ways:
    table = np.array(list(product(*(range(size) for size in sizes))))
    return {f"way {number}": column for number, column in enumerate(table.T)}


def chosen(ways: Ways, rows: Any) -> Ways:
    return {way: column[rows] for way, column in ways.items()}


def effect(codes: NDArray[np.intp], share: float) -> Array:
    """Effects in a line over the levels, with this variance over these forms."""
    line = codes - codes.mean()
    return np.asarray(line / line.std() * np.sqrt(share))


def drawn(rng: np.random.Generator, n: int, sd: float) -> Array:
    """Random levels of exactly this SD."""
    values = rng.normal(0, 1, n)
    return np.asarray((values - values.mean()) / values.std(ddof=1) * sd)


def figures(found: Explained) -> list[float | None]:
    estimates = [one for term in found.terms for one in (term.omega_squared, term.partial, term.variance)]
    estimates += [found.together, found.form.variance, found.repeat.variance, found.rest.variance]
    loose = [figure for term in found.terms for figure in (term.eta_squared, term.f, term.p, term.p_holm)]
    return [*loose, *(end for one in estimates for end in (one.value, one.low, one.high))]


# against R and statsmodels


@pytest.mark.parametrize(("name", "pairs"), [("main", []), ("interaction", [("language", "labels")])])
def test_sums_of_squares_of_type_two_agree_with_r(name: str, pairs: list[tuple[str, str]]) -> None:
    rows, expected = R["unbalanced"], R[name]
    n = len(rows["score"])
    found = explained(rows["score"], np.arange(n), {way: rows[way] for way in WAYS}, pairs)
    assert [term.sum_of_squares for term in found.terms] == pytest.approx(expected["squares"], rel=1e-9)
    assert [term.df for term in found.terms] == expected["df"]
    assert [term.f for term in found.terms] == pytest.approx(expected["F"], rel=1e-9)
    assert [term.p for term in found.terms] == pytest.approx(expected["p"], rel=1e-8)
    assert found.df_form == expected["df_residual"]
    assert found.rest.variance.value == pytest.approx(expected["residual"] / expected["df_residual"], rel=1e-9)


def test_sums_of_squares_of_type_two_agree_with_statsmodels() -> None:
    formula_api = pytest.importorskip("statsmodels.formula.api")
    anova = pytest.importorskip("statsmodels.stats.anova")
    rng = np.random.default_rng(4)
    ways = chosen(grid(4, 3, 5), rng.permutation(60)[:41])
    y = rng.normal(0, 1, 41) + 0.7 * (ways["way 0"] == 2) + 0.5 * ways["way 1"]
    named = {way.replace(" ", "_"): column for way, column in ways.items()}
    frame = pytest.importorskip("pandas").DataFrame({"y": y, **named})
    fit = formula_api.ols("y ~ C(way_0) + C(way_1) + C(way_2)", frame).fit()
    table = anova.anova_lm(fit, typ=2)
    found = explained(y, np.arange(41), ways)
    assert [term.sum_of_squares for term in found.terms] == pytest.approx(table["sum_sq"].to_list()[:3], rel=1e-9)
    assert [term.p for term in found.terms] == pytest.approx(table["PR(>F)"].to_list()[:3], rel=1e-8)


def test_variances_of_random_levels_agree_with_lme4_and_our_own_reml_where_the_grid_is_full() -> None:
    rows = R["grid"]
    ways = {way: np.array(rows[way]) for way in ("language", "template", "labels")}
    found = explained(rows["score"], np.arange(200), ways)
    reml = fit_mixed(rows["score"], np.ones((200, 1)), ways)
    for way in ways:
        value = found.term(way).variance.value
        assert value == pytest.approx(R["random"][way], rel=1e-4)
        assert value == pytest.approx(reml.variances[way], rel=1e-4)
    assert found.rest.variance.value == pytest.approx(R["random"]["Residual"], rel=1e-5)


def test_variances_of_random_levels_are_right_on_average_where_forms_are_missing() -> None:
    rng = np.random.default_rng(3)
    full = grid(8, 5, 4)
    values = []
    for _ in range(60):
        ways = chosen(full, rng.permutation(160)[:70])
        y = drawn(rng, 8, 0.8)[ways["way 0"]] + drawn(rng, 5, 0.5)[ways["way 1"]] + rng.normal(0, 0.1, 70)
        values.append([term.variance.value for term in explained(y, np.arange(70), ways).terms])
    assert np.mean(values, axis=0) == pytest.approx([0.64, 0.25, 0.0], abs=0.02)


# shares


def test_omega_squared_by_hand() -> None:
    # two ways of two levels, each cell once: SS total 10, of which 9 and 0 and 1 is left over with 1 df
    found = explained([0, 1, 3, 4 - 2.0], range(4), {"a": [0, 0, 1, 1], "b": [0, 1, 0, 1]})
    total, left = 5.0, 1.0
    assert found.term("a").sum_of_squares == pytest.approx(4.0)
    assert found.term("a").eta_squared == pytest.approx(4.0 / total)
    assert found.term("a").omega_squared.value == pytest.approx((4.0 - left) / (total + left))
    assert found.term("b").eta_squared == pytest.approx(0.0)
    assert found.term("b").omega_squared.value == 0.0
    assert found.term("a").f == pytest.approx(4.0)


@pytest.mark.parametrize("repeats", [1, 3])
def test_shares_of_a_full_grid_add_up_to_one(repeats: int) -> None:
    rng = np.random.default_rng(1)
    ways = grid(5, 4, 3)
    forms = np.repeat(np.arange(60), repeats)
    mean = effect(ways["way 0"], 2.0) + effect(ways["way 1"], 1.0) + effect(ways["way 2"], 0.7) + rng.normal(0, 1, 60)
    found = explained(mean[forms] + rng.normal(0, 0.5, forms.size), forms, chosen(ways, forms))
    terms = [term.omega_squared.value or 0.0 for term in found.terms]
    assert min(terms) > 0
    assert sum(terms) + (found.rest.share or 0.0) == pytest.approx(1.0)
    assert found.together.value == pytest.approx(sum(terms))
    if repeats > 1:
        assert (found.form.share or 0) + (found.repeat.share or 0) == pytest.approx(found.rest.share)


def shares_of(ways: Ways, mean: Array, forms: NDArray[np.intp], rest: float) -> tuple[list[float], float]:
    """The true shares: what type II sums of squares are of scores without noise."""
    noise = 1e-5 * np.random.default_rng(0).normal(0, 1, mean.size)
    found = explained((mean + noise)[forms], forms, chosen(ways, forms))
    of_model = float(np.var(mean[forms]))
    squares = [(term.sum_of_squares or 0.0) / forms.size / (of_model + rest) for term in found.terms]
    return squares, of_model / (of_model + rest)


@pytest.mark.parametrize(
    ("sizes", "kept", "repeats", "of_forms"),
    [((5, 5, 4), 100, 1, 1.0), ((5, 4, 3, 2), 60, 1, 1.0), ((5, 5, 4), 50, 4, 0.6)],
    ids=["full grid", "unbalanced half", "unbalanced and repeated"],
)
def test_intervals_cover_the_true_shares(sizes: tuple[int, ...], kept: int, repeats: int, of_forms: float) -> None:
    rng = np.random.default_rng(kept)
    full = grid(*sizes)
    ways = chosen(full, rng.permutation(full["way 0"].size)[:kept])
    forms = np.repeat(np.arange(kept), repeats)
    mean = effect(ways["way 0"], 0.35) + effect(ways["way 1"], 0.1)
    truth, together = shares_of(ways, mean, forms, 0.55)
    covered = []
    for _ in range(STUDIES):
        of_form = rng.normal(0, np.sqrt(0.55 * of_forms), kept) if repeats > 1 else np.zeros(kept)
        noise = rng.normal(0, np.sqrt(0.55 * (1 - of_forms if repeats > 1 else 1)), forms.size)
        found = explained((mean + of_form)[forms] + noise, forms, chosen(ways, forms))
        estimates = [*(term.omega_squared for term in found.terms), found.together]
        row = [one.low - 1e-9 <= share <= one.high for one, share in zip(estimates, [*truth, together], strict=True)]
        if repeats > 1:
            row += [one.low <= v <= one.high for one, v in ((found.form.variance, 0.33), (found.repeat.variance, 0.22))]
        covered.append(row)
    rates = np.mean(covered, axis=0)
    assert rates.min() >= 0.9
    # of intervals that are far too wide all would cover
    assert 0.935 <= rates.mean() <= 0.985


def test_partial_shares_agree_with_their_noncentral_f_by_hand() -> None:
    rows = R["unbalanced"]
    found = explained(rows["score"], np.arange(45), {way: rows[way] for way in WAYS}).term("order")
    assert found.f is not None
    value = (found.f - 1) * found.df
    assert found.partial.value == pytest.approx(value / (value + 45))
    assert found.partial.low is not None
    assert found.partial.high is not None
    assert 0 < found.partial.low < found.partial.value < found.partial.high < 1  # type: ignore[operator]


def test_the_interval_of_a_share_by_hand() -> None:
    rng = np.random.default_rng(8)
    ways = grid(4, 3, 2)
    forms = np.repeat(np.arange(24), 3)
    mean = effect(ways["way 0"], 0.6) + effect(ways["way 1"], 0.4) + rng.normal(0, 0.4, 24)
    found = explained(mean[forms] + rng.normal(0, 0.6, 72), forms, chosen(ways, forms))
    own, other = found.term("way 0"), [found.term("way 1"), found.term("way 2")]
    assert own.f is not None
    square = (own.sum_of_squares or 0) / own.df / own.f
    # noncentralities of the term and of the others, and repeats in units of the forms' mean square, with their limits
    rest = sum(term.sum_of_squares or 0 for term in other) / square
    a, (a_low, a_high) = own.df * (own.f - 1), noncentrality_interval(own.f, (3, found.df_form))
    o, (o_low, o_high) = rest - 3, noncentrality_interval(rest / 3, (3, found.df_form))
    ratio = (found.repeat.variance.value or 0) / square
    r_low, r_high = (48 * ratio / stats.f.ppf(p, 48, found.df_form) for p in (0.975, 0.025))
    b = o + 24 + 48 * ratio
    b_low, b_high = b - np.hypot(o - o_low, 48 * ratio - r_low), b + np.hypot(o_high - o, r_high - 48 * ratio)

    def end(of_a: float, of_b: float, sign: int) -> float:
        across = of_b * (2 * b - of_b)
        return (a * b + sign * np.sqrt((a * b) ** 2 - of_a * (2 * a - of_a) * across)) / across

    low, high = end(a_low, b_high, -1), end(a_high, b_low, 1)
    assert own.omega_squared.value == pytest.approx(a / (a + b))
    assert (own.omega_squared.low, own.omega_squared.high) == pytest.approx((low / (1 + low), high / (1 + high)))


# what is found, and what is not


def test_planted_effects_are_found_and_named_interactions_as_well() -> None:
    rng = np.random.default_rng(7)
    ways = grid(4, 3, 5)
    crossed = 0.9 * ((ways["way 0"] == 1) & (ways["way 1"] == 2))
    y = effect(ways["way 2"], 0.5) + crossed + rng.normal(0, 0.3, 60)
    found = explained(y, np.arange(60), ways, [("way 0", "way 1")])
    assert found.term("way 2").p_holm < 1e-6  # type: ignore[operator]
    assert found.term("way 1", "way 0").p_holm < 0.01  # type: ignore[operator]
    assert found.term("way 1", "way 0").df == 6
    assert found.term("way 0", "way 1").name == "way 0 × way 1"
    with pytest.raises(KeyError):
        found.term("way 9")


def test_of_null_forms_few_are_called_different() -> None:
    rng = np.random.default_rng(11)
    ways = chosen(grid(5, 5, 10, 2), rng.permutation(500)[:150])
    below, any_holm = [], []
    for _ in range(150):
        found = explained(rng.normal(0, 1, 150), np.arange(150), ways)
        below += [(term.p or 1.0) < 0.05 for term in found.terms]
        any_holm.append(min(term.p_holm or 1.0 for term in found.terms) < 0.05)
    assert 0.03 <= np.mean(below) <= 0.075
    assert np.mean(any_holm) <= 0.085


def test_repeats_are_not_taken_for_independent_forms() -> None:
    rng = np.random.default_rng(5)
    ways = grid(5, 4)
    forms = np.repeat(np.arange(20), 20)
    found = [
        explained(rng.normal(0, 1, 20)[forms] + rng.normal(0, 0.3, 400), forms, chosen(ways, forms)).terms[0].p or 1.0
        for _ in range(200)
    ]
    assert 0.02 <= np.mean(np.array(found) < 0.05) <= 0.09


def test_a_wholly_confounded_way_is_named_with_its_partner() -> None:
    rng = np.random.default_rng(0)
    one, other = rng.integers(0, 4, 80), rng.integers(0, 3, 80)
    found = explained(rng.normal(0, 1, 80), np.arange(80), {"language": one, "template": one + 10, "labels": other})
    language = found.term("language")
    assert (language.df, language.f, language.eta_squared) == (0, None, None)
    assert language.note == "cannot be told apart from 'template'"
    assert language.omega_squared.why == language.note
    assert found.term("labels").note is None
    assert found.term("labels").f is not None


def test_a_partly_confounded_way_says_how_much_of_it() -> None:
    rng = np.random.default_rng(2)
    language = np.repeat(np.arange(4), 20)
    # where the language is 0 the persona is always its own; elsewhere there are two
    persona = np.where(language == 0, 2, rng.integers(0, 2, 80))
    found = explained(rng.normal(0, 1, 80), np.arange(80), {"language": language, "persona": persona})
    assert found.term("persona").df == 1
    assert found.term("persona").note == "1 of its 2 differences cannot be told apart from 'language'"
    assert found.term("persona").f is not None


def test_a_way_that_only_others_together_determine_is_named_so() -> None:
    a, b = np.array([0, 0, 1, 1] * 6), np.array([0, 1, 0, 1] * 6)
    c = np.arange(24) % 3
    ways = {"a": a, "b": b, "ab": a * 2 + b, "c": c}
    found = explained(np.random.default_rng(0).normal(0, 1, 24), np.arange(24), ways)
    assert found.term("ab").df == 1
    assert found.term("ab").note == "2 of its 3 differences cannot be told apart from 'a' and 'b'"


def test_an_interaction_that_was_not_put_throughout_says_so() -> None:
    ways = chosen(grid(3, 3, 3), [row for row in range(27) if row // 3 != 4])
    y = np.random.default_rng(0).normal(0, 1, 24)
    found = explained(y, np.arange(24), ways, [("way 0", "way 1")]).terms[-1]
    assert found.df == 3
    assert found.note == (
        "1 of its 4 differences cannot be told apart from its own ways, since some combinations were never put"
    )


def test_one_level_only_is_named() -> None:
    y = np.random.default_rng(0).normal(0, 1, 20)
    found = explained(y, np.arange(20), {"a": np.arange(20) % 2, "b": np.zeros(20)})
    assert (found.term("b").df, found.term("b").note) == (0, "one level only")


# ends of the world


def test_scores_that_do_not_vary() -> None:
    found = explained(np.full(24, 0.1 + 0.2), np.arange(24), {"a": np.arange(24) % 3})
    assert found.why == found.together.why == found.terms[0].omega_squared.why == NO_SPREAD
    assert all(figure is None for figure in figures(found))


def test_forms_that_the_ways_determine() -> None:
    a = np.arange(24) % 3
    found = explained(a * 2.0, np.arange(24), {"a": a, "b": np.arange(24) // 12})
    assert found.why == NOTHING_LEFT
    assert found.term("a").eta_squared == pytest.approx(1.0)
    assert (found.term("a").f, found.term("a").p, found.term("a").p_holm) == (None, None, None)


def test_no_more_forms_than_effects() -> None:
    found = explained([1.0, 2, 4, 3], range(4), {"a": range(4)})
    assert found.why == NO_FORMS_LEFT
    assert found.rest.variance.why == NO_FORMS_LEFT


def test_without_repeats_the_rest_is_not_split() -> None:
    found = explained(np.random.default_rng(0).normal(0, 1, 30), np.arange(30), {"a": np.arange(30) % 3})
    assert found.form.variance.why == found.repeat.variance.why == NOT_REPEATED
    assert found.rest.variance.value is not None
    assert (found.n_scores, found.n_forms, found.n_repeated, found.df_repeat) == (30, 30, 0, 0)


def test_repeats_that_agree_to_the_last_digit() -> None:
    rng = np.random.default_rng(0)
    forms = np.repeat(np.arange(30), 2)
    found = explained(rng.normal(0, 1, 30)[forms], forms, {"a": forms % 3})
    assert found.repeat.variance.value == pytest.approx(0.0, abs=1e-12)
    assert found.form.share == pytest.approx(found.rest.share)
    assert all(figure is None or np.isfinite(figure) for figure in figures(found))


@pytest.mark.parametrize(
    ("forms", "ways", "message"),
    [
        ([0, 0, 1, 1], {"a": [0, 1, 0, 1]}, "a form has two levels of 'a'"),
        ([0, 1, 2, 3], {"a": [0, 1]}, "2 of 'a' for 4 scores"),
        ([0, 1], {"a": [0, 1, 0, 1]}, "2 of 'forms' for 4 scores"),
    ],
)
def test_input_that_does_not_fit_is_refused(forms: list[int], ways: dict[str, list[int]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        explained([1, 2, 3, 4], forms, ways)


def test_missing_scores_and_unknown_ways_are_refused() -> None:
    with pytest.raises(ValueError, match="not missing"):
        explained([1, np.nan], [0, 1], {"a": [0, 1]})
    with pytest.raises(ValueError, match="'a' and 'c' are not two of the ways: a, b"):
        explained([1, 2, 3], range(3), {"a": [0, 1, 0], "b": [0, 0, 1]}, [("a", "c")])


def test_twenty_five_thousand_scores_take_little_time() -> None:
    rng = np.random.default_rng(0)
    ways = grid(5, 5, 10, 5, 2)
    forms = np.tile(np.arange(2500), 10)
    y = effect(ways["way 2"], 0.3)[forms] + rng.normal(0, 1, 25_000)
    start = process_time()
    found = explained(y, forms, chosen(ways, forms), [("way 0", "way 2")])
    assert process_time() - start < 3
    assert found.term("way 2").omega_squared.value == pytest.approx(0.3 / 1.3, abs=0.02)
