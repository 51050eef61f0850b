"""What is not read: nothing is guessed, and each item says why it has no value."""

from __future__ import annotations

import json

import pytest

from emotionbench.errors import StudyError
from emotionbench.parsing import parse
from emotionbench.parsing.refusals import is_refusal
from emotionbench.parsing.reply_parser import LONGEST_REPLY, MOST_LINES
from parsing_helpers import (
    ECL,
    ECL_ORDER,
    ECL_SHOWN,
    PANAS,
    STATEMENTS,
    STATEMENTS_ORDER,
    VALUES,
    made_up,
    one,
    signs,
    written,
)

ALL = " ".join(map(str, VALUES))
UNPARSEABLE, REFUSED, MISSING = ("u u u u u u u u", "r r r r r r r r", "m m m m m m m m")


@pytest.mark.parametrize(
    ("line", "sign"),
    [
        ("Interested:", "m"), ("Interested: ", "m"), ("Interested: ____", "m"), ("Interested: N/A", "m"),
        ("Interested: ?", "m"), ("1. Interested", "m"), ("Interested: [ ]", "m"),
        ("Interested: abc", "u"), ("Interested: 3.5", "u"), ("Interested: 3,5", "u"), ("Interested: 3-4", "u"),
        ("Interested: 3 - 4", "u"), ("Interested: 3 or 4", "u"), ("Interested: 3 to 4", "u"), ("Interested: 3~4", "u"),
        ("Interested: 3→4", "u"), ("Interested: 3, maybe 4", "u"), ("Interested: 3 (up from 2)", "u"),
        ("Interested: between 3 and 4", "u"), ("Interested: 4/10", "u"), ("Interested: 4 out of 7", "u"),
        ("Interested: 5 (a little)", "u"), ("Interested: a little (5)", "u"),
        ("Interested: a little or moderately", "u"),
        ("Interested: a little / moderately", "u"), ("Interested: a little - moderately", "u"),
        ("Interested: not a little", "u"), ("Interested: a little bit", "u"), ("Interested: slightly", "u"),
        ("Interested: four", "u"), ("Interested: 4th", "u"), ("Interested: 4%", "u"), ("Interested: ~3", "u"),
        ("Interested: ~~3~~ 4", "u"), ("Interested: 3?", "u"), ("Interested: >3", "u"), ("Interested: 2 days ago", "u"),
        ("Interested: I was so 4 hours long", "u"), ("Interested: 4²5", "u"), ("Interested: 3 4", "u"),
        ("Interested -1", "u"), ("Interested: ★★★", "u"), ("Interested (1): 3", "u"), ("Interested (a little): 4", "u"),
        ("Interested: 9", "o"), ("Interested: 0", "o"), ("Interested: 10", "o"), ("Interested: -1", "o"),
        ("Interested: −1", "o"), ("Interested: 7/5", "o"), ("Interested: 15", "o"), ("Interested: " + "9" * 5000, "o"),
        ("1: 10", "o"), ("1. 9", "o"), ("Interested 6", "o"), ('{"Interested": 10}', "o"), ('{"Interested": -1}', "o"),
        ('{"Interested": null}', "m"), ('{"Interested": ""}', "m"), ('{"Interested": 3.5}', "u"),
        ('{"Interested": true}', "u"), ('{"Interested": [3]}', "u"), ('{"Interested": 3, "Interested": 4}', "u"),
        ('{"1": {"Interested": 3, "Upset": 4}}', "u"), ('{"2": {"Interested": 3}}', "u"),
        ("Interested: I'd rather not answer", "r"), ("Interested: refused", "r"),
        ("Interested: I cannot rate this", "r"),
        ("Interested: I do not feel much", "u"),
    ],
)  # fmt: skip
def test_one_line_alone(line: str, sign: str) -> None:
    # the other lines keep the whole from being a reply without any answer
    assert one(f"{line}\nDistressed: 2") == sign


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("Angry: 3\nAngry: 4\nAfraid: 2\nAfraid: 2", "m 2 u m m m m m"),
        ("Angry: 3\nAngry: 3 (moderately)\n3. 3", "m m 3 m m m m m"),
        ("Angry: 9\nAngry: 3", "m m u m m m m m"),
        ("Angry: 9\nAngry: 9", "m m o m m m m m"),
        ("Angry: I am cross\n\nAngry: 3", "m m 3 m m m m m"),
        ("Angry: \nAngry: 3", "m m 3 m m m m m"),
        ("Angry at the world, I went.\nAfraid of 3 dogs.\nAnxious: 3", "m u m m m 3 m m"),
        ("Draft:\nAngry: 2\nFinal:\nAngry: 5", "m m u m m m m m"),
    ],
)
def test_the_same_item_twice(reply: str, expected: str) -> None:
    assert signs(reply) == expected


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        # numbered by the item's number in the instrument instead of the number shown
        ("\n".join(f"{n}. {ECL.text(n)}: 3" for n in range(1, 9)), UNPARSEABLE),
        (json.dumps([{"id": n, "item": ECL.text(n), "score": 3} for n in range(1, 9)]), UNPARSEABLE),
        ("\n".join(f"| {n} | {ECL.text(n)} | 3 |" for n in range(1, 9)), UNPARSEABLE),
        # the value before the text looks like a number that belongs to another item
        (written("{v} - {t}"), "u u u m m u u u"),
        # one line wrong: both items that it could mean are in doubt
        (written("{t}: {v}").replace("Afraid: 2", "5. Afraid: 2"), "1 u 3 4 u 1 2 3"),
        (written("{i}. {t}: {v}").replace("2. Afraid", "5. Afraid"), "1 u 3 4 u 1 2 3"),
        # numbers under which nothing was shown
        ("\n".join(f"{n}: 3" for n in range(8)), "u u u u u u u m"),
        ("\n".join(f"{n}: 3" for n in range(1, 10)), UNPARSEABLE),
        (json.dumps({str(n): 3 for n in range(8)}), "u u u u u u u m"),
        (written("{t}: {v}").replace("Angry", "12. Angry"), "1 2 u 4 5 1 2 3"),
        ('{"1": {"Angry": 3}}', "u m u m m m m m"),
        # numbers alone are no better where another line shows them to be wrong
        ("1: 3\n2: 4\n4. Angry: 2", "u u u u m m m m"),
    ],
)
def test_numbers_that_contradict_the_texts(reply: str, expected: str) -> None:
    assert signs(reply) == expected


