"""Personas: who a respondent is told to be, in as many languages as there are texts."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from emotionbench.documents import Document
from emotionbench.materials.instruments import LongText, ShortText


class Persona(Document):
    """One role, as the system message states it; ``texts`` holds it by language."""

    id: ShortText
    name: ShortText
    source: LongText
    texts: Annotated[dict[str, LongText], Field(min_length=1)]
