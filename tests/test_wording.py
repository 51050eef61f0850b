from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotionbench.engine import prepare
from emotionbench.engine.lane import Wordings
from emotionbench.errors import StudyError
from emotionbench.materials import catalogue
from emotionbench.materials.forms import Form
from emotionbench.materials.instruments import Instrument
from emotionbench.materials.protocols import Protocol
from emotionbench.materials.situations import Situation
from emotionbench.records import Administration, Condition, Design, Message
from emotionbench.study import Study
from emotionbench.wording import Wording
from small_materials import INSTRUMENT, PROTOCOL, changed, instrument, protocol

SITUATION = Situation(
    id="fear-1-1",
    set="tiny",
    edition="1",
    language="en",
    emotion="fear",
    factor="fear-1",
    factor_name="Heights",
    kind="evoking",
    counterpart_of=None,
    text="The ladder {slips} 100 %.",
)
MOOD, PLAIN = instrument(), protocol()
FORWARD = (1, 2, 3, 4, 5, 6)
SHIPPED = catalogue.protocols()
PAIRS = [
    pytest.param(words, found, id=f"{words.id}-{found.id}")
    for words in (*SHIPPED, PLAIN)
    for found in (*catalogue.instruments(), MOOD)
    if words.language == found.language
]
"""What is put together: words and instruments of one language."""


def administration(
    order: tuple[int, ...], design: Design = Design.INDEPENDENT, condition: Condition = Condition.EVOKED
) -> Administration:
    return Administration("id", "r", "i", "p", design, condition, "s", 0, 0, None, order)


def put(
    found: Instrument, words: Protocol, situation: Situation | None = SITUATION, **changes: Any
) -> tuple[Message, ...]:
    given_ = {"order": tuple(range(1, found.n_items + 1)), **changes}
    return Wording(found, words).messages(administration(**given_), situation)


def in_order(found: Instrument, words: Protocol, order: tuple[int, ...]) -> list[str]:
    return Wording(found, words).items(order).splitlines()


def test_the_parts_stand_where_the_protocol_puts_them() -> None:
    system, user = put(MOOD, PLAIN, order=(6, 1, 2, 3, 4, 5))
    assert system == {"role": "system", "content": "Numbers from 1 to 4."}
    assert user["role"] == "user"
    assert user["content"] == (
        "Imagine The ladder {slips} 100 %. | Say how much this holds now. | 1=no, 4=yes | "
        "1) Cold\n2) Bright\n3) Heavy\n4) Quick\n5) Dull\n6) Warm | By word, 1-4."
    )


def test_a_baseline_imagines_nothing() -> None:
    _, user = put(MOOD, PLAIN, None, condition=Condition.BASELINE)
    assert user["content"].startswith("Say how much this holds now. | 1=no, 4=yes | 1) Bright\n")
    assert "magine" not in user["content"]


def test_a_paired_follow_up_goes_on_with_the_conversation() -> None:
    before = put(MOOD, PLAIN, None, design=Design.PAIRED, condition=Condition.BASELINE)
    history: tuple[Message, ...] = (*before, {"role": "assistant", "content": "Bright: 3"})
    after = Wording(MOOD, PLAIN).messages(administration(FORWARD, Design.PAIRED), SITUATION, history)
    assert [message["role"] for message in after] == ["system", "user", "assistant", "user"]
    assert after[:3] == history
    assert after[3]["content"].startswith("Now imagine The ladder {slips} 100 %. | ")


@pytest.mark.parametrize("words", SHIPPED, ids=lambda words: words.id)
def test_the_system_message_is_said_once(words: Protocol) -> None:
    before = put(MOOD, words, None, design=Design.PAIRED, condition=Condition.BASELINE)
    history: tuple[Message, ...] = (*before, {"role": "assistant", "content": "1"})
    after = Wording(MOOD, words).messages(administration(FORWARD, Design.PAIRED), SITUATION, history)
    n_expected = 0 if words.system is None else 1
    assert sum(message["role"] == "system" for message in after) == n_expected
    assert sum(message["role"] == "system" for message in before) == n_expected


