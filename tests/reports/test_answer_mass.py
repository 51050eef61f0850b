"""The table, the section of the page and the frames of answers read as probabilities; nothing of it anywhere else."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from emotionbench.cli.main import cli
from emotionbench.records import Administration
from emotionbench.reports.codebook import FRAMES, READ_FRAMES, codebook_table
from emotionbench.reports.files import export_frame
from emotionbench.reports.frames import TYPES, frames
from emotionbench.reports.output import write_frames
from emotionbench.reports.tables.answer_mass import mass_tables
from report_helpers import make_store, page_of, report_of
from told_helpers import listed, make_told


def told(one: Administration, item: int) -> str:
    """Half of the mass is lost at the second item after imagining; the third is not read."""
    if item == 3:
        return listed(item, {"I": 0.9})
    return listed(item, dict.fromkeys("12345", 0.1 if item == 2 and one.situation else 0.2))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_told(tmp_path_factory.mktemp("mass") / "s.db", told)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_store(tmp_path_factory.mktemp("drawn") / "s.db", factors=("anger-1",), repeats=1)


def test_the_table_holds_what_was_found(store: Path) -> None:
    (table,) = mass_tables(report_of(store).findings.masses, {"PANAS": {"positive": "Up", "negative": "Down"}})
    cells = [[cell.plain for cell in row.cells] for row in table.rows]
    who, asked = "org/model [language model]", "PANAS · independent · answers logprobs"
    assert cells == [
        [who, asked, "baseline", "2", "40", "2", "1.000", "1.000", "0 %", "0", "Up –; Down 4.5"],
        [who, asked, "evoked", "1", "20", "1", "0.974", "0.500", "5 %", "0", "Up –; Down 4.5"],
    ]
    assert table.notes == (
        f"org/model, {asked}: mass under 0.9 in 2 of 40 items before the situations (2 of them with no answer among"
        " the likeliest tokens): the model would often have answered something else.",
        f"org/model, {asked}: mass under 0.9 in 2 of 20 items after the situations (1 of them with no answer among"
        " the likeliest tokens): the model would often have answered something else.",
        "Not read: no answer of the response scale is listed (3 items).",
    )
    assert mass_tables(()) == ()


@pytest.mark.parametrize("flags", [[], ["--markdown"]])
def test_the_command_shows_it_only_where_there_is_something(store: Path, drawn: Path, flags: list[str]) -> None:
    shown = CliRunner().invoke(cli, ["table", "--store", str(store), *flags], catch_exceptions=False)
    assert "Answers as probabilities" in shown.output
    assert "the model would often have answered something else" in " ".join(shown.output.split())
    assert "a score is what answers drawn from them" in " ".join(shown.output.split())
    other = CliRunner().invoke(cli, ["table", "--store", str(drawn), *flags], catch_exceptions=False)
    assert "robabilities" not in other.output


def test_the_page_has_a_section_only_where_there_is_something(store: Path, drawn: Path) -> None:
    page = page_of(store)
    assert '<section id="masses">' in page
    assert '<a href="#masses">' in page
    assert '<section id="masses">' not in page_of(drawn)
    assert "none was drawn" in page


def test_the_frames_have_the_columns_of_their_codebook(store: Path, drawn: Path, tmp_path: Path) -> None:
    report = report_of(store)
    made = frames(report.analysis, report.findings)
    assert set(made) == {*FRAMES, *READ_FRAMES}
    for name, variables in READ_FRAMES.items():
        assert dict(made[name].schema) == {v.name: TYPES[v.type] for v in variables}
        assert all(meaning and kind and values for _, meaning, kind, _, values in codebook_table(name).rows)
        for variable in variables:
            present = set(made[name][variable.name].drop_nulls().to_list())
            if variable.type == "text" and variable.values != "any":
                assert present <= set(variable.values.split(", ")), variable.name
    assert made["readings"].height == 3 * 20
    assert made["answer_mass"].select("n_items", "n_low", "unread", "sd").rows()[-1] == (
        20,
        1,
        "1 no answer of the response scale is listed",
        pytest.approx(20**0.5),
    )
    files = {file.name for file in write_frames(report, tmp_path)}
    assert {"readings.csv", "answer_mass.parquet"} <= files
    assert set(pl.read_csv(tmp_path / "codebook.csv")["frame"]) == set(made)
    other = report_of(drawn)
    assert set(frames(other.analysis, other.findings)) == set(FRAMES)


def test_readings_are_exported(store: Path, tmp_path: Path) -> None:
    frame = export_frame(report_of(store).analysis, "readings")
    assert frame["expected"].drop_nulls().to_numpy() == pytest.approx(3)
    assert frame["why"].drop_nulls().len() == 3
    file = tmp_path / "r.csv"
    said = CliRunner().invoke(cli, ["export", str(file), "--what", "readings", "--store", str(store)])
    assert said.output == f"60 rows of readings in {file}\n"


def test_show_tells_the_distribution_of_every_item(store: Path) -> None:
    identifier = report_of(store).analysis.administrations["administration"][-1]
    shown = CliRunner().invoke(cli, ["show", identifier, "--store", str(store)], catch_exceptions=False).output
    assert (
        "    2 Distressed                                3.00  1: 0.200 2: 0.200 3: 0.200 4: 0.200 5: 0.200  0.500"
        in shown
    )
    assert "    3 Excited                                     –  no answer of the response scale is listed" in shown
    assert "score negative             30 ± 4.5 over draws  (10 of 10 items valid)" in shown
    assert "score positive             not scored  (9 of 10 items valid)" in shown
    found = json.loads(CliRunner().invoke(cli, ["show", identifier, "--json", "--store", str(store)]).output)
    assert found["answers"] == []
    assert found["readings"][1]["mass"] == pytest.approx(0.5)
    assert [row["variance"] for row in found["scores"]] == [None, pytest.approx(20)]
