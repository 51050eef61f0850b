"""A study as a task of Inspect AI: ``inspect eval emotionbench/panas --model PROVIDER/MODEL``.

Inspect finds the tasks by the entry point ``inspect_ai``; ``emotionbench import inspect-log`` brings their logs back.
What makes them is imported when one is made, since Inspect imports this module whenever it looks for anything.
"""

from __future__ import annotations

from typing import Any

from inspect_ai import Task, task

__all__ = ["panas", "study"]


@task
def panas(**options: Any) -> Task:
    """PANAS before and after imagined situations; options are those of a study, such as ``emotions`` or ``repeats``."""
    from emotionbench.inspect_task.building import build_panas  # noqa: PLC0415

    return build_panas(options)


@task
def study(file: str | None = None, **options: Any) -> Task:
    """Any study: of a file (``-T file=study.yaml``), of options, or of both; an option overrides the file."""
    from emotionbench.inspect_task.building import build_study  # noqa: PLC0415

    return build_study(file, options)
