"""Options that carry signs: no word, number or legend is taken for one."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from emotionbench.materials.forms import Form, OptionLabels
from emotionbench.parsing import parse
from emotionbench.parsing.normal import plain
from emotionbench.parsing.phrases import words
from emotionbench.parsing.refusals import is_refusal
from emotionbench.parsing.signs import spelled_out
from emotionbench.records import AnswerStatus
from parsing_helpers import PANAS
from sign_helpers import IN_STYLE, LEGEND, ONE_LINE, STYLES, THREE, form, in_style, read

NOT_READ = [
    # numbers
    ("1. 3\n2. 2\n3. 1", "u u u"),
    ("Interested: 3\nDistressed: <B>\nExcited: 9", "u 2 u"),
    ("3 2 1", "u u u"),
    ("3\n2\n1", "u u u"),
    ("[3, 2, 1]", "u u u"),
    ('{"1": 3, "2": "2", "Excited": "<A>"}', "u u 1"),
    ("1: 3, 2: 2, 3: 1", "u u u"),
    ("| 1 | 3 |\n| 2 | <B> |", "u 2 m"),
    ("Interested: <C>) 3\nDistressed: a little (2)\nExcited: 1 = <A>", "u u u"),
    ("Interested 3\nDistressed (2)\nExcited: 3/5", "u u u"),
    ("4.\n4.\n3.", "u u u"),
    ("3) moderately\n3) moderately", "m m u"),
    ("Interested: 3\nInterested: <C>", "u m m"),
    ("3) moderately\n2) a little\n3) moderately", "u u u"),
    ("2) a little\n1) very slightly\n3) moderately", "u u u"),
    ("Interested: option 3\nDistressed: <B>", "u 2 m"),
    # beyond the last
    ("Interested: <F>\nDistressed: <F>) \nExcited: (<F>)", "o o o"),
    ('{"1": "<F>", "2": "<B>"}', "o 2 m"),
    ("<F>\n<B>\n<A>", "o 2 1"),
    # another option's label, or two answers
    ("Interested: <C>) a little\nDistressed: a little (<C>)\nExcited: <A>) little", "u u u"),
    ("Interested: <B> or <C>\nDistressed: <B>/<C>\nExcited: <A>-<B>", "u u u"),
    ("Interested: <B>, <C>\nDistressed: <B>) or <C>)\nExcited: between <A> and <B>", "u u u"),
    (
        "Interested: a little or moderately\nDistressed: a little, quite a bit\nExcited: <C>) moderately, quite a bit",
        "u u u",
    ),
    (
        "Interested: <C>) moderately, or <D>) at times\nDistressed: <B>) - (not <A>))\nExcited: <B>) a little <C>)",
        "u u u",
    ),
    ("Interested: <C>\nInterested: <D>\nDistressed: <B>\nDistressed: <B>) a little", "u 2 m"),
    # what is nearly one
    ("Interested: <C>?\nDistressed: ~<B>\nExcited: <A>+", "u u u"),
    ("Interested: not <C>\nDistressed: <B><B>\nExcited: <A> <A>", "u u u"),
    ("Interested: moderately so\nDistressed: <B>) a little bit\nExcited: <A>) hardly", "u u u"),
    ("Interested: moderate\nDistressed: a bit\nExcited: a lot", "u u u"),
    ("Interested: с)\nDistressed: ب\nExcited: 三", "u u u"),
    ("Interested:\nDistressed: N/A\nExcited: ?", "m m m"),
    ("Interested: <C>1\nDistressed: <B>2", "u u m"),
    ("Interested: a\u0300\nDistressed: é\nExcited: i\u0308", "u u u"),
    # lists of the wrong length, or of something else
    ("<C>, <B>", "u u u"),
    ("<C> <B>", "u u u"),
    ("<C>\n<B>\n<A>\n<D>", "u u u"),
    ("<C>/<B>/<A>", "u u u"),
    ("Options: <A>, <B>, <C>, <D>, <E>", "u u u"),
    ("<A> to <E>", "u u u"),
    # signs in place of numbers or texts of items
    ("<A>: <C>\n<B>: <B>\n<C>: <A>", "u u u"),
    ("<A>) Interested: <C>\n<B>) Distressed: <B>\n<C>) Excited: <A>", "u u u"),
    ("<A>. Interested\n<B>. Distressed\n<C>. Excited", "u u u"),
    ('{"<C>": "Interested", "<B>": "Distressed"}', "u u u"),
    ("<C>) 1\n<B>) 2\n<A>) 3", "u u u"),
    ("0: <C>\n1: <B>\n2: <A>", "u u m"),
    # the other words' numbers
    ("1. Upset: <C>\n2: <B>\n3: <A>", "u u u"),
    ("Interested: <C>\n2. Upset: <D>\nExcited: <A>", "3 u 1"),
    ("1: <C>\n2: <B>\n3: <A>\n4: <E>", "u u u"),
    # items that were not shown
    ("Interested: <C>\nUpset: <D>\nStrong: <E>\nExcited: <A>", "3 m 1"),
    ("Upset: <D>\nStrong: <E>", "m m m"),
    ("1. Interested: <C>\n2. Distressed: <B>\n3. Excited: <A>\n4. Upset: <E>", "3 2 1"),
]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(("reply", "expected"), NOT_READ)
def test_what_is_no_sign_is_not_guessed(reply: str, expected: str, style: OptionLabels) -> None:
    assert read(in_style(reply, style), form(style)) == expected


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("order", [(1,), (1, 2), THREE, (1, 2, 3, 4, 5), tuple(range(1, 21))])
@pytest.mark.parametrize(
    "legend",
    [
        LEGEND,
        ONE_LINE,
        f"Options: {ONE_LINE}",
        f"({ONE_LINE})",
        LEGEND.replace(") ", " = "),
        ONE_LINE.replace(") ", ": "),
        LEGEND.replace("<", "- (<"),
        "\n".join(reversed(LEGEND.split("\n"))),
        ONE_LINE.replace(", ", " / "),
        ONE_LINE.replace(", ", " "),
        ONE_LINE.replace(", ", " | "),
        ONE_LINE.replace(", ", "; "),
        LEGEND.replace("\n", "\n\n"),
        "Interested\n" + LEGEND,
        "1. Interested\n   " + LEGEND.replace("\n", "\n   ") + "\n2. Distressed\n" + LEGEND,
        '{"<A>": "not at all", "<B>": "a little", "<C>": "moderately", "<D>": "quite a bit", "<E>": "extremely"}',
        '["<A>) very slightly", "<B>) a little", "<C>) moderately", "<D>) quite a bit", "<E>) extremely"]',
        "| <A>) | very slightly or not at all |\n| <B>) | a little |\n| <C>) | moderately |\n| <D>) | quite a bit |",
        "Interested: " + ONE_LINE,
        "1: " + ONE_LINE,
    ],
)
def test_a_legend_is_no_answer(legend: str, order: tuple[int, ...], style: OptionLabels) -> None:
    assert set(read(in_style(legend, style), form(style), order=order).split()) <= {"u", "m"}


@pytest.mark.parametrize(
    ("style", "others"), [("a", ("I", "iv")), ("A", ("i", "II")), ("i", ("b", "C")), ("I", ("a", "d"))]
)
def test_signs_of_another_style_are_none(style: OptionLabels, others: tuple[str, str]) -> None:
    for other in others:
        reply = f"Interested: {other}) moderately\nDistressed: moderately ({other})\nExcited: moderately, {other})"
        assert read(reply, form(style)) == "u u u"


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(
    "legend",
    [
        "<A>) not at all\n<B>) a little\n<C>) moderately",
        "<A>) not at all, <B>) a little, <C>) moderately",
        '{"<A>": "not at all", "<B>": "a little", "<C>": "moderately"}',
        "<E>) extremely\n<D>) quite a bit\n<C>) moderately\n<B>) a little\n<A>) not at all",
    ],
)
def test_the_first_options_one_by_one_are_not_as_many_answers(legend: str, style: OptionLabels) -> None:
    assert read(in_style(legend, style), form(style)) == "u u u"
    assert read(in_style(legend, style), form(style), order=(1, 2, 3, 4, 5)) == "u u u u u"


PROSE = [
    ("I cannot answer.", "r r r"),
    ("I, as an AI, cannot rate feelings.", "r r r"),
    ("I can't answer, I fear; a machine has none.", "r r r"),
    ("a person like me would not know", "u u u"),
    ("I would say that a calm mind, I think, is best.", "u u u"),
    ("i would say so", "u u u"),
    ("I", "u u u"),
    ("a", "u u u"),
    ("A: Interested\nB: Distressed\nC: Excited", "u u u"),
    ("A: I do not know.\nI: Neither do I.", "u u u"),
    ("I. Introduction\nII. Answers\nIII. Thanks", "u u u"),
    ("I am calm\nI am low\nI am fine", "u u u"),
    ("A. I\nB. A", "u u u"),
    ("a little\nI am", "u u u"),
    ("Interested: I cannot answer that", "r r r"),
    ("Interested: I, as an AI, have no feelings", "r r r"),
    ("Interested: I am not\nDistressed: a person like me is not\nExcited: i would say no", "u u u"),
    ("Interested: I'd say so\nDistressed: A. Nobody knows\nExcited: I - who else", "u u u"),
    ("Interested: a, as I said\nDistressed: I; a man\nExcited: I. Cannot say", "u u u"),
    ("1. I cannot answer\n2. A person like me\n3. I, too, was low", "r r r"),
    ("1. As I said\n2. I think\n3. A lot", "u u u"),
    ("El a, la e y la o", "u u u"),
    ("Io e i miei amici", "u u u"),
    ("Il a dit à la mer", "u u u"),
    ("а и в", "u u u"),
    ("Interested in a job. I, too.", "u u u"),
    ("Strong I was, a friend said: I know", "u u u"),
]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(("reply", "expected"), PROSE)
def test_prose_is_not_read(reply: str, expected: str, style: OptionLabels) -> None:
    assert read(reply, form(style)) == expected


WORDS = [
    "I",
    "a",
    "A",
    "i",
    "b",
    "am",
    "calm",
    "as",
    "an",
    "AI",
    "no",
    "c",
    "v",
    "would",
    "say",
    "is",
    "so",
    "person",
    "e",
    "o",
    "y",
    "x",
]


@given(
    st.lists(st.lists(st.sampled_from(WORDS), min_size=2, max_size=7), min_size=1, max_size=4),
    st.sampled_from(STYLES),
    st.data(),
)
@settings(max_examples=300, deadline=None)
def test_sentences_give_no_values(lines: list[list[str]], style: OptionLabels, data: st.DataObject) -> None:
    # a line of nothing but signs is a list of answers
    assume(all(max(map(len, line)) > 2 for line in lines))
    joint = data.draw(st.sampled_from([" ", ", ", ". "]))
    text = "\n".join(joint.join(line) for line in lines)
    for order in ((1,), THREE):
        assert not re.search(r"\d", read(text, form(style), order=order))


PIECES = [
    "a",
    "b)",
    "(c)",
    "I",
    "ii.",
    "IV",
    "A)",
    "i",
    "\n",
    ": ",
    ", ",
    " ",
    "|",
    "-",
    "Interested",
    "Upset",
    "a little",
    "moderately",
    "1. ",
    "2",
    "3",
    "{",
    "}",
    "[",
    "]",
    '"',
    "**",
    "or",
    " = ",
    "ⓒ",
    "Ⅲ",
    "###",
    "I can't answer",
    "Options: ",
    "Answer",
    "１",
    "一、",
]


def stands_in(value: int, text: str, asked: Form) -> bool:
    """Whether the sign or the label of a value stands in a text."""
    place = value if asked.option_order is None else 6 - value
    sign = IN_STYLE[str(asked.option_labels)]["ABCDE"[place - 1]].casefold()
    if re.search(rf"(?<![^\W\d_]){sign}(?![^\W\d_])", text.casefold()):
        return True
    spoken = " ".join(words(text))
    halves = PANAS.response_scale.labels[value].split(" or ")
    return any(" ".join(words(half)) in spoken for half in halves)


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join) | st.text(), st.sampled_from(STYLES), st.booleans())
@settings(max_examples=500, deadline=None)
def test_no_value_without_its_sign_or_label(text: str, style: OptionLabels, descending: bool) -> None:
    asked = form(style, descending=descending)
    for order in ((4,), (2, 1, 4)):
        for answer in parse(text, PANAS, order, asked):
            assert (answer.value is None) == (answer.status is not AnswerStatus.VALID)
            assert answer.value is None or stands_in(answer.value, plain(spelled_out(text)), asked)
    assert is_refusal(text) in (True, False)


@pytest.mark.parametrize(
    "unit",
    [
        "a ",
        "a)",
        "a,",
        "(a",
        "a) a little, ",
        "1a ",
        "1. a ",
        "1: c, ",
        "i",
        "I ",
        "I, ",
        "Options: a, ",
        "a|",
        "a = ",
        "###\n",
        "# ",
        "option ",
        "a) very slightly or not at all\n",
        '["a",',
        "Interested: a) ",
        "c) moderately - ",
        "a/",
        "Ⅲ",
        "ⓒ",
        "一",
    ],
)
def test_no_text_takes_long(unit: str) -> None:
    asked = Form(option_labels="a", chain_of_thought=True)
    for size in (100_000, 1_000_000):
        start = time.process_time()
        assert len(parse(unit * (size // len(unit)), PANAS, THREE, asked)) == 3
        assert time.process_time() - start < 4
