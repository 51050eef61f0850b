"""Respondents whose truth is known, through the whole chain: what went in must come out."""

from __future__ import annotations

import asyncio
import importlib.util
import math
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import pytest

from change_helpers import SCHEMA
from emotionbench import Study, analyse, run
from emotionbench.comparisons.alignment import Alignment, alignments
from emotionbench.comparisons.parts import parts_to_compare
from emotionbench.comparisons.people import People
from emotionbench.comparisons.profiles import Profiles, profiles
from emotionbench.engine.lane import Wordings
from emotionbench.engine.run import prepare
from emotionbench.imports.emotionbench_crowd import read_crowd
from emotionbench.imports.recording import Recording
from emotionbench.materials import catalogue
from emotionbench.materials.norms import Norm
from emotionbench.parsing import parse
from emotionbench.records import Condition
from emotionbench.scoring import score
from emotionbench.statistics.alignment import alignment
from emotionbench.statistics.contrasts import Moments, welch_t
from emotionbench.statistics.estimate import Estimate

Z_99, Z_999 = 2.5758, 3.2905
ROOT = Path(__file__).parents[1]


def standard_error(first: Moments, second: Moments) -> float:
    assert first.sd is not None
    assert second.sd is not None
    return math.sqrt(first.sd**2 / first.n + second.sd**2 / second.n)


@pytest.mark.parametrize("design", ["independent", "paired"])
def test_human_norm_returns_peoples_change_of_every_emotion(design: str, tmp_path: Path) -> None:
    study = Study(
        respondents=["human-norm"],
        situations_per_factor=1,
        repeats=200,
        design=design,
        baseline_repeats=2000 if design == "independent" else None,
    )
    run(study, tmp_path / "store.db")
    (block,) = analyse(tmp_path / "store.db").changes(by="factor")
    norm = catalogue.norm("emotionbench-people")
    emotions = [row for row in block.rows if row.emotion and not row.factor]
    factors = [row for row in block.rows if row.factor]
    assert (len(emotions), len(factors)) == (8, 36)
    beyond_99 = 0
    for row in emotions:
        for key, contrast in row.contrasts.items():
            people = row.people[key]
            assert people is not None
            assert contrast.difference is not None
            # it draws from the means of persons, while people's change beside it is over their situations
            drawn = [norm.factor_row(f.factor or "") for f in factors if f.emotion == row.emotion]
            truth = np.mean([own.subscales[key].change.mean for own in drawn if own])
            off = abs(contrast.difference - truth) / standard_error(block.baseline[key], row.evoked[key])
            assert off < Z_999, (row.label, key)
            beyond_99 += off > Z_99
            of_factors = [f.people[key] for f in factors if f.emotion == row.emotion]
            assert people.change == pytest.approx(np.mean([p.change for p in of_factors if p]))
    assert beyond_99 <= 1  # of 16
    # 72 contrasts at 99.9 %: a handful of misses would mean a wrong factor, not chance
    misses = 0
    for row in factors:
        expected = norm.factor_row(row.factor or "")
        assert expected is not None
        for key, contrast in row.contrasts.items():
            assert contrast.difference is not None
            gap = contrast.difference - expected.subscales[key].change.mean
            misses += abs(gap) > Z_999 * standard_error(block.baseline[key], row.evoked[key])
    assert misses <= 1


def test_constant_returns_exactly_nothing(tmp_path: Path) -> None:
    study = Study(
        respondents=["constant"], instruments=["PANAS", "ECL-8"], repeats=2, kinds=["evoking", "neutral", "positive"]
    )
    run(study, tmp_path / "store.db")
    for protocol in ("standard", "emotionbench-2024"):
        blocks = analyse(tmp_path / "store.db").changes(by="factor", protocol=protocol)
        assert len(blocks) == 2
        for block in blocks:
            for row in block.rows:
                for contrast in row.contrasts.values():
                    assert contrast.difference == 0.0
                    assert contrast.p is None
                    assert contrast.note == "the scores do not vary"


async def _scores(seed: int) -> dict[tuple[Condition, str], list[float]]:
    """One null study of ``uniform``, asked, parsed and scored as the engine does it, without a store."""
    study = Study(respondents=["uniform"], factors=["anger-1"], seed=seed)
    prepared = prepare(study)
    (answerer,) = prepared.answerers
    wordings = Wordings(prepared.materials)
    found: dict[tuple[Condition, str], list[float]] = {}
    for (administration,) in prepared.plan:
        question = wordings.question(administration, attempt=1)
        reply = await answerer.ask(question)
        for subscale in score(parse(reply.text, question.instrument, administration.order), question.instrument):
            assert subscale.value is not None
            found.setdefault((administration.condition, subscale.subscale), []).append(subscale.value)
    return found


