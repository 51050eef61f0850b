"""Replies read in columns are read exactly as one by one."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from emotionbench.errors import StudyError
from emotionbench.materials.instruments import Instrument
from emotionbench.materials.original_instruments import convert_questionnaires
from emotionbench.parsing import parse
from emotionbench.parsing.columns import STATUSES, ColumnParser
from emotionbench.parsing.reply_parser import ReplyParser
from emotionbench.records import Answer, AnswerStatus
from parsing_helpers import ECL, PANAS, STATEMENTS, made_up

Order = tuple[int, ...]
Sheet = tuple[str, Order]

NUMBERS = made_up(["2. is my number", "1", "1. 3", "I have 3: no more. 2", "Warm"], 0, 10)
BELOW_ZERO = made_up(["Calm", "Very calm", "calm: 1"], -2, 2, {-2: "never", 2: "Calm"})
ONE = made_up(["Calm"])
INSTRUMENTS = {
    "PANAS": PANAS,
    "ECL": ECL,
    "STATEMENTS": STATEMENTS,
    "NUMBERS": NUMBERS,
    "BELOW": BELOW_ZERO,
    "ONE": ONE,
}
PARSERS = {name: ColumnParser(instrument) for name, instrument in INSTRUMENTS.items()}

FORMS = ["{t}: {v}", "{i}. {t}: {v}", "{i}: {t}: {v}", "{i}. {v}", "{i}: {v}"]
NEARLY = [
    "0{i}. {v}", "{i}. {v} ", " {t}: {v}", "{t}:{v}", "{t}: 0{v}", "{t}: {v}.", "{i}) {v}", "{i}: {v}: {v}", "٣. {v}",
    "{v}. {t}: {v}", "{v}: {v}", "{t}: {t}: {v}", "{t}: ", "{i}. ", "{t}: {v}\r", "{t}: +{v}", "{t}\x85: {v}", "1. 1",
    "{t}: 10", "{t}: 11", "99. {v}", "{t}: -1", "",
]  # fmt: skip
ODD = ["I'm sorry, but as an AI I have no feelings.", "", "3\n" * 20, '{"Calm": 2}', "<think>1: 3</think>", "N/A", "\n"]
AROUND = ["", " ", "\n", "\n\n", "\x1c", "\u3000", "\u200b", "\t\r\n", "Here you are:\n", "\ufeff"]


def line(form: str, instrument: Instrument, place: int, number: int, value: int) -> str:
    return form.format(i=place, t=instrument.text(number), v=value)


@st.composite
def sheets(draw: st.DrawFn, instrument: Instrument) -> Sheet:
    """A reply that is ordinary, nearly so, or not at all, and the order shown."""
    order = tuple(draw(st.permutations(range(1, instrument.n_items + 1))))
    if draw(st.integers(0, 9)) == 0:
        return draw(st.sampled_from(ODD) | st.text(max_size=20)), order
    scale = instrument.response_scale
    form = draw(st.sampled_from(FORMS) | st.none())
    values = draw(st.lists(st.integers(scale.lowest, scale.highest), min_size=len(order), max_size=len(order)))
    lines = [
        line(form or draw(st.sampled_from(FORMS)), instrument, place, number, value)
        for place, (number, value) in enumerate(zip(order, values, strict=True), 1)
    ]
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(lines) - 1))
        number = draw(st.integers(1, instrument.n_items))
        lines[at] = line(draw(st.sampled_from(FORMS + NEARLY)), instrument, at + 1, number, values[at % len(values)])
    if draw(st.booleans()):
        lines = draw(st.permutations(lines))
    return draw(st.sampled_from(AROUND)) + "\n".join(lines) + draw(st.sampled_from(AROUND)), order


def read(parser: ColumnParser, asked: Sequence[Sheet]) -> list[tuple[tuple[Answer, ...], tuple[int, ...]]]:
    """The answers of each sheet as records, and the positions in the order of items."""
    replies = pl.Series([reply for reply, _ in asked], dtype=pl.String)
    found = parser.parse(replies, pl.Series([" ".join(map(str, order)) for _, order in asked], dtype=pl.String))
    statuses = [[AnswerStatus(STATUSES[code]) for code in row] for row in found.statuses.tolist()]
    answers = [
        tuple(
            Answer(number, value if status is AnswerStatus.VALID else None, status)
            for number, (value, status) in enumerate(zip(*row, strict=True), 1)
        )
        for row in zip(found.values.tolist(), statuses, strict=True)
    ]
    return list(zip(answers, map(tuple, found.positions.tolist()), strict=True))


def one_by_one(instrument: Instrument, asked: Sequence[Sheet]) -> list[tuple[tuple[Answer, ...], tuple[int, ...]]]:
    numbers = range(1, instrument.n_items + 1)
    return [
        (parse(reply, instrument, order), tuple(order.index(number) + 1 for number in numbers))
        for reply, order in asked
    ]


@pytest.mark.parametrize("name", INSTRUMENTS)
@given(st.data())
@settings(max_examples=60, deadline=None)
def test_columns_read_what_is_read_one_by_one(name: str, data: st.DataObject) -> None:
    instrument = INSTRUMENTS[name]
    asked = data.draw(st.lists(sheets(instrument), max_size=6))
    assert read(PARSERS[name], asked) == one_by_one(instrument, asked)


@given(st.text(max_size=30))
@example("Calm: 1")
@example("1. 1\x1c")
@example("\x1fCalm: 1")
@example("Calm: 4")
def test_any_text_is_read_alike(text: str) -> None:
    asked = [(text, (1,)), (f"{text}Calm: 2", (1,)), (f"1: 2{text}", (1,))]
    assert read(PARSERS["ONE"], asked) == one_by_one(ONE, asked)


def test_what_python_takes_for_a_blank_is_taken_off_both_ends() -> None:
    blanks = [chr(code) for code in range(0x3100) if chr(code).isspace()]
    asked = [(f"{blank}1: 2{blank}", (1,)) for blank in blanks]
    parser = ColumnParser(ONE)
    parser._parser = Watched(ONE)
    assert [answers[0].value for answers, _ in read(parser, asked)] == [2] * len(blanks)


class Watched(ReplyParser):
    """Keeps what it is asked to read."""

    def __init__(self, instrument: Instrument) -> None:
        super().__init__(instrument)
        self.asked: list[Sheet] = []

    def parse(self, reply: str, order: Sequence[int]) -> tuple[Answer, ...]:
        self.asked.append((reply, tuple(order)))
        return super().parse(reply, order)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["PANAS", "ECL"])
def test_ordinary_replies_are_never_read_one_by_one(name: str, form: str) -> None:
    instrument = INSTRUMENTS[name]
    parser = ColumnParser(instrument)
    parser._parser = careful = Watched(instrument)
    order = tuple(range(instrument.n_items, 0, -1))
    reply = "\n".join(line(form, instrument, place, number, 1 + number % 5) for place, number in enumerate(order, 1))
    ((answers, positions),) = read(parser, [(f"\n{reply} \n", order)])
    assert [answer.value for answer in answers] == [1 + number % 5 for number in sorted(order)]
    assert positions == order
    assert careful.asked == []


def test_odd_replies_that_are_alike_are_read_once() -> None:
    parser = ColumnParser(ECL)
    parser._parser = careful = Watched(ECL)
    forward, backward = tuple(range(1, 9)), tuple(range(8, 0, -1))
    asked = [("No.", forward), ("No.", backward), ("No.", forward), ("N/A", forward), ("No.", forward)]
    assert read(parser, asked) == one_by_one(ECL, asked)
    assert sorted(careful.asked) == sorted({("No.", forward), ("No.", backward), ("N/A", forward)})


def test_numbers_and_texts_that_belong_to_different_items_are_not_ordinary() -> None:
    forward, backward = tuple(range(1, 9)), tuple(range(8, 0, -1))
    reply = "\n".join(line("{i}. {t}: {v}", ECL, number, number, 2) for number in forward)
    asked = [(reply, forward), (reply, backward)]
    found = read(PARSERS["ECL"], asked)
    assert found == one_by_one(ECL, asked)
    assert [answers[0].status for answers, _ in found] == [AnswerStatus.VALID, AnswerStatus.UNPARSEABLE]


NO_ORDERS = [
    (1, 2, 3, 4, 5, 6, 6), (1, 2, 3, 4, 5, 6, 7, 7), (0, 1, 2, 3, 4, 5, 6, 7), (1, 2, 3, 4, 5, 6, 7, 9), (9,) * 8,
    (1, 2, 3, 4, 5, 6, 7, 8, 8), (1, 2, 3, 4, 5, 6, 7, 70_000), (-1, 2, 3, 4, 5, 6, 7, 8),
]  # fmt: skip
BY_TEXT = "\n".join(f"{item.text}: 1" for item in ECL.items)


@pytest.mark.parametrize("order", NO_ORDERS)
@pytest.mark.parametrize("reply", [BY_TEXT, "\n".join(f"{place}: 1" for place in range(1, 9)), "No."])
def test_an_order_that_does_not_hold_each_item_once_is_an_error(order: Order, reply: str) -> None:
    with pytest.raises(StudyError, match="does not hold each item once"):
        read(PARSERS["ECL"], [(reply, tuple(range(1, 9))), (reply, order)])


def test_no_replies_give_no_rows() -> None:
    found = PARSERS["PANAS"].parse(pl.Series([], dtype=pl.String), pl.Series([], dtype=pl.String))
    assert found.values.shape == found.statuses.shape == found.positions.shape == (0, 20)


def test_the_originals_questionnaires_are_read_alike(upstream: Path) -> None:
    instruments = convert_questionnaires(upstream / "EmotionBench" / "questionnaires.json")
    assert len(instruments) == 9
    for instrument in instruments.values():
        asked = made_sheets(instrument, 60)
        assert read(ColumnParser(instrument), asked) == one_by_one(instrument, asked)


def made_sheets(instrument: Instrument, n: int) -> list[Sheet]:
    """Sheets in every form, one in three of them with a line that is not as the others; always the same."""
    chance, scale, made = random.Random(1), instrument.response_scale, []
    for count in range(n):
        order = tuple(chance.sample(range(1, instrument.n_items + 1), instrument.n_items))
        form = FORMS[count % len(FORMS)]
        values = [chance.randint(scale.lowest, scale.highest) for _ in order]
        lines = [
            line(form, instrument, place, number, value)
            for place, (number, value) in enumerate(zip(order, values, strict=True), 1)
        ]
        if count % 3 == 0:
            at = chance.randrange(len(lines))
            lines[at] = line(chance.choice(FORMS + NEARLY), instrument, at + 1, chance.choice(order), values[at])
        made.append(("\n".join(lines), order))
    return made
