"""Tables of text cells in the terminal (rich) and as Markdown."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from emotionbench.reports.change_table import Table

ARROW_STYLES = {"↑": "bold", "↓": "bold"}


def print_tables(console: Console, tables: Iterable[Table], notes: Iterable[str]) -> None:
    """Print tables and their footnotes in the terminal."""
    for table in tables:
        console.print()
        console.print(_rich(table))
    console.print()
    for note in notes:
        console.print(Text(note), style="dim")


def markdown(tables: Iterable[Table], notes: Iterable[str]) -> str:
    """The same as Markdown."""
    parts = []
    for table in tables:
        rule = ["---" if index < table.n_text else "---:" for index in range(len(table.header))]
        rows = [table.header, rule, *table.rows]
        lines = ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows]
        parts.append(f"**{_cell(table.title)}**\n\n" + "\n".join(lines))
    parts.append("\n".join(f"- {note}" for note in notes))
    return "\n\n".join(parts) + "\n"


def _cell(text: str) -> str:
    indented = text.replace("  ", "&emsp;", 1) if text.startswith("  ") else text
    return indented.replace("|", "\\|")


def _rich(table: Table) -> RichTable:
    # Text, not str: names such as org:robot: or [x] are no markup
    drawn = RichTable(title=Text(table.title, style="bold"), title_justify="left", show_edge=False, pad_edge=False)
    for index, name in enumerate(table.header):
        is_people = name == "people"
        drawn.add_column(
            Text(name),
            justify="left" if index < table.n_text else "right",
            style="dim" if is_people or (index == 1 and table.n_text == 1) else None,
        )
    for index, row in enumerate(table.rows):
        if index in table.ruled:
            drawn.add_section()
        drawn.add_row(*(Text(cell, style=ARROW_STYLES.get(cell[:1], "")) for cell in row))
    return drawn
