from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import sqrt
from pathlib import Path
from statistics import correlation, fmean, stdev
from typing import Any

import pytest

from embedded_helpers import LONG_ITEMS, baseline, conversations, make, of_instrument, reply_to, values_in
from emotionbench.errors import MaterialError, RespondentError
from emotionbench.materials import catalogue
from emotionbench.materials.instruments import Instrument
from emotionbench.materials.norms import Moments, Norm, NormRow
from emotionbench.materials.situations import Situation
from emotionbench.materials.writing import to_yaml
from emotionbench.records import Condition, Design
from emotionbench.respondents import totals
from emotionbench.respondents.base import Question
from emotionbench.respondents.human_norm import AFFECTS, People

PANAS = catalogue.instrument("PANAS")
SHIPPED = catalogue.norm("emotionbench-people")
FACTORS = [row.factor for row in SHIPPED.rows if row.factor]


def movement(baseline: tuple[float, float], evoked: tuple[float, float], change: tuple[float, float], r: float) -> Any:
    moments = {"baseline": baseline, "evoked": evoked, "change": change}
    return {**{name: {"mean": mean, "sd": sd} for name, (mean, sd) in moments.items()}, "r": r}


EVERYONE = {
    "positive": movement((28.0, 8.9), (23.0, 8.7), (-5.0, 8.8), 0.49),
    "negative": movement((13.6, 5.5), (24.0, 9.7), (10.4, 9.6), 0.31),
}
# their own baselines differ from everyone's, so that a change is not the evoked mean less everyone's
ANGER_1 = {
    "positive": movement((30.0, 8.0), (21.5, 7.0), (-8.5, 7.5), 0.6),
    "negative": movement((12.0, 4.0), (26.0, 9.0), (14.0, 8.0), -0.1),
}
FEAR_2 = {
    "positive": movement((26.0, 9.0), (26.5, 12.0), (0.5, 9.0), 0.75),
    "negative": movement((14.0, 5.0), (16.0, 8.0), (2.0, 7.0), 0.3),
}


def small_norm(**changes: Any) -> Norm:
    rows = (
        {"emotion": None, "factor": None, "n": 90, "subscales": EVERYONE},
        {"emotion": "anger", "factor": "anger-1", "n": 40, "subscales": ANGER_1},
        {"emotion": "fear", "factor": "fear-2", "n": 50, "subscales": FEAR_2},
    )
    content = {
        "id": "few",
        "name": "A few people",
        "instrument": "PANAS",
        "situation_set": "everyday",
        "source": "a test",
        "licence": "Apache-2.0",
        "source_sha256": "0" * 64,
        "n": 90,
        "n_excluded": 0,
        "rows": rows,
    }
    return Norm.model_validate({**content, **changes})


@pytest.fixture
def norm_file(tmp_path: Path) -> Path:
    path = tmp_path / "few.yaml"
    path.write_text(to_yaml(small_norm()), encoding="utf-8")
    return path


def situation(factor: str, **changes: Any) -> Situation:
    shown = catalogue.situation_set("everyday").situations[0]
    return shown.model_copy(update={"factor": factor, **changes})


def sheets(put: Situation | None, n: int, design: Design = Design.INDEPENDENT) -> Iterator[Question]:
    """Questions of n administrations; the paired ones with the same n are of the same n sessions."""
    question = baseline()
    condition = Condition.EVOKED if put else Condition.BASELINE
    for number in range(n):
        session = f"session {number}" if design is Design.PAIRED else None
        administration = replace(
            question.administration,
            id=f"{put and put.id} {number}",
            design=design,
            condition=condition,
            session=session,
        )
        yield replace(question, administration=administration, situation=put)


def scored(values: Mapping[int, int], affect: str) -> int:
    return sum(values[number] for number in PANAS.subscales[affect].items)


def within_four_standard_errors(found: list[int], wanted: Moments) -> bool:
    # an SD's standard error is that of the mean at most, unless the tails are longer than ever here
    allowed = 4 * wanted.sd / sqrt(len(found))
    return abs(fmean(found) - wanted.mean) < allowed and abs(stdev(found) - wanted.sd) < allowed


def wanted_after(row: NormRow, norm: Norm, affect: str) -> Moments:
    everyone = norm.row()
    assert everyone is not None
    mean = everyone.subscales[affect].baseline.mean + row.subscales[affect].change.mean
    return Moments(mean=mean, sd=row.subscales[affect].evoked.sd)


