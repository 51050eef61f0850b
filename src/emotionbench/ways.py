"""Ways of asking: what a study varies in how an instrument is put, and the forms that come of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import product
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from emotionbench.documents import Document, fault
from emotionbench.errors import StudyError, nearest
from emotionbench.fractions import fraction
from emotionbench.materials import catalogue
from emotionbench.materials.forms import NOBODY, Conversation, Form, ItemOrder, OptionLabels, OptionOrder
from emotionbench.materials.instruments import ShortText
from emotionbench.materials.personas import Persona

TEMPLATES = ("plain", "brief", "polite", "strict", "sheet")
LANGUAGES = ("en", "zh", "ko", "es", "fr", "de", "it", "ar", "ru", "ja")
CROSSED = "*"


def as_list(value: Any) -> Any:
    """Take ``a, b`` for ``[a, b]``, and one level for a list of it."""
    if isinstance(value, str):
        value = value.split(",")
    if isinstance(value, list | tuple):
        words = [part.strip() if isinstance(part, str) else part for part in value]
        return tuple(word for word in words if word != "")
    return value if value is None or isinstance(value, dict) else (value,)


def _numbers(value: Any) -> Any:
    """Levels with their numbers as such, also where they came as words from a flag."""
    levels = as_list(value)
    return tuple(_number(level) for level in levels) if isinstance(levels, tuple) else levels


def _number(level: Any) -> Any:
    if isinstance(level, str) and level.replace(".", "", 1).isdecimal():
        return float(level) if "." in level else int(level)
    return level


def _yes_or_no(value: Any) -> Any:
    words = {"yes": True, "no": False, "true": True, "false": False}
    levels = as_list(value)
    if not isinstance(levels, tuple):
        return levels
    return tuple(words.get(level.casefold(), level) if isinstance(level, str) else level for level in levels)


def _floats(value: Any) -> Any:
    levels = _numbers(value)
    return tuple(float(level) if isinstance(level, int) else level for level in levels) if levels else levels


def _levels(before: Any) -> Any:
    return BeforeValidator(before), Field(min_length=1, strict=False)


Words = Annotated[tuple[ShortText, ...], *_levels(as_list)]
PerMessage = Literal["all"] | Annotated[int, Field(ge=1)]


class Ways(Document):
    """The levels of every way of asking that a study varies; what is not named is not varied.

    ``template`` and ``language`` may be ``all``: the five templates, the ten languages. ``persona`` names personas, or
    ``none``. ``forms`` is how many forms are asked: all combinations, or a balanced fraction of so many, from which
    every main effect and the ``interactions`` named (``template*language``) can be estimated.
    """

    template: Words | None = None
    paraphrase: Words | None = None
    language: Words | None = None
    option_labels: Annotated[tuple[OptionLabels, ...], *_levels(as_list)] | None = None
    option_order: Annotated[tuple[OptionOrder, ...], *_levels(as_list)] | None = None
    item_order: Annotated[tuple[ItemOrder, ...], *_levels(as_list)] | None = None
    items_per_message: Annotated[tuple[PerMessage, ...], *_levels(_numbers)] | None = None
    conversation: Annotated[tuple[Conversation, ...], *_levels(as_list)] | None = None
    persona: Words | None = None
    chain_of_thought: Annotated[tuple[bool, ...], *_levels(_yes_or_no)] | None = None
    temperature: Annotated[tuple[Annotated[float, Field(ge=0, le=2)], ...], *_levels(_floats)] | None = None
    forms: Annotated[int, Field(ge=1)] | None = None
    interactions: Words | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        for name, levels in self.levels.items():
            twice = next((level for place, level in enumerate(levels) if level in levels[:place]), None)
            if twice is not None:
                raise fault(f"{name}: level {twice!r} stands twice", name)
        for place, named in enumerate(self.interactions or ()):
            self._check_interaction(named, place)
        return self

    def _check_interaction(self, named: str, place: int) -> None:
        names = [name.strip() for name in named.split(CROSSED)]
        unknown = next((name for name in names if name not in self.levels), None)
        if len(names) != 2 or names[0] == names[1] or unknown:
            what = f"{unknown!r} is not varied" if unknown and len(names) == 2 else "two ways are expected"
            varied = ", ".join(self.levels) or "nothing"
            raise fault(
                f"interactions: {named!r}: {what}; write it as template*language (varied: {varied})",
                "interactions",
                place,
            )

    @property
    def levels(self) -> dict[str, tuple[Any, ...]]:
        """Way → its levels, in the order of the fields, ``all`` written out."""
        found = {name: getattr(self, name) for name in Form.model_fields if name in type(self).model_fields}
        written_out = {"template": TEMPLATES, "language": LANGUAGES}
        return {
            name: written_out[name] if levels == ("all",) and name in written_out else levels
            for name, levels in found.items()
            if levels is not None
        }

    @property
    def n_grid(self) -> int:
        """How many forms all combinations make."""
        return math.prod(len(levels) for levels in self.levels.values())

    @property
    def n_forms(self) -> int:
        """How many forms are asked."""
        return self.n_grid if self.forms is None else min(self.forms, self.n_grid)

    @property
    def sizes(self) -> list[int]:
        """How many levels each way has."""
        return [len(levels) for levels in self.levels.values()]

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """The interactions, as places of the ways among ``levels``."""
        names = list(self.levels)
        found = [tuple(names.index(name.strip()) for name in named.split(CROSSED)) for named in self.interactions or ()]
        return [(first, second) for first, second in found]

    def rows(self, seed: int) -> Sequence[tuple[int, ...]]:
        """The forms as places of their levels: a balanced fraction of the grid, the same for the same seed."""
        return fraction(self.sizes, self.n_forms, seed=seed, interactions=self.pairs)

    def asked(self, seed: int) -> Iterator[Form]:
        """The forms, made one at a time: all, or the fraction that ``seed`` gives."""
        if self.n_forms < self.n_grid:
            rows: Iterable[tuple[int, ...]] = self.rows(seed)
        else:
            rows = product(*(range(size) for size in self.sizes))
        make = self._maker()
        return (make(row) for row in rows)

    def spread(self, seed: int, n: int) -> list[Form]:
        """At most so many of the forms, spread evenly over all."""
        if self.n_forms < self.n_grid:
            rows = self.rows(seed)
        else:
            rows = [self._row(place * self.n_grid // n) for place in range(n)] if n < self.n_grid else []
        chosen = rows[:: max(1, len(rows) // n)][:n] if rows else product(*(range(size) for size in self.sizes))
        return [self._maker()(row) for row in chosen]

    def _row(self, number: int) -> tuple[int, ...]:
        """The row of this number in the whole grid, whose last way changes fastest."""
        row = []
        for size in reversed(self.sizes):
            number, place = divmod(number, size)
            row.append(place)
        return tuple(reversed(row))

    def _maker(self) -> Callable[[tuple[int, ...]], Form]:
        levels = self.levels
        personas = {name: catalogue.persona(name) for name in levels.get("persona", ()) if name != NOBODY}

        def make(row: tuple[int, ...]) -> Form:
            form = {name: some[place] for (name, some), place in zip(levels.items(), row, strict=True)}
            persona = personas.get(form.get("persona", NOBODY))
            if persona:
                form["persona_text"] = _said(persona, form.get("language", "en"))
            return Form.model_validate(form)

        return make


def _said(persona: Persona, language: str) -> str:
    if language not in persona.texts:
        raise StudyError(
            f"persona {persona.id!r} has no text in language {language!r}",
            fix=f"{nearest(language, persona.texts)}; or add it to the persona's file",
        )
    return persona.texts[language]
