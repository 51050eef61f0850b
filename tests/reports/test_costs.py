"""Tokens and money as they are written."""

from __future__ import annotations

from dataclasses import replace

import pytest

from emotionbench.comparisons.costs import NO_PRICE, CostRow, FindingCost, Spent
from emotionbench.materials.prices import dollars_text
from emotionbench.reports.render import markdown
from emotionbench.reports.tables.costs import cost_tables, spent_line

SPENT = Spent(10, 12, 2, 0, 12_345, 1_000, 678, None, 0.0123)


@pytest.mark.parametrize(
    ("dollars", "text"),
    [
        (0, "$0"),
        (0.000004, "under $0.0001"),
        (0.00123, "$0.0012"),
        (0.0999, "$0.1"),
        (0.0361, "$0.036"),
        (0.426, "$0.43"),
        (12.3, "$12.30"),
        (999.994, "$999.99"),
        (12345.6, "$12,346"),
    ],
)
def test_an_amount(dollars: float, text: str) -> None:
    assert dollars_text(dollars) == text


def test_a_line_on_a_run() -> None:
    assert spent_line(SPENT) == "12,345 tokens in, 1,000 of them cached, 678 out; $0.012"
    assert spent_line(replace(SPENT, cached_tokens=None, reasoning_tokens=600)).endswith(
        "678 out, 600 of them reasoning; $0.012"
    )
    assert spent_line(replace(SPENT, n_uncounted=1)).endswith("; at least $0.012")
    assert spent_line(replace(SPENT, dollars=None, why=NO_PRICE)).endswith("678 out; no price is known")
    assert spent_line(replace(SPENT, dollars=0.0)).endswith("678 out")
    assert spent_line(replace(SPENT, input_tokens=None, output_tokens=None)) == ""


def test_the_tables_say_what_is_missing_and_why() -> None:
    unknown = replace(SPENT, dollars=None, why=NO_PRICE, cached_tokens=None)
    rows = [
        CostRow("model", "PANAS", SPENT, "2026-11-01", 5),
        CostRow("other", None, unknown, None, 0),
        CostRow("third", "PANAS", replace(SPENT, n_uncounted=3), "2026-11-01", 0),
    ]
    findings = [
        FindingCost("model", "PANAS", "anger", SPENT, 0.01, "negative", 2.0, 0.0669),
        FindingCost("other", "PANAS", "fear", unknown, None, why=NO_PRICE),
    ]
    tables = cost_tables(rows, findings)
    text = markdown([table.plain() for table in tables], [note for table in tables for note in table.notes])
    assert "| model | PANAS | 2026-11-01 | 10 | 12 | 2 | 12,345 | 1,000 | 678 | – | $0.012 | $1.23 |" in text
    assert "| other | all | – | 10 | 12 | 2 | 12,345 | – | 678 | – | no price is known | – |" in text
    assert "| ≥ $0.012 | – |" in text
    assert "| model | PANAS | anger | 10 | $0.012 | $0.022 | 2.00 | $0.067 |" in text
    assert "| other | PANAS | fear | 10 | no price is known | no price is known | – | no price is known |" in text
    assert "5 attempts came of batches" in text
    assert "Prices age" in text
    assert cost_tables([], []) == ()
