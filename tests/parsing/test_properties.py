"""What holds for any instrument, any order, any answers and any text."""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from emotionbench.materials.instruments import Instrument
from emotionbench.parsing import n_valid, parse
from emotionbench.parsing.normal import plain
from emotionbench.parsing.phrases import words
from emotionbench.parsing.refusals import is_refusal
from emotionbench.parsing.reply_parser import ReplyParser
from emotionbench.records import Answer, AnswerStatus
from parsing_helpers import ECL, ECL_ORDER, PANAS, STATEMENTS, STATEMENTS_ORDER, made_up, written

VOCABULARY = (
    "calm", "low", "warm", "over", "friends", "don't", "self-conscious", "été", "快乐", "thé", "खुश", "moderately",
    "often",
    "a", "little", "never", "days", "quite", "and", "or", "not", "I", "was", "2", "10", "(really)", "sad,", "STRASSE",
    "strong-willed", "straße", "no", "3.5", "one's", "the", "at", "none", "extremely",
)  # fmt: skip
LABELS = (
    "never", "a little", "quite a bit", "very slightly or not at all", "Several days", "most of the time, or always",
    "moderately", "extremely", "too much", "beyond measure", "wholly",
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """An instrument, the order shown and the answers in that order."""

    instrument: Instrument
    order: tuple[int, ...]
    values: tuple[int, ...]

    @property
    def labels(self) -> dict[int, str]:
        return self.instrument.response_scale.labels

    def by_item(self) -> list[int]:
        return [value for _, value in sorted(zip(self.order, self.values, strict=True))]

    def write(self, form: str, joint: str) -> str:
        return joint.join(
            form.format(i=place, t=self.instrument.text(number), v=value, l=self.labels[value], h=max(self.labels))
            for place, (number, value) in enumerate(zip(self.order, self.values, strict=True), 1)
        )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    phrase = st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=6).map(" ".join)
    phrase = phrase.filter(lambda text: re.search(r"[^\W\d_]", text) is not None)
    texts = draw(st.lists(phrase, min_size=1, max_size=25, unique_by=words))
    lowest = draw(st.sampled_from([0, 1]))
    highest = lowest + draw(st.integers(1, 10))
    labels = draw(st.permutations(LABELS))
    named = dict(enumerate(labels[: highest - lowest + 1], lowest))
    # an item that is itself a label, or begins one, cannot be told from an answer
    assume(not any(words(label)[: len(words(text))] == words(text) for label in named.values() for text in texts))
    order = tuple(draw(st.permutations(range(1, len(texts) + 1))))
    values = draw(st.lists(st.integers(lowest, highest), min_size=len(texts), max_size=len(texts)))
    return Case(made_up(texts, lowest, highest, named), order, tuple(values))


IDENTIFIED = [
    "{t}: {v}", "{i}. {t}: {v}", "{i}: {v}", "{i}. {v}", "{i}) {v}", "{i} - {v}", "{i}-{v}", "Item {i}: {v}",
    "Q{i}: {v}",
    "- **{t}**: {v}", "**{t}** – {v}", "{t} = {v}", "{i}. {t} - {v}", "{t}: {v} ({l})", "{t}: {l} ({v})", "{t}: {l}",
    "{i}. {v} - {l}", "{t}: {v}/{h}", "{i}. {v} out of {h}", "| {i} | {t} | {v} |", "| {i} | {v} |",
    "| {t} | {v} | {l} |",
    "{i}. {t}\nRating: {v}", '"{t}": {v},', "{i}． “{t}”：{v}", "> {i}. *{t}*: **{v}**", "{t}: {v}.0", "{i}→{v}",
]  # fmt: skip
BARE = ["{v}", "- {v}", "{v} ({l})", "{l}", "{v}/{h}"]


def values_of(answers: Sequence[Answer]) -> list[int | None]:
    return [answer.value for answer in answers]


@given(cases(), st.sampled_from(IDENTIFIED + BARE), st.sampled_from(["\n", "\n\n", "\r\n"]))
@settings(max_examples=300, deadline=None)
def test_a_line_for_every_item_is_read_back(case: Case, form: str, joint: str) -> None:
    answers = parse(case.write(form, joint), case.instrument, case.order)
    assert values_of(answers) == case.by_item()
    assert {answer.status for answer in answers} == {AnswerStatus.VALID}


