from __future__ import annotations

import pytest

from emotionbench.reports.change_table import Table
from emotionbench.reports.latex import escape, latex

TABLE = Table(
    "A & B", ("", "n", "change"), (("Default", "5", "1.0"), ("  Facing_it", "5", "−1.2 [−2, 0]")), ruled=frozenset({1})
)


def test_a_table_with_booktabs_rules() -> None:
    lines = latex(TABLE, ["50 % of #1"], "change").splitlines()
    assert r"\caption{A \& B}" in lines
    assert r"\label{tab:change}" in lines
    assert r"\begin{tabular}{lrr}" in lines
    assert lines[lines.index(r"\toprule") + 1] == r" & n & change \\"
    assert lines.count(r"\midrule") == 2
    assert r"\quad Facing\_it & 5 & $-$1.2 [$-$2, 0] \\" in lines
    assert r"\par\smallskip{\footnotesize 50 \% of \#1\par}" in lines
    assert lines[-1] == r"\end{table}"


@pytest.mark.parametrize(
    ("text", "set_as"),
    [
        ("a_b%c&d#e$f", r"a\_b\%c\&d\#e\$f"),
        ("\\{~^}", r"\textbackslash{}\{\textasciitilde{}\textasciicircum{}\}"),
        ("↑ −3 ± α ○", r"$\uparrow$ $-$3 $\pm$ $\alpha$ $\circ$"),
        ("<script>", r"\textless{}script\textgreater{}"),
    ],
)
def test_whatever_stands_in_a_cell_is_escaped(text: str, set_as: str) -> None:
    assert escape(text) == set_as


def test_a_row_that_begins_with_a_bracket_is_no_argument() -> None:
    assert "{}[x] & 1" in latex(Table("t", ("a", "b"), (("[x]", "1"),)))
