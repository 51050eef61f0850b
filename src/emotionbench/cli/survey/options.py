"""What the commands of the survey share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from emotionbench.errors import EmotionBenchError

study_argument = click.argument(
    "study_file", metavar="STUDY.yaml", type=click.Path(path_type=Path, exists=True, dir_okay=False)
)


@contextmanager
def web_parts() -> Iterator[None]:
    """Say what to install where a library of the survey is missing."""
    try:
        yield
    except ModuleNotFoundError as problem:
        raise EmotionBenchError(f"the survey needs {problem.name}", fix="pip install 'emotionbench[survey]'") from None