@given(cases())
@settings(max_examples=80, deadline=None)
def test_labels_under_numbers_are_read_back_unless_they_are_the_legend(case: Case) -> None:
    read = values_of(parse(case.write("{i}: {l}", "\n"), case.instrument, case.order))
    looks_like_legend = case.values == tuple(range(1, len(case.values) + 1))
    assert read == case.by_item() or (looks_like_legend and set(read) == {None})


@given(cases(), st.sampled_from(["{v}, ", "{v} ", "{v},", "{i}: {v}, ", "{i}. {v} ", "Q{i}: {v}; "]))
@settings(max_examples=80, deadline=None)
def test_one_line_for_all_items_is_read_back(case: Case, form: str) -> None:
    assume(len(case.values) > 2)
    assert values_of(parse(case.write(form, ""), case.instrument, case.order)) == case.by_item()


@given(cases(), st.sampled_from(["texts", "numbers", "list", "objects", "pairs"]), st.booleans(), st.booleans())
@settings(max_examples=80, deadline=None)
def test_json_is_read_back(case: Case, kind: str, pretty: bool, ascii_only: bool) -> None:
    texts = [case.instrument.text(number) for number in case.order]
    pairs = list(zip(texts, case.values, strict=True))
    content: object = {
        "texts": dict(pairs),
        "numbers": {str(place): value for place, value in enumerate(case.values, 1)},
        "list": case.values,
        "objects": [{"item": text, "score": value, "why": "“so”"} for text, value in pairs],
        "pairs": pairs,
    }[kind]
    reply = json.dumps(content, indent=2 if pretty else None, ensure_ascii=ascii_only)
    assert values_of(parse(f"```json\n{reply}\n```", case.instrument, case.order)) == case.by_item()


@given(cases(), st.randoms(use_true_random=False))
@settings(max_examples=80, deadline=None)
def test_lines_with_texts_may_come_in_any_order(case: Case, chance: random.Random) -> None:
    lines = case.write("{t}: {v}", "\n").split("\n")
    chance.shuffle(lines)
    assert values_of(parse("\n".join(lines), case.instrument, case.order)) == case.by_item()


@given(cases(), st.data())
@settings(max_examples=80, deadline=None)
def test_a_line_left_out_is_missing_and_moves_no_other(case: Case, data: st.DataObject) -> None:
    lines = case.write(data.draw(st.sampled_from(["{t}: {v}", "{i}: {v}", "{i}. {t}: {v}"])), "\n").split("\n")
    assume(len(lines) > 1)
    gap = data.draw(st.integers(0, len(lines) - 1))
    answers = parse("\n".join(lines[:gap] + lines[gap + 1 :]), case.instrument, case.order)
    expected: list[int | None] = list(case.by_item())
    expected[case.order[gap] - 1] = None
    assert values_of(answers) == expected
    assert answers[case.order[gap] - 1].status is AnswerStatus.MISSING


@given(cases(), st.sampled_from(["{t}: {v}", "{i}. {t}: {v}", "{i}: {v}", "{i}. {v}"]))
@settings(max_examples=80, deadline=None)
def test_the_quick_way_reads_what_the_careful_way_reads(case: Case, form: str) -> None:
    parser = ReplyParser(case.instrument)
    reply = case.write(form, "\n")
    assert parser._ordinary(reply, case.order) == parser._read(reply, case.order)


@given(cases(), st.data())
@settings(max_examples=80, deadline=None)
def test_valid_answers_are_counted_as_they_are_read(case: Case, data: st.DataObject) -> None:
    lines = case.write(data.draw(st.sampled_from(["{t}: {v}", "{i}. {t}: {v}", "{i}. {v}"])), "\n").split("\n")
    chosen = data.draw(st.lists(st.sampled_from(lines), min_size=1, max_size=len(lines) + 1))
    reply = "\n".join(data.draw(st.sampled_from([lines, chosen])))
    valid = [a for a in parse(reply, case.instrument, case.order) if a.status is AnswerStatus.VALID]
    assert n_valid(reply, case.instrument, case.order) == len(valid)
    assert n_valid(reply, case.instrument, case.order[:1]) <= 1


