from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from emotionbench.materials import catalogue
from emotionbench.materials.forms import Form
from emotionbench.parsing import parse
from emotionbench.records import AnswerStatus
from emotionbench.respondents.base import Question
from emotionbench.respondents.openai.few_shot import answers_shown, document
from emotionbench.ways import LANGUAGES
from endpoint_helpers import LOGPROBS, items, questions_of
from putting import put


def drawn(name: str = "PANAS", form: Form | None = None, **changes: object) -> Question:
    return items(name, form, **changes)[0]  # type: ignore[arg-type]


def answers_in(text: str) -> list[str]:
    """What stands behind the bars of the solved examples."""
    return [line.rpartition(": ")[2] for line in text.split("\n# 4", maxsplit=1)[0].splitlines() if ": " in line]


def test_the_document_ends_with_the_question_and_the_name_of_its_first_item() -> None:
    question = drawn()
    made = document(question, 3)
    assert made.text.endswith(f"\n# 4\n\n{question.messages[-1]['content']}\n\nInterested:")
    assert made.begun == "Interested:"


def test_what_the_prompt_began_and_the_model_goes_on_with_is_read() -> None:
    question = drawn()
    names = [question.instrument.text(number) for number in question.shown]
    continued = "".join(f" {1 + place % 5}\n{name}:" for place, name in enumerate([*names[1:], "Next"]))
    found = parse(document(question, 3).begun + continued, question.instrument, question.shown, None)
    assert {answer.status for answer in found} == {AnswerStatus.VALID}


def test_every_example_has_every_answer_once() -> None:
    made = document(drawn(), 3)
    assert Counter(answers_in(made.text)) == dict.fromkeys("12345", 3)
    assert made.text.count("\n# ") == 3  # the first opens the text
    for line in made.text.split("\n# 4")[0].splitlines():
        if ": " in line:
            bar, _, answer = line.partition(": ")
            assert bar.count("■") == int(answer)
            assert len(bar) == 5


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_examples_have_no_word_of_any_language(language: str) -> None:
    for form in (None, LOGPROBS):
        text = document(items(form=form, language=language)[0], 3).text.split("\n# 4")[0]
        assert not [sign for sign in text if sign.isalpha()]


def test_signs_are_the_answers_where_options_have_signs() -> None:
    form = Form(option_labels="I", option_order="descending")
    question = drawn(form=form)
    text = document(question, 1).text.split("\n# 2")[0]
    assert "■■■■■: I\n" in f"{text}\n"  # signs go in the order listed
    assert "■□□□□: V\n" in f"{text}\n"
    assert next(iter(answers_shown(question.instrument, form).items())) == (5, "I")


def test_long_items_are_answered_by_their_place() -> None:
    made = put()
    items_at_length = tuple(
        item.model_copy(update={"text": f"I feel {item.text} again and again"}) for item in made.instrument.items
    )
    long = replace(made, instrument=made.instrument.model_copy(update={"items": items_at_length}))
    text = document(questions_of(long)[0], 1)
    assert text.begun == "1:"
    assert "\n\n1: " in text.text


def test_where_one_answer_is_read_the_text_ends_where_it_begins() -> None:
    question = items()[3]
    made = document(question, 3)
    assert made.text.endswith(f"{question.messages[-1]['content']}\n\n->")
    assert made.begun == ""
    assert Counter(line[3:] for line in made.text.splitlines() if line.startswith("-> ")) == dict.fromkeys("12345", 3)


def test_earlier_items_of_a_conversation_are_shown_with_their_answers() -> None:
    form = Form(answers="logprobs", conversation="kept")
    first, second = items(form=form)[:2]
    history = (*first.messages, {"role": "assistant", "content": "4"}, second.messages[-1])
    text = document(replace(second, messages=history), 2).text
    assert f"{first.messages[-1]['content']}\n\n-> 4\n\n{second.messages[-1]['content']}\n\n->" in text


def test_all_items_of_an_administration_and_all_situations_share_the_examples() -> None:
    situation = catalogue.situation_set("everyday").situations[0]
    starts = {document(question, 3).text.split("\n# 4")[0] for question in (*items(), items(situation=situation)[0])}
    assert len(starts) == 1


def test_another_repeat_or_seed_has_another_order() -> None:
    question = drawn()
    texts = {document(question, 3).text}
    for changed in ({"repeat": 1}, {"seed": 1}):
        texts.add(document(replace(question, administration=replace(question.administration, **changed)), 3).text)
    assert len(texts) == 3


def test_without_examples_the_question_stands_alone() -> None:
    question = drawn()
    assert document(question, 0).text == f"{question.messages[-1]['content']}\n\nInterested:"


@pytest.mark.parametrize("form", [Form(chain_of_thought=True), Form(probe="recite_items")])
def test_reasoning_and_texts_from_memory_are_continued_freely(form: Form) -> None:
    made = document(drawn(form=form), 3)
    assert (made.begun, made.stop) == ("", ("\n# ",))
    assert "■" not in made.text


def test_a_persona_opens_the_text() -> None:
    question = drawn(form=Form(persona="x", persona_text="You are calm."))
    assert f"# 2\n\nYou are calm.\n\n{question.messages[-1]['content']}" in document(question, 1).text
