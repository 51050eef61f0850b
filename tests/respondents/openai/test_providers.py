from __future__ import annotations

from importlib.metadata import entry_points

import pytest

from asking import make
from emotionbench.errors import RespondentError
from emotionbench.materials.forms import Answers, Form
from emotionbench.respondents.base import ENTRY_POINTS
from emotionbench.respondents.capabilities import check_able
from emotionbench.respondents.openai.providers import PROVIDERS

pytestmark = pytest.mark.usefixtures("no_keys")


def test_every_provider_has_its_entry_point() -> None:
    names = {entry.name for entry in entry_points(group=ENTRY_POINTS) if "openai.compatible" in entry.value}
    assert names == PROVIDERS.keys()


@pytest.mark.parametrize(
    ("provider", "answers", "words"),
    [
        ("groq", "logprobs", "does not tell the probabilities"),
        ("mistral", "logprobs", "does not tell the probabilities"),
        ("lmstudio", "logprobs", "does not tell the probabilities"),
        ("deepseek", "json", "JSON schema"),
    ],
)
def test_what_a_provider_does_not_have_is_refused_before_anything_is_asked(
    provider: str, answers: Answers, words: str
) -> None:
    answerer = make("http://nobody.test/v1", f"{provider}/any")
    with pytest.raises(RespondentError, match=words):
        check_able(answerer, [Form(answers=answers)])


@pytest.mark.parametrize("provider", ["compatible", "openai", "vllm", "llamacpp", "ollama", "openrouter"])
@pytest.mark.parametrize("answers", ["drawn", "json", "logprobs"])
def test_what_may_be_there_is_asked_for(provider: str, answers: Answers) -> None:
    check_able(make("http://nobody.test/v1", f"{provider}/any"), [Form(answers=answers)])
