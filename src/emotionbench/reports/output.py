"""Writing a report: the page, and folders of figures, tables and frames for papers; each file whole or not at all."""

from __future__ import annotations

import csv
import io
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from emotionbench.errors import EmotionBenchError
from emotionbench.reports import form_plates
from emotionbench.reports import plates as drawings
from emotionbench.reports.change_table import Table
from emotionbench.reports.codebook import codebook_table
from emotionbench.reports.contents import Report
from emotionbench.reports.figures.drawing import write_figure
from emotionbench.reports.figures.theme import PAPER
from emotionbench.reports.files import write_frame
from emotionbench.reports.frames import frames
from emotionbench.reports.latex import latex
from emotionbench.reports.norm_plates import norm_plates
from emotionbench.reports.render import markdown
from emotionbench.reports.tables.leaderboard import entries
from emotionbench.reports.views import views


def write_text(text: str, file: Path) -> Path:
    """Write a text file, whole or not at all."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=file.parent, prefix=".emotionbench-")
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as opened:
            opened.write(text)
        Path(draft).chmod(0o644)
        Path(draft).replace(file)
    except OSError as problem:
        raise _unwritable(problem, file) from None
    return file


def write_figures(report: Report, folder: Path) -> Iterator[Path]:
    """Every figure as SVG, PDF and PNG (300 dpi) on white."""
    _make(folder)
    for plate in plates_of(report):
        try:
            yield from write_figure(plate.spec(PAPER), folder / plate.name)
        except OSError as problem:
            raise _unwritable(problem, folder / plate.name) from None


def plates_of(report: Report) -> Iterator[drawings.Plate]:
    """Every figure of a report."""
    yield from drawings.forest_plate(entries(report))
    yield from drawings.arrow_plates(report)
    yield from drawings.scatter_plates(report)
    yield from drawings.heat_plates(report)
    yield from drawings.specificity_plates(report)
    yield from more_plates(report)


def more_plates(report: Report) -> Iterator[drawings.Plate]:
    """Figures that only some stores have something for: norms, recovery, the ways of asking."""
    names, found = report.analysis.subscale_names, report.extras
    yield from norm_plates_of(report)
    yield from form_plates.recovery_plates(report.findings.calm, names)
    yield from form_plates.share_plates(found.ways, names)
    yield from form_plates.picture_plates(found.ways, names)


def norm_plates_of(report: Report) -> Iterator[drawings.Plate]:
    """Respondents among people, by subscale."""
    not_validated = [label for label, one in report.analysis.instruments.items() if not one.validated]
    yield from norm_plates(report.extras.norms, not_validated)


def write_tables(report: Report, folder: Path) -> Iterator[Path]:
    """Every table of the page as LaTeX, Markdown and CSV."""
    _make(folder)
    for table in views(report).all():
        plain = table.plain()
        yield write_text(latex(plain, table.notes, table.name), folder / f"{table.name}.tex")
        yield write_text(markdown([plain], table.notes), folder / f"{table.name}.md")
        yield write_text(csv_text(plain), folder / f"{table.name}.csv")


def write_frames(report: Report, folder: Path) -> Iterator[Path]:
    """Answers, scores and comparisons as Parquet and CSV, with a codebook of every column."""
    _make(folder)
    made = frames(report.analysis, report.findings)
    for name, frame in made.items():
        for suffix in ("parquet", "csv"):
            file = folder / f"{name}.{suffix}"
            write_frame(frame, file)
            yield file
    books = [codebook_table(name) for name in made]
    yield write_text(markdown(books, ()), folder / "codebook.md")
    yield write_text(_codebook_csv(made), folder / "codebook.csv")


def csv_text(table: Table) -> str:
    """A table's cells as CSV."""
    return _csv([table.header, *table.rows])


def _codebook_csv(names: Iterable[str]) -> str:
    books = {name: codebook_table(name) for name in names}
    header = ("frame", *next(iter(books.values())).header)
    return _csv([header, *((name, *row) for name, book in books.items() for row in book.rows)])


def _csv(rows: Iterable[Iterable[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise _unwritable(problem, folder) from None


def _unwritable(problem: OSError, where: Path) -> EmotionBenchError:
    return EmotionBenchError(
        f"cannot be written: {problem.strerror or problem}", where=str(where), fix="check its folder and free space"
    )
