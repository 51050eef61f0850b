"""Every built-in form, rendered, answered as an embedded respondent writes, and read back to the planted values."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotionbench.materials import catalogue
from emotionbench.materials.forms import Form
from emotionbench.records import Condition, Design
from emotionbench.ways import LANGUAGES, TEMPLATES
from putting import (
    INSTRUMENTS,
    OPTION_LABELS,
    OPTION_ORDERS,
    SIGNS,
    Put,
    form_of,
    forms,
    languages,
    put,
    some_values,
    templates,
)

SITUATIONS = {language: catalogue.situation_set("everyday", language).situations for language in LANGUAGES}
EVERYWHERE = {situation.id for situation in SITUATIONS["de"] if situation.kind == "evoking"}


def assert_signs_stand_before_their_labels(text: str, put_: Put) -> None:
    """Every label stands once behind its own sign or number, in the order in which options are listed."""
    form = put_.form or Form()
    labels = put_.instrument.response_scale.labels
    listed = sorted(labels, reverse=form.option_order == "descending")
    named = SIGNS.get(form.option_labels or "none")
    heads = [f"{sign})" for sign in named] if named else [str(value) for value in listed]
    # between a sign and its label stands nothing that could belong to another
    between = r"[^)]{0,25}?" if named else r"[^\d]{0,25}?"
    found = [
        [
            match.start()
            for match in re.finditer(rf"(?<![A-Za-z\d]){re.escape(head)}{between}{re.escape(labels[value])}", text)
        ]
        for head, value in zip(heads, listed, strict=True)
    ]
    assert [len(places) for places in found] == [1] * len(labels), text
    assert found == sorted(found)
    lowest, highest = (heads[0], heads[-1]) if named else (str(min(listed)), str(max(listed)))
    words = put_.protocol.scale_symbols if named else put_.protocol.scale_numbers
    assert words is not None
    assert words.partition("{labels}")[0].format(lowest=lowest, highest=highest) in text


def assert_well_put(put_: Put, text: str, shown: tuple[int, ...]) -> None:
    """One message of an administration holds what it should, once, and no remains of a template."""
    assert not re.search(r"[{}]|None", text)
    lines = text.split("\n")
    for position, number in enumerate(shown, 1):
        assert lines.count(f"{position}. {put_.instrument.text(number)}") == 1
    assert not any(line.startswith(f"{len(shown) + 1}. ") for line in lines)
    assert_signs_stand_before_their_labels(text, put_)


@pytest.mark.parametrize("name", INSTRUMENTS)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", TEMPLATES)
def test_every_template_language_and_sign_comes_back(template: str, language: str, name: str) -> None:
    for shift, labels in enumerate(OPTION_LABELS):
        for order in OPTION_ORDERS:
            form = form_of(language, template=template, option_labels=labels, option_order=order)
            asked = put(name, template, language, form=form)
            n_items = asked.instrument.n_items
            planted = some_values(n_items, shift=shift)
            ((question, reply),) = turns = asked.conversation(planted)
            assert asked.read(turns) == planted
            (user,) = question.messages
            assert_well_put(asked, user["content"], tuple(range(1, n_items + 1)))
            assert asked.instrument.instructions in user["content"]
            assert len(reply.split("\n")) == n_items


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_any_form_comes_back(data: st.DataObject) -> None:
    language, template = data.draw(languages()), data.draw(templates())
    form = data.draw(forms(language))
    situation = data.draw(st.sampled_from([None, *SITUATIONS[language]]))
    condition = Condition.EVOKED if situation else Condition.BASELINE
    if situation and data.draw(st.booleans()):
        condition = Condition.RECOVERED
    name = data.draw(st.sampled_from(INSTRUMENTS))
    n_items = catalogue.instrument(name).n_items
    order = tuple(data.draw(st.permutations(range(1, n_items + 1))))
    asked = put(name, template, language, form=form, order=order, situation=situation, condition=condition)
    planted = {number: data.draw(st.integers(1, 5)) for number in range(1, n_items + 1)}
    turns = asked.conversation(planted)
    assert asked.read(turns) == planted
    assert [number for question, _ in turns for number in question.shown] == list(order)
    for part, (question, reply) in enumerate(turns, 1):
        *before, user = question.messages
        assert_well_put(asked, user["content"], question.shown)
        is_first = part == 1 or form.starts_anew
        says_situation = is_first and condition is Condition.EVOKED and situation is not None
        assert says_situation == (situation is not None and situation.text in user["content"])
        assert (asked.instrument.instructions in user["content"]) == is_first
        system = [message["content"] for message in before if message["role"] == "system"]
        assert system == ([form.persona_text] if form.persona_text else [])
        assert ("###" in user["content"]) == bool(form.chain_of_thought) == ("\n###\n" in reply)
        if is_first:
            assert len(before) == len(system)
        else:
            earlier, earlier_reply = turns[part - 2]
            assert tuple(before) == (*earlier.messages, {"role": "assistant", "content": earlier_reply})


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", TEMPLATES)
def test_the_phases_of_a_conversation_in_several_messages(template: str, language: str) -> None:
    situation = next(s for s in SITUATIONS[language] if s.id in EVERYWHERE)
    form = form_of(language, "calm", items_per_message=3, option_labels="A", chain_of_thought=True)
    spoken, texts = (), []
    for condition in (Condition.BASELINE, Condition.EVOKED, Condition.RECOVERED):
        imagined = None if condition is Condition.BASELINE else situation
        asked = put(
            "ECL-8", template, language, form=form, situation=imagined, condition=condition, design=Design.PAIRED
        )
        planted = some_values(8, shift=len(texts))
        turns = asked.conversation(planted, spoken)
        assert asked.read(turns) == planted
        for question, reply in turns:
            assert question.messages[: len(spoken)] == spoken
            spoken = (*question.messages, {"role": "assistant", "content": reply})
            texts.append(question.messages[-1]["content"])
    assert [message["role"] for message in spoken] == ["system", *["user", "assistant"] * 9]
    # the situation is told once, in the first message after the baseline; every phase opens in words of its own
    assert [situation.text in text for text in texts] == [False] * 3 + [True] + [False] * 5
    assert len({texts[0], texts[3], texts[6]}) == 3
    assert (texts[1], texts[2]) == (texts[4], texts[5]) == (texts[7], texts[8])


def test_the_first_sign_is_the_highest_where_options_descend() -> None:
    form = form_of(option_labels="a", option_order="descending")
    asked = put(form=form)
    ((question, reply),) = asked.conversation(dict.fromkeys(range(1, 21), 5))
    assert "a) to e), which are: a) extremely, b) quite a bit," in question.messages[-1]["content"]
    assert {line.rpartition(": ")[2] for line in reply.split("\n")} == {"a)"}


def test_numbers_keep_their_meaning_where_options_descend() -> None:
    asked = put(form=form_of(option_order="descending"))
    ((question, reply),) = asked.conversation(dict.fromkeys(range(1, 21), 5))
    assert "from 1 to 5, where 5 = extremely, 4 = quite a bit," in question.messages[-1]["content"]
    assert reply.startswith("Interested: 5\n")


def test_the_system_text_of_a_protocol_follows_the_persona() -> None:
    from_2024 = catalogue.protocol("emotionbench-2024")
    form = form_of(persona="hero")
    asked = put()
    with_both = Put(asked.instrument, from_2024, form, asked.administration)
    ((question, _),) = with_both.conversation(some_values(20))
    own = "Your answers consist of whole numbers from 1 to 5 and nothing else."
    assert question.messages[0] == {"role": "system", "content": f"{form.persona_text}\n\n{own}"}
    assert [message["role"] for message in question.messages] == ["system", "user"]
