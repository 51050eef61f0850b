"""From a study to a task: one sample for every session of the plan, in the words that ``emotionbench run`` puts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from inspect_ai import Task
from inspect_ai._util.error import PrerequisiteError
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import GenerateConfig
from inspect_ai.model._generate_config import active_generate_config
from inspect_ai.model._model import active_model

import emotionbench
from emotionbench.engine.lane import Wordings
from emotionbench.errors import EmotionBenchError, StudyError
from emotionbench.imports.inspect_metadata import administration_notes, study_note
from emotionbench.inspect_task.asking import questionnaire_of
from emotionbench.inspect_task.scoring import subscales_of
from emotionbench.plan import Plan, Session
from emotionbench.records import Respondent
from emotionbench.respondents.inspect.asking import MAX_TOKENS, record_of, settings_of_config
from emotionbench.respondents.inspect.replies import chat_of
from emotionbench.study import Study, read_study, spec_of
from emotionbench.study_materials import Materials, materials_of_forms

UNKNOWN = "unknown/unknown"
"""The model where Inspect has not yet said which it is; the ids in the log are then put right when it is imported."""


@contextmanager
def _refused() -> Iterator[None]:
    """An error of a user as Inspect shows one: the line alone."""
    try:
        yield
    except EmotionBenchError as problem:
        raise PrerequisiteError(f"error: {problem}".replace("[", "\\[")) from None


def build_panas(options: dict[str, Any]) -> Task:
    """The task ``panas`` with these options of a study."""
    with _refused():
        if "instruments" in options:
            raise StudyError("instruments: the task panas has one", fix="use the task emotionbench/study")
        return build(Study(**_asked(options), instruments=("PANAS",)))


def build_study(file: str | None, options: dict[str, Any]) -> Task:
    """The task ``study``: what a file says, if one is named, and options over it."""
    with _refused():
        spec = read_study(Path(file)).model_dump(exclude_unset=True) if file else {}
        return build(Study(**{**spec, "respondents": (), **_asked(options)}))


def _asked(options: dict[str, Any]) -> dict[str, Any]:
    """The options as given; whom to ask, and how fast, is Inspect's to say."""
    taken = next((name for name in ("respondents", "execution", "reask", "survey") if name in options), None)
    if taken:
        raise StudyError(f"{taken}: not in Inspect", fix="say --model, --max-connections and the like instead")
    return options


def build(study: Study) -> Task:
    """The task of a study; its ids are those that ``emotionbench run`` gives ``inspect/PROVIDER/MODEL``."""
    materials = _materials(study)
    # whether the temperature is the protocol's is said once for all, as for other respondents
    config = GenerateConfig(temperature=materials.protocols[0].temperature, max_tokens=MAX_TOKENS)
    respondent = _respondent(config)
    wordings = Wordings(materials)
    plan = Plan(study, materials, (respondent,))
    return Task(
        dataset=MemoryDataset([_sample(session, wordings) for session in plan], name=study.name),
        solver=questionnaire_of(wordings),
        scorer=subscales_of(wordings),
        config=config,
        metadata=study_note(emotionbench.__version__, respondent, spec_of(study), materials.documents),
        version=emotionbench.__version__,
    )


def _materials(study: Study) -> Materials:
    forms = tuple(study.ways.asked(study.seed)) if study.ways else (None,)
    if any(form is not None and form.probe is not None for form in forms):
        raise StudyError("ways: probe: probes have no scores", fix="ask them with: emotionbench run")
    return materials_of_forms(study, forms)


def _respondent(config: GenerateConfig) -> Respondent:
    """The respondent that the model of this evaluation is."""
    model = active_model()
    if model is None:
        return record_of(UNKNOWN, settings_of_config({}, {}))
    known = model.config.merge(config).merge(active_generate_config())
    return record_of(str(model), settings_of_config(known.model_dump(mode="json", exclude_none=True), model.model_args))


def _sample(session: Session, wordings: Wordings) -> Sample:
    first, last = session[0], session[-1]
    question = wordings.question(last)
    situation = question.situation
    about: dict[str, Any] = {
        "instrument": question.instrument.base,
        "design": last.design.value,
        "condition": last.condition.value,
        "emotion": situation.emotion if situation else None,
        "factor": situation.factor if situation else None,
        "situation": situation.id if situation else None,
        "repeat": last.repeat,
        "form": question.form.id if question.form else None,
    }
    return Sample(
        id=first.session or first.id,
        input=chat_of(wordings.question(first).messages),
        metadata={**about, **administration_notes(session)},
    )
