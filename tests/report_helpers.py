"""Small stores of real runs, and the reports of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from emotionbench import Study, run
from emotionbench.analysis import analyse
from emotionbench.reports.contents import Report
from emotionbench.reports.html import render_page
from emotionbench.store import Store, reading
from emotionbench.store.studies import store_facts

FACTORS = ("anger-1", "anger-2", "fear-1", "guilt-1")
HOSTILE = '</script><script>alert("x")</script>\'" & {{ 7 * 7 }}'


def make_store(path: Path, **changes: Any) -> Path:
    """Two synthetic respondents, four factors, two repeats; ``changes`` are those of the study."""
    defaults: dict[str, Any] = {
        "respondents": ["human-norm", "lexicon"],
        "factors": FACTORS,
        "situations_per_factor": 3,
        "repeats": 2,
        "baseline_repeats": 20,
    }
    run(Study(**(defaults | changes)), path)
    return path


def report_of(path: Path, **rules: Any) -> Report:
    with Store(path, writable=False) as store:
        analysis = analyse(store)
        return Report(analysis.findings(**rules), analysis, store_facts(store))


def page_of(path: Path, **rules: Any) -> str:
    with Store(path, writable=False) as store:
        situations = reading.materials(store).situations
    return render_page(report_of(path, **rules), situations)
