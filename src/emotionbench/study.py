"""What to run, as one validated spec: from a YAML file, from command-line flags, or from Python."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, ValidationError, field_validator, model_validator

from emotionbench.documents import Document, explain, fault, left_out, read_document
from emotionbench.errors import StudyError
from emotionbench.materials import catalogue
from emotionbench.materials.forms import RECITE_SITUATION, ProbeKind
from emotionbench.materials.instruments import ShortText
from emotionbench.materials.situations import Kind, Situation
from emotionbench.survey import Survey
from emotionbench.ways import Ways, as_list

ADDRESS_SETTINGS = ("base_url", "api_key_env")
LEAST_BASELINES, MOST_BASELINES = 20, 200
NO_SITUATIONS = "none"


class RespondentSpec(Document):
    """Who is asked: ``id`` names the provider and model, or an embedded respondent; ``name`` is its label in tables."""

    id: ShortText
    name: ShortText | None = None
    settings: dict[str, Any] = Field(default_factory=dict)


def _as_respondent(value: Any) -> Any:
    return {"id": value} if isinstance(value, str) else value


Names = Annotated[tuple[ShortText, ...], BeforeValidator(as_list), Field(min_length=1, strict=False)]
RespondentEntry = Annotated[RespondentSpec, BeforeValidator(_as_respondent)]


class Execution(Document):
    """How the asking goes about, and when it ends; none of it changes what an administration is.

    ``precision`` ends it once the 95 % interval of the change of every row (``precision_per`` factor or emotion)
    reaches so many raw points to either side, ``repeats`` being the most; ``max_cost`` (US dollars), ``max_tokens`` (in
    and out) and ``max_administrations`` end it whatever was reached. ``prices`` is a file of prices of your own.
    """

    concurrency: Annotated[int, Field(ge=1, le=10_000)] = 32
    timeout: Annotated[float, Field(gt=0, strict=False, allow_inf_nan=False)] = 120.0
    retries: Annotated[int, Field(ge=0, le=100)] = 5
    requests_per_minute: Annotated[float, Field(gt=0, strict=False, allow_inf_nan=False)] | None = None
    precision: Annotated[float, Field(gt=0, strict=False, allow_inf_nan=False)] | None = None
    precision_per: Literal["factor", "emotion"] = "emotion"
    max_cost: Annotated[float, Field(gt=0, strict=False, allow_inf_nan=False)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    max_administrations: Annotated[int, Field(ge=1)] | None = None
    prices: ShortText | None = None


class Study(Document):
    """A study: respondents × instruments × (baseline + situations) × repeats.

    ``baseline_repeats`` (independent design only) defaults to as many as the largest emotion has administrations,
    at least 20 and at most 200: every emotion is compared with the same baselines, so they must not be the weaker side.
    ``situations_per_factor`` keeps the first so many of each factor. ``kinds`` adds ``neutral`` and ``positive``
    counterparts. ``reask`` is how often a reply that leaves items unanswered is asked again.

    ``situations: none`` puts the instruments without any. ``evoked_by`` names, for an instrument, the only emotions
    after whose situations it is put. ``ways`` varies how it is asked. ``recovery`` (paired design) adds a third phase:
    a calming message, and the instrument again. A ``protocol`` may also be the name of a preset, which brings
    its own values for all that is not given here. ``survey`` says what people are asked besides, in a web page.
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
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    reask: Annotated[int, Field(ge=0, le=10)] = 0
    evoked_by: dict[ShortText, Names] = left_out({})
    ways: Ways | None = left_out()
    recovery: bool = left_out(False)
    survey: Survey | None = left_out()
    execution: Execution = Execution()

    def __init__(self, **data: Any) -> None:
        try:
            super().__init__(**data)
        except ValidationError as problem:
            raise StudyError(explain(problem.errors()[0], type(self)), where="study") from None

    # a file is validated without this __init__, so that its errors can name file and line
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    @model_validator(mode="before")
    @classmethod
    def _preset(cls, given: Any) -> Any:
        """What a preset named as the protocol brings, under what is given."""
        preset = catalogue.preset(given.get("protocol")) if isinstance(given, dict) else None
        if preset is None:
            return given
        named = {key: value for key, value in given.items() if key != "protocol"}
        if isinstance(named.get("ways"), dict):
            named["ways"] = {**preset.study.get("ways", {}), **named["ways"]}
        if "instruments" in named and "evoked_by" in preset.study:
            kept = {str(name).casefold() for name in as_list(named["instruments"]) or ()}
            brought = {key: value for key, value in preset.study["evoked_by"].items() if key.casefold() in kept}
            named = {"evoked_by": brought, **named}
        return {"name": preset.id, **preset.study, **named}

    @field_validator("kinds", mode="before")
    @classmethod
    def _kinds(cls, value: Any) -> Any:
        return as_list(value)

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
        self._check_phases()
        return self

    def _check_phases(self) -> None:
        if self.recovery and self.design != "paired":
            message = "recovery: what is calmed must have gone before in the same conversation; set design: paired"
            raise fault(message, "recovery")
        conversations = self.ways.conversation if self.ways else None
        if self.design == "paired" and "fresh" in (conversations or ()):
            message = "ways: conversation fresh: in the paired design all is one conversation; leave it out"
            raise fault(message, "ways", "conversation")
        if self.ways and self.ways.probe:
            self._check_probes(self.ways.probe)
        if self.situations == NO_SITUATIONS and self.design == "paired":
            raise fault("design: paired: without situations there is nothing to pair", "design")

    def _check_probes(self, probes: tuple[str, ...]) -> None:
        if self.design == "paired":
            raise fault("ways: probe: a probe has no before and after; leave out design: paired", "ways", "probe")
        if RECITE_SITUATION in probes and self.situations == NO_SITUATIONS:
            raise fault(f"ways: probe: {RECITE_SITUATION} needs situations; name a set of them", "ways", "probe")


def read_study(path: Path) -> Study:
    """Read a study file; a StudyError names file, line and fix."""
    return read_document(path, Study, StudyError)


def n_baselines(
    study: Study, situations: tuple[Situation, ...], n_forms: int = 1, *, probe: ProbeKind | None = None
) -> int:
    """Administrations without a situation, of one instrument in one of ``n_forms`` forms, for each respondent."""
    if probe:
        return 0 if probe == RECITE_SITUATION else study.repeats
    if study.design == "paired":
        return study.repeats * len(situations)
    if study.baseline_repeats is not None:
        return study.baseline_repeats
    if not situations:
        return study.repeats
    largest = max(Counter(situation.emotion for situation in situations).values())
    over_all_forms = min(max(study.repeats * largest, LEAST_BASELINES), MOST_BASELINES)
    return over_all_forms if n_forms == 1 else max(study.repeats, math.ceil(over_all_forms / n_forms))


def spec_of(study: Study) -> dict[str, Any]:
    """What the study asks of models, as JSON values; without execution, and without where servers are.

    An address may hold a password, and the same model at another address is the same study.
    """
    spec = study.model_dump(mode="json", exclude={"execution", "survey"})
    for respondent in spec["respondents"]:
        respondent["settings"] = {k: v for k, v in respondent["settings"].items() if k not in ADDRESS_SETTINGS}
    return spec
