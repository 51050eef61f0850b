"""Personas: who a respondent is told to be, in as many languages as there are texts."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from emotionbench.documents import Document, fault
from emotionbench.materials.instruments import LongText, ShortText


class Persona(Document):
    """One role, as the system message states it; ``texts`` holds it by language."""

    id: ShortText
    name: ShortText
    source: LongText
    texts: Annotated[dict[str, LongText], Field(min_length=1)]

    @model_validator(mode="after")
    def _check(self) -> Self:
        for language, text in self.texts.items():
            if not text.strip():
                raise fault(f"the text in language {language!r} is empty; say who to be", "texts", language)
        return self
