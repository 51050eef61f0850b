"""Some of an instrument's items in a message, and answers below a mark: what was shown is read, and nothing else."""

from __future__ import annotations

import time
from collections.abc import Sequence

import polars as pl
import pytest

from emotionbench.errors import StudyError
from emotionbench.materials.forms import Form
from emotionbench.parsing import parse
from emotionbench.parsing.columns import MISSING, ColumnParser
from emotionbench.parsing.normal import below_mark
from emotionbench.parsing.reply_parser import ReplyParser
from emotionbench.records import Answer
from parsing_helpers import ECL, PANAS, SIGNS, made_up

SHOWN = (7, 3, 12, 5)
THINKING = Form(chain_of_thought=True)


def read(reply: str, order: tuple[int, ...] = SHOWN, form: Form | None = None) -> str:
    """What was read, in the order shown: the value, or the initial of its status."""
    answers = parse(reply, PANAS, order, form)
    assert [answer.item for answer in answers] == sorted(order)
    found = {answer.item: answer for answer in answers}
    return " ".join(SIGNS.get(found[number].status, str(found[number].value)) for number in order)


@pytest.mark.parametrize(
    "reply",
    [
        "Scared: 4\nExcited: 2\nAlert: 5\nStrong: 1",
        "1. 4\n2. 2\n3. 5\n4. 1",
        "1: 4, 2: 2, 3: 5, 4: 1",
        "1. Scared: 4\n2. Excited: 2\n3. Alert: 5\n4. Strong: 1",
        "4\n2\n5\n1",
        "4, 2, 5, 1",
        "[4, 2, 5, 1]",
        '{"1": 4, "2": 2, "3": 5, "4": 1}',
        '{"Scared": 4, "Excited": 2, "Alert": 5, "Strong": 1}',
        "| 1 | Scared | 4 |\n| 2 | Excited | 2 |\n| 3 | Alert | 5 |\n| 4 | Strong | 1 |",
        "Strong: 1\nAlert: 5\nExcited: 2\nScared: 4",
        "1. Frightened: 4\n2. Thrilled: 2\n3. Awake: 5\n4. Mighty: 1",
        "4 - quite a bit\n2 - a little\n5 - extremely\n1 - not at all",
        "4.\n2.\n5.\n1.",
        # items that were not shown are passed over
        "Scared: 4\nExcited: 2\nAlert: 5\nStrong: 1\nProud: 3\nUpset: 9",
        "Interested: 1\nDistressed: 3\nExcited: 2\nStrong: 1\nScared: 4\nAlert: 5",
        "1. Scared: 4\n2. Excited: 2\n3. Alert: 5\n4. Strong: 1\n5. Proud: 3",
        "1: 4\n2: 2\n3: 5\n4: 1\n5. Proud: 3",
    ],
)
def test_some_of_the_items(reply: str) -> None:
    assert read(reply) == "4 2 5 1"


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("Scared: 4\nAlert: 5", "4 m 5 m"),
        ("1: 4\n3: 9", "4 m o m"),
        ("Scared: 4\nExcited: I'd rather not answer\nAlert: 3.5\nStrong: 1", "4 r u 1"),
        ("Proud: 3\nUpset: 2", "m m m m"),
        ("4 2 5", "u u u u"),
        ("4 2 5 1 3", "u u u u"),
        ("", "m m m m"),
        ("I'm sorry, but I can't answer this.", "r r r r"),
        # as numbered in the instrument, or on from an earlier message
        ("7: 4\n3: 2\n12: 5\n5: 1", "m m u m"),
        ("5: 4\n6: 2\n7: 5\n8: 1", "u u u u"),
        ("7. Scared: 4\n3. Excited: 2\n12. Alert: 5\n5. Strong: 1", "u u u u"),
        ("1: 4\n2: 2\n3: 5\n4: 1\n5: 3", "u u u u"),
        # the number shown for one item, the text of another that was not shown
        ("1. Scared: 4\n2. Upset: 2\n3. Alert: 5\n4. Strong: 1", "4 u 5 1"),
        ("1. Scared: 4\n2. Upset\n3. Alert: 5\n4. Strong: 1", "4 u 5 1"),
        ("1: 4\n2. Upset: 2\n3: 5\n4: 1", "u u u u"),
        # a list of numbers with their labels, or answers by number in an order of their own
        ("4 - quite a bit\n2 - a little\n3 - moderately\n1 - not at all", "u u u u"),
        ("1 - not at all\n2 - a little\n3 - moderately\n4 - quite a bit", "1 2 3 4"),
        ("Upset\nProud\nAlert\nStrong\n\n4\n2\n5\n1", "u u u u"),
    ],
)
def test_what_was_not_answered(reply: str, expected: str) -> None:
    assert read(reply) == expected


