"""The first request of a study as each kind of respondent is sent it: a chat, a text to continue, typed questions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Literal

from emotionbench.engine.lane import Wordings
from emotionbench.errors import RespondentError
from emotionbench.records import Administration
from emotionbench.respondents.base import Question, settings_of
from emotionbench.respondents.conversations import folded
from emotionbench.study import RespondentSpec, Study
from emotionbench.study_materials import Materials


def first_prompts(study: Study, materials: Materials, first: Administration) -> Iterator[tuple[str, str]]:
    """Title and text of all that the first request holds, once for respondents that are sent the same."""
    wordings = Wordings(materials)
    questions = [wordings.question(first, part=part) for part in range(1, first.n_messages + 1)]
    by_manner = {(_endpoint(spec), _folds(spec), _kind(spec), _n_examples(spec)): spec for spec in study.respondents}
    shown: dict[tuple[tuple[str, str], ...], None] = {}
    for spec in by_manner.values():
        shown[tuple(_sent(spec, questions))] = None
    for texts in shown:
        yield from texts


def _sent(spec: RespondentSpec, questions: list[Question]) -> Iterator[tuple[str, str]]:
    endpoint, question = _endpoint(spec), questions[0]
    if endpoint == "completions":
        from emotionbench.respondents.openai.few_shot import document  # noqa: PLC0415  (only base models)

        yield "text to continue", document(question, _n_examples(spec) or 0).text
    elif endpoint == "ordinal":
        yield "typed questions", _typed(spec, questions)
    else:
        messages = folded(question.messages) if _folds(spec) else question.messages
        yield from ((message["role"], message["content"]) for message in messages)


def _typed(spec: RespondentSpec, questions: list[Question]) -> str:
    from emotionbench.respondents.openai.ordinal import MOST_TOGETHER, NOT_READ, asked  # noqa: PLC0415  (as above)

    if questions[0].form is None or not questions[0].form.reads_probabilities:
        raise RespondentError(NOT_READ[0], where=spec.name or spec.id, fix=NOT_READ[1])
    together = questions[:MOST_TOGETHER] if questions[0].form.starts_anew else questions[:1]
    return json.dumps(asked("systemone", _kind(spec), together), indent=2, ensure_ascii=False)


def _endpoint(spec: RespondentSpec) -> str:
    """What of a server is asked; ``chat`` for respondents that know no other."""
    return str(spec.settings.get("endpoint", "chat"))


def _folds(spec: RespondentSpec) -> bool:
    return spec.settings.get("system_role") is False


def _kind(spec: RespondentSpec) -> Literal["choice", "score"]:
    return "score" if spec.settings.get("typed") == "score" else "choice"


def _n_examples(spec: RespondentSpec) -> int | None:
    if _endpoint(spec) != "completions":
        return None
    from emotionbench.respondents.openai.settings import Settings  # noqa: PLC0415  (as above)

    return settings_of(spec, Settings).examples
