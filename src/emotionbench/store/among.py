"""Rows whose key is one of many.

The keys go to the database as one parameter, so that a statement can be made once: a placeholder for each, as
``column.in_`` has it, takes several times as long for a few hundred.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Connection, String, any_, bindparam, func, select


def among(dialect: str, column: ColumnElement[Any]) -> ColumnElement[bool]:
    """That ``column`` is one of the keys which are given, as ``keys(...)``, when the statement is executed."""
    if dialect == "sqlite":
        listed = func.json_each(bindparam("keys")).table_valued("value")
        return column.in_(select(listed.c.value))
    return column == any_(bindparam("keys", type_=ARRAY(String)))


def keys(connection: Connection, found: Collection[str]) -> dict[str, Any]:
    """The parameter of a statement with ``among``."""
    listed = list(found)
    return {"keys": json.dumps(listed) if connection.dialect.name == "sqlite" else listed}
