"""Tables as LaTeX with booktabs rules."""

from __future__ import annotations

from collections.abc import Iterable

from emotionbench.reports.change_table import Table

ESCAPES = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "−": "$-$",
    "±": r"$\pm$",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    "○": r"$\circ$",
    "α": r"$\alpha$",
    "ω": r"$\omega$",
    "×": r"$\times$",
    "·": r"\textperiodcentered{}",
    "…": r"\ldots{}",
    "≥": r"$\geq$",
    "≤": r"$\leq$",
    "✓": r"$\checkmark$",
    "→": r"$\rightarrow$",
    "\N{NO-BREAK SPACE}": "~",
    "\N{NARROW NO-BREAK SPACE}": r"\,",
    "\n": " ",
}
TABLE = str.maketrans(ESCAPES)
PREAMBLE = r"% needs \usepackage{booktabs}, \usepackage[T1]{fontenc} and \usepackage{amssymb}"


def escape(text: str) -> str:
    """Text as LaTeX sets it, whatever stands in it."""
    return text.translate(TABLE)


def latex(table: Table, notes: Iterable[str] = (), label: str | None = None) -> str:
    """A table environment: caption, booktabs rules, notes below; cells are escaped."""
    kinds = "".join("l" if index < table.n_text else "r" for index in range(len(table.header)))
    lines = [
        PREAMBLE,
        r"\begin{table}[htbp]",
        r"\centering",
        rf"\caption{{{escape(table.title)}}}",
        *([rf"\label{{tab:{label}}}"] if label else []),
        rf"\begin{{tabular}}{{{kinds}}}",
        r"\toprule",
        _row(table.header),
        r"\midrule",
    ]
    for index, row in enumerate(table.rows):
        if index and index in table.ruled:
            lines.append(r"\midrule")
        lines.append(_row(row))
    lines += [r"\bottomrule", r"\end{tabular}"]
    lines += [rf"\par\smallskip{{\footnotesize {escape(note)}\par}}" for note in notes]
    return "\n".join([*lines, r"\end{table}"]) + "\n"


def _row(cells: Iterable[str]) -> str:
    return " & ".join(map(_cell, cells)) + r" \\"


def _cell(text: str) -> str:
    found = rf"\quad {escape(text.strip())}" if text.startswith("  ") else escape(text)
    # a bracket after \\ would be read as its argument
    return f"{{}}{found}" if found.startswith("[") else found