SEEDS = [
    written(form) for form in ("{t}: {v}", "{i}. {t}: {v} ({l})", "{i}: {v}", "{v}", "| {i} | {t} | {v} |", "{i}. {l}")
]
SEEDS += [
    json.dumps(dict.fromkeys(map(ECL.text, ECL_ORDER), 3)),
    "<think>Angry: 2</think>\nI'm sorry, but as an AI",
]
PIECES = [
    "\n", ":", "|", "-", "3", "10", "3.5", "/5", "Angry", "a little", "Several days", "1. ", "{", "}", "[", "]", '"',
    "(",
    ")", "**", "<think>", "</think>", "…", "٣", "：", "1 = not at all", "rating: ", "or", "\\", "I can't answer",
    "item ",
]  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> str:
    text = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(1, 8))):
        at = draw(st.integers(0, len(text)))
        piece = draw(st.sampled_from(PIECES) | st.text(max_size=3))
        text = text[:at] + piece + text[at + draw(st.integers(0, 12)) :]
    return text


WELL_KNOWN = [(ECL, ECL_ORDER), (PANAS, tuple(range(20, 0, -1))), (STATEMENTS, STATEMENTS_ORDER)]


def stands_in(value: int, text: str, instrument: Instrument) -> bool:
    """Whether the value is written in the text, in digits or as (half of) one of its labels."""
    if str(value) in re.findall(r"\d+", text) or any(int(found) == value for found in re.findall(r"\d{1,9}", text)):
        return True
    labels = [instrument.response_scale.labels, *(item.labels or {} for item in instrument.items)]
    halves = [half for some in labels if value in some for half in re.split(r",? or ", plain(some[value]))]
    spoken = " ".join(words(text))
    return any(" ".join(words(half)) in spoken for half in halves)


@given(st.text() | st.lists(st.sampled_from(PIECES)).map("".join) | mutated(), st.sampled_from(WELL_KNOWN))
@example("１.٣", WELL_KNOWN[0])
@example('{"1": "3"', WELL_KNOWN[0])
@settings(max_examples=500, deadline=None)
def test_any_text_is_answered_once_for_every_item(text: str, asked: tuple[Instrument, tuple[int, ...]]) -> None:
    instrument, order = asked
    answers = parse(text, instrument, order)
    assert [answer.item for answer in answers] == list(range(1, instrument.n_items + 1))
    assert n_valid(text, instrument, order) == sum(answer.status is AnswerStatus.VALID for answer in answers)
    assert is_refusal(text) in (True, False)
    for answer in answers:
        assert (answer.value is None) == (answer.status is not AnswerStatus.VALID)
        if answer.value is not None:
            assert answer.value in instrument.response_scale
            assert stands_in(answer.value, plain(text), instrument)


@pytest.mark.parametrize(
    "unit",
    [
        "1\n", "a", " ", "[", "{", "[1,", '{"a":', "-", "=", ":", "|", "| 1 ", "<", "<think", "<think>", "</think>",
        "1. ",
        "1: 3\n", "Interested: 3\n", "Interested: 3, ", "Interested (", "**a", "(", "'", '"', "1 ", "1,", "1-",
        "1, 2; ",
        "1 = a little, ", "a little, ", "I can't ", "don't have ", "9", "９", "\u0301\u0316", "Q1 ", "rating: ", "1.",
        "a|b\n",
        '{"1":3}\n', "<b ", "\\boxed{", "very slightly or ", "here are the ", "as a b c ", "1. a: ", "~", ".", "_",
        "->",
    ],
)  # fmt: skip
@pytest.mark.parametrize("size", [10_000, 1_000_000])
def test_no_text_takes_long(unit: str, size: int) -> None:
    reply = unit * (size // len(unit))
    start = time.process_time()
    assert len(parse(reply, PANAS, tuple(range(1, 21)))) == 20
    # linear: a fraction of a second; what grew with the square of the length would take far longer
    assert time.process_time() - start < 4
