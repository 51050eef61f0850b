"""Tokens of a text without a tokenizer: beside what two tokenizers said of our own prompts (frozen below)."""

from __future__ import annotations

import pytest

from emotionbench.engine.lane import Wordings
from emotionbench.engine.token_estimate import tokens_of
from emotionbench.plan import Plan
from emotionbench.records import Respondent, RespondentKind
from emotionbench.study import Study
from emotionbench.study_materials import materials_of

COUNTED = {
    "ar": (305, 301),
    "en": (257, 277),
    "ko": (393, 362),
    "ru": (334, 369),
    "zh": (307, 358),
}
"""Mean tokens of a prompt of PANAS (60 of them, in five templates) by o200k_base and by tekken (240911)."""


def mean_of_prompts(language: str) -> float:
    study = Study(respondents="openai/x", ways={"language": [language], "template": "all"}, situations_per_factor=1)
    study = study.model_copy(update={"baseline_repeats": 1})
    materials = materials_of(study)
    wordings = Wordings(materials)
    plan = Plan(study, materials, (Respondent.of(RespondentKind.LLM, "anybody", {}),))
    texts = [
        "\n".join(message["content"] for message in wordings.question(administration).messages)
        for session in plan
        for administration in session
    ][:60]
    return sum(map(tokens_of, texts)) / len(texts)


@pytest.mark.parametrize("language", sorted(COUNTED))
def test_the_estimate_is_within_a_sixth_of_what_tokenizers_say(language: str) -> None:
    said = mean_of_prompts(language)
    for counted in COUNTED[language]:
        assert said == pytest.approx(counted, rel=1 / 6)


def test_scripts_count_differently() -> None:
    assert tokens_of("") == 0
    assert tokens_of("感" * 100) > 3 * tokens_of("a" * 100)
    assert tokens_of("감" * 100) > 2 * tokens_of("ж" * 100)
    assert tokens_of("a\nb") > tokens_of("ab") + 3
    assert tokens_of("émotions" * 10) == tokens_of("emotions" * 10)
