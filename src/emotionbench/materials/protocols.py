"""Protocols: the words put around an instrument and a situation, and the temperature they are asked at."""

from __future__ import annotations

import string
from typing import Annotated, Self

from pydantic import Field, model_validator

from emotionbench.documents import Document, fault
from emotionbench.materials.instruments import LongText, ShortText

PLACEHOLDERS = {
    "system": {"lowest", "highest"},
    "baseline": {"instructions", "lowest", "highest", "labels", "items", "reply"},
    "evoked": {"instructions", "lowest", "highest", "labels", "items", "reply", "situation"},
    "evoked_after": {"instructions", "lowest", "highest", "labels", "items", "reply", "situation"},
    "item": {"position", "text"},
    "label": {"value", "label"},
    "labels_with_items": set(),
    "reply_by_text": {"lowest", "highest"},
    "reply_by_position": {"lowest", "highest"},
}
REQUIRED = {"baseline": {"items"}, "evoked": {"items", "situation"}, "evoked_after": {"items", "situation"}}


class Protocol(Document):
    """How a respondent is asked.

    Each text may hold the placeholders listed in ``PLACEHOLDERS``. ``evoked_after`` continues a conversation that
    already holds the baseline (paired design). ``labels_with_items`` stands for the labels of an instrument whose
    items carry their own. ``temperature`` is sent to models; null leaves their own default.
    """

    id: ShortText
    name: ShortText
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$")]
    source: LongText
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    system: LongText | None = None
    baseline: LongText
    evoked: LongText
    evoked_after: LongText
    item: LongText
    label: LongText
    labels_with_items: LongText
    reply_by_text: LongText
    reply_by_position: LongText

    @model_validator(mode="after")
    def _check(self) -> Self:
        for field, known in PLACEHOLDERS.items():
            text = getattr(self, field)
            if text is None:
                continue
            found = _placeholders(field, text)
            unknown = sorted(found - known)
            if unknown:
                names = ", ".join(sorted(known))
                raise fault(f"{field}: unknown placeholder {{{unknown[0]}}}; known: {names}", field)
            lacking = sorted(REQUIRED.get(field, set()) - found)
            if lacking:
                raise fault(f"{field}: lacks the placeholder {{{lacking[0]}}}; add it", field)
        return self


def _placeholders(field: str, text: str) -> set[str]:
    try:
        parts = [part for part in string.Formatter().parse(text) if part[1] is not None]
    except ValueError as problem:
        raise fault(f"{field}: {problem}; write a literal brace as {{{{ or }}}}", field) from None
    if any(spec or conversion for _, _, spec, conversion in parts):
        raise fault(f"{field}: a placeholder is a bare name in braces; leave out what follows : or !", field)
    return {str(name) for _, name, _, _ in parts}
