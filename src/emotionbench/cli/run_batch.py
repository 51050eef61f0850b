"""``emotionbench run --batch``: the live line of batches, and what is said on leaving them."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Self

import click
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from emotionbench.cli.options import console
from emotionbench.engine import Prepared, Tally
from emotionbench.engine.batch_sending import View
from emotionbench.engine.batches import check_for_batches, run_in_batches
from emotionbench.store import Store, batches


def by_batch(prepared: Prepared) -> Callable[[Store], Tally]:
    """What asks a study by batches; an error where that cannot be, before there is a store."""
    check_for_batches(prepared)

    def ask(store: Store) -> Tally:
        with _Display(console()) as display:
            tally = run_in_batches(prepared, store, display.show)
        n = sum(batch.n_requests for batch in batches.open_batches(store) if batch.provider_id is not None)
        if tally.interrupted and n:
            click.echo(
                f"the provider goes on with {n:,} requests; the same command collects what came of them", err=True
            )
        return tally

    return ask


class _Display:
    """A live line; where there is no terminal, a line whenever something else is done."""

    def __init__(self, out: Console) -> None:
        self.is_live, self.said, self.n_noted = out.is_terminal, "", 0
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        self.progress = Progress(*columns, console=out, disable=not self.is_live)
        self.task = self.progress.add_task("", total=None)

    def __enter__(self) -> Self:
        self.progress.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.progress.stop()

    def show(self, view: View) -> None:
        """Show where the batches stand; what is to be said early, once."""
        for note in view.notes[self.n_noted :]:
            self.progress.console.print(note, highlight=False)
            self.n_noted += 1
        line = line_of(view)
        self.progress.update(self.task, description=line)
        if not self.is_live and view.doing != self.said:
            click.echo(line, err=True)
        self.said = view.doing


def line_of(view: View) -> str:
    """``waiting: 2 batches open, 5,100 of 5,984 requests done, 3 failed``."""
    if not view.n_batches:
        return view.doing
    batch = "1 batch" if view.n_batches == 1 else f"{view.n_batches} batches"
    failed = f", {view.n_failed:,} failed" if view.n_failed else ""
    return f"{view.doing}: {batch} open, {view.n_done:,} of {view.n_requests:,} requests done{failed}"
