"""Readings taken apart in columns tell what they tell when they are read one by one."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotionbench.materials import catalogue
from emotionbench.materials.forms import Form
from emotionbench.materials.instruments import Instrument
from emotionbench.parsing import told_columns
from emotionbench.parsing.distribution_columns import gathered_of_known, gathered_of_listed, settled
from emotionbench.parsing.probabilities import Distribution, DistributionReader, Why
from emotionbench.parsing.probability_columns import READ, REASONS, ReadingParser
from emotionbench.parsing.spelling_columns import Speller
from emotionbench.parsing.spellings import Spellings
from told_helpers import known, listed

PANAS = catalogue.instrument("PANAS")


def scaled(lowest: int, highest: int) -> Instrument:
    scale = PANAS.response_scale.model_copy(update={"lowest": lowest, "highest": highest, "labels": {}})
    return PANAS.model_copy(update={"response_scale": scale})


def signs(kind: str, order: str = "ascending") -> Form:
    return Form(answers="logprobs", option_labels=kind, option_order=order)


MANNERS: dict[str, tuple[Instrument, Form | None]] = {
    "to five": (PANAS, None),
    "to ten": (scaled(0, 10), None),
    "negative": (scaled(-2, 2), None),
    "to a hundred": (scaled(0, 100), None),
    "letters": (PANAS, signs("a")),
    "letters downwards": (PANAS, signs("A", "descending")),
    "word i": (PANAS, signs("i")),
    "sign I": (PANAS, signs("I")),
}
NUMBERS = ["1", "2", "3", "4", "5", "0", "10", "-1", "-2", "+1", "+", "-", "6", "35", "3.5", "03", "100"]
SIGNS = ["a", "b)", "(c", "D", "e", "i", "I", "ii", "II", "iii)", "IV", "v", "a little"]
ODD = [
    "１",
    "٣",
    "▁3",
    "Ġ2",
    " 1",
    " 10",
    "\n4",
    '"',
    '"3',
    '3"',
    '\\"',
    "\\",
    "\\3",
    "",
    " ",
    "(",
    "[",
    "[3]",
    "]",
    "}",
]
ODDER = ["{3", '], ["', "], [", "]]}", '", ', '", -0.5', '": ', '"3", -0.5], ["4', "\x00", "\ud800", "</s>", "3.", "−2"]
TEXTS = st.one_of(*(st.sampled_from(some) for some in (NUMBERS, SIGNS, ODD, ODDER)), st.text(max_size=4))
EXACT = [0, 0.0, -0.0, -1, -9999.0, -745.0, -745.2, -700.0, 0.01, math.log(1.02), 800.0, math.inf, -math.inf, math.nan]


def chances(n: int) -> st.SearchStrategy[list[float]]:
    """Numbers that mostly sum to 1 or less, over several powers of ten."""
    powers = st.lists(st.floats(-8, 0), min_size=n, max_size=n)
    room = st.sampled_from([1.0, 1.0, 0.999, 0.5, 1.02, 1.0200000001, 1e-200, 1.3])
    return st.builds(lambda p, r: [r * 10**one / sum(10**other for other in p) for one in p], powers, room)


@st.composite
def tokens(draw: st.DrawFn, like: list[str]) -> list[list[Any]]:
    """Tokens with their log-probabilities, the usual ones of a manner among them."""
    texts = draw(st.lists(st.one_of(st.sampled_from(like), TEXTS), min_size=1, max_size=12))
    found = [[text, math.log(p)] for text, p in zip(texts, draw(chances(len(texts))), strict=True)]
    for place in draw(st.lists(st.integers(0, len(texts) - 1), max_size=1)):
        found[place][1] = draw(st.sampled_from(EXACT))
    return found


@st.composite
def readings(draw: st.DrawFn) -> str:
    """A reading as we write it, nearly as we write it, or hardly."""
    like = draw(st.sampled_from([NUMBERS[:5], NUMBERS, SIGNS, ["1", " 1", "0", "2"]]))
    told: dict[str, Any] = {"item": draw(st.sampled_from([1, 7, 20, 21, 0, True, 10000, "7", None]))}
    told["item"] = draw(st.sampled_from([7, 7, 7, told["item"]]))
    told["source"] = draw(st.sampled_from(["vocabulary", "vocabulary", "masked", "anchors", "guess"]))
    if draw(st.integers(0, 3)):
        afters = [
            "",
            *draw(st.lists(st.one_of(st.sampled_from(["1", " 1", "-", "+", " ", '"', "I", ""]), TEXTS), max_size=3)),
        ]
        told["steps"] = [
            {"after": after, "tokens": draw(tokens(like))} for after in afters[draw(st.integers(0, 9)) == 9 :]
        ]
    else:
        keys = draw(st.lists(st.one_of(st.sampled_from(like), TEXTS), max_size=8, unique=True))
        told["probabilities"] = dict(zip(keys, draw(chances(max(len(keys), 1))), strict=False))
    if draw(st.booleans()):
        told["mass"] = draw(st.sampled_from([0.9, 1, 1.01, 0.0, 1.5, -0.1, None, True, "1"]))
    compact = draw(st.integers(0, 9)) == 9
    text = json.dumps(told, ensure_ascii=draw(st.booleans()), separators=(",", ":") if compact else None)
    return draw(st.sampled_from([text] * 9 + [text[:-1]])).encode("utf-8", "replace").decode()


def same(told: list[str | None], manner: str) -> int:
    """Assert that columns say what single readings say; how many have a distribution."""
    instrument, form = MANNERS[manner]
    reader, items = DistributionReader(instrument, form), np.full(len(told), 7)
    found = ReadingParser(instrument, form).parse(pl.Series(told, dtype=pl.String), items)
    span = instrument.response_scale.highest - instrument.response_scale.lowest
    n_read = 0
    for place, text in enumerate(told):
        one = reader.read(text)
        if isinstance(one, Distribution) and one.item == 7:
            n_read += 1
            assert found.codes[place] == READ, text
            mean, variance = one.moments
            assert found.expected[place] == pytest.approx(mean, rel=0, abs=1e-12 * span), text
            assert found.variances[place] == pytest.approx(variance, rel=0, abs=1e-12 * span**2), text
            mass = math.nan if one.mass is None else one.mass
            assert found.masses[place] == pytest.approx(mass, rel=0, abs=1e-12, nan_ok=True), text
        else:
            why = Why.MALFORMED if isinstance(one, Distribution) else one.why
            assert REASONS[found.codes[place] - 1] == why.value, text
            assert (found.expected[place], found.variances[place], found.masses[place]) == (0, 0, 0)
    return n_read


@pytest.mark.parametrize("manner", MANNERS)
@settings(deadline=None)  # a busy machine is no error
@given(st.lists(st.one_of(readings(), st.none()), max_size=12))
def test_columns_say_what_single_readings_say(manner: str, told: list[str | None]) -> None:
    same(told, manner)


STEP = {"3": 0.5, " 3": 0.1, "１": 0.1, "2.": 0.1, "4": 0.1, '"5': 0.05, "I": 0.04}
ORDINARY = [
    listed(7, STEP),
    listed(7, STEP, source="masked"),
    listed(7, {**STEP, "[": 0.001, "\\": 0.001, "\n": 0.001, '"': 0.001}),
    listed(7, {"I": 0.9}),
    listed(7, {"1": 0.3, "3": 0.3}),
    listed(7, {"3": 1.1}),
    listed(21, STEP),
    known(7, {"3": 0.8, "4": 0.15}),
    known(7, {"3": 0.8, "4": 0.15, "1": 1e-300}, source="anchors", mass=0.95),
    known(7, {"3": 0.8, "6": 0.15}),
    known(7, {"3": 0.0}),
]


def test_what_is_written_as_we_write_it_is_not_read_one_by_one() -> None:
    """Else the columns would be tested by nothing."""
    texts = pl.Series(ORDINARY)
    speller = Speller(Spellings(PANAS.response_scale))
    (of_steps, gathered_steps), (of_known, gathered_known) = (
        (told, gathered(told, speller))
        for told, gathered in (
            (told_columns.listed(texts), gathered_of_listed),
            (told_columns.known(texts), gathered_of_known),
        )
    )
    assert of_steps.rows.tolist() == list(range(7))
    assert of_known.rows.tolist() == list(range(7, 11))
    for told, gathered in ((of_steps, gathered_steps), (of_known, gathered_known)):
        assert not settled(gathered, told, speller.values, 20).is_unsure.any()
    assert same(ORDINARY, "to five") == 5


def test_one_may_begin_ten_in_many_readings_at_once() -> None:
    """Readings of one, two and three steps side by side; two spellings of one beginning share a step."""
    rest = {str(value): 0.05 for value in (0, *range(2, 10))}

    def of(*steps: tuple[str, dict[str, float]]) -> str:
        listing = [{"after": a, "tokens": [[t, math.log(p)] for t, p in found.items()]} for a, found in steps]
        return json.dumps({"item": 7, "source": "vocabulary", "steps": listing})

    behind, blank = ("1", {"0": 0.5, "</s>": 0.3, "5": 0.1}), (" ", {"3": 0.5, "1": 0.4})
    told = [
        of(("", {"1": 0.3, " 1": 0.2, **rest}), behind),
        of(("", {"1": 0.01, **rest, "2": 0.4})),
        of(("", {" ": 0.4, "1": 0.1, **rest}), blank, behind, (" 1", {"0": 0.25, ".": 0.75})),
        of(("", {"1": 0.5, **rest})),
        of(("", {"1": 0.4, "10": 0.05, **rest})),
        of(behind),
        of(("", rest), ("", {"1": 0.3, " 1": 0.2, **rest}), behind),
    ]
    speller = Speller(Spellings(scaled(0, 10).response_scale))
    columns = told_columns.listed(pl.Series(told))
    unsure = settled(gathered_of_listed(columns, speller), columns, speller.values, 20).is_unsure
    assert unsure.tolist() == [False] * 6 + [True]
    assert same(told, "to ten") == 5


def test_figures_do_not_depend_on_what_is_read_beside_them() -> None:
    generator = np.random.default_rng(3)
    told = [listed(7, dict(zip(STEP, shares.tolist(), strict=True))) for shares in generator.dirichlet(np.ones(7), 97)]
    parser = ReadingParser(PANAS)
    whole = parser.parse(pl.Series(told), np.full(97, 7))
    for place, text in enumerate(told):
        alone = parser.parse(pl.Series([text]), np.array([7]))
        assert (alone.expected[0], alone.variances[0], alone.masses[0], alone.codes[0]) == (
            whole.expected[place],
            whole.variances[place],
            whole.masses[place],
            whole.codes[place],
        )


def test_many_blocks_and_repeated_readings_keep_their_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emotionbench.parsing.probability_columns.AT_ONCE", 2)
    told: list[str | None] = [*ORDINARY, None, "{}", *ORDINARY[::-1]]
    assert same(told, "to five") == 10


def test_a_reading_of_another_item_says_nothing() -> None:
    found = ReadingParser(PANAS).parse(pl.Series([listed(7, STEP), listed(7, STEP)]), np.array([7, 8]))
    assert found.codes[0] == READ
    assert (REASONS[found.codes[1] - 1], found.expected[1]) == (Why.MALFORMED.value, 0)
