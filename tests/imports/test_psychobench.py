"""PsychoBench's files, in the layout that its program writes; none that it has published is at hand."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from emotionbench.documents import content_hash
from emotionbench.errors import EmotionBenchError, RecordingError
from emotionbench.imports.psychobench import read_csv
from emotionbench.imports.recording import Recording
from emotionbench.materials import catalogue
from emotionbench.materials.original_facts import Facts
from emotionbench.materials.original_psychobench_facts import FACTS
from emotionbench.parsing import parse
from emotionbench.records import Condition, Design
from emotionbench.scoring import score

TEA = {
    "name": "TEA",
    "questions": {"1": "I like tea a lot.", "2": "I hate tea a lot.", "3": "I own a pot or two."},
    "prompt": 'numbers from 1 to 5, 1 denotes "no", 5 denotes "yes"',
    "scale": 6,
    "reverse": [2],
    "compute_mode": "AVG",
    "categories": [{"cat_name": "Overall", "cat_questions": [1, 2, 3], "crowd": []}],
}
ITEMS = ["Prompt: Rate these:", "1. I like tea a lot.", "2. I hate tea a lot.", "3. I own a pot or two."]
SHUFFLED = ["Prompt: Rate these:.1", "1. I own a pot or two.", "2. I like tea a lot.", "3. I hate tea a lot."]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    facts = Facts(name="Tea", edition="3 items", source="Us.", licence="Ours.", instructions="Rate each.")
    monkeypatch.setitem(FACTS, "TEA", facts)
    (tmp_path / "questionnaires.json").write_text(json.dumps([TEA]), encoding="utf-8")
    return tmp_path


def read(folder: Path, *columns: Sequence[str], name: str = "gpt-4-TEA.csv", **options: Any) -> Recording:
    """Read a file of these columns, each from its header down; a column that ends early leaves short rows."""
    height = max(map(len, columns))
    rows = [[column[row] if row < len(column) else "" for column in columns] for row in range(height)]
    for row in rows:
        while len(row) > 1 and row[-1] == "":
            row.pop()
    path = folder / name
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return read_csv(path, folder / "questionnaires.json", **options)


def values(recording: Recording) -> list[list[int | None]]:
    """By administration, the values in the order of item numbers."""
    return [
        [answer.value for answer in parse(str(attempt.reply), recording.instrument, administration.order)]
        for administration, attempt in recording.administrations
    ]


def test_every_column_of_answers_is_an_administration(folder: Path) -> None:
    recording = read(
        folder,
        ITEMS,
        ["order-0", "1", "2", "3"],
        ["shuffle0-test0", "5", "1", "3"],
        ["shuffle0-test1", "4", "2", "2"],
        SHUFFLED,
        ["order-1", "3", "1", "2"],
        ["shuffle1-test0", "3", "5", "1"],
        ["shuffle1-test1", "1", "2", "4"],
    )
    assert values(recording) == [[5, 1, 3], [4, 2, 2], [5, 1, 3], [2, 4, 1]]
    found = [administration for administration, _ in recording.administrations]
    assert [one.order for one in found] == [(1, 2, 3), (1, 2, 3), (3, 1, 2), (3, 1, 2)]
    assert [one.repeat for one in found] == [0, 1, 2, 3]
    assert len({one.id for one in found}) == 4
    assert {(one.condition, one.situation, one.design, one.form) for one in found} == {
        (Condition.BASELINE, None, Design.INDEPENDENT, None)
    }
    assert {one.protocol for one in found} == {content_hash(catalogue.protocol("emotionbench-2024"))}
    assert (recording.n_baseline, recording.n_evoked, recording.n_renumbered) == (4, 0, 0)
    assert recording.respondent.name == "gpt-4"
    assert recording.respondent.settings["recorded"] == "psychobench"


def test_answers_score_by_the_key(folder: Path) -> None:
    recording = read(folder, ITEMS, ["order-0", "1", "2", "3"], ["shuffle0-test0", "5", "1", "3"])
    answers = parse("1: 5\n2: 1\n3: 3", recording.instrument, (1, 2, 3))
    assert score(answers, recording.instrument)[0].value == pytest.approx((5 + 5 + 3) / 3)


def test_the_request_says_where_the_answers_stand_and_what_was_put(folder: Path) -> None:
    recording = read(folder, ITEMS, ["order-0", "1", "2", "3"], ["shuffle0-test0", "5", "1", "3"])
    request = json.loads(recording.administrations[0][1].request)
    assert (request["column"], request["cells"], request["prompt"]) == ("shuffle0-test0", "C2:C4", "Rate these:")
    assert (request["source"], len(request["sha256"])) == ("gpt-4-TEA.csv", 64)
    assert recording.administrations[0][1].started_at == "recorded"


def test_orders_counted_from_one_and_columns_that_pandas_renamed(folder: Path) -> None:
    recording = read(
        folder,
        ["Unnamed: 0", "0", "1", "2"],
        ITEMS,
        ["order-1", "1.0", "2.0", "3.0"],
        ["shuffle0-test0", "5.0", "1.0", ""],
        SHUFFLED,
        ["order-2", "3", "1", "2"],
        ["shuffle0-test0.1", "3", "5", "1"],
    )
    assert values(recording) == [[5, 1, None], [5, 1, 3]]
    assert recording.ignored_columns == ("A 'Unnamed: 0'",)
    assert json.loads(recording.administrations[1][1].request)["prompt"] == "Rate these:"


def test_blank_cells_short_rows_and_doubtful_values_are_kept(folder: Path) -> None:
    order = ["order-0", "1", "2", "3"]
    columns = [["shuffle0-test0", "", "9", "abc"], ["shuffle0-test1"], ["shuffle0-test2", "3.5", "0", "4"]]
    recording = read(folder, ITEMS, order, *columns)
    statuses = [
        [answer.status.value for answer in parse(str(attempt.reply), recording.instrument, administration.order)]
        for administration, attempt in recording.administrations
    ]
    assert (statuses[0], statuses[2]) == (
        ["missing", "out_of_range", "unparseable"],
        ["unparseable", "out_of_range", "valid"],
    )
    assert values(recording)[1] == [None, None, None]
    assert recording.administrations[1][1].reply == "1: \n2: \n3: "


def test_the_order_is_known_without_its_column_by_the_texts(folder: Path) -> None:
    recording = read(folder, SHUFFLED, ["shuffle0-test0", "3", "5", "1"])
    assert values(recording) == [[5, 1, 3]]
    assert read(folder, ["order-0", "2", "1", "3"], ["shuffle0-test0", "1", "5", "3"]).administrations[0][0].order == (
        2,
        1,
        3,
    )


def test_a_text_that_is_mended_here_does_not_matter(folder: Path) -> None:
    items = [ITEMS[0], "1. I like tea", *ITEMS[2:]]
    recording = read(folder, items, ["order-0", "1", "2", "3"], ["shuffle0-test0", "5", "1", "3"])
    assert values(recording) == [[5, 1, 3]]


def test_respondent_and_instrument_can_be_given(folder: Path) -> None:
    columns = (["order-0", "1", "2", "3"], ["shuffle0-test0", "5", "1", "3"])
    recording = read(folder, *columns, name="night.csv", instrument="tea", respondent="me")
    assert (recording.respondent.name, recording.instrument.id) == ("me", "TEA")


def test_another_file_makes_another_respondent(folder: Path) -> None:
    columns = (["order-0", "1", "2", "3"], ["shuffle0-test0", "5", "1", "3"])
    first, again = read(folder, *columns), read(folder, *columns)
    other = read(folder, columns[0], ["shuffle0-test0", "5", "1", "4"])
    assert first.administrations == again.administrations
    assert first.respondent.id != other.respondent.id


ORDER = ["order-0", "1", "2", "3"]
ANSWERS = ["shuffle0-test0", "5", "1", "3"]
FAULTS: dict[str, tuple[list[list[str]], str]] = {
    "no answers": ([ITEMS, ORDER], r"no column of answers; the original names them such as 'shuffle0-test0'"),
    "no order": ([ANSWERS], r"column A: no column of item numbers"),
    "an order with a gap": ([ITEMS, ["order-0", "1", "", "3"], ANSWERS], r"column B: 'order-0' holds 1, , 3; expected"),
    "an item twice": ([["order-0", "1", "1", "3"], ANSWERS], r"expected each of 1 to 3 once"),
    "order against text": ([ITEMS, ["order-0", "2", "1", "3"], ANSWERS], r"row 2: the order says item 2 .* item 1"),
    "unknown texts": ([[ITEMS[0], "a", "b", "c"], ANSWERS], r"not every text is an item of TEA"),
    "too long": ([ORDER, [*ANSWERS, "4"]], r"row 5 lies below the 3 items of TEA"),
    "another file": ([["a", "1"], ["b", "2"]], r"no column of answers"),
}


@pytest.mark.parametrize(("columns", "said"), FAULTS.values(), ids=FAULTS.keys())
def test_faults_are_told(columns: list[list[str]], said: str, folder: Path) -> None:
    with pytest.raises(RecordingError, match=said) as problem:
        read(folder, *columns)
    assert str(problem.value).startswith("gpt-4-TEA.csv: ")


def test_a_file_of_the_16_personalities_is_refused(folder: Path) -> None:
    with pytest.raises(RecordingError, match="does not say which instrument"):
        read(folder, ORDER, ANSWERS, name="gpt-4-16P.csv")
    with pytest.raises(RecordingError, match="unknown instrument '16P'"):
        read(folder, ORDER, ANSWERS, name="gpt-4-16P.csv", instrument="16P")


def test_missing_files_are_told(folder: Path) -> None:
    with pytest.raises(RecordingError, match="cannot be read"):
        read_csv(folder / "gpt-4-TEA.csv", folder / "questionnaires.json")
    read(folder, ORDER, ANSWERS)
    with pytest.raises(EmotionBenchError, match=r"nowhere\.json"):
        read_csv(folder / "gpt-4-TEA.csv", folder / "nowhere.json")


def test_a_file_as_the_original_generates_it_for_each_instrument(upstream: Path, tmp_path: Path) -> None:
    """Blocks of a file filled with the lowest value, for every published instrument, in two orders."""
    path = upstream / "PsychoBench/questionnaires.json"
    for entry in json.loads(path.read_text(encoding="utf-8")):
        if entry["name"] == "16P":
            continue
        numbers = list(entry["questions"])
        columns = []
        for shuffle, order in enumerate((numbers, numbers[::-1])):
            texts = [f"{place}. {entry['questions'][number]}" for place, number in enumerate(order, 1)]
            columns += [[f"Prompt: {entry['prompt']}", *texts], [f"order-{shuffle}", *order]]
            columns += [[f"shuffle{shuffle}-test{n}", *[str(number) for number in order]] for n in range(2)]
        target = tmp_path / f"some-model-{entry['name']}.csv"
        with target.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(zip(*columns, strict=True))
        recording = read_csv(target, path)
        assert recording.respondent.name == "some-model"
        for administration, attempt in recording.administrations:
            said = [line.rpartition(": ")[2] for line in str(attempt.reply).splitlines()]
            assert said == [str(number) for number in administration.order], entry["name"]