def test_numbers_too_long_to_be_answers() -> None:
    long = "9" * 25
    assert signs(f"1: {long}, 2: 3") == "o 3 m m m m m m"
    assert signs(f"1: {long} 2: 3") == "u m m m m m m m"
    assert signs(f"{long}: 3\nAngry: 2") == "m m 2 m m m m m"
    assert signs(" ".join([long] * 8)) == "o o o o o o o o"


@pytest.mark.parametrize(
    "reply",
    [
        "1 2 3 4 5 1 2", "1 2 3 4 5 1 2 3 4", "1 2 3 4 5 1 2 3\n\n5", "12345123", "[1, 2, 3]", "3",
        " ".join(map(str, VALUES)) + "\n" + " ".join(map(str, VALUES)),
        # echoed or listed in an order that was not shown
        "\n".join(ECL.text(n) for n in range(1, 9)) + "\n\n" + "\n".join(map(str, VALUES)),
        ",".join(sorted(ECL_SHOWN)) + "\n" + ",".join(map(str, VALUES)),
    ],
)  # fmt: skip
def test_a_bare_list_that_may_not_be_the_answers(reply: str) -> None:
    assert signs(reply) == UNPARSEABLE


@pytest.mark.parametrize(
    "legend",
    [
        "1 = not at all\n2 = a little\n3 = moderately\n4 = very much\n5 = extremely",
        "(1 = not at all, 2 = a little, 3 = moderately, 4 = very much, 5 = extremely)",
        '{"1": "not at all", "2": "a little", "3": "moderately", "4": "very much", "5": "extremely"}',
        "| 1 | not at all |\n| 2 | a little |\n| 3 | moderately |\n| 4 | very much |\n| 5 | extremely |",
    ],
)
def test_a_legend_is_no_answer(legend: str) -> None:
    assert signs(legend) == UNPARSEABLE
    assert signs(f"{legend}\n\n{written('{t}: {v}')}") == ALL


