"""Money: by respondent and instrument, by finding, unknown where it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from emotionbench.analysis import analyse
from emotionbench.cli.costs import spending_of
from emotionbench.comparisons.costs import (
    NO_COUNTS,
    NO_INTERVAL,
    NO_PRICE,
    SEVERAL,
    TOO_NARROW,
    Spending,
    narrower,
    spent,
)
from emotionbench.engine import run
from emotionbench.materials.prices import Price
from emotionbench.store import Store
from emotionbench.store.tokens import Usage
from emotionbench.study import Study

PRICE = Price(
    provider="p", model="m", input=1, output=10, cached=0.1, batch_discount=0.5, date="2026-11-01", source="s"
)
FREE = PRICE.model_copy(update={"input": 0, "output": 0, "cached": 0})


def usage(condition: str = "baseline", situation: str | None = None, **changes: object) -> Usage:
    known = {
        "respondent": "r",
        "instrument": "i",
        "design": "independent",
        "condition": condition,
        "situation": situation,
        "batched": False,
        "n_attempts": 10,
        "n_failed": 0,
        "n_uncounted": 0,
        "input_tokens": 1_000_000,
        "output_tokens": 100_000,
        "cached_tokens": None,
        "reasoning_tokens": None,
    }
    return Usage(**{**known, **changes})  # type: ignore[arg-type]


def spending(*usages: Usage, price: Price | None = PRICE) -> Spending:
    return Spending(
        usages,
        {one.cell: 10 for one in usages},
        {"r": "model", "q": "other"},
        {"i": "PANAS", "j": "MOOD"},
        {"s1": "anger", "s2": "anger", "s3": "fear"},
        {"r": price, "q": price},
    )


def test_sums_and_money() -> None:
    found = spent([usage(), usage(cached_tokens=400_000, reasoning_tokens=7)], {"r": PRICE}, 20)
    assert (found.n_administrations, found.n_attempts) == (20, 20)
    assert (found.input_tokens, found.output_tokens) == (2_000_000, 200_000)
    assert (found.cached_tokens, found.reasoning_tokens) == (400_000, 7)
    # 1.6 million at 1 dollar, 0.4 million at 0.1, 0.2 million at 10
    assert found.dollars == pytest.approx(1.6 + 0.04 + 2)
    assert found.each == pytest.approx(3.64 / 20)


def test_what_came_in_a_batch_is_at_its_price() -> None:
    assert spent([usage(), usage(batched=True)], {"r": PRICE}).dollars == pytest.approx(2 + 1)


def test_money_is_null_with_a_reason_where_it_cannot_be_known() -> None:
    assert (spent([usage()], {"r": None}).dollars, spent([usage()], {}).why) == (None, NO_PRICE)
    nothing = usage(n_uncounted=10, input_tokens=0, output_tokens=0)
    found = spent([nothing], {"r": PRICE})
    assert (found.dollars, found.why, found.input_tokens, found.cached_tokens) == (None, NO_COUNTS, None, None)
    assert spent([nothing], {"r": FREE}).dollars == 0
    # what nobody counted is counted, and the rest still has its price
    some = spent([usage(n_uncounted=3)], {"r": PRICE}, 10)
    assert (some.n_uncounted, some.dollars, some.each) == (3, pytest.approx(2), None)
    only_failed = spent([usage(n_failed=10, input_tokens=0, output_tokens=0)], {"r": PRICE})
    assert (only_failed.dollars, only_failed.n_failed, only_failed.input_tokens) == (0, 10, None)
    assert spent([], {}).dollars == 0


def test_rows_by_respondent_and_instrument() -> None:
    rows = spending(usage(), usage(instrument="j"), usage(respondent="q", batched=True)).rows()
    assert [(row.respondent, row.instrument, row.spent.dollars, row.n_batched) for row in rows] == [
        ("model", None, pytest.approx(4), 0),
        ("model", "MOOD", pytest.approx(2), 0),
        ("model", "PANAS", pytest.approx(2), 0),
        ("other", "PANAS", pytest.approx(1), 10),
    ]
    assert {row.price_date for row in rows} == {"2026-11-01"}
    assert spending(usage(), price=FREE).rows()[0].price_date is None
    assert spending(usage(), price=None).rows()[0].price_date is None


def test_a_finding_costs_its_own_administrations_and_the_baselines_that_all_share() -> None:
    found = spending(
        usage(), usage("evoked", "s1"), usage("evoked", "s2"), usage("evoked", "s3"), usage("control", "s3")
    )
    anger, fear = found.findings()
    assert (anger.emotion, anger.own.n_administrations, anger.own.dollars, anger.baseline) == ("anger", 20, 4, 2)
    assert (fear.emotion, fear.own.dollars, fear.baseline, fear.dollars) == ("fear", 2, 2, 4)
    assert (anger.narrower, anger.why) == (None, NO_INTERVAL)


def test_in_the_paired_design_each_emotion_has_baselines_of_its_own() -> None:
    paired = {"design": "paired"}
    found = spending(
        usage(**paired),
        usage("evoked", "s1", **paired),
        usage("evoked", "s2", **paired),
        usage("evoked", "s3", **paired),
    )
    anger, fear = found.findings()
    assert (anger.baseline, fear.baseline) == (pytest.approx(2 * 2 / 3), pytest.approx(2 / 3))


def test_a_narrower_interval_costs_more_by_the_square() -> None:
    assert narrower(3.0, 2.0) == pytest.approx(3.0 * 3)  # 4 times as many in all
    assert narrower(3.0, 2.0, by=0.5) == pytest.approx(3.0 * ((2 / 1.5) ** 2 - 1))
    assert narrower(3.0, 1.0) is None
    assert narrower(3.0, 0.4) is None


def test_findings_with_their_intervals(tmp_path: Path) -> None:
    study = Study(respondents="uniform", emotions="fear, anger", situations_per_factor=2, baseline_repeats=10)
    run(study, tmp_path / "s.db")
    with Store(tmp_path / "s.db") as store:
        blocks, found = analyse(store).changes(), spending_of(store)
    rows = {row.emotion: row for row in blocks[0].rows if row.kind == "emotion"}
    for one in found.findings(blocks):
        contrasts = rows[one.emotion].contrasts
        widths = {key: ((c.high or 0) - (c.low or 0)) / 2 for key, c in contrasts.items()}
        assert one.half_width == max(widths.values())
        assert widths[str(one.subscale)] == one.half_width
        assert one.narrower == 0 or one.why == TOO_NARROW
    twice = found.findings((*blocks, *blocks))
    assert {one.why for one in twice} == {SEVERAL}
