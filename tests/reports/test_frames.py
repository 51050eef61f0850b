from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from emotionbench.reports.codebook import FRAMES, codebook_table
from emotionbench.reports.contents import Report
from emotionbench.reports.frames import TYPES, frames
from emotionbench.reports.output import write_frames
from form_helpers import make_forms
from report_helpers import make_store, report_of


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return report_of(make_store(tmp_path_factory.mktemp("frames") / "store.db"))


@pytest.fixture(scope="module")
def made(report: Report) -> dict[str, pl.DataFrame]:
    return frames(report.analysis, report.findings)


@pytest.mark.parametrize("name", list(FRAMES))
def test_a_frame_has_the_columns_of_its_codebook(made: dict[str, pl.DataFrame], name: str) -> None:
    assert dict(made[name].schema) == {v.name: TYPES[v.type] for v in FRAMES[name]}
    assert made[name].height > 0


@pytest.mark.parametrize("name", list(FRAMES))
def test_values_are_among_those_allowed(made: dict[str, pl.DataFrame], name: str) -> None:
    for variable in FRAMES[name]:
        if variable.type == "text" and variable.values != "any":
            present = set(made[name][variable.name].drop_nulls().to_list())
            assert present <= set(variable.values.split(", ")), variable.name
        if variable.values == "0 to 1":
            assert made[name][variable.name].drop_nulls().is_between(0, 1).all(), variable.name


def test_every_column_is_explained() -> None:
    for name in FRAMES:
        assert all(meaning and kind and values for _, meaning, kind, _, values in codebook_table(name).rows)
        assert len({v.name for v in FRAMES[name]}) == len(FRAMES[name])


def test_comparisons_hold_every_contrast_and_gap(report: Report, made: dict[str, pl.DataFrame]) -> None:
    comparisons = made["comparisons"]
    n_changes = sum(len(row.contrasts) for block in report.findings.changes for row in block.rows)
    n_gaps = sum(len(row.gaps) for a in report.findings.alignments for row in a.rows)
    n_gaps += sum(len(a.baseline) for a in report.findings.alignments)
    assert comparisons["comparison"].value_counts().sort("comparison")["count"].to_list() == [n_changes, n_gaps]
    block = report.findings.changes[0]
    row = block.rows[0]
    found = comparisons.row(0, named=True)
    contrast = row.contrasts[found["subscale"]]
    assert (found["row"], found["difference"], found["p_holm"]) == (row.label, contrast.difference, contrast.p_holm)
    assert found["hedges_g"] == contrast.effects[0].value


def test_files_say_what_is_in_them(report: Report, tmp_path: Path) -> None:
    files = list(write_frames(report, tmp_path / "new" / "frames"))
    names = {file.name for file in files}
    assert names == {f"{n}.{s}" for n in FRAMES for s in ("csv", "parquet")} | {"codebook.md", "codebook.csv"}
    book = pl.read_csv(tmp_path / "new/frames/codebook.csv")
    for name in FRAMES:
        columns = book.filter(pl.col("frame") == name)["column"].to_list()
        assert pl.read_parquet(tmp_path / f"new/frames/{name}.parquet").columns == columns


def test_rows_name_their_form_and_edition(tmp_path: Path) -> None:
    report = report_of(make_forms(tmp_path / "s.db", ways={"language": ["en", "de"]}))
    made = frames(report.analysis, report.findings)
    for name in ("answers", "scores"):
        pairs = set(made[name].select("form", "edition").unique().rows())
        assert pairs == {("language en", "PANAS"), ("language de", "PANAS-de")}