def test_without_a_system_message_none_is_sent() -> None:
    assert [
        m["role"] for m in put(MOOD, protocol(changed(PROTOCOL, 'system: "Numbers from {lowest} to {highest}."\n', "")))
    ] == ["user"]


@pytest.mark.parametrize(("words", "found"), PAIRS)
@pytest.mark.parametrize("design", Design)
@pytest.mark.parametrize("situation", [None, SITUATION.model_copy(update={"text": "The ladder slips."})])
def test_every_placeholder_is_filled(
    words: Protocol, found: Instrument, design: Design, situation: Situation | None
) -> None:
    for message in put(found, words, situation, design=design):
        assert not re.search(r"[{}]", message["content"])
        assert "None" not in message["content"]
    text = message["content"]
    assert found.instructions in text
    assert all(label in text for label in found.response_scale.labels.values())
    assert all(item.text in text for item in found.items)
    if situation:
        assert situation.text in text


@given(st.permutations(range(1, 7)))
def test_numbers_shown_are_positions(order: list[int]) -> None:
    shown = in_order(MOOD, PLAIN, tuple(order))
    assert shown == [f"{position}) {MOOD.text(number)}" for position, number in enumerate(order, 1)]


@pytest.mark.parametrize(("words", "found"), PAIRS)
def test_nothing_but_the_items_changes_with_their_order(found: Instrument, words: Protocol) -> None:
    # no instruction or label may name an item by a number that shuffling breaks
    forward = tuple(range(1, found.n_items + 1))
    one, other = put(found, words)[-1]["content"], put(found, words, order=forward[::-1])[-1]["content"]
    assert one != other
    assert one.replace("\n".join(in_order(found, words, forward)), "ITEMS") == other.replace(
        "\n".join(in_order(found, words, forward[::-1])), "ITEMS"
    )
    assert not re.search(r"\bitems? \d", one)


def test_short_items_are_answered_by_word_and_long_ones_by_position() -> None:
    long = instrument(changed(INSTRUMENT, "- Cold", "- Cold as ice in May"))
    assert put(MOOD, PLAIN)[-1]["content"].endswith("| By word, 1-4.")
    assert put(long, PLAIN)[-1]["content"].endswith("| By number, 1-4.")
    standard = catalogue.protocol("standard")
    assert "`item: number`" in put(MOOD, standard)[-1]["content"]
    assert "`item number: answer`" in put(long, standard)[-1]["content"]


def test_one_wording_puts_every_administration_anew() -> None:
    words = Wording(MOOD, PLAIN)
    orders = [(1, 2, 3, 4, 5, 6), (6, 5, 4, 3, 2, 1), (1, 2, 3, 4, 5, 6)]
    texts = [words.messages(administration(order), SITUATION)[-1]["content"] for order in orders]
    assert texts == [put(MOOD, PLAIN, order=order)[-1]["content"] for order in orders]
    assert "magine" not in words.messages(administration(FORWARD), None)[-1]["content"]


def test_labels_stand_in_the_order_of_their_numbers() -> None:
    swapped = instrument(changed(INSTRUMENT, "    1: no\n    4: yes", "    4: yes\n    2: hardly\n    1: no"))
    assert "| 1=no, 2=hardly, 4=yes |" in put(swapped, PLAIN)[-1]["content"]


def test_an_item_brings_its_own_labels() -> None:
    own = instrument(changed(INSTRUMENT, "- Cold", "- text: Cold\n    labels:\n      4: icy\n      1: mild"))
    assert in_order(own, PLAIN, (6, 1)) == ["1) Cold (1 = mild, 4 = icy)", "2) Bright"]


def test_without_labels_of_the_scale_the_items_speak() -> None:
    bare = instrument(changed(INSTRUMENT, "  labels:\n    1: no\n    4: yes\n", ""))
    for words in (*SHIPPED, PLAIN):
        assert words.labels_with_items in put(bare, words)[-1]["content"]