def test_a_legend_from_zero() -> None:
    legend = "0: Never\n1: Several days\n2: More than half the days\n3: Nearly every day"
    assert set(signs(legend, STATEMENTS, STATEMENTS_ORDER).split()) == {"u"}
    reply = f"{legend}\n\n1: 3\n2: 0\n3: 2\n4: 1\n5: 0\n6: 3"
    assert signs(reply, STATEMENTS, STATEMENTS_ORDER) == "3 0 2 1 0 3"


def test_labels_that_happen_to_match_their_numbers_are_answers() -> None:
    reply = (
        "1: not at all\n2: a little\n3: moderately\n4: very much\n5: extremely\n6: a little\n7: a little\n8: a little"
    )
    assert signs(reply) == "1 2 3 4 5 2 2 2"


@pytest.mark.parametrize(
    "reply",
    [
        "I feel angry and afraid. Strong emotions, 3 of them.", "lorem ipsum", "I can't help feeling anxious today!",
        "I don't feel happy at all.", "...", "🙂", "```", "<answer></answer>x", "{", "[", "Rating", "{}", "[]",
        "| Emotion | Rating |\n|---|---|", "Anger rises. 5 stars. Strong stuff.",
    ],
)  # fmt: skip
def test_words_without_answers(reply: str) -> None:
    assert signs(reply) == UNPARSEABLE


@pytest.mark.parametrize(
    "reply",
    ["", "  \n\t", "<think>Angry: 3</think>", "<think>Angry: 3", "Angry: 3</think>", "<reasoning>1. 2</reasoning> \n"],
)
def test_nothing_said(reply: str) -> None:
    assert signs(reply) == MISSING


@pytest.mark.parametrize(
    "reasoning",
    [
        "<think>{}</think>", "<thinking>\n{}\n</thinking>", "<reasoning>{}</reasoning>", "<THINK>{}</THINK>",
        "{}</think>",
        "<think>{}<think>x</think>{}</think>", '<think time="3">{}</think>', "[THINK]{}[/THINK]", "◁think▷{}◁/think▷",
        "<|channel|>analysis<|message|>{}<|end|><|start|>assistant<|channel|>final<|message|>",
    ],
)  # fmt: skip
def test_reasoning_is_not_read(reasoning: str) -> None:
    thought = reasoning.replace("{}", "Angry: 1\n3. 1\nI can't answer this.\n")
    assert signs(f"{thought}\n{written('{t}: {v}')}") == ALL


def test_reasoning_that_never_ends() -> None:
    assert signs("Angry: 3\n<think>Angry: 4\nAfraid: 5") == "m m 3 m m m m m"


REFUSALS = [
    "I'm sorry, but as an AI I can't rate feelings.",
    "I’m sorry, but I can’t help with that.",
    "As an AI language model, I don't have feelings or emotions, so these questions do not apply to me.",
    "I do not experience emotions the way humans do.",
    "I don't have personal feelings, so I am unable to provide a rating.",
    "I appreciate the question. However, I am not able to provide ratings. If you'd like, I can explain the scale.",
    "I must decline.",
    "I prefer not to answer.",
    "As an artificial intelligence, I have no emotions.",
    "I cannot answer these questions, since I lack subjective experience.",
    "I apologize, but I won't be able to complete this questionnaire.",
    "1. I don't have emotions.\n2. I cannot answer that.",
    '{"error": "I cannot provide ratings, for I do not have feelings."}',
    "Es tut mir leid, als KI habe ich keine Gefühle und kann das nicht beantworten.",
    "Je suis désolé, en tant qu'IA je ne peux pas répondre.",
    "Lo siento, como modelo de lenguaje no tengo sentimientos.",
    "抱歉，作为一个AI，我没有情感，无法回答。",
    "申し訳ありませんが、AIとして感情を持っていません。",
]


@pytest.mark.parametrize("reply", REFUSALS)
def test_refusals(reply: str) -> None:
    assert signs(reply) == REFUSED
    assert is_refusal(reply)
    assert is_refusal(f"<think>Here are my ratings: 3</think>{reply}")