@pytest.mark.parametrize("norm", [small_norm(), SHIPPED], ids=["small", "shipped"])
@pytest.mark.parametrize("affect", AFFECTS)
def test_every_factor_can_be_drawn_exactly(norm: Norm, affect: str) -> None:
    everyone = norm.row()
    assert everyone is not None
    before = everyone.subscales[affect].baseline
    for row in norm.rows:
        after, r = wanted_after(row, norm, affect), row.subscales[affect].r
        alone = totals.totals(after).probabilities
        assert moments_of(alone) == pytest.approx((after.mean, after.sd), abs=1e-6)
        rows = totals.totals_after(before, after, r)
        weights = totals.totals(before).probabilities
        paired = [sum(w * given.probabilities[k] for w, given in zip(weights, rows, strict=True)) for k in range(41)]
        assert moments_of(paired) == pytest.approx((after.mean, after.sd), abs=1e-6)
        product = sum(
            w * p * (10 + j - before.mean) * (10 + k - after.mean)
            for j, (w, given) in enumerate(zip(weights, rows, strict=True))
            for k, p in enumerate(given.probabilities)
        )
        assert product / before.sd / after.sd == pytest.approx(r, abs=1e-6)


def moments_of(probabilities: Any) -> tuple[float, float]:
    mean = sum(p * (10 + k) for k, p in enumerate(probabilities))
    return mean, sum(p * (10 + k - mean) ** 2 for k, p in enumerate(probabilities)) ** 0.5


@pytest.mark.parametrize("factor", [None, "anger-1", "fear-2"])
@pytest.mark.parametrize("design", list(Design))
def test_sheets_have_peoples_mean_and_sd(factor: str | None, design: Design) -> None:
    norm = small_norm()
    people, row = People(norm), norm.factor_row(factor) if factor else None
    filled = [people.fill(question) for question in sheets(situation(factor) if factor else None, 2000, design)]
    assert {value for values in filled for value in values.values()} == {1, 2, 3, 4, 5}
    for affect in AFFECTS:
        wanted = wanted_after(row, norm, affect) if row else Moments(**EVERYONE[affect]["baseline"])
        assert within_four_standard_errors([scored(values, affect) for values in filled], wanted)


@pytest.mark.parametrize("affect", AFFECTS)
def test_shipped_norm_gives_peoples_change_for_every_factor(affect: str) -> None:
    people = People(SHIPPED)
    for factor in FACTORS:
        row = SHIPPED.factor_row(factor)
        assert row is not None
        found = [people.total(question, affect) for question in sheets(situation(factor), 400)]
        assert within_four_standard_errors(found, wanted_after(row, SHIPPED, affect)), factor


@pytest.mark.parametrize("factor", ["anger-1", "fear-2"])
def test_paired_totals_correlate_as_peoples_do(factor: str) -> None:
    norm = small_norm()
    people, row = People(norm), norm.factor_row(factor)
    assert row is not None
    for affect in AFFECTS:
        before = [people.total(question, affect) for question in sheets(None, 2000, Design.PAIRED)]
        after = [people.total(question, affect) for question in sheets(situation(factor), 2000, Design.PAIRED)]
        changes = [second - first for first, second in zip(before, after, strict=True)]
        assert correlation(before, after) == pytest.approx(row.subscales[affect].r, abs=0.08)
        assert abs(fmean(changes) - row.subscales[affect].change.mean) < 4 * stdev(changes) / 2000**0.5


def test_evoked_sheet_finds_the_baseline_of_its_session(norm_file: Path) -> None:
    """Through the whole chain: with a correlation near the limit, low baselines precede low evoked scores."""
    answerer = make("human-norm", norm=str(norm_file))
    pairs = [
        [scored(values_in(question, reply), "positive") for question, reply in session]
        for session in conversations(answerer, design="paired", factors="fear-2", repeats=20)
    ]
    assert correlation(*zip(*pairs, strict=True)) == pytest.approx(0.75, abs=0.1)


def test_independent_sheets_do_not_correlate() -> None:
    people = People(small_norm())
    before = [people.total(question, "positive") for question in sheets(None, 2000)]
    after = [people.total(question, "positive") for question in sheets(situation("fear-2"), 2000)]
    assert abs(correlation(before, after)) < 4 / 2000**0.5


@pytest.mark.parametrize("design", list(Design))
@pytest.mark.parametrize(
    "put", [situation("anger-1", kind="neutral"), situation("anger-1", kind="positive"), situation("pride-7")]
)
def test_control_and_unknown_factor_are_answered_as_at_baseline(put: Situation, design: Design) -> None:
    people = People(small_norm())
    filled = [people.fill(question) for question in sheets(put, 1000, design)]
    for affect in AFFECTS:
        found = [scored(values, affect) for values in filled]
        assert within_four_standard_errors(found, Moments(**EVERYONE[affect]["baseline"]))


