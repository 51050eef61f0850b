"""Ways of asking: what a study varies in how an instrument is put, and the forms that come of it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from hashlib import sha256
from itertools import product
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from emotionbench.documents import Document, fault, left_out
from emotionbench.errors import StudyError, nearest
from emotionbench.materials import catalogue
from emotionbench.materials.forms import (
    NOBODY,
    TARGET_SCORE,
    Answers,
    Conversation,
    Form,
    ItemOrder,
    OptionLabels,
    OptionOrder,
    ProbeKind,
)
from emotionbench.materials.instruments import ShortText
from emotionbench.materials.personas import Persona
from emotionbench.materials.recitation import TARGETS

TEMPLATES = ("plain", "brief", "polite", "strict", "sheet")
LANGUAGES = ("en", "zh", "ko", "es", "fr", "de", "it", "ar", "ru", "ja")
CROSSED = "*"
MOST_MIXED = 100_000
GOLDEN = (math.sqrt(5) - 1) / 2
OF_TARGET = " "
"""What stands between the probe of target scores and its target among the levels of ``probe``."""


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


def _levels(before: Callable[[Any], Any]) -> Any:
    return BeforeValidator(lambda value: _some(before(value))), Field(strict=False)


def _some(levels: Any) -> Any:
    if levels == ():
        raise ValueError("no level is named; name one or more")
    return levels


def _per_message(level: Any) -> Any:
    if level != "all" and (type(level) is not int or level < 1):
        raise ValueError(f"{level!r} is neither a number of items from 1 nor 'all'")
    return level


Words = Annotated[tuple[ShortText, ...], *_levels(as_list)]
PerMessage = Annotated[Literal["all"] | int, BeforeValidator(_per_message)]


class Ways(Document):
    """The levels of every way of asking that a study varies; what is not named is not varied.

    ``template`` and ``language`` may be ``all``: the five templates, the ten languages. ``persona`` names personas, or
    ``none``. ``forms`` is how many forms are asked: all combinations, or a balanced fraction of so many, from which
    every main effect and the ``interactions`` named (``template*language``) can be estimated.

    With ``probe``, texts or target scores are asked for instead of answers, in one message each; ``target`` (``low``
    and ``high`` where it is not given) belongs to the probe ``target_score`` alone.
    """

    template: Words | None = None
    paraphrase: Words | None = None
    language: Words | None = None
    option_labels: Annotated[tuple[OptionLabels, ...], *_levels(as_list)] | None = None
    option_order: Annotated[tuple[OptionOrder, ...], *_levels(as_list)] | None = None
    item_order: Annotated[tuple[ItemOrder, ...], *_levels(as_list)] | None = None
    items_per_message: Annotated[tuple[PerMessage, ...], *_levels(_numbers)] | None = None
    conversation: Annotated[tuple[Conversation, ...], *_levels(as_list)] | None = None
    answers: Annotated[tuple[Answers, ...], *_levels(as_list)] | None = left_out()
    persona: Words | None = None
    chain_of_thought: Annotated[tuple[bool, ...], *_levels(_yes_or_no)] | None = None
    temperature: Annotated[tuple[Annotated[float, Field(ge=0, le=2)], ...], *_levels(_floats)] | None = None
    forms: Annotated[int, Field(ge=1)] | None = None
    interactions: Words | None = None
    probe: Annotated[tuple[ProbeKind, ...], *_levels(as_list)] | None = left_out()
    target: Words | None = left_out()

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.levels:
            raise fault("ways: nothing is varied; name a way with its levels, such as template: [plain, brief]")
        for name, levels in self.levels.items():
            twice = next((level for level, n in Counter(levels).items() if n > 1), None)
            if twice is not None:
                raise fault(f"{name}: level {twice!r} stands twice", name)
        for place, named in enumerate(self.interactions or ()):
            self._check_interaction(named, place)
        self._check_probe()
        self._check_answers()
        return self

    def _check_answers(self) -> None:
        if "logprobs" not in (self.answers or ()):
            return
        if self.items_per_message is not None:
            raise fault("answers: logprobs puts one item a message; leave out items_per_message", "items_per_message")
        if True in (self.chain_of_thought or ()):
            raise fault(
                "answers: logprobs leaves no room for reasoning; leave out chain_of_thought", "chain_of_thought"
            )
        if self.temperature is not None:
            raise fault("answers: logprobs are read at temperature 1; leave out temperature", "temperature")

    def _check_probe(self) -> None:
        if self.target is not None and TARGET_SCORE not in (self.probe or ()):
            raise fault(f"target: belongs to the probe {TARGET_SCORE}, which is not asked", "target")
        for name in ("items_per_message", "conversation", "chain_of_thought", "answers") if self.probe else ():
            if getattr(self, name) is not None:
                raise fault(f"{name}: a probe is asked in one message, without reasoning; leave it out", name)

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
        """Way → its levels, in the order of the fields, ``all`` written out.

        Levels are sorted: the order in which they are named must not change which forms a fraction holds.
        """
        fields = [name for name in Form.model_fields if name in type(self).model_fields and name != "target"]
        found = {name: getattr(self, name) for name in fields} | {"probe": self._probes}
        written_out = {"template": TEMPLATES, "language": LANGUAGES}
        return {
            name: tuple(sorted(written_out.get(name, levels) if levels == ("all",) else levels, key=str))
            for name, levels in found.items()
            if levels is not None
        }

    @property
    def _probes(self) -> tuple[str, ...] | None:
        """The probes, that of target scores once for each target, as ``target_score low``."""
        if self.probe is None:
            return None
        targets = [f"{TARGET_SCORE}{OF_TARGET}{target}" for target in self.target or TARGETS]
        return tuple(level for kind in self.probe for level in (targets if kind == TARGET_SCORE else [kind]))

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
        return _fraction(tuple(self.sizes), self.n_forms, seed, tuple(self.pairs), tuple(self.levels))

    def asked(self, seed: int) -> Iterator[Form]:
        """The forms, made one at a time: all, or the fraction that ``seed`` gives; in an order that it mixes.

        So an early stop leaves some of every level. A grid of more than ``MOST_MIXED`` forms goes in its own order.
        """
        if self.n_forms < self.n_grid:
            rows: Iterable[tuple[int, ...]] = self.rows(seed)
        else:
            rows = product(*(range(size) for size in self.sizes))
        if self.n_forms <= MOST_MIXED:
            rows = sorted(rows, key=lambda row: sha256(f"{seed}|{row}".encode()).digest())
        make = self._maker()
        return (make(row) for row in rows)

    def spread(self, seed: int, n: int) -> list[Form]:
        """At most so many of the forms, spread evenly over all and over the levels of every way."""
        if n >= self.n_forms:
            return list(self.asked(seed))
        if self.n_forms < self.n_grid:
            rows = self.rows(seed)
            chosen = [rows[place * len(rows) // n] for place in range(n)]
        else:
            # a step that shares no factor with the grid, so that also the ways that change fastest take all levels
            step = next(s for s in range(round(self.n_grid * GOLDEN), self.n_grid + 1) if math.gcd(s, self.n_grid) == 1)
            chosen = [self._row(place * step % self.n_grid) for place in range(n)]
        return list(map(self._maker(), chosen))

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
            if "probe" in form:
                form["probe"], _, target = str(form["probe"]).partition(OF_TARGET)
                form |= {"target": target} if target else {}
            persona = personas.get(form.get("persona", NOBODY))
            if persona:
                # a path is no name: the same file must make the same form wherever it lies
                form["persona"] = persona.id
                form["persona_text"] = _said(persona, form.get("language", "en"))
            return Form.model_validate(form)

        return make


@lru_cache(maxsize=16)
def _fraction(
    sizes: tuple[int, ...], n: int, seed: int, pairs: tuple[tuple[int, int], ...], names: tuple[str, ...]
) -> tuple[tuple[int, ...], ...]:
    """The rows of a fraction, which take seconds to find, once."""
    from emotionbench.fractions import fraction  # noqa: PLC0415  (NumPy takes 0.1 s, and few studies need a fraction)

    return fraction(sizes, n, seed=seed, interactions=pairs, names=names)


def _said(persona: Persona, language: str) -> str:
    if language not in persona.texts:
        raise StudyError(
            f"persona {persona.id!r} has no text in language {language!r}",
            fix=f"{nearest(language, persona.texts)}; or add it to the persona's file",
        )
    return persona.texts[language]