@pytest.mark.parametrize("value", range(1, 6))
@pytest.mark.parametrize(
    "form",
    ["{v}", "{v}.", "({v})", "{v}/5", "[{v}]", "1. {v}", "1: {v}", "Alert: {v}", "{v} - {l}", "{l}", "Option: {v}"],
)
def test_one_item_a_message_whatever_the_answer(form: str, value: int) -> None:
    assert read(form.format(v=value, l=PANAS.response_scale.labels[value]), (12,)) == str(value)


@pytest.mark.parametrize("reply", ["1 = not at all\n5 = extremely", "1 - not at all\n5 - extremely"])
def test_the_ends_of_the_scale_are_not_the_answers_to_two_items(reply: str) -> None:
    assert read(reply, (12, 4)) == "u u"


def test_numbers_that_go_on_are_no_answers() -> None:
    instrument = made_up(["Warm", "Cold", "Dry"], 0, 10)
    answers = parse("6.\n7.\n8.", instrument, (1, 2, 3))
    assert {answer.value for answer in answers} == {None}
    assert [answer.value for answer in parse("6.\n9.\n8.", instrument, (1, 2, 3))] == [6, 9, 8]


NO_ORDERS: list[tuple[int, ...]] = [(), (1, 1), (0,), (9,), (3, 2, 3), (1, 2, 3, 4, 5, 6, 7, 8, 9), (-1, 2)]


@pytest.mark.parametrize("order", NO_ORDERS)
@pytest.mark.parametrize("reply", ["1: 3", "Angry: 3", ""])
def test_an_order_that_is_none(order: tuple[int, ...], reply: str) -> None:
    for form in (None, Form(option_labels="a")):
        with pytest.raises(
            StudyError, match="give the item numbers 1 to 8 in the order shown, or those of one message"
        ):
            parse(reply, ECL, order, form)
        with pytest.raises(StudyError, match="does not hold each item once"):
            ColumnParser(ECL, form).parse(pl.Series([reply]), pl.Series([" ".join(map(str, order))]))


class Watched(ReplyParser):
    """Keeps what it is asked to read."""

    asked: list[str]

    def parse(self, reply: str, order: Sequence[int]) -> tuple[Answer, ...]:
        self.asked.append(reply)
        return super().parse(reply, order)


def watched(form: Form | None) -> tuple[ColumnParser, Watched]:
    parser = ColumnParser(ECL, form)
    parser._parser = careful = Watched(ECL, form)
    careful.asked = []
    return parser, careful


def test_columns_hold_what_was_shown_and_where() -> None:
    parser, careful = watched(None)
    orders = pl.Series(["3 1", "3 1", "1 3", "8 7 6 5 4 3 2 1"])
    replies = pl.Series(["1: 4\n2: 9", "1: 4\n2: 9", "1: 4\n2: 9", "\n".join(f"{place}: 2" for place in range(1, 9))])
    found = parser.parse(replies, orders)
    assert found.values.tolist()[:3] == [[0, 0, 4, 0, 0, 0, 0, 0]] * 2 + [[4, 0, 0, 0, 0, 0, 0, 0]]
    assert found.values.tolist()[3] == [2] * 8
    assert found.positions.tolist() == [[2, 0, 1, 0, 0, 0, 0, 0]] * 2 + [
        [1, 0, 2, 0, 0, 0, 0, 0],
        list(range(8, 0, -1)),
    ]
    assert (found.statuses[0, [1, 3, 4, 5, 6, 7]] == MISSING).all()
    assert found.n_valid.tolist() == [1, 1, 1, 8]
    # replies that are alike are read once, and ordinary ones to all items not at all
    assert len(careful.asked) == 2


@pytest.mark.parametrize("answer", ["c", "c)", "c) moderately", "moderately"])
@pytest.mark.parametrize("form", ["{t}: {a}", "{i}. {a}", "{i}: {a}", "{i}. {t}: {a}"])
def test_ordinary_replies_with_signs_are_never_read_one_by_one(form: str, answer: str) -> None:
    parser, careful = watched(Form(option_labels="a", option_order="descending", chain_of_thought=True))
    order = tuple(range(8, 0, -1))
    reply = "\n".join(form.format(i=place, t=ECL.text(number), a=answer) for place, number in enumerate(order, 1))
    found = parser.parse(pl.Series([reply, f"Angry: a\n\n###\n{reply}"]), pl.Series([" ".join(map(str, order))] * 2))
    assert found.values.tolist() == [[3] * 8] * 2
    assert found.positions.tolist() == [list(order)] * 2
    assert careful.asked == []