def test_a_thousand_null_studies_of_uniform_are_significant_as_often_as_stated() -> None:
    async def p_values() -> list[float]:
        found = []
        for seed in range(1000):
            scores = await _scores(seed)
            contrast = welch_t(scores[Condition.BASELINE, "negative"], scores[Condition.EVOKED, "negative"])
            assert contrast.p is not None
            found.append(contrast.p)
        return found

    p = np.array(asyncio.run(p_values()))
    assert 0.035 < np.mean(p < 0.05) < 0.065
    assert 0.003 < np.mean(p < 0.01) < 0.017


# alignment with people: respondents whose distance from people is known

SPLITS, SEEDS = 40, 20
SUBSCALES = {"PANAS": {"positive": "Positive affect", "negative": "Negative affect"}}


class Answered(NamedTuple):
    """Sessions: their situations and factors, and scores before and after by subscale, each of shape (sessions,)."""

    situations: Sequence[str]
    factors: Sequence[str]
    before: dict[str, Any]
    after: dict[str, Any]


def labelled(answered: Answered) -> pl.DataFrame:
    """The scores of a synthetic respondent that was asked what people were asked."""
    n = len(answered.situations)
    rows = []
    for condition, scores in ((Condition.BASELINE, answered.before), (Condition.EVOKED, answered.after)):
        is_evoked = condition is Condition.EVOKED
        place = {
            "emotion": [factor.split("-")[0] for factor in answered.factors],
            "factor": answered.factors,
            "factor_name": answered.factors,
            "situation": answered.situations,
            "situation_kind": ["evoking"] * n,
            "situation_set": ["emotionbench"] * n,
        }
        rows += [
            pl.DataFrame(
                {
                    "administration": [f"{condition} {number}" for number in range(n)],
                    "respondent": "someone",
                    "kind": "synthetic",
                    "instrument": "PANAS",
                    "protocol": "plain",
                    "design": "paired",
                    "condition": str(condition.value),
                    **(place if is_evoked else dict.fromkeys(place, [None] * n)),
                    "session": [str(number) for number in range(n)],
                    "repeat": 0,
                    "outcome": "answered",
                    "subscale": subscale,
                    "value": values,
                    "n_valid": 10,
                    "n_items": 10,
                },
                schema=SCHEMA,
            )
            for subscale, values in scores.items()
        ]
    return pl.concat(rows)


def aligned(answered: Answered, norm: Norm) -> Alignment:
    (found,) = alignments(labelled(answered), SUBSCALES, [norm])
    return found


def headline(answered: Answered, norm: Norm) -> Estimate:
    """The headline of ``aligned`` alone, in a fraction of the time."""
    (part,) = parts_to_compare(labelled(answered), SUBSCALES)
    found = profiles(part, People(norm), tuple(part.factors), tuple(SUBSCALES["PANAS"]), is_made_from_norm=False)
    assert isinstance(found, Profiles)
    return alignment(found.changes, found.people, found.errors, df=found.df)


def holds(found: Estimate, value: float) -> bool:
    """Whether the interval holds a value; an open end reaches everywhere, and what claims nothing holds anything."""
    return not found.excludes(value)


@cache
def make_norms() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_norms", ROOT / "tools" / "make_norms.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    # how far people agree with people is not looked at here
    vars(module)["N_SPLITS"] = 2
    return module


@pytest.fixture(scope="module")
def crowd(upstream: Path) -> Recording:
    return read_crowd(upstream / "EmotionBench" / "results" / "PANAS Test" / "crowd.xlsx")


def answered_by(people: Any) -> Answered:
    before, after = (
        {key: people.scores[condition, key] for key in people.subscales}
        for condition in (Condition.BASELINE, Condition.EVOKED)
    )
    return Answered(people.situations, people.factors, before, after)


def halves(situations: Sequence[str], rng: Any) -> tuple[Any, Any]:
    """Numbers of people, split at random within each situation."""
    codes = np.unique(situations, return_inverse=True)[1]
    order = np.lexsort((rng.random(codes.size), codes))
    first = np.searchsorted(codes[order], np.arange(codes.max() + 1))
    rank = np.empty(codes.size, dtype=int)
    rank[order] = np.arange(codes.size) - first[codes[order]]
    side = (rank + rng.integers(0, 2, codes.max() + 1)[codes]) % 2
    return np.flatnonzero(side == 0), np.flatnonzero(side == 1)


def of_people(crowd: Recording, chosen: Any) -> Recording:
    """Only some of the people, each of whom has two administrations."""
    kept = [one for person in chosen for one in crowd.administrations[2 * person : 2 * person + 2]]
    return replace(crowd, administrations=tuple(kept))


