"""Findings: every section of every respondent, and nothing but figures or reasons."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from change_helpers import SCHEMA, norm
from emotionbench.comparisons.change import change_blocks
from emotionbench.comparisons.findings import SECTIONS, Findings, Frames, findings, subscale_names
from emotionbench.comparisons.inference import Inference
from emotionbench.errors import EmotionBenchError
from emotionbench.materials.instruments import Instrument
from emotionbench.materials.norms import Norm
from style_helpers import Filled

MOOD = Instrument.model_validate(
    {
        "id": "MOOD",
        "name": "Mood",
        "edition": "first",
        "language": "en",
        "validated": False,
        "source": "Made up for the tests.",
        "licence": "Apache-2.0",
        "instructions": "How do you feel?",
        "response_scale": {"lowest": 1, "highest": 5},
        "items": ["glad", "gloomy", "merry", "angry"],
        "subscales": {
            "up": {"name": "Up", "items": [1, 2, 3], "reverse": [2]},
            "down": {"name": "Down", "items": [4]},
        },
        "score": {"rule": "sum"},
    }
)
FACTORS = ("anger-1", "anger-2", "fear-1", "fear-2")
Sheet = tuple[int | str, ...]


def place(situation: str) -> dict[str, Any]:
    """The labels of an evoking situation such as fear-1-2."""
    emotion, number, _ = situation.split("-")
    factor = f"{emotion}-{number}"
    return {"emotion": emotion, "factor": factor, "factor_name": factor, "situation_kind": "evoking"}


class Store:
    """Answer sheets of several respondents, as an analysis gives them."""

    def __init__(self) -> None:
        self.filled: list[Filled] = []

    def respondent(self, name: str, **constant: Any) -> Filled:
        self.filled.append(Filled(MOOD, respondent=name, repeat=0, **constant))
        return self.filled[-1]

    def frames(self) -> Frames:
        administrations, answers, scores = (
            pl.concat(list(part)) for part in zip(*(one.frames() for one in self.filled), strict=True)
        )
        labels = administrations.drop("n_valid", "n_items")
        labelled = labels.join(
            scores.with_columns(n_valid=pl.lit(1, pl.Int64), n_items=pl.lit(1, pl.Int64)),
            on="administration",
            maintain_order="left_right",
        )
        return Frames(administrations, answers, scores, labelled.select(list(SCHEMA)), {"MOOD": MOOD})


def people(**changes: Any) -> Norm:
    situations = [
        {
            "situation": f"{factor}-{number}",
            "factor": factor,
            "n": 5,
            "change": {"up": -float(index * 2 + number), "down": float(index + 2 * number)},
            "evoked": {"up": 8.0, "down": 6.0},
        }
        for index, factor in enumerate(FACTORS)
        for number in (1, 2)
    ]
    factors = {factor: (-float(index * 2), 10) for index, factor in enumerate(FACTORS)}
    return norm(factors, **{"situations": situations, "situation_set": "tiny", **changes})


def two(seed: int = 0) -> Store:
    """Two respondents with random answers to two repeats of two situations of each factor."""
    rng = np.random.default_rng(seed)
    store = Store()
    for name in ("a", "b"):
        one = store.respondent(name)
        for _ in range(4):
            one.baseline(rng.integers(1, 6, 4).tolist())
        for factor in FACTORS:
            for number in (1, 2):
                for repeat in (0, 1):
                    situation = f"{factor}-{number}"
                    one.evoked(situation, rng.integers(1, 6, 4).tolist(), **{**place(situation), "repeat": repeat})
    return store


def found_in(store: Store, **options: Any) -> Findings:
    found = findings(store.frames(), options.pop("norms", [people()]), Inference(), **options)
    json.dumps(asdict(found), allow_nan=False)
    return found


def test_every_section_is_made_of_every_respondent() -> None:
    found = found_in(two())
    assert found.problems == ()
    assert [one.respondent for one in found.changes] == ["a", "b"]
    assert [one.respondent for one in found.alignments] == ["a", "b"]
    assert {one.respondent for one in found.styles} == {"a", "b"}
    assert {one.respondent for one in found.precisions} == {"a", "b"}
    assert {one.respondent for one in found.reliabilities} == {"a", "b"}
    assert {(one.respondents, one.subscale) for one in found.side_by_side} == {(("a", "b"), "up"), (("a", "b"), "down")}
    # subscales are no emotions here
    assert found.specificities == ()


def test_sections_are_what_they_are_alone() -> None:
    store = two()
    whole = found_in(store)
    blocks = change_blocks(
        store.frames().labelled_scores, subscale_names({"MOOD": MOOD}), [people()], by="factor", not_validated={"MOOD"}
    )
    assert whole.changes == blocks
    for section in SECTIONS:
        alone = found_in(store, sections=(section,))
        assert getattr(alone, section) == getattr(whole, section)
        assert not any(getattr(alone, other) for other in SECTIONS if other != section)


def test_one_respondent_is_what_it_is_among_others() -> None:
    sections = ("changes", "alignments", "styles", "reliabilities", "precisions")
    whole, alone = found_in(two()), found_in(two(), respondents=["b"], sections=sections)
    for section in sections:
        assert list(getattr(alone, section)) == [one for one in getattr(whole, section) if one.respondent == "b"]
    assert found_in(two(), respondents=["nobody"], sections=("changes",)).changes == ()


def test_names_and_margins_are_passed_on() -> None:
    assert subscale_names({"MOOD": MOOD}) == {"MOOD": {"up": "Up", "down": "Down"}}
    found = found_in(two(), margin=0.5, made_from=[("a", "people")])
    assert [one.is_made_from_norm for one in found.alignments] == [True, False]
    assert {margin for one in found.alignments for margin in one.margins.values()} == {0.5}
    assert found.inference == Inference()
    assert {block.validated for block in found.changes} == {False}
    with pytest.raises(EmotionBenchError, match="is not a number above 0"):
        found_in(two(), margin=0.0)


def test_a_problem_with_one_respondent_leaves_the_others() -> None:
    store = two()
    frames = store.frames()
    # scores that no instrument can give, of b alone
    is_broken = (pl.col("respondent") == "b") & (pl.col("condition") == "evoked")
    value = pl.when(is_broken).then(float("nan")).otherwise("value")
    broken = Frames(**{**vars(frames), "labelled_scores": frames.labelled_scores.with_columns(value=value)})
    sections = ("precisions", "side_by_side")
    found = findings(broken, [people()], Inference(), sections=sections)
    assert found.precisions == tuple(one for one in found_in(store).precisions if one.respondent == "a")
    assert [problem.partition(":")[0] for problem in found.problems] == [
        "precisions of b",
        "side by side of all respondents",
    ]
    assert all(problem.partition(": ")[2] for problem in found.problems)


def test_a_norm_of_other_subscales_leaves_the_changes() -> None:
    content = people().model_dump_json().replace('"up"', '"joy"').replace('"down"', '"gloom"')
    found = found_in(two(), norms=[Norm.model_validate_json(content)])
    assert len(found.changes) == 2
    assert {one.headline.why for one in found.alignments} == {"people did not answer any of these subscales"}
    assert found.problems == ()


def test_an_empty_store() -> None:
    nothing = Store()
    nothing.respondent("a")
    assert found_in(nothing) == Findings(Inference())


@pytest.mark.parametrize(
    "sheet",
    [("refused",) * 4, ("missing",) * 4, (), (3, 3, 3, 3), (1, 5, 1, 1), (5, 1, 5, 5)],
    ids=["refused", "missing", "no reply", "midpoint", "floor", "ceiling"],
)
@pytest.mark.parametrize("design", ["independent", "paired"])
def test_respondents_that_say_one_thing_only_have_reasons(sheet: Sheet, design: str) -> None:
    store = two()
    store.filled[1] = Filled(MOOD, respondent="b", repeat=0, design=design)
    one = store.filled[1]
    for factor in FACTORS:
        for number in (1, 2):
            session = f"{factor}-{number}" if design == "paired" else None
            one.baseline(sheet, session=session)
            one.evoked(f"{factor}-{number}", sheet, session=session, **place(f"{factor}-{number}"))
    found = found_in(store)
    assert found.problems == ()
    assert [block.respondent for block in found.changes] == ["a", "b"]
    assert found.changes[0] == found_in(two()).changes[0]
    for row in found.changes[1].rows:
        assert all(contrast.p is None and contrast.note for contrast in row.contrasts.values())


# nothing is ever infinite or not a number

ANSWERS = st.sampled_from([1, 2, 3, 4, 5, 5, 5, "refused", "missing", "out_of_range"])
SHEETS = st.one_of(
    st.tuples(ANSWERS, ANSWERS, ANSWERS, ANSWERS), st.just(()), st.sampled_from([(3, 3, 3, 3), (1, 5, 1, 1)])
)
SITUATIONS = st.sampled_from([f"{factor}-{number}" for factor in (*FACTORS, "awe-1") for number in (1, 2)])
ASKED = st.tuples(st.sampled_from(["a", "b"]), SITUATIONS, SHEETS, st.integers(0, 1))
KINDS = st.sampled_from(["independent", "paired"])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(
    st.lists(st.tuples(st.sampled_from(["a", "b"]), SHEETS), max_size=6),
    st.lists(ASKED, max_size=14),
    KINDS,
    st.sampled_from(["tiny", "theirs"]),
    st.booleans(),
)
def test_no_figure_is_ever_infinite_or_not_a_number(
    baselines: list[tuple[str, Sheet]], asked: list[Any], design: str, their_set: str, has_situations: bool
) -> None:
    store = Store()
    by_name = {name: store.respondent(name, design=design) for name in ("a", "b")}
    for name, sheet in baselines:
        by_name[name].baseline(sheet, session=f"alone {name}" if design == "paired" else None)
    for number, (name, situation, sheet, repeat) in enumerate(asked):
        session = str(number) if design == "paired" else None
        if session is not None:
            by_name[name].baseline((1 + number % 5, 2, 3, 3), session=session)
        by_name[name].evoked(situation, sheet, session=session, **{**place(situation), "repeat": repeat})
    more: dict[str, Any] = {} if has_situations else {"situations": []}
    found = found_in(store, norms=[people(situation_set=their_set, **more)], made_from=[("b", "people")])
    assert found.problems == ()
