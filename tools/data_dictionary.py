"""Write docs/data-dictionary.md from the comments of the store's tables.

    python tools/data_dictionary.py [--check]

With ``--check`` nothing is written; exit code 1 if the file is not up to date.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from emotionbench.store.schema import HEAD, metadata

TARGET = Path(__file__).parents[1] / "docs/data-dictionary.md"


def lines() -> Iterator[str]:
    yield "# Data dictionary of a store"
    yield ""
    yield f"Schema {HEAD}. Made by `tools/data_dictionary.py` from the tables' own comments; do not edit."
    for table in metadata.sorted_tables:
        yield ""
        yield f"## {table.name}"
        yield f"{table.comment}."
        yield ""
        yield "| column | type | null | meaning |"
        yield "|---|---|---|---|"
        for column in table.columns:
            name = f"**{column.name}**" if column.primary_key else column.name
            target = next(iter(column.foreign_keys), None)
            comment = f"{column.comment} → {target.target_fullname}" if target else column.comment
            yield f"| {name} | {column.type} | {'yes' if column.nullable else 'no'} | {comment} |"


def main() -> int:
    text = "\n".join(lines()) + "\n"
    if "--check" in sys.argv[1:]:
        if not TARGET.is_file() or TARGET.read_text(encoding="utf-8") != text:
            print("docs/data-dictionary.md is not up to date: python tools/data_dictionary.py")
            return 1
        return 0
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