def test_one_half_of_people_is_as_close_to_the_other_as_people_are(crowd: Recording) -> None:
    """Over random splits within situations.

    The figure is 1 − D / V with both without bias; V, of 3 or 4 people a situation, varies by a quarter of itself and
    with D, so that the mean of ratios lies above 1 (1.09 over 3,000 splits) where D itself is about 0.
    """
    tools = make_norms()
    everyone = tools.People(crowd)
    assert everyone.n_excluded == 0
    rng = np.random.default_rng(12)
    headlines = []
    for _ in range(SPLITS):
        one, other = halves(everyone.situations, rng)
        norm = tools.norm_of(of_people(crowd, one), "0" * 64)
        answered = answered_by(tools.People(of_people(crowd, other)))
        headlines.append(headline(answered, norm))
    whole = aligned(answered, norm)
    assert (whole.n_factors, whole.shares_situations) == (36, True)
    assert whole.headline.value == pytest.approx(headlines[-1].value)
    values = [found.value for found in headlines if found.value is not None]
    # of half the people, factors do not always differ beyond chance, and then nothing is claimed
    assert len(values) >= 0.85 * SPLITS
    assert np.mean([holds(found, 1) for found in headlines if found.value is not None]) >= 0.9
    assert np.median(values) == pytest.approx(1, abs=0.1)
    assert np.mean(values) == pytest.approx(1, abs=0.15)


def test_peoples_average_change_given_everywhere_is_0(crowd: Recording) -> None:
    """The best answer that ignores the situation, by sessions that vary as people's do."""
    tools = make_norms()
    everyone = tools.People(crowd)
    norm = tools.norm_of(crowd, "0" * 64)
    people = answered_by(everyone)
    factors = [row for row in norm.rows if row.factor]
    rng = np.random.default_rng(2)
    headlines = []
    for _ in range(SEEDS):
        after = {}
        for key, before in people.before.items():
            average = np.mean([row.subscales[key].change.mean for row in factors])
            spread = np.mean([row.subscales[key].change.sd for row in factors])
            after[key] = before + average + rng.normal(0, spread, len(before))
        headlines.append(headline(people._replace(after=after), norm))
    assert np.mean([holds(found, 0) for found in headlines]) >= 0.9
    assert not any(holds(found, 1) for found in headlines)
    values = [found.value for found in headlines if found.value is not None]
    assert len(values) == SEEDS
    assert np.mean(values) == pytest.approx(0, abs=0.1)
    # without any noise of its own, a point away from these very people's average as other people's would be
    after = {
        key: before + np.mean([row.subscales[key].change.mean for row in factors]) + side * 0.5
        for (key, before), side in zip(people.before.items(), (1, -1), strict=True)
    }
    assert holds(headline(people._replace(after=after), norm), 0)


def test_these_very_peoples_average_change_without_any_variation_is_0(crowd: Recording) -> None:
    tools = make_norms()
    norm = tools.norm_of(crowd, "0" * 64)
    people = answered_by(tools.People(crowd))
    factors = [row for row in norm.rows if row.factor]
    after = {
        key: before + np.mean([row.subscales[key].change.mean for row in factors])
        for key, before in people.before.items()
    }
    assert holds(headline(people._replace(after=after), norm), 0)


@pytest.mark.parametrize("design", ["independent", "paired"])
def test_through_the_whole_chain_human_norm_is_people_and_constant_is_far_from_them(
    design: str, tmp_path: Path
) -> None:
    run(Study(respondents=["human-norm", "constant"], repeats=3, design=design), tmp_path / "store.db")
    found = analyse(tmp_path / "store.db").findings(sections=("alignments",))
    assert found.problems == ()
    by_name = {one.respondent: one for one in found.alignments}
    human, constant = by_name["human-norm"], by_name["constant"]
    assert (human.is_made_from_norm, constant.is_made_from_norm) == (True, False)
    assert human.headline.value is not None
    assert holds(human.headline, 1)
    assert not holds(human.headline, 0)
    assert human.verdict.startswith("Not told apart from people")
    assert not human.calm.excludes(0)
    assert all(not gap.contrast.p or gap.contrast.p > 0.001 for gap in human.baseline.values())
    assert constant.headline.high is not None
    assert constant.headline.high < 0
    assert constant.verdict.startswith("Farther from people than their average change")


@pytest.mark.parametrize("design", ["independent", "paired"])
def test_few_answers_of_human_norm_leave_1_within_the_interval(design: str, tmp_path: Path) -> None:
    # every respondent draws anew, since draws are seeded by the administration and that names the respondent
    copies = [{"id": "human-norm", "name": f"human-norm {number}"} for number in range(SEEDS)]
    run(Study(respondents=copies, situations_per_factor=2, repeats=1, design=design), tmp_path / "store.db")
    headlines = [one.headline for one in analyse(tmp_path / "store.db").findings(sections=("alignments",)).alignments]
    assert len({found.value for found in headlines}) == SEEDS
    assert sum(found.value is not None for found in headlines) >= 0.9 * SEEDS
    assert np.mean([holds(found, 1) for found in headlines]) >= 0.85