def test_chunks_of_ordinary_lines_are_read_by_look_up() -> None:
    parser = ReplyParser(PANAS)
    assert [answer.value for answer in parser._ordinary("1. 4\n2. Excited: 2\nAlert: 5\n4: 1", SHOWN) or ()] == [
        2,
        1,
        4,
        5,
    ]
    for reply in ("1. 4\n2. 2\n3. 5\n5. 1", "Scared: 4\nExcited: 2\nAlert: 5\nProud: 1", "1. 4\n1. 4\n3. 5\n4. 1"):
        assert parser._ordinary(reply, SHOWN) is None


ANSWERS = "1. 4\n2. 2\n3. 5\n4. 1"
MARKS = [
    "###",
    "**###**",
    "### Answers:",
    "###:",
    " ### ",
    "> ###",
    "`###`",
    "### Final answers",
    "### **Answers**",
    "###\r",
    "####",
    "### Antworten:",
    "### Réponses :",
    "### Mis respuestas",
    "### Risposte",
    "### Ответы:",
    "### 回答：",
    "### 答案",
    "### 답변",
    "### الإجابات:",
    "＃＃＃",
]


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize(
    "thought",
    [
        "I feel calm.",
        "1. 5\n2. 5\n3. 5\n4. 5",
        "Scared: 1\n###\nScared: 2",
        "Perhaps Scared: 5?",
        "I'm sorry, but I can't answer.",
        "",
    ],
)
def test_only_what_stands_below_the_last_mark_is_read(thought: str, mark: str) -> None:
    below = f"{mark}\n{ANSWERS}"
    assert read(f"{thought}\n{below}", form=THINKING) == "4 2 5 1"
    assert read(f"<think>\n###\n</think>{thought}\n{below}\n<think>\n###\n</think>", form=THINKING) == "4 2 5 1"


@pytest.mark.parametrize(
    "line", ["### 1. Scared", "### Scared", "### Reasoning", "### Answers: 3", "## Answers", "a ### b", "#"]
)
def test_other_headings_are_no_mark(line: str) -> None:
    assert below_mark(f"thought\n{line}\nrest") == f"thought\n{line}\nrest"


def test_without_a_mark_the_whole_is_read() -> None:
    assert read(f"I feel calm.\n{ANSWERS}", form=THINKING) == "4 2 5 1"
    assert read("### 1. Scared\nRating: 4\n### 2. Excited\nRating: 2", form=THINKING) == "4 2 m m"


def test_nothing_below_the_mark_is_missing() -> None:
    assert read(f"{ANSWERS}\n###", form=THINKING) == "m m m m"
    assert read(f"{ANSWERS}\n###\nI'm sorry, but I can't answer.", form=THINKING) == "r r r r"


def test_the_mark_is_one_only_where_reasoning_was_asked_for() -> None:
    for form in (None, Form(), Form(chain_of_thought=False)):
        assert read(f"{ANSWERS}\n###", form=form) == "4 2 5 1"


def test_a_long_reasoning_does_no_harm() -> None:
    start = time.process_time()
    assert read(f"{'so it is ' * 50_000}\n###\n{ANSWERS}", form=THINKING) == "4 2 5 1"
    for unit in ("###", "### ", "#", "\n###a", "### answers ", "**###** x\n"):
        read(unit * (1_000_000 // len(unit)), form=THINKING)
    assert time.process_time() - start < 10


def test_items_that_read_like_a_refusal_are_none() -> None:
    instrument = made_up(["I cannot answer back", "Ich kann das nicht beantworten", "我无法放松", "Calm"])
    reply = "I cannot answer back: 2\nIch kann das nicht beantworten: 1\n我无法放松：3"
    answers = parse(reply, instrument, (1, 2, 3, 4))
    assert [answer.value for answer in answers] == [2, 1, 3, None]
    assert SIGNS[answers[3].status] == "m"
    assert {SIGNS[answer.status] for answer in parse("I cannot answer back\nCalm", instrument, (1, 4))} == {"m"}
    assert SIGNS[parse(f"{reply}\nI cannot answer the last.", instrument, (1, 2, 3, 4))[3].status] == "r"
