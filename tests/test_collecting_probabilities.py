"""Answers read as probabilities: scores are what many draws would average, and vary as they would."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from emotionbench import Study, analyse
from emotionbench.analysis import Analysis, best_readings
from emotionbench.collecting import COMPACT_READINGS_SCHEMA, collect
from emotionbench.engine import prepare
from emotionbench.engine.frame import save_facts
from emotionbench.parsing.probabilities import Distribution, Why
from emotionbench.records import Administration
from emotionbench.scoring import expected_score
from emotionbench.store import Store, columns, reading, writing
from report_helpers import make_store
from told_helpers import attempt, known, listed, make_read, make_told, ten

EVEN = dict.fromkeys("12345", 0.18)


def even(_: Administration, item: int) -> str:
    return listed(item, EVEN)


@pytest.fixture(scope="module")
def uniform(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    return analyse(make_read(tmp_path_factory.mktemp("read") / "s.db", respondents=["uniform"]))


def test_uniform_answers_have_an_exact_expectation_and_variance(uniform: Analysis) -> None:
    assert set(uniform.scores["value"]) == {30.0}
    assert uniform.scores["variance"].to_numpy() == pytest.approx(20)
    assert set(uniform.readings["expected"]) == {3.0}
    assert uniform.readings["variance"].to_numpy() == pytest.approx(2)
    assert set(uniform.readings["mass"]) == {1.0}
    assert uniform.readings["why"].null_count() == uniform.readings.height == 7 * 20
    assert set(uniform.administrations["outcome"]) == {"answered"}


def test_they_are_no_answers_that_were_drawn(uniform: Analysis) -> None:
    assert uniform.answers.is_empty()
    assert uniform.scores["n_valid"].to_list() == [10] * 14


def test_one_reading_says_what_many_draws_approximate(uniform: Analysis, tmp_path: Path) -> None:
    drawn = analyse(make_store(tmp_path / "s.db", respondents=["uniform"], baseline_repeats=400, repeats=1))
    scores = drawn.labelled_scores.filter(condition="baseline", subscale="positive")["value"].to_numpy()
    mean, variance = scores.mean(), scores.var(ddof=1)
    read = uniform.labelled_scores.filter(condition="baseline", subscale="positive").row(0, named=True)
    assert abs(mean - read["value"]) < 3 * np.sqrt(variance / scores.size)
    # four errors of a variance of 400 draws
    assert abs(variance / read["variance"] - 1) < 4 * np.sqrt(2 / 399)


def test_a_paired_study_has_changes_of_expected_scores(tmp_path: Path) -> None:
    analysis = analyse(make_read(tmp_path / "s.db", design="paired", repeats=2, baseline_repeats=None))
    found = analysis.findings()
    assert not found.problems
    for block in found.changes:
        overall = next(row for row in block.rows if row.kind == "overall")
        assert [contrast.difference for contrast in overall.contrasts.values()] == [0, 0]
        assert all(contrast.p is None and contrast.note for contrast in overall.contrasts.values())


def test_signs_are_read_in_the_order_in_which_they_stand(tmp_path: Path) -> None:
    ways = {"answers": "logprobs", "option_labels": ["a"], "option_order": ["ascending", "descending"]}
    analysis = analyse(
        make_read(tmp_path / "own.db", respondents=[{"id": "constant", "settings": {"value": 5}}], ways=ways)
    )
    assert set(analysis.scores["value"]) == {50.0}

    def first(_: Administration, item: int) -> str:
        return listed(item, {"a": 0.5, "A)": 0.25, " b": 0.25, "c": 1e-5, "d": 1e-5, "e": 1e-5})

    told = analyse(make_told(tmp_path / "told.db", first, ways=ways))
    by_form = told.labelled_scores.group_by("form").agg(pl.col("value").mean()).sort("form")["value"]
    assert by_form.to_list() == pytest.approx([12.5, 47.5], abs=0.01)


def test_a_scale_to_ten_with_a_reversed_item_and_its_rule(tmp_path: Path) -> None:
    def told(_: Administration, item: int) -> str:
        return known(item, {"10": 0.75, "1": 0.25} if item == 1 else {"4": 1.0})

    analysis = analyse(
        make_told(
            tmp_path / "s.db",
            told,
            instruments=[ten(tmp_path)],
            situations="none",
            factors=None,
            situations_per_factor=None,
        )
    )
    expected = 2 * (7.75 + (10 - 4) + 4) / 3
    assert analysis.scores["value"].to_numpy() == pytest.approx(expected)
    assert analysis.scores["variance"].to_numpy() == pytest.approx((2 / 3) ** 2 * 0.75 * 0.25 * 81)
    uniform = analyse(make_read(tmp_path / "u.db", respondents=["uniform"], instruments=[ten(tmp_path)]))
    assert uniform.scores["value"].to_numpy() == pytest.approx(10)
    assert uniform.scores["variance"].to_numpy() == pytest.approx(3 * 10 * 4 / 9)


def test_an_item_without_a_distribution_leaves_its_subscale_unscored_and_says_why(tmp_path: Path) -> None:
    reasons = {1: (None, Why.ABSENT), 2: (listed(2, {"I": 0.9}), Why.NOWHERE), 3: (known(4, {"3": 1.0}), Why.MALFORMED)}

    def told(_: Administration, item: int) -> str | None:
        return reasons[item][0] if item in reasons else listed(item, EVEN)

    analysis = analyse(make_told(tmp_path / "s.db", told))
    whys = dict(analysis.readings.filter(pl.col("why").is_not_null()).select("item", "why").unique().iter_rows())
    assert whys == {item: why.value for item, (_, why) in reasons.items()}
    first = analysis.readings.filter(item=2).row(0, named=True)
    assert (first["expected"], first["variance"], first["mass"]) == (None, None, None)
    scores = analysis.scores.group_by("subscale").agg(pl.col("value").null_count(), pl.col("n_valid").first())
    assert sorted(scores.iter_rows()) == [("negative", 3, 9), ("positive", 3, 8)]
    assert analysis.scores["variance"].null_count() == analysis.scores.height
    assert set(analysis.administrations["outcome"]) == {"incomplete"}


def test_nothing_that_can_be_read_has_the_commonest_status(tmp_path: Path) -> None:
    analysis = analyse(make_told(tmp_path / "a.db", lambda _, item: None))
    assert set(analysis.administrations["outcome"]) == {"missing"}
    analysis = analyse(make_told(tmp_path / "b.db", lambda _, item: listed(item, {"I": 0.9})))
    assert set(analysis.administrations["outcome"]) == {"unparseable"}
    assert not analysis.findings().problems


def test_the_first_attempt_that_can_be_read_counts(tmp_path: Path) -> None:
    path = make_told(tmp_path / "s.db", lambda _, item: None if item == 1 else known(item, {"3": 1.0}))
    with Store(path) as store:
        for one in list(reading.administrations(store)):
            for number, value in ((102, "5"), (101, "4")):
                more = [attempt(one, part, _known_of(one, part, value), number + 10 * part) for part in range(1, 21)]
                writing.append_attempts(store, more)
    analysis = analyse(path)
    expected = dict(analysis.readings.group_by("item").agg(pl.col("expected").unique().sort()).iter_rows())
    assert expected == {item: [4.0 if item == 1 else 3.0] for item in range(1, 21)}


def _known_of(one: Administration, part: int, value: str) -> str:
    (item,) = one.shown(part)
    return known(item, {value: 1.0})


@pytest.mark.parametrize("answers", ["logprobs", "drawn"])
def test_forms_that_were_planned_and_never_put_change_nothing(answers: str, tmp_path: Path) -> None:
    ways = {"answers": answers, "option_labels": "a"}
    path = make_read(tmp_path / "s.db", respondents=["uniform"], ways=ways)
    before = analyse(path).scores
    further = {"answers": [answers], "option_labels": ["A", "i"], "option_order": ["descending"]}
    # what is asked of them is chosen wave by wave: a run that ended before the first has kept their forms alone
    planned = prepare(Study(respondents=["uniform"], factors=["anger-1"], ways=further, execution={"precision": 1.0}))
    with Store(path) as store:
        save_facts(planned, store)
        assert len(reading.materials(store).forms) == 3
    assert (
        analyse(path)
        .scores.drop("protocol", "form", strict=False)
        .equals(before.drop("protocol", "form", strict=False))
    )


@pytest.mark.parametrize(("in_a_frame", "at_once"), [(1, 1), (7, 3)])
def test_attempts_may_come_in_several_frames(
    in_a_frame: int, at_once: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_told(tmp_path / "s.db", lambda one, item: listed(item, {**EVEN, "3": 0.1 + 0.01 * (item + one.repeat)}))
    with Store(path) as store:
        whole = collect(store)
        monkeypatch.setattr(columns, "ROWS_IN_A_FRAME", in_a_frame)
        monkeypatch.setattr(columns, "ROWS_AT_ONCE", at_once)
        pieces = collect(store)
    for name in ("administrations", "compact_readings", "compact_scores"):
        assert getattr(whole, name).equals(getattr(pieces, name))
    assert dict(whole.compact_readings.schema) == COMPACT_READINGS_SCHEMA


def test_columns_hold_what_is_read_one_by_one(tmp_path: Path) -> None:
    rng, texts = np.random.default_rng(1), ["1", " 2", "3.", "４", "5", "I"]

    def told(_: Administration, item: int) -> str:
        shares = rng.dirichlet(np.ones(6))
        return listed(item, {text: p + 1e-9 for text, p in zip(texts, shares.tolist(), strict=True)})

    path = make_told(tmp_path / "s.db", told)
    analysis = analyse(path)
    with Store(path, writable=False) as store:
        materials = reading.materials(store)
        for one in reading.administrations(store):
            instrument = materials.instruments[one.instrument]
            found = best_readings(reading.attempts(store, one.id), instrument, one, materials.forms[str(one.form)])
            read = analysis.readings.filter(administration=one.id)
            assert read["position"].to_list() == [one.order.index(item) + 1 for item in range(1, 21)]
            for each, row in zip(found, read.iter_rows(named=True), strict=True):
                if isinstance(each, Distribution):
                    figures = (row["expected"], row["variance"], row["mass"])
                    assert figures == pytest.approx((each.expected, each.variance, each.mass), rel=0, abs=1e-11)
                else:
                    assert row["why"] == each.why.value
            moments = {each.item: (each.expected, each.variance) for each in found if isinstance(each, Distribution)}
            scores = analysis.scores.filter(administration=one.id).select(
                "subscale", "value", "n_valid", "n_items", "variance"
            )
            plainly = [(s.subscale, s.value, s.n_valid, s.n_items, v) for s, v in expected_score(moments, instrument)]
            for found_row, row in zip(scores.rows(), plainly, strict=True):
                assert (found_row[0], found_row[2:4]) == (row[0], row[2:4])
                assert (found_row[1], found_row[4]) == pytest.approx((row[1], row[4]), rel=0, abs=1e-10)


def test_drawn_and_read_answers_stand_beside_each_other(tmp_path: Path) -> None:
    analysis = analyse(make_read(tmp_path / "s.db", ways={"answers": ["drawn", "logprobs"]}))
    scores = analysis.labelled_scores.group_by("form").agg(
        pl.len(), pl.col("variance").null_count(), pl.col("value").null_count().alias("unscored")
    )
    assert sorted(scores.iter_rows()) == [("answers drawn", 28, 28, 0), ("answers logprobs", 28, 0, 0)]
    assert analysis.compact_answers.height == analysis.compact_readings.height == 14 * 20
    found = analysis.findings()
    assert not found.problems
    styles = {(style.respondent, style.protocol): style for style in found.styles if style.condition == "baseline"}
    read, drawn = styles["uniform", "answers logprobs"], styles["uniform", "answers drawn"]
    assert (read.n_read, read.n_answers, drawn.n_read, drawn.n_answers) == (3, 0, 0, 60)
    assert read.floor.value is None
    assert read.floor.why == "the answers were read as probabilities, and none was drawn"
    reasons = {
        one.alpha.why for each in found.reliabilities if each.protocol == "answers logprobs" for one in each.consistency
    }
    assert reasons == {"the answers were read as probabilities, and none was drawn"}
