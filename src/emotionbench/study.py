"""What to run, as one validated spec: from a YAML file, from command-line flags, or from Python."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, ValidationError, field_validator, model_validator

from emotionbench.documents import Document, content_hash, explain, fault, read_document
from emotionbench.errors import StudyError, nearest
from emotionbench.materials import catalogue
from emotionbench.materials.instruments import Instrument, ShortText
from emotionbench.materials.protocols import Protocol
from emotionbench.materials.situations import Kind, Situation, SituationSet

ADDRESS_SETTINGS = ("base_url", "api_key_env")
LEAST_BASELINES, MOST_BASELINES = 20, 200


class RespondentSpec(Document):
    """Who is asked: ``id`` names the provider and model, or an embedded respondent; ``name`` is its label in tables."""

    id: ShortText
    name: ShortText | None = None
    settings: dict[str, Any] = Field(default_factory=dict)


def _as_respondent(value: Any) -> Any:
    return {"id": value} if isinstance(value, str) else value


def _as_list(value: Any) -> Any:
    """Take ``a, b`` for ``[a, b]``."""
    if isinstance(value, str):
        value = value.split(",")
    if isinstance(value, list | tuple):
        words = [part.strip() if isinstance(part, str) else part for part in value]
        return tuple(word for word in words if word != "")
    return value


Names = Annotated[tuple[ShortText, ...], BeforeValidator(_as_list), Field(min_length=1, strict=False)]
RespondentEntry = Annotated[RespondentSpec, BeforeValidator(_as_respondent)]


class Execution(Document):
    """How the asking goes about; none of it changes what is asked."""

    concurrency: Annotated[int, Field(ge=1, le=10_000)] = 32
    timeout: Annotated[float, Field(gt=0, strict=False)] = 120.0
    retries: Annotated[int, Field(ge=0, le=100)] = 5
    requests_per_minute: Annotated[float, Field(gt=0, strict=False)] | None = None


class Study(Document):
    """A study: respondents × instruments × (baseline + situations) × repeats.

    ``baseline_repeats`` (independent design only) defaults to as many as the largest emotion has administrations,
    at least 20 and at most 200: every emotion is compared with the same baselines, so they must not be the weaker side.
    ``situations_per_factor`` keeps the first so many of each factor. ``kinds`` adds ``neutral`` and ``positive``
    counterparts. ``reask`` is how often a reply that leaves items unanswered is asked again.
    """

    name: ShortText = "study"
    respondents: Annotated[
        tuple[RespondentEntry, ...],
        BeforeValidator(lambda value: (value,) if isinstance(value, str | dict) else value),
        Field(strict=False),
    ] = ()
    instruments: Names = ("PANAS",)
    situations: ShortText = "everyday"
    emotions: Names | None = None
    factors: Names | None = None
    kinds: Annotated[tuple[Kind, ...], Field(min_length=1, strict=False)] = ("evoking",)
    situations_per_factor: Annotated[int, Field(ge=1)] | None = None
    repeats: Annotated[int, Field(ge=1, le=100_000)] = 1
    baseline_repeats: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    design: Literal["independent", "paired"] = "independent"
    protocol: ShortText = "standard"
    seed: Annotated[int, Field(ge=0)] = 0
    reask: Annotated[int, Field(ge=0, le=10)] = 0
    execution: Execution = Execution()

    def __init__(self, **data: Any) -> None:
        try:
            super().__init__(**data)
        except ValidationError as problem:
            raise StudyError(explain(problem.errors()[0], type(self)), where="study") from None

    # a file is validated without this __init__, so that its errors can name file and line
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    @field_validator("kinds", mode="before")
    @classmethod
    def _kinds(cls, value: Any) -> Any:
        return _as_list(value)

    @model_validator(mode="after")
    def _check(self) -> Self:
        labels = [spec.name or spec.id for spec in self.respondents]
        twice = next((label for label in labels if labels.count(label) > 1), None)
        if twice:
            message = f"two respondents are called {twice!r}; give one of them another 'name'"
            raise fault(message, "respondents", len(labels) - 1 - labels[::-1].index(twice))
        if self.design == "paired" and self.baseline_repeats is not None:
            message = "baseline_repeats: the paired design has a baseline in each conversation; leave it out"
            raise fault(message, "baseline_repeats")
        return self


def read_study(path: Path) -> Study:
    """Read a study file; a StudyError names file, line and fix."""
    return read_document(path, Study, StudyError)


@dataclass(frozen=True)
class Materials:
    """The materials that a study names, found and selected."""

    instruments: tuple[Instrument, ...]
    protocol: Protocol
    situation_set: SituationSet
    situations: tuple[Situation, ...]


def materials_of(study: Study) -> Materials:
    """Find what the study names; raise a MaterialError or StudyError for what does not exist."""
    if not study.respondents:
        raise StudyError(
            "nobody to ask", fix="name a respondent, such as openai/gpt-4o-mini, or an embedded one, such as lexicon"
        )
    situation_set = catalogue.situation_set(study.situations)
    instruments = [catalogue.instrument(name) for name in study.instruments]
    return Materials(
        # by content, since one instrument can be named in several ways
        instruments=tuple({content_hash(instrument): instrument for instrument in instruments}.values()),
        protocol=catalogue.protocol(study.protocol),
        situation_set=situation_set,
        situations=_selected(study, situation_set),
    )


def n_baselines(study: Study, materials: Materials) -> int:
    """Baseline administrations of each instrument and respondent."""
    if study.design == "paired":
        return study.repeats * len(materials.situations)
    if study.baseline_repeats is not None:
        return study.baseline_repeats
    largest = max(Counter(situation.emotion for situation in materials.situations).values())
    return min(max(study.repeats * largest, LEAST_BASELINES), MOST_BASELINES)


def spec_of(study: Study) -> dict[str, Any]:
    """What the study asks and of whom, as JSON values; without execution, and without where servers are.

    An address may hold a password, and the same model at another address is the same study.
    """
    spec = study.model_dump(mode="json", exclude={"execution"})
    for respondent in spec["respondents"]:
        respondent["settings"] = {k: v for k, v in respondent["settings"].items() if k not in ADDRESS_SETTINGS}
    return spec


def study_hash(study: Study, materials: Materials) -> str:
    """What the study asks, as one hash: its spec without its name, and its materials."""
    return content_hash(
        {
            "study": {key: value for key, value in spec_of(study).items() if key != "name"},
            "instruments": [content_hash(instrument) for instrument in materials.instruments],
            "protocol": content_hash(materials.protocol),
            "situations": [content_hash(situation) for situation in materials.situations],
        }
    )


def _selected(study: Study, situation_set: SituationSet) -> tuple[Situation, ...]:
    emotions = _known(study.emotions, "emotion", situation_set.emotions)
    factors = _known(study.factors, "factor", situation_set.factors)
    chosen = [
        situation
        for situation in situation_set.situations
        if situation.kind in study.kinds
        and (emotions is None or situation.emotion in emotions)
        and (factors is None or situation.factor in factors)
    ]
    if study.situations_per_factor is not None:
        chosen = _first_of_each_factor(chosen, study.situations_per_factor)
    if not chosen:
        raise StudyError(
            f"no situation of kind {', '.join(study.kinds)} in the chosen emotions and factors",
            where=f"situations {situation_set.id!r}",
            fix="widen emotions, factors or kinds",
        )
    ranks = {emotion: rank for rank, emotion in enumerate(situation_set.emotions)}
    return tuple(sorted(chosen, key=lambda situation: ranks[situation.emotion]))


def _first_of_each_factor(situations: list[Situation], limit: int) -> list[Situation]:
    taken: dict[tuple[str, str], int] = {}
    kept = []
    for situation in situations:
        cell = (situation.factor, situation.kind)
        taken[cell] = taken.get(cell, 0) + 1
        if taken[cell] <= limit:
            kept.append(situation)
    return kept


def _known(chosen: tuple[str, ...] | None, what: str, known: Any) -> set[str] | None:
    """The chosen names as the set spells them; ``all`` and nothing mean no restriction."""
    if chosen is None or [name.casefold() for name in chosen] == ["all"]:
        return None
    spelled = {name.casefold(): name for name in known}
    for name in chosen:
        if name.casefold() not in spelled:
            raise StudyError(f"unknown {what} {name!r}", where=f"{what}s", fix=nearest(name, known))
    return {spelled[name.casefold()] for name in chosen}
