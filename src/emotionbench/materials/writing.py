"""Documents as YAML text, in the layout of the shipped materials."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from emotionbench.documents import Document, canonical_json
from emotionbench.materials.instruments import Item

WIDTH = 118


def to_yaml(document: Document) -> str:
    """The YAML text of a document; ``parse_document`` reads it back to an equal one.

    Lists and mappings of nothing but numbers stand on one line, items without labels of their own as bare texts, and
    keys that are null by default are left out.
    """
    yaml = YAML(typ="rt")
    # ruamel.yaml folds lines between two blanks, of which YAML then reads one
    yaml.width = sys.maxsize if "  " in canonical_json(document.model_dump(mode="json")) else WIDTH
    yaml.indent(mapping=2, sequence=4, offset=2)
    stream = io.StringIO()
    yaml.dump(_ready(document), stream)
    # ruamel.yaml leaves the blank at which it folds a line, which means nothing
    return "".join(f"{line.rstrip(' ')}\n" for line in stream.getvalue().split("\n")[:-1])


def _ready(value: Any) -> Any:
    if isinstance(value, Item) and value.labels is None:
        return value.text
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        content = {name: getattr(value, name) for name in fields}
        return _mapping({k: v for k, v in content.items() if v is not None or fields[k].is_required()})
    if isinstance(value, dict):
        return _mapping(value)
    if isinstance(value, tuple | list):
        sequence = CommentedSeq(_ready(content) for content in value)
        if _only_numbers(value):
            sequence.fa.set_flow_style()
        return sequence
    return value


def _mapping(value: dict[Any, Any]) -> CommentedMap:
    mapping = CommentedMap((key, _ready(content)) for key, content in value.items())
    if _only_numbers(value.values()):
        mapping.fa.set_flow_style()
    return mapping


def _only_numbers(values: Iterable[Any]) -> bool:
    return all(isinstance(value, int | float) for value in values)