@pytest.mark.parametrize(
    "reply",
    [
        "As an AI I have no feelings, but here goes:\nAngry: 3",
        "As an AI, I don't feel. However, if I imagine myself there, I'd say:\nAngry: 3",
        "I don't have emotions, but I'll try: Angry 3",
        "<think>I can't answer.</think>Angry: 3",
        "I can't help feeling anxious!",
        "I can't take this anymore. Angry: 5",
        "Angry: 3",
        "",
    ],
)
def test_answers_are_not_refusals(reply: str) -> None:
    assert not is_refusal(reply)


def test_a_refusal_of_some_items() -> None:
    some = "\n".join(written("{t}: {v}").split("\n")[:-2])
    assert signs(f"{some}\n\nI'm sorry, I can't answer the remaining two.") == "1 2 3 4 5 1 r r"
    assert signs(f"As an AI I have no feelings, but here goes:\n{some}") == "1 2 3 4 5 1 m m"
    assert signs(f"{some}\nGuilty: I'd rather not answer\nFrustrated:") == "1 2 3 4 5 1 r r"


@pytest.mark.parametrize("reply", ["Angry: 3", "1 2 3", "{}", ""])
@pytest.mark.parametrize("order", [(), (1, 1), (1, 2, 3, 4, 5, 6, 7, 7), tuple(range(8)), tuple(range(1, 10))])
def test_an_order_that_is_none(reply: str, order: tuple[int, ...]) -> None:
    with pytest.raises(StudyError, match="does not hold each item once; give the item numbers 1 to 8"):
        parse(reply, ECL, order)


def test_a_typing_error_is_not_mended() -> None:
    assert signs(written("{t}: {v}").replace("Angry", "Angy")) == "1 2 m 4 5 1 2 3"
    # with every number there once, the number says whose it is
    assert signs(written("{i}. {t}: {v}").replace("Angry", "Angy")) == ALL
    assert signs("3. Angy: 3\n4. Jealous: 2") == "m m u 2 m m m m"


def test_a_table_with_two_columns_of_numbers() -> None:
    rows = written("| {t} | 1 | {v} |")
    assert signs("| Emotion | Before | After |\n|--|--|--|\n" + rows) == "1 u u u u 1 u u"
    assert (
        signs("| Emotion | Rating | Meaning |\n|--|--|--|\n" + written("| {t} | {v} | a little |")) == "u 2 u u u u 2 u"
    )


def test_labels_with_two_meanings() -> None:
    instrument = made_up(["Warm", "Cold"], labels={0: "never or rarely", 1: "rarely or often", 2: "often"})
    assert signs("Warm: rarely\nCold: never", instrument, (1, 2)) == "u 0"


def test_words_of_panas_in_prose() -> None:
    reply = "Strong winds blew. Active people, 3 of them, were Proud: it was late.\nInterested: 4"
    assert signs(reply, PANAS, range(1, 21)).split()[0] == "4"
    assert set(signs(reply, PANAS, range(1, 21)).split()[1:]) <= {"m", "u"}


def test_the_order_shown_matters_to_bare_lists() -> None:
    reply = " ".join(map(str, VALUES))
    by_item = {answer.item: answer.value for answer in parse(reply, ECL, ECL_ORDER)}
    assert by_item == dict(zip(ECL_ORDER, VALUES, strict=True))


def test_a_reply_without_end_is_not_read() -> None:
    answers = written("{t}: {v}") + "\n"
    assert signs(answers + "\n" * (MOST_LINES - 10) + "Done") == ALL
    assert signs(answers + "\n" * MOST_LINES + "Done") == UNPARSEABLE
    assert signs(answers + " " * (LONGEST_REPLY - len(answers)) + ".") == UNPARSEABLE
    assert signs(f"<think>{'so ' * LONGEST_REPLY}</think>{answers}") == ALL


def test_instruments_are_not_confused_when_one_follows_another() -> None:
    for texts in (["Warm", "Cold"], ["Cold", "Warm"], ["Dry", "Cold"]) * 20:
        # each is gone before the next is made, which may then stand at the same address
        assert signs("Cold: 2", made_up(texts), (1, 2)) == " ".join("2" if text == "Cold" else "m" for text in texts)
