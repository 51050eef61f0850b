"""Whatever the form, the language and the style of the reply: what was answered is read, what was not is said."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from emotionbench.materials.forms import Form
from emotionbench.materials.instruments import Instrument
from emotionbench.parsing import parse
from emotionbench.parsing.columns import STATUSES, ColumnParser
from emotionbench.parsing.reply_parser import ReplyParser
from emotionbench.records import AnswerStatus
from parsing_helpers import SIGNS
from reply_writing import BARE, JSON, MADE_UP, REFUSALS, SHIPPED, STYLES, Asked, beyond, sheets

INSTRUMENTS = [
    *(pytest.param(instrument, id=instrument.id) for instrument in SHIPPED),
    *(pytest.param(instrument, id=f"made-up-{n}") for n, instrument in enumerate(MADE_UP)),
]
IDENTIFIED = [style for style in STYLES if style != "below the item"]


def read(reply: str, asked: Asked) -> list[int | str]:
    """What was read, in the order of item numbers: the value, or the initial of its status."""
    answers = parse(reply, asked.instrument, asked.order, asked.form)
    assert [answer.item for answer in answers] == sorted(asked.order)
    return [SIGNS.get(answer.status, answer.value or 0) for answer in answers]


def written(draw: st.DataObject, asked: Asked, style: str) -> list[str]:
    assume("{l}" not in (STYLES | BARE)[style] or asked.is_labelled())
    return asked.lines(style)


@pytest.mark.parametrize("instrument", INSTRUMENTS)
@given(st.data())
@settings(max_examples=60, deadline=None)
def test_every_answer_is_read_back(instrument: Instrument, data: st.DataObject) -> None:
    asked = data.draw(sheets(instrument))
    style = data.draw(st.sampled_from(sorted(STYLES)))
    assume(style != "label behind number" or asked.form.has_signs)
    lines = written(data, asked, style)
    reply = data.draw(st.sampled_from(["\n", "\n\n", "\r\n"])).join(lines)
    assert read(reply, asked) == asked.by_item()
    if asked.form.chain_of_thought:
        thought = data.draw(st.sampled_from(["Let me think.", lines[0], "\n".join(asked.lines("text")[::-1])]))
        mark = data.draw(st.sampled_from(["###", "**###**", "### Answers:", "###:", " ### "]))
        assert read(f"{thought}\n\n{mark}\n{reply}", asked) == asked.by_item()


@pytest.mark.parametrize("instrument", INSTRUMENTS)
@given(st.data())
@settings(max_examples=30, deadline=None)
def test_a_list_of_as_many_answers_as_items_is_read_back(instrument: Instrument, data: st.DataObject) -> None:
    asked = data.draw(sheets(instrument))
    style = data.draw(st.sampled_from(sorted(BARE)))
    lines = written(data, asked, style)
    joint = data.draw(st.sampled_from(["\n", "\n\n"] if BARE[style] != "{s}" else ["\n", ", ", "; "]))
    found = read(joint.join(lines), asked)
    if "{l}" in BARE[style] and asked.may_be_a_legend():
        assert set(found) <= {"u", "m"} or found == asked.by_item()
    else:
        assert found == asked.by_item()


@pytest.mark.parametrize("instrument", INSTRUMENTS)
@given(st.data())
@settings(max_examples=30, deadline=None)
def test_json_is_read_back(instrument: Instrument, data: st.DataObject) -> None:
    asked = data.draw(sheets(instrument))
    assert read(asked.json(data.draw(st.sampled_from(JSON))), asked) == asked.by_item()


@pytest.mark.parametrize("instrument", INSTRUMENTS)
@given(st.data())
@settings(max_examples=40, deadline=None)
def test_what_was_not_answered_is_said_and_moves_no_other(instrument: Instrument, data: st.DataObject) -> None:
    asked = data.draw(sheets(instrument))
    assume(len(asked.order) > 1)
    style = data.draw(st.sampled_from(IDENTIFIED))
    assume(style != "label behind number" or asked.form.has_signs)
    assume("{l}" not in STYLES[style] or asked.is_labelled())
    lines = asked.lines(style)
    expected: dict[int, int | str] = dict(zip(asked.order, asked.values, strict=True))
    short = asked.lines("text" if "{t}" in STYLES[style] else "number")
    at = data.draw(st.integers(0, len(lines) - 1))
    planted = data.draw(st.sampled_from(["m", "o", "r", "u"]))
    answer = asked.answer(asked.values[at])
    assume(short[at].endswith(answer))
    instead = {
        "m": "",
        "o": beyond(asked),
        "r": REFUSALS.get(instrument.language, REFUSALS["en"]),
        "u": asked.in_digits("3") if asked.form.has_signs else "3.5",
    }
    lines[at] = short[at].removesuffix(answer) + instead[planted] if planted != "m" else ""
    status = expected | {asked.order[at]: planted}
    assert read("\n".join(lines), asked) == [status[number] for number in sorted(status)]


@pytest.mark.parametrize("instrument", INSTRUMENTS)
@given(st.data())
@settings(max_examples=15, deadline=None)
def test_columns_read_what_is_read_one_by_one(instrument: Instrument, data: st.DataObject) -> None:
    first = data.draw(sheets(instrument))
    some = [first]
    for other in data.draw(st.lists(sheets(instrument), max_size=3)):
        some.append(Asked(instrument, first.form, other.order, other.values, other.spelling, other.other_case))
    styles = data.draw(st.lists(st.sampled_from(sorted(STYLES)), min_size=len(some), max_size=len(some)))
    replies = ["\n".join(asked.lines(style)) for asked, style in zip(some, styles, strict=True)]
    if first.form.chain_of_thought:
        replies = [f"I feel well.\n###\n{reply}" for reply in replies]
    orders = [" ".join(map(str, asked.order)) for asked in some]
    found = ColumnParser(instrument, first.form).parse(pl.Series(replies), pl.Series(orders))
    for row, (reply, asked) in enumerate(zip(replies, some, strict=True)):
        answers = {answer.item: answer for answer in parse(reply, instrument, asked.order, first.form)}
        for number in range(1, instrument.n_items + 1):
            answer, at = answers.get(number), (row, number - 1)
            assert found.values[at] == ((answer and answer.value) or 0)
            assert STATUSES[found.statuses[at]] == (answer.status if answer else AnswerStatus.MISSING)
            assert found.positions[at] == (asked.order.index(number) + 1 if answer else 0)


@pytest.mark.parametrize("instrument", INSTRUMENTS)
@given(st.data(), st.sampled_from(["text", "number", "number and colon", "number and text", "label behind text"]))
@settings(max_examples=20, deadline=None)
def test_the_quick_way_reads_what_the_careful_way_reads(
    instrument: Instrument, data: st.DataObject, style: str
) -> None:
    asked = data.draw(sheets(instrument))
    reply = "\n".join(written(data, asked, style))
    parser = ReplyParser(instrument, asked.form)
    quick = parser._ordinary(reply, asked.order)
    assert quick is None or quick == parser._read(reply, asked.order)


@pytest.mark.parametrize("label", ["a", "A", "i", "I"])
@pytest.mark.parametrize("style", ["{t}: {s}", "{i}. {s}", "{i}: {s})", "{i}. {t}: {s})", "{i}. {s}) {l}", "{t}: {l}"])
@pytest.mark.parametrize("instrument", [pytest.param(one, id=one.id) for one in SHIPPED])
def test_ordinary_replies_with_signs_are_read_by_look_up(instrument: Instrument, style: str, label: str) -> None:
    form = Form.model_validate({"option_labels": label, "option_order": "descending"})
    scale = instrument.response_scale
    order = tuple(range(instrument.n_items, 0, -1))
    values = tuple(scale.lowest + n % (scale.highest - scale.lowest + 1) for n in order)
    asked = Asked(instrument, form, order, values)
    lines = [
        style.format(i=i, t=instrument.text(number), s=asked.answer(value), l=asked.labels(number).get(value, ""))
        for i, (number, value) in enumerate(zip(order, values, strict=True), 1)
    ]
    quick = ReplyParser(instrument, form)._ordinary("\n".join(lines), order)
    assert quick is not None
    assert [answer.value for answer in quick] == asked.by_item()
