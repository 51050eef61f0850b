"""Evaluations of our tasks by Inspect AI, each kept as a log: ``python tests/inspect_evals.py FOLDER`` runs them all.

Inspect runs one evaluation a process at a time and takes seconds to start, so one process runs them for all tests.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

SMALL = {"emotions": "anger,fear", "situations_per_factor": 1, "baseline_repeats": 4}
STUDY_FILE = """\
instruments: ECL-8
factors: [anger-1]
situations_per_factor: 2
repeats: 2
baseline_repeats: 2
ways:
  template: plain
  items_per_message: [3, all]
  temperature: 0.5
respondents: lexicon
"""
FORMS = {"factors": "anger-1", "situations_per_factor": 1, "baseline_repeats": 1}

EVALS: dict[str, tuple[str, str, dict[str, Any], dict[str, Any]]] = {
    "whole": ("panas", "whole", SMALL, {"log_format": "json"}),
    "partial": ("panas", "half", SMALL, {"temperature": 0.25, "log_format": "eval"}),
    "paired": ("panas", "half", {"factors": "anger-1,fear-1", "design": "paired", "repeats": 2}, {}),
    "refused": ("panas", "refuses", FORMS, {}),
    "file": ("study", "whole", {"file": "study.yaml"}, {}),
    "json": ("study", "json", {**FORMS, "ways": {"answers": "json"}}, {}),
    "probabilities": ("study", "whole", {**FORMS, "ways": {"answers": "logprobs", "template": "plain"}}, {}),
    "blocked": ("panas", "whole+blocked", SMALL, {"log_format": "json"}),
    "blocked-paired": ("panas", "whole+blocked", {"emotions": "anger,fear", "design": "paired"}, {}),
    "failing": ("panas", "whole+sometimes", SMALL, {"fail_on_error": False}),
    "retried": ("panas", "whole+once", FORMS, {"retry_on_error": 1}),
    "epochs": ("panas", "whole", FORMS, {"epochs": 2}),
    "unsampled": ("panas", "whole", FORMS, {"log_samples": False}),
}
"""Name of the log → task, model, options of the task, options of the evaluation."""
READY, WITHIN = "ready", 240.0


def logs_in(folder: Path) -> Path:
    """The folder of the logs, made by the first process that comes; others wait for it."""
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        end = time.monotonic() + WITHIN
        while not (folder / READY).exists() and time.monotonic() < end:
            time.sleep(0.2)
        return folder
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent), "INSPECT_DISPLAY": "none"}
    environment.pop("EMOTIONBENCH_HOME", None)
    command = [sys.executable, str(Path(__file__).resolve()), str(folder)]
    done = subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, timeout=WITHIN, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    (folder / READY).touch()
    return folder


def logs_of(factory: pytest.TempPathFactory) -> Path:
    """The folder of the logs for all tests of a run, in however many processes."""
    base = factory.getbasetemp()
    return logs_in((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "inspect-logs")


def run_all(folder: Path) -> None:
    """Run every evaluation, and name its log after it."""
    from inspect_ai import eval as evaluate  # noqa: PLC0415

    import inspect_models  # noqa: F401, PLC0415

    (folder / "study.yaml").write_text(STUDY_FILE, encoding="utf-8")
    os.chdir(folder)
    for name, (task, model, options, how) in EVALS.items():
        (log,) = evaluate(
            f"emotionbench/{task}",
            model=f"scripted/{model}",
            task_args=options,
            log_dir=str(folder / "made"),
            display="none",
            max_retries=0,
            **how,
        )
        kept = Path(log.location.removeprefix("file://"))
        kept.rename(folder / f"{name}{kept.suffix}")
    _ready_made(folder)
    _foreign(folder)


def _ready_made(folder: Path) -> None:
    """A task that was made before Inspect said which model it is for."""
    from inspect_ai import eval as evaluate  # noqa: PLC0415

    from emotionbench.inspect_task import panas  # noqa: PLC0415

    task = panas(factors="anger-1", design="paired")
    (log,) = evaluate(task, model="scripted/whole", log_dir=str(folder / "made"), display="none", temperature=0.25)
    kept = Path(log.location.removeprefix("file://"))
    kept.rename(folder / f"ready-made{kept.suffix}")


def _foreign(folder: Path) -> None:
    """A log of somebody else's task."""
    from inspect_ai import Task  # noqa: PLC0415
    from inspect_ai import eval as evaluate  # noqa: PLC0415
    from inspect_ai.dataset import Sample  # noqa: PLC0415

    (log,) = evaluate(
        Task(dataset=[Sample("1 + 1")]), model="scripted/whole", log_dir=str(folder / "made"), display="none"
    )
    kept = Path(log.location.removeprefix("file://"))
    kept.rename(folder / f"foreign{kept.suffix}")


if __name__ == "__main__":
    run_all(Path(sys.argv[1]))