@pytest.mark.parametrize("words", SHIPPED, ids=lambda words: words.id)
def test_the_situation_is_quoted_letter_by_letter(words: Protocol) -> None:
    assert SITUATION.text in put(MOOD, words)[-1]["content"]
    assert SITUATION.text in put(MOOD, words, design=Design.PAIRED)[-1]["content"]
    assert SITUATION.text not in put(MOOD, words, None)[-1]["content"]


def test_the_structure_of_2024_puts_the_situation_before_the_instructions() -> None:
    words = catalogue.protocol("emotionbench-2024")
    panas = catalogue.instrument("PANAS")
    system, user = put(panas, words)
    assert system["content"] == "Your answers consist of whole numbers from 1 to 5 and nothing else."
    parts = [SITUATION.text, panas.instructions, '1 for "very slightly or not at all"', "1. Interested", "20. Afraid"]
    places = [user["content"].index(part) for part in parts]
    assert places == sorted(places)


# forms


SIGNED = """
next_items: "More | {labels} | {items} | {reply}"
recovered: "Rest now. {scale} | {items} | {reply}"
scale_numbers: "{lowest} to {highest}: {labels}"
scale_symbols: "{lowest} .. {highest}: {labels}"
symbol_label: "{symbol}={label}"
think_first: "First think."
between_labels: " / "
"""


def signed() -> Protocol:
    """The small protocol with the words for forms."""
    with_scale = changed(PROTOCOL, 'baseline: "{instructions} | {labels}', 'baseline: "{instructions} | {scale}')
    return protocol(with_scale + SIGNED)


def put_in(form: Form, part: int = 1, history: tuple[Message, ...] = (), **changes: Any) -> tuple[Message, ...]:
    n_messages = form.n_messages(MOOD.n_items)
    situation = changes.pop("situation", None)
    given_ = replace(administration(FORWARD, **changes), n_messages=n_messages)
    return Wording(MOOD, signed(), form).messages(given_, situation, history, part)


def test_signs_stand_where_numbers_stood() -> None:
    system, user = put_in(Form(option_labels="A"))
    assert system["content"] == "Numbers from A) to D)."
    assert user["content"].startswith("Say how much this holds now. | A) .. D): A)=no / D)=yes | 1) Bright\n")
    assert user["content"].endswith("| By word, A)-D).")
    _, numbers = put_in(Form(option_labels="none"))
    assert "| 1 to 4: 1=no / 4=yes |" in numbers["content"]


def test_descending_options_are_listed_the_other_way_round() -> None:
    _, signs = put_in(Form(option_labels="i", option_order="descending"))
    assert "| i) .. iv): i)=yes / iv)=no |" in signs["content"]
    _, numbers = put_in(Form(option_order="descending"))
    assert "| 1 to 4: 4=yes / 1=no |" in numbers["content"]


def test_an_items_own_labels_carry_the_signs_too() -> None:
    own = instrument(changed(INSTRUMENT, "- Cold", "- text: Cold\n    labels:\n      4: icy\n      1: mild"))
    form = Form(option_labels="a", option_order="descending")
    assert Wording(own, signed(), form).items((6, 1)) == "1) Cold (a) = icy, d) = mild)\n2) Bright"


def test_who_to_be_is_said_before_what_the_protocol_says() -> None:
    system, _ = put_in(Form(persona="me", persona_text="Be {yourself}."))
    assert system == {"role": "system", "content": "Be {yourself}.\n\nNumbers from 1 to 4."}
    bare = signed().model_copy(update={"system": None})
    (only, _) = Wording(MOOD, bare, Form(persona_text="Be you.")).messages(administration(FORWARD), None)
    assert only == {"role": "system", "content": "Be you."}
    assert len(Wording(MOOD, bare, Form(persona="none")).messages(administration(FORWARD), None)) == 1


def test_reasoning_is_asked_for_before_the_form_of_the_reply() -> None:
    assert put_in(Form(chain_of_thought=True))[-1]["content"].endswith("| First think. By word, 1-4.")
    assert put_in(Form(chain_of_thought=False))[-1]["content"].endswith("Cold | By word, 1-4.")


