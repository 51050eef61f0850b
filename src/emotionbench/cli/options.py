"""What several commands share."""

from __future__ import annotations

import click
from rich.console import Console

from emotionbench.store import Store

store_option = click.option(
    "--store",
    "store_name",
    default="emotionbench.db",
    show_default=True,
    metavar="PATH|URL",
    envvar="EMOTIONBENCH_STORE",
    help="The store: a file (SQLite), or postgresql://user@host/database.",
)


def console() -> Console:
    """Where tables go: as wide as the terminal, and wide enough for a table where there is none."""
    found = Console(highlight=False, soft_wrap=False)
    return found if found.is_terminal else Console(highlight=False, width=140)


def open_for_reading(store_name: str) -> Store:
    """An existing store."""
    return Store(store_name, writable=False)
