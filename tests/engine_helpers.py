"""What the tests of asking share: studies against the mock server, and what a store then holds."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import chdir, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from emotionbench.cli.main import main
from emotionbench.store import Store, schema
from emotionbench.study import Study

KEY = "sk-a-very-secret-key-0123456789"


def study(base_url: str, model: str = "mock", **changes: Any) -> Study:
    """A small study of one model at the mock server: 20 baselines and one factor's 12 situations."""
    respondent = {"id": f"compatible/{model}", "settings": {"base_url": base_url}}
    spec = {"respondents": [respondent], "factors": ["anger-1"], "execution": {"retries": 2}}
    return Study(**{**spec, **changes})


def responses(store: Path | str) -> Counter[str]:
    """Administration id → how many of its attempts have a response."""
    table = schema.attempt
    with Store(store) as opened, opened.reading() as connection:
        rows = connection.execute(
            select(table.c.administration, func.count(table.c.response)).group_by(table.c.administration)
        )
        return Counter({row[0]: row[1] for row in rows})


def error_kinds(store: Path | str) -> Counter[str]:
    """Kind of error → how many attempts ended so."""
    table = schema.attempt
    with Store(store) as opened, opened.reading() as connection:
        kinds = connection.execute(select(table.c.error_kind).where(table.c.error.is_not(None))).scalars()
        return Counter(kinds)


def n_rows(store: Path | str, table_name: str) -> int:
    """How many rows a table holds."""
    with Store(store) as opened, opened.reading() as connection:
        return connection.execute(select(func.count()).select_from(schema.metadata.tables[table_name])).scalar_one()


def command(*arguments: str) -> list[str]:
    """The command line in this interpreter."""
    return [sys.executable, "-c", "from emotionbench.cli import main; main()", *arguments]


def run_command(folder: Path, arguments: Sequence[str], **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end in ``folder``."""
    return subprocess.run(
        command(*arguments),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
        env={**os.environ, **environment},
    )


def run_here(folder: Path, arguments: Sequence[str], **environment: str) -> subprocess.CompletedProcess[str]:
    """What ``run_command`` does, by the same entry point in this process, without its seconds of imports.

    For what is printed, written and refused; a process of its own is for signals, for what gets imported, and for a
    few commands of each kind (``test_a_process_and_this_one_say_the_same`` holds the two together).
    """
    out, err = StringIO(), StringIO()
    with pytest.MonkeyPatch.context() as patch, chdir(folder), redirect_stdout(out), redirect_stderr(err):
        for name, value in environment.items():
            patch.setenv(name, value)
        patch.setattr(sys, "argv", ["-c", *arguments])
        patch.setattr(sys.modules["__main__"], "__package__", None)  # where click looks for how it was started
        with pytest.raises(SystemExit) as ended:
            main()
    code = ended.value.code
    assert isinstance(code, int)
    return subprocess.CompletedProcess(command(*arguments), code, out.getvalue(), err.getvalue())
