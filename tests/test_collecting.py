"""What is collected in columns is what plain Python makes of the same store, row by row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from emotionbench import Study, analyse
from emotionbench.analysis import best_answers
from emotionbench.collecting import ADMINISTRATION_SCHEMA, COMPACT_ANSWERS_SCHEMA, SORTED_BY, collect
from emotionbench.errors import StoreError
from emotionbench.imports.emotionbench_crowd import read_crowd
from emotionbench.imports.emotionbench_csv import read_csv
from emotionbench.imports.saving import save
from emotionbench.plan import Plan
from emotionbench.records import Administration, Attempt, Respondent, RespondentKind
from emotionbench.scoring import score
from emotionbench.store import Store, columns, reading, writing
from emotionbench.study_materials import materials_of

Replies = list[str | None]


def plainly(store: Store) -> dict[str, tuple[str, list[Any], list[Any]]]:
    """Of every administration that was tried: outcome, answers and scores, worked out one by one."""
    instruments = reading.materials(store).instruments
    found = {}
    for administration in reading.administrations(store):
        attempts = reading.attempts(store, administration.id)
        instrument = instruments[administration.instrument]
        replies = [attempt.reply for attempt in attempts if attempt.reply is not None]
        answers = best_answers(attempts, instrument, administration) if replies else ()
        statuses = [answer.status.value for answer in answers]
        if not replies:
            outcome = str(attempts[-1].error_kind) if attempts else ""
        elif "valid" in statuses:
            outcome = "answered" if set(statuses) == {"valid"} else "incomplete"
        else:
            outcome = max(sorted(set(statuses)), key=statuses.count)
        if attempts:
            found[administration.id] = (
                outcome,
                [(a.item, administration.order.index(a.item) + 1, a.value, a.status.value) for a in answers],
                [(s.subscale, s.value, s.n_valid, s.n_items) for s in score(answers, instrument)],
            )
    return found


def collected(store: Store) -> dict[str, tuple[str, list[Any], list[Any]]]:
    """The same from the columns."""
    frames = collect(store)
    ids = frames.administrations["administration"].to_list()
    answers, scores = ({identifier: [] for identifier in ids} for _ in range(2))  # type: tuple[Any, Any]
    for row, *answer in frames.compact_answers.iter_rows():
        answers[ids[row]].append(tuple(answer))
    for row, *found in frames.compact_scores.drop("variance").iter_rows():
        scores[ids[row]].append(tuple(found))
    outcomes = frames.administrations["outcome"]
    return {
        identifier: (outcome, answers[identifier], scores[identifier])
        for identifier, outcome in zip(ids, outcomes, strict=True)
    }


def sheet(values: str, *, texts: list[str] | None = None) -> str:
    """A line for each value: by position, or by text."""
    heads = texts or [str(place) for place in range(1, len(values) + 1)]
    return "\n".join(f"{head}: {value}" for head, value in zip(heads, values, strict=True))


ALL_3, GAPS = sheet("3" * 20), sheet("9" * 5 + "2" * 15)
TRIES: list[Replies] = [
    [ALL_3],
    [None, ALL_3],
    [GAPS, sheet("4" * 20)],
    [sheet("1" * 20), sheet("5" * 20)],
    [GAPS, sheet("9" * 5 + "1" * 15), "I cannot answer that."],
    ["I cannot answer that.", ""],
    [""],
    [None, None],
    ["", None],
    [sheet("9" * 20)],
    [sheet("9" * 10) + "\n" + "\n".join(f"{place}: blue" for place in range(11, 21))],
    [],
    ["Interested: 3, Distressed: 4"],
]


def fill(store: Store, *, instruments: tuple[str, ...] = ("PANAS",), tries: list[Replies] = TRIES) -> None:
    """Two respondents, whose n-th administrations have these replies (None: a failed attempt)."""
    study = Study(respondents=["x"], instruments=list(instruments), factors=["fear-1"], baseline_repeats=6)
    materials = materials_of(study)
    respondents = [Respondent.of(RespondentKind.LLM, name, {}) for name in ("b", "a")]
    writing.save_materials(store, materials.documents)
    writing.save_respondents(store, respondents)
    for respondent in respondents:
        administrations = [session[0] for session in Plan(study, materials, (respondent,))]
        writing.save_administrations(store, administrations)
        for administration, replies in zip(administrations, tries, strict=False):
            attempts = [made(administration, number, reply) for number, reply in enumerate(replies, 1)]
            # in whatever order they were written
            writing.append_attempts(store, attempts[::-1])


def made(administration: Administration, number: int, reply: str | None) -> Attempt:
    failed = reply is None
    kind = "server" if number == 1 else "timeout"
    return Attempt(
        administration.id, number, "{}", reply, reply, "no" if failed else None, kind if failed else None, "now", 0.0
    )


def test_columns_hold_what_plain_python_finds_on_every_database(any_store: Store) -> None:
    fill(any_store)
    found = collected(any_store)
    assert found == plainly(any_store)
    outcomes = {outcome for outcome, _, _ in found.values()}
    assert outcomes >= {"answered", "incomplete", "refused", "missing", "timeout", "out_of_range"}


def test_the_reply_with_most_valid_answers_counts_and_the_earliest_of_equals(tmp_path: Path) -> None:
    with Store(tmp_path / "s.db") as store:
        fill(store, tries=TRIES[2:5])
        values = {tuple(value for _, _, value, _ in answers) for _, answers, _ in collected(store).values()}
    assert {tuple(filter(None, row)) for row in values} == {(4,) * 20, (1,) * 20, (2,) * 15}


@pytest.mark.parametrize(("in_a_frame", "at_once"), [(1, 1), (3, 2), (7, 100)])
def test_replies_of_one_administration_may_come_in_several_frames(
    in_a_frame: int, at_once: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columns, "ROWS_IN_A_FRAME", in_a_frame)
    monkeypatch.setattr(columns, "ROWS_AT_ONCE", at_once)
    with Store(tmp_path / "s.db") as store:
        fill(store)
        assert collected(store) == plainly(store)


def test_several_instruments_come_in_the_order_of_administrations(tmp_path: Path) -> None:
    with Store(tmp_path / "s.db") as store:
        fill(store, instruments=("PANAS", "ECL-8"), tries=[[sheet("3" * 20)], [sheet("2" * 8)], [None], [GAPS]] * 4)
        assert collected(store) == plainly(store)
        frames = collect(store)
    assert set(frames.administrations["instrument"]) == {"PANAS", "ECL-8"}
    for frame in (frames.compact_answers, frames.compact_scores):
        assert frame["administration"].is_sorted()
    items = frames.compact_answers.group_by("administration").agg(pl.col("item"))["item"].to_list()
    assert all(list(found) == sorted(found) for found in items)


def test_schemas_and_order_of_rows(tmp_path: Path) -> None:
    with Store(tmp_path / "s.db") as store:
        fill(store)
        frames = collect(store)
    assert dict(frames.administrations.schema) == ADMINISTRATION_SCHEMA
    assert dict(frames.compact_answers.schema) == COMPACT_ANSWERS_SCHEMA
    assert frames.administrations.equals(frames.administrations.sort(*SORTED_BY, "administration"))
    assert frames.administrations["respondent"].unique(maintain_order=True).to_list() == ["a", "b"]


def test_whole_answers_are_made_of_compact_ones_and_back(tmp_path: Path) -> None:
    with Store(tmp_path / "s.db") as store:
        fill(store, instruments=("PANAS", "ECL-8"), tries=[[ALL_3], [sheet("2" * 8)], [GAPS], ["No."]])
        analysis = analyse(store)
    panas = analysis.instruments["PANAS"]
    whole = analysis.labelled_answers
    assert analysis.answers.columns == ["administration", "item", "position", "text", "value", "status"]
    assert whole.height == analysis.compact_answers.height == 2 * (2 * 20 + 2 * 8)
    of_panas = whole.filter(instrument="PANAS")
    assert [panas.text(number) for number in of_panas["item"]] == of_panas["text"].to_list()
    assert whole.filter(pl.col("status") != "valid")["value"].null_count() == 2 * (5 + 8)


def test_a_store_that_was_only_planned_says_so(tmp_path: Path) -> None:
    with Store(tmp_path / "s.db") as store:
        fill(store, tries=[])
        with pytest.raises(StoreError, match="holds no answers yet"):
            collect(store)


def test_recorded_answers_are_collected_as_plain_python_reads_them(tmp_path: Path, upstream: Path) -> None:
    original = upstream / "EmotionBench"
    files = original / "questionnaires.json", original / "situations.json"
    recorded = original / "results" / "PANAS Test"
    with Store(tmp_path / "s.db") as store:
        save(read_crowd(recorded / "crowd.xlsx"), store)
        for model in ("gpt-3.5-turbo", "davinci-003", "llama2-7b"):
            save(read_csv(recorded / f"{model}-PANAS-testing.csv", *files), store)
        found = collected(store)
        assert len(found) > 7_000
        assert found == plainly(store)
