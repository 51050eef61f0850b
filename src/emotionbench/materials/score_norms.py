"""Score norms: how groups of people score on an instrument, to set a respondent's own score beside."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from emotionbench.documents import Document, fault
from emotionbench.materials.instruments import LongText, ShortText
from emotionbench.materials.norms import Moments


class NormGroup(Document):
    """One group of people: how many, and mean and SD (n − 1) of their scores by subscale, in the instrument's units."""

    name: ShortText
    n: Annotated[int, Field(ge=2)]
    subscales: Annotated[dict[str, Moments], Field(min_length=1)]


class ScoreNorm(Document):
    """Published scores of one or several groups; ``instruments`` are the ids (or families) that they hold for."""

    id: ShortText
    name: ShortText
    instruments: Annotated[tuple[ShortText, ...], Field(strict=False, min_length=1)]
    source: LongText
    licence: LongText
    groups: Annotated[tuple[NormGroup, ...], Field(strict=False, min_length=1)]

    @model_validator(mode="after")
    def _check(self) -> Self:
        names = [group.name for group in self.groups]
        for number, group in enumerate(self.groups):
            if names.index(group.name) < number:
                raise fault(f"group {group.name!r} stands twice; give every group a name of its own", "groups", number)
            for key, moments in group.subscales.items():
                if moments.sd == 0:
                    raise fault(f"group {group.name!r}, subscale {key!r}: sd is 0", "groups", number, "subscales", key)
        return self
