"""What became of every administration: answered, incomplete, refused, unparseable, failed; and what asking took."""

from __future__ import annotations

import polars as pl

from emotionbench.comparisons.participation import BY_RULE
from emotionbench.reports.contents import Report
from emotionbench.reports.phrases import count, kind_word, reason_word, share
from emotionbench.reports.tables.cells import Cell, Column, PageTable, Row

BY_RULES = "Of people whom a rule of their study leaves out, what they answered is not read: the rule stands here."
USUAL = ("answered", "incomplete", "refused", "unparseable", "missing")


def account_page_table(report: Report) -> PageTable:
    """Administrations by respondent, instrument and condition, and what became of them."""
    frame = report.analysis.administrations
    present = frame["outcome"].unique().to_list()
    outcomes = [*USUAL, *sorted(outcome for outcome in present if outcome not in USUAL)]
    shown = [outcome for outcome in outcomes if outcome in present or outcome in USUAL[:4]]
    counts = frame.group_by("respondent", "kind", "instrument", "condition", maintain_order=True).agg(
        pl.len().alias("n"), *((pl.col("outcome") == outcome).sum().alias(f"is {outcome}") for outcome in shown)
    )
    rows = []
    for row in counts.iter_rows(named=True):
        cells = [Cell(count(row[f"is {outcome}"]), order=row[f"is {outcome}"]) for outcome in shown]
        name = Cell(row["respondent"], badge=kind_word(row["kind"]))
        answered = row["is answered"] / row["n"]
        rows.append(
            Row(
                (
                    name,
                    Cell(row["instrument"]),
                    Cell(row["condition"]),
                    Cell(count(row["n"]), order=row["n"]),
                    *cells,
                    Cell(share(answered, 1), order=answered),
                )
            )
        )
    columns = (
        *(Column(name, is_text=True) for name in ("respondent", "instrument", "condition")),
        Column("administrations"),
        *(Column(reason_word(outcome)) for outcome in shown),
        Column("fully answered"),
    )
    return PageTable(
        "accounts",
        "What became of every administration",
        columns,
        tuple(rows),
        notes=(
            "answered: every item valid; incomplete: some; the others: none, and why. Nothing is filled in or"
            " guessed, and"
            " what could not be scored is left out of the means and counted.",
            *([BY_RULES] if BY_RULE & set(present) else []),
        ),
        n_lead=2,
    )


def usage_page_table(report: Report) -> PageTable:
    """Attempts, failures and tokens by respondent, as the servers counted them."""
    columns = (
        Column("respondent", is_text=True),
        Column("model as the server named it", is_text=True),
        *(Column(name) for name in ("attempts", "failed", "input tokens", "output tokens", "tokens each")),
    )
    rows = []
    for usage in report.facts.usages:
        tokens = None if usage.input_tokens is None else usage.input_tokens + (usage.output_tokens or 0)
        rows.append(
            Row(
                (
                    Cell(usage.respondent, badge=kind_word(usage.kind)),
                    Cell(", ".join(usage.model_versions) or "not recorded"),
                    Cell(count(usage.n_attempts), order=usage.n_attempts),
                    Cell(count(usage.n_failed), order=usage.n_failed),
                    Cell("not recorded" if usage.input_tokens is None else count(usage.input_tokens)),
                    Cell("not recorded" if usage.output_tokens is None else count(usage.output_tokens)),
                    Cell("–" if tokens is None else count(round(tokens / usage.n_administrations))),
                )
            )
        )
    return PageTable("usage", "What asking took", columns, tuple(rows))
