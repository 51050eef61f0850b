from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotionbench.documents import content_hash
from emotionbench.errors import RecordingError
from emotionbench.imports.recording import Column, Recorder, Source, numbered
from emotionbench.materials import catalogue
from emotionbench.materials.instruments import Item
from emotionbench.materials.original_instruments import convert_questionnaires
from emotionbench.parsing import parse
from emotionbench.records import Answer, AnswerStatus, Condition, Design, RespondentKind

VALID, MISSING = AnswerStatus.VALID, AnswerStatus.MISSING
OUT_OF_RANGE, UNPARSEABLE = AnswerStatus.OUT_OF_RANGE, AnswerStatus.UNPARSEABLE


def test_the_source_is_the_file_and_its_hash(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_bytes(b"abc")
    source = Source.of(path)
    assert source == Source("answers.csv", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    respondent = source.respondent(RespondentKind.LLM, "some-model")
    assert respondent.settings == {"recorded": "emotionbench", "sha256": source.sha256}
    with pytest.raises(RecordingError, match="cannot be read"):
        Source.of(tmp_path / "nowhere.csv")


def test_a_column_becomes_an_administration_and_its_attempt() -> None:
    source = Source("answers.csv", "f" * 64)
    panas, protocol = catalogue.instrument("PANAS"), catalogue.protocol("standard")
    respondent = source.respondent(RespondentKind.LLM, "some-model")
    recorder = Recorder(source, respondent, panas, protocol, Design.INDEPENDENT)
    order = tuple(range(20, 0, -1))
    column = Column("X", Condition.EVOKED, "s" * 64, 3, None, order, ("5", "", *["1"] * 18), "D3:D22", "Think of tea.")
    administration, attempt = recorder.record(column)
    assert (administration.instrument, administration.protocol) == (content_hash(panas), content_hash(protocol))
    assert (administration.condition, administration.repeat, administration.order) == (Condition.EVOKED, 3, order)
    assert attempt.administration == administration.id
    assert json.loads(attempt.request) == {
        "source": "answers.csv",
        "sha256": "f" * 64,
        "column": "X",
        "cells": "D3:D22",
        "prompt": "Think of tea.",
    }
    assert attempt.response == attempt.reply
    assert str(attempt.reply).splitlines()[:3] == ["Afraid: 5", "Active: ", "Jittery: 1"]
    assert (attempt.number, attempt.error, attempt.started_at, attempt.seconds) == (1, None, "recorded", 0.0)


def test_a_number_that_is_taken_gives_way_to_the_next_free_one() -> None:
    assert numbered([("a", 0), ("a", 1), ("a", 0), ("b", 0), ("a", 0)]) == ([0, 1, 2, 0, 3], 2)
    assert numbered([("a", 7), ("a", 7), ("a", 8)]) == ([7, 9, 8], 1)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 4))))
def test_repeats_are_unique_in_their_cell_and_few_change(wanted: list[tuple[str, int]]) -> None:
    repeats, n_changed = numbered(wanted)
    got = [(cell, repeat) for (cell, _), repeat in zip(wanted, repeats, strict=True)]
    assert len(set(got)) == len(wanted)
    assert n_changed == sum(count - 1 for count in Counter(wanted).values())


def test_what_is_recorded_reads_back_as_the_same_answers(upstream: Path) -> None:
    source = Source("answers.csv", "f" * 64)
    for instrument in convert_questionnaires(upstream / "EmotionBench" / "questionnaires.json").values():
        respondent = source.respondent(RespondentKind.LLM, "some-model")
        recorder = Recorder(source, respondent, instrument, catalogue.protocol("standard"), Design.INDEPENDENT)
        lowest, highest = instrument.response_scale.lowest, instrument.response_scale.highest
        cells = ["", "abc", "3.5", str(highest + 2), *map(str, range(lowest, highest + 1))]
        values = tuple(cells[position % len(cells)] for position in range(instrument.n_items))
        order = tuple(range(instrument.n_items, 0, -1))
        column = Column("X", Condition.BASELINE, None, 0, None, order, values, "A1:A2")
        _, attempt = recorder.record(column)
        found = {answer.item: answer for answer in parse(str(attempt.reply), instrument, order)}
        statuses = [MISSING, UNPARSEABLE, UNPARSEABLE, OUT_OF_RANGE]
        for number, value in zip(order, values, strict=True):
            place = cells.index(value)
            expected = Answer(number, None, statuses[place]) if place < 4 else Answer(number, int(value), VALID)
            assert found[number] == expected, instrument.text(number)


def test_long_items_are_answered_by_their_position() -> None:
    long = catalogue.instrument("PANAS").model_copy(
        update={"items": tuple(Item(text=f"{number}. I feel {number} of 20 today.") for number in range(1, 21))}
    )
    source = Source("answers.csv", "f" * 64)
    respondent = source.respondent(RespondentKind.LLM, "some-model")
    recorder = Recorder(source, respondent, long, catalogue.protocol("standard"), Design.INDEPENDENT)
    order = tuple(range(20, 0, -1))
    _, attempt = recorder.record(Column("X", Condition.BASELINE, None, 0, None, order, ("5", *"1" * 19), "A1:A2"))
    assert str(attempt.reply).splitlines()[:2] == ["1: 5", "2: 1"]
    assert parse(str(attempt.reply), long, order)[-1] == Answer(20, 5, VALID)


@pytest.mark.parametrize("value", ["", "4"])
def test_columns_that_are_alike_throughout_read_back(value: str) -> None:
    panas = catalogue.instrument("PANAS")
    source = Source("answers.csv", "f" * 64)
    respondent = source.respondent(RespondentKind.LLM, "some-model")
    recorder = Recorder(source, respondent, panas, catalogue.protocol("standard"), Design.INDEPENDENT)
    order = tuple(range(1, 21))
    _, attempt = recorder.record(Column("X", Condition.BASELINE, None, 0, None, order, (value,) * 20, "A1:A2"))
    answers = parse(str(attempt.reply), panas, order)
    expected = Answer(1, int(value), VALID) if value else Answer(1, None, MISSING)
    assert [(answer.value, answer.status) for answer in answers] == [(expected.value, expected.status)] * 20
