"""Whether a respondent can do what the forms of a study ask of it."""

from __future__ import annotations

from collections.abc import Iterable

from emotionbench.errors import RespondentError
from emotionbench.materials.forms import Form
from emotionbench.respondents.base import Answerer

PERSONA_FIX = "leave personas out, or write their words into a protocol of your own"


def check_able(answerer: Answerer, forms: Iterable[Form]) -> None:
    """Raise a RespondentError where a form needs what the respondent cannot do, before anything is asked."""
    able, name, forms = answerer.capabilities, answerer.record.name, tuple(forms)
    if not able.drawn and not (forms and all(form.reads_probabilities for form in forms)):
        what = "answers typed questions with probabilities, and writes nothing"
        raise _unable(name, what, "ask it with --answers logprobs")
    for form in forms:
        if form.reads_probabilities and not able.logprobs:
            raise _unable(name, "does not tell the probabilities of its answers", "ask it with --answers drawn")
        if form.answers == "json" and not able.json_schema:
            raise _unable(name, "cannot hold its replies to a JSON schema", "ask it with --answers drawn")
        if form.temperature is not None and not able.temperature:
            raise _unable(name, "takes no temperature", "leave temperature out of what is varied")
        if form.persona_text and not able.system_role:
            # folded into what the user says, it would be another form than the one under study
            raise _unable(name, "takes no system message, and a persona is one", PERSONA_FIX)


def _unable(name: str, what: str, fix: str) -> RespondentError:
    return RespondentError(what, where=name, fix=fix)
