from __future__ import annotations

import pytest

from emotionbench.documents import content_hash
from emotionbench.materials import catalogue
from emotionbench.materials.placeholders import placeholders
from emotionbench.materials.reply_alone import with_reply_alone
from emotionbench.ways import LANGUAGES, TEMPLATES


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_of_the_templates_asks_for_an_answer_alone(language: str) -> None:
    own = catalogue.template("plain", language)
    assert own.reply_alone is None
    asked = with_reply_alone(own)
    assert placeholders("reply_alone", str(asked.reply_alone)) == {"lowest", "highest"}
    assert str(asked.reply_alone).format(lowest=1, highest=5) != asked.reply_alone
    others = {with_reply_alone(catalogue.template("plain", other)).reply_alone for other in LANGUAGES}
    assert len(others) == len(LANGUAGES)
    # what is asked is all that differs, and the template as it is shipped keeps its identity
    assert asked.model_copy(update={"reply_alone": None}) == own
    assert content_hash(asked) != content_hash(own)


def test_a_protocol_with_words_of_its_own_keeps_them() -> None:
    own = catalogue.template(TEMPLATES[0], "en").model_copy(update={"reply_alone": "{lowest} or {highest}?"})
    assert with_reply_alone(own) is own


def test_a_language_without_the_words_is_left_as_it_is() -> None:
    own = catalogue.template(TEMPLATES[0], "en").model_copy(update={"language": "tlh"})
    assert with_reply_alone(own) is own