def test_control_of_a_session_is_drawn_anew() -> None:
    people = People(small_norm())
    before = [people.total(question, "positive") for question in sheets(None, 1000, Design.PAIRED)]
    put = situation("anger-1", kind="neutral")
    after = [people.total(question, "positive") for question in sheets(put, 1000, Design.PAIRED)]
    assert abs(correlation(before, after)) < 4 / 1000**0.5


def test_positive_and_negative_affect_are_independent() -> None:
    people = People(small_norm())
    filled = [people.fill(question) for question in sheets(situation("anger-1"), 2000)]
    found = [[scored(values, affect) for values in filled] for affect in AFFECTS]
    assert abs(correlation(*found)) < 4 / 2000**0.5
    firsts = [[values[PANAS.subscales[affect].items[0]] for values in filled] for affect in AFFECTS]
    assert abs(correlation(*firsts)) < 4 / 2000**0.5


def test_norm_is_read_from_a_file_and_is_part_of_who_answers(norm_file: Path) -> None:
    answerer = make("human-norm", name="People", norm=str(norm_file))
    assert answerer.record.settings["norm"] == "few"
    assert answerer.record.id != make("human-norm", name="People").record.id
    norm_file.write_text(to_yaml(small_norm(n=91)), encoding="utf-8")
    assert make("human-norm", name="People", norm=str(norm_file)).record.id != answerer.record.id


def test_unknown_norm_is_an_error() -> None:
    with pytest.raises(MaterialError, match=r"unknown norm 'emotionbench-persons'.*did you mean 'emotionbench-people'"):
        make("human-norm", norm="emotionbench-persons")


def test_norm_without_everyone_or_without_an_affect_is_an_error() -> None:
    content = small_norm().model_dump()
    with pytest.raises(RespondentError, match="norm 'few': has no row of everyone"):
        People(Norm.model_validate({**content, "rows": content["rows"][1:]}))
    del content["rows"][0]["subscales"]["negative"]
    with pytest.raises(RespondentError, match="norm 'few': has no row of everyone"):
        People(Norm.model_validate(content))


def test_factor_without_an_affect_is_an_error() -> None:
    content = small_norm().model_dump()
    del content["rows"][1]["subscales"]["negative"]
    people = People(Norm.model_validate(content))
    with pytest.raises(RespondentError, match="norm 'few', negative affect: factor 'anger-1' lacks this subscale; add"):
        people.fill(next(sheets(situation("anger-1"), 1)))


def test_moments_that_nobody_can_have_are_an_error_with_their_place() -> None:
    content = small_norm().model_dump()
    content["rows"][1]["subscales"]["negative"]["change"]["mean"] = 40.0
    people = People(Norm.model_validate(content))
    with pytest.raises(
        RespondentError, match="norm 'few', negative affect: no total of 10 answers from 1 to 5 has mean"
    ):
        people.fill(next(sheets(situation("anger-1"), 1)))


def changed_panas(**changes: Any) -> Instrument:
    return Instrument.model_validate({**PANAS.model_dump(), **changes})


def halves(**negative: Any) -> dict[str, Any]:
    content = PANAS.model_dump()["subscales"]
    return {**content, "negative": {**content["negative"], **negative}}


@pytest.mark.parametrize(
    "instrument",
    [
        catalogue.instrument("ECL-8"),
        LONG_ITEMS,
        changed_panas(id="from zero", response_scale={"lowest": 0, "highest": 4}),
        changed_panas(id="reversed", subscales=halves(reverse=(2,))),
        changed_panas(id="overall", subscales=halves(items=tuple(range(1, 21)))),
        changed_panas(id="short", subscales=halves(items=(2, 4, 6, 7, 8)), note="fillers"),
    ],
    ids=lambda instrument: instrument.id,
)
def test_other_instruments_are_an_error(instrument: Instrument) -> None:
    question = of_instrument(baseline(), instrument)
    with pytest.raises(RespondentError, match=f"asked {instrument.id}, and the norm covers PANAS only; leave"):
        reply_to(make("human-norm"), question)


def test_items_of_another_order_and_edition_are_scored_by_their_subscale() -> None:
    swapped = {"positive": halves()["negative"], "negative": halves()["positive"]}
    instrument = changed_panas(id="another edition", subscales=swapped)
    people = People(small_norm())
    filled = [people.fill(replace(question, instrument=instrument)) for question in sheets(None, 300)]
    assert fmean(scored(values, "negative") for values in filled) == pytest.approx(28.0, abs=2.1)
    assert fmean(scored(values, "positive") for values in filled) == pytest.approx(13.6, abs=1.3)