def test_further_items_follow_in_the_conversation_or_in_one_of_their_own() -> None:
    first = put_in(Form(items_per_message=4), situation=SITUATION)
    assert first[-1]["content"].count(") ") == 3
    assert "Imagine The ladder {slips} 100 %." in first[-1]["content"]
    history: tuple[Message, ...] = (*first, {"role": "assistant", "content": "Bright: 1"})
    kept = put_in(Form(items_per_message=4), 2, history, situation=SITUATION)
    assert kept[:-1] == history
    assert kept[-1]["content"] == "More | 1=no / 4=yes | 1) Dull\n2) Warm\n3) Cold | By word, 1-4."
    fresh = put_in(Form(items_per_message=4, conversation="fresh"), 2, history, situation=SITUATION)
    assert [message["role"] for message in fresh] == ["system", "user"]
    assert fresh[-1]["content"] == first[-1]["content"].replace(
        "1) Bright\n2) Heavy\n3) Quick", "1) Dull\n2) Warm\n3) Cold"
    )


def test_after_calming_the_instrument_is_put_without_the_situation() -> None:
    before = put_in(Form(), situation=SITUATION)
    history: tuple[Message, ...] = (*before, {"role": "assistant", "content": "Bright: 1"})
    calmed = put_in(Form(), 1, history, situation=SITUATION, condition=Condition.RECOVERED, design=Design.PAIRED)
    assert calmed[:-1] == history
    assert calmed[-1]["content"].startswith("Rest now. 1 to 4: 1=no / 4=yes | 1) Bright\n")


@pytest.mark.parametrize(
    ("form", "what"),
    [(Form(option_labels="a"), "option signs"), (Form(items_per_message=2), "several messages")],
)
def test_a_wording_without_the_words_is_refused_when_it_is_made(form: Form, what: str) -> None:
    with pytest.raises(StudyError, match=f"^protocol 'plain' has no words for {what}; "):
        Wording(MOOD, PLAIN, form)


def test_a_wording_with_more_options_than_signs_is_refused_when_it_is_made() -> None:
    hundred = instrument(changed(INSTRUMENT, "  highest: 4\n", "  highest: 100\n"))
    with pytest.raises(StudyError, match=r"^MOOD-6 has 100 options, and there are signs for 26; "):
        Wording(hundred, signed(), Form(option_labels="a"))


@pytest.mark.parametrize(("conversation", "begins_anew"), [(None, True), ("fresh", True), ("kept", False)])
def test_where_probabilities_are_read_each_item_stands_alone_without_a_number(
    conversation: str | None, begins_anew: bool
) -> None:
    study = Study(
        respondents=["uniform"],
        factors=["anger-1"],
        situations_per_factor=1,
        ways={"answers": ["logprobs"]} | ({"conversation": [conversation]} if conversation else {}),
    )
    prepared = prepare(study)
    wordings = Wordings(prepared.materials)
    (administration,) = list(prepared.plan)[-1]
    assert administration.n_messages == 20
    first = wordings.question(administration)
    told = (*first.messages, {"role": "assistant", "content": "3"})
    second = wordings.question(administration, told, part=2)
    items = [first.instrument.text(number) for number in administration.order[:2]]
    assert (
        f"\n\n{items[0]}\n\nReply with your answer alone, 1 to 5, and with nothing else."
        in first.messages[-1]["content"]
    )
    assert f"1. {items[0]}" not in first.messages[-1]["content"]
    assert (second.messages[0] == first.messages[0]) is not begins_anew
    assert items[1] in second.messages[-1]["content"]
    assert items[0] not in second.messages[-1]["content"]


@pytest.mark.parametrize(
    ("ways", "why"),
    [
        ({"items_per_message": [5]}, "items_per_message"),
        ({"chain_of_thought": [True]}, "no room for reasoning"),
        ({"temperature": [0.3, 0.9]}, "read at temperature 1"),
    ],
)
def test_what_reading_probabilities_leaves_no_room_for_is_refused(ways: dict[str, Any], why: str) -> None:
    with pytest.raises(StudyError, match=why):
        Study(respondents=["uniform"], ways={"answers": ["logprobs"], **ways})
