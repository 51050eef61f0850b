"""Protocols: the words put around an instrument and a situation, and the temperature they are asked at."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from emotionbench.documents import Document, fault, left_out
from emotionbench.materials.instruments import LongText, ShortText
from emotionbench.materials.placeholders import placeholders

PUT = {"instructions", "lowest", "highest", "labels", "scale", "items", "reply"}
PLACEHOLDERS = {
    "system": {"lowest", "highest"},
    "baseline": PUT,
    "evoked": PUT | {"situation"},
    "evoked_after": PUT | {"situation"},
    "recovered": PUT,
    "next_items": PUT,
    "item": {"position", "text"},
    "scale_numbers": {"lowest", "highest", "labels"},
    "scale_symbols": {"lowest", "highest", "labels"},
    "label": {"value", "label"},
    "symbol_label": {"symbol", "label"},
    "think_first": set[str](),
    "labels_with_items": set[str](),
    "reply_by_text": {"lowest", "highest"},
    "reply_by_position": {"lowest", "highest"},
    "reply_alone": {"lowest", "highest"},
    "recite_items": {"instrument", "n_items", "n_shown", "items"},
    "recite_key": {"instrument", "n_items", "subscales"},
    "recite_situation": {"beginning"},
    "target_score": PUT | {"instrument", "targets"},
}
REQUIRED = {
    "baseline": {"items"},
    "evoked": {"items", "situation"},
    "evoked_after": {"items", "situation"},
    "recovered": {"items"},
    "next_items": {"items"},
    "recite_items": {"instrument", "items"},
    "recite_key": {"instrument", "subscales"},
    "recite_situation": {"beginning"},
    "target_score": {"items", "targets"},
}


class Protocol(Document):
    """How a respondent is asked.

    Each text may hold the placeholders listed in ``PLACEHOLDERS``. ``evoked_after`` continues a conversation that
    already holds the baseline (paired design). ``labels_with_items`` stands for the labels of an instrument whose
    items carry their own. ``temperature`` is sent to models; null leaves their own default.

    The other texts are for what a study varies, and a protocol may do without them. ``template`` names the words that
    this protocol puts in its language. ``{scale}`` stands for ``scale_numbers`` or, where options carry signs such as
    ``a)``, for ``scale_symbols`` with labels made of ``symbol_label``. ``recovered`` calms down after the situation
    and puts the instrument again; ``next_items`` puts further items in the same conversation; ``think_first`` asks
    for reasoning, with a line ``###`` between it and the answers. ``between_labels`` stands between two labels.
    ``reply_alone`` asks for the answer to one item and nothing else, where the probabilities of answers are read.
    ``recite_items``, ``recite_key``, ``recite_situation`` and ``target_score`` are the probes of contamination.
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
    template: ShortText | None = left_out()
    recovered: LongText | None = left_out()
    next_items: LongText | None = left_out()
    scale_numbers: LongText | None = left_out()
    scale_symbols: LongText | None = left_out()
    symbol_label: LongText | None = left_out()
    think_first: LongText | None = left_out()
    reply_alone: LongText | None = left_out()
    between_labels: ShortText = left_out(", ")
    recite_items: LongText | None = left_out()
    recite_key: LongText | None = left_out()
    recite_situation: LongText | None = left_out()
    target_score: LongText | None = left_out()

    @model_validator(mode="after")
    def _check(self) -> Self:
        for field, known in PLACEHOLDERS.items():
            text = getattr(self, field)
            if text is None:
                continue
            found = placeholders(field, text)
            unknown = sorted(found - known)
            if unknown:
                names = ", ".join(sorted(known))
                raise fault(f"{field}: unknown placeholder {{{unknown[0]}}}; known: {names}", field)
            lacking = sorted(REQUIRED.get(field, set()) - found)
            if lacking:
                raise fault(f"{field}: lacks the placeholder {{{lacking[0]}}}; add it", field)
        return self
