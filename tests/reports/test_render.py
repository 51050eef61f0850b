from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from emotionbench.reports.change_table import Table
from emotionbench.reports.render import markdown, print_tables

TABLE = Table(
    title="a|b [x] org:robot:1",
    header=("", "n", "Up", "people"),
    rows=(
        ("Default", "4", "11.0 ± 0.8", "12.0"),
        ("  Noise | [bold]", "1 (1)", "↑ +1.0", "−1.3"),
        ("Anger", "5 (2)", "− 0.0", ""),
    ),
    ruled=frozenset({1}),
)


def printed(*tables: Table, notes: tuple[str, ...] = (), width: int = 100) -> str:
    console = Console(file=io.StringIO(), width=width, force_terminal=False, color_system=None)
    print_tables(console, tables, notes)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_markdown_by_hand() -> None:
    assert markdown([TABLE], ["first", "second"]) == (
        "**a\\|b [x] org:robot:1**\n"
        "\n"
        "|  | n | Up | people |\n"
        "| --- | ---: | ---: | ---: |\n"
        "| Default | 4 | 11.0 ± 0.8 | 12.0 |\n"
        "| &emsp;Noise \\| [bold] | 1 (1) | ↑ +1.0 | −1.3 |\n"
        "| Anger | 5 (2) | − 0.0 |  |\n"
        "\n"
        "- first\n"
        "- second\n"
    )


def test_markdown_of_several_tables_keeps_them_apart() -> None:
    text = markdown([TABLE, TABLE], ["note"])
    assert text.count("**a\\|b [x] org:robot:1**\n\n|") == 2
    assert text.endswith("\n\n- note\n")


def test_text_columns_are_aligned_left() -> None:
    two = Table("t", ("a", "b", "c"), (("x", "y", "1"),), n_text=2)
    assert "| --- | --- | ---: |" in markdown([two], [])


def test_the_terminal_shows_every_cell_and_note_as_it_is() -> None:
    text = printed(TABLE, notes=("note [1] :robot:", "another"))
    assert TABLE.title in text
    for row in TABLE.rows:
        assert all(cell.strip() in text for cell in row)
    assert "note [1] :robot:\nanother\n" in text


def test_the_terminal_rules_off_the_default() -> None:
    lines = printed(TABLE).splitlines()
    default = next(index for index, line in enumerate(lines) if line.startswith("Default"))
    assert set(lines[default + 1]) <= set("─┼ ━╋")
    assert lines[default + 2].startswith("  Noise")
    assert lines[default + 3].startswith("Anger")


def test_figures_are_aligned_right() -> None:
    ends = {line.rstrip().rfind("│") for line in printed(TABLE).splitlines() if "│" in line}
    assert len(ends) == 1
    default, _, anger = (
        line.split("│")[1] for line in printed(TABLE).splitlines() if "│" in line and "people" not in line
    )
    assert len(default) == len(anger)
    assert default.endswith("4 ")
    assert anger.endswith("5 (2) ")


def test_arrows_that_mean_something_are_bold() -> None:
    console = Console(file=io.StringIO(), width=100, force_terminal=True, color_system="standard")
    print_tables(console, [TABLE], [])
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    assert re.search(r"\x1b\[1m *↑ \+1\.0", text)
    assert not re.search(r"\x1b\[1m *− 0\.0", text)


@pytest.mark.parametrize("width", [20, 40, 80])
def test_a_narrow_terminal_is_kept_to(width: int) -> None:
    assert max(len(line) for line in printed(TABLE, notes=("a longer note " * 9,), width=width).splitlines()) <= width
