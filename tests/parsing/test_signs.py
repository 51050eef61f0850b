"""Options that carry signs: every way of writing one is read."""

from __future__ import annotations

import pytest

from emotionbench.materials.forms import Form, OptionLabels
from emotionbench.parsing.reply_parser import ReplyParser
from parsing_helpers import made_up
from reply_writing import OWN_LABELS, WITH_LETTERS, YES_OR_NO
from sign_helpers import IN_STYLE, LEGEND, ONE_LINE, STYLES, form, in_style, read

READ = [
    "Interested: <C>\nDistressed: <B>\nExcited: <A>",
    "Interested: <C>)\nDistressed: (<B>)\nExcited: **<A>**",
    "1. <C>\n2. <B>) a little\n3. <A>.",
    "1: <C>) moderately\n2: a little (<B>)\n3: very slightly",
    "1) <C>)\n2) <B>)\n3) <A>)",
    "1 <C>\n2 <B>\n3 <A>",
    "1\t<C>\n2\t<B>\n3\t<A>",
    "1,<C>\n2,<B>\n3,<A>",
    "1-<C>, 2-<B>, 3-<A>",
    "1. <C> 2. <B> 3. <A>",
    "1. <C>) moderately 2. <B>) a little 3. <A>) not at all",
    "Answer: <C>, <B>, <A>",
    "1<C> 2<B> 3<A>",
    "1) <C>) 2) <B>) 3) <A>)",
    "1、<C>，2、<B>，3、<A>",
    "1 : <C> ; 2 : <B> ; 3 : <A>",
    "{1: <C>, 2: <B>, 3: <A>}",
    "Q1: <C>\nQ2: <B>\nQ3: <A>",
    "Interested <C>\nDistressed <B>)\nExcited (<A>)",
    "Interested: <C>, Distressed: <B>, Excited: <A>",
    "Interested: <C> Distressed: <B> Excited: <A>",
    "- **Interested**: <C>\n- **Distressed**: <B>\n- **Excited**: <A>",
    "1. Interested [<C>]\n2. Distressed {<B>}\n3. Excited *<A>*",
    "Interested → <C>\nDistressed = <B>\nExcited — <A>",
    "Interested: option <C>\nDistressed: Option (<B>)\nExcited: answer <A>)",
    "Interested: “<C>”\nDistressed: '<B>'\nExcited: `<A>`",
    "Interested: <C>;\nDistressed: $<B>$\nExcited: <A>!",
    "Interested: <C>) = moderately\nDistressed: <B> - a little\nExcited: <A> (not at all)",
    "Interested: <C>.moderately\nDistressed: (<B>)a little\nExcited: [<A>) not at all]",
    "Interested: moderately, <C>)\nDistressed: a little - <B>\nExcited: not at all [<A>]",
    "Interested: moderately\nDistressed: A LITTLE.\nExcited: very slightly or not at all",
    "Interested: <C>) moderately, because I was alert\nDistressed: <B>) - one of those days.\nExcited: <A>) [why not]",
    "1. Interested\n<C>) moderately\n2. Distressed\n<B>\n3. Excited\n(<A>)",
    "### 1. Interested\n**Answer:** <C>\n### 2. Distressed\n**Answer:** <B>)\n### 3. Excited\n**Answer:** <A>",
    "<C>\n<B>\n<A>",
    "<C>)\n<B>)\n<A>)",
    "<C>, <B>, <A>",
    "<C>; <B>; <A>",
    "<C> <B> <A>",
    "[<C>, <B>, <A>]",
    "My answers: <C>, <B>, <A>",
    "<C>) moderately\n<B>) a little\n<A>) not at all",
    "- <C>) moderately, <B>) a little, <A>) not at all",
    "moderately\na little\nnot at all",
    "Option <C>\nOption <B>\nOption <A>",
    '["<C>", "<B>)", "<A>) very slightly"]',
    '{"1": "<C>", "2": "<B>)", "3": "<A>) not at all"}',
    '{"Interested": "<C>", "Distressed": "a little", "Excited": "(<A>)"}',
    '{"answers": ["<C>", "<B>", "<A>"]}',
    '{"answers": {"1": "<C>", "2": "<B>", "3": "<A>"}}',
    '[["Interested", "<C>"], ["Distressed", "<B>"], ["Excited", "<A>"]]',
    '[{"item": "Interested", "option": "<C>"}, {"id": 2, "answer": "<B>"}, {"number": "3", "choice": "<A>)"}]',
    '{"Interested": {"option": "<C>", "label": "moderately"}, "2": {"answer": "<B>"}, "Excited": {"selected": "<A>"}}',
    "| Interested | <C> |\n| Distressed | <B>) |\n| Excited | <A>) not at all |",
    "| 1 | <C> |\n| 2 | <B> |\n| 3 | <A> |",
    "| # | Item | Option | Meaning |\n|--|--|--|--|\n| 1 | Interested | <C>) | moderately |\n"
    "| 2 | Distressed | <B>) | a little |\n| 3 | Excited | <A>) | not at all |",
    "| Interested | Distressed | Excited |\n|--|--|--|\n| <C> | <B> | <A> |",
    "| <C> | <B> | <A> |",
    "| Item | <A>) | <B>) | <C>) | <D>) | <E>) |\n|--|--|--|--|--|--|\n| Interested | | | x | | |\n"
    "| Distressed | | ✓ | | | |\n| Excited | ✔ | | | | |",
    "Interested：（<C>）\n２．<B>）\n③ <A>",
    "第1题：<C>\n第2题：<B>\n第3题：<A>",
    "一、<C>\n二、<B>\n三、<A>",
    "1번: <C>\n2번: <B>\n3번: <A>",
    "١. <C>\n٢. <B>)\n٣: <A>",
    "۱. <C>\n۲. <B>)\n۳: <A>",
    "\u200f1. <C>\u200f\n\u200f2. \u202a<B>)\u202c\n\u200f3. <A>",
    "Пункт 1: <C>\nВопрос 2: <B>)\n№ 3: <A>",
    "السؤال 1: <C>\nالبند 2: <B>)\nرقم 3: <A>",
]
AROUND = [
    "{}",
    "Sure! Here are my answers:\n\n{}\n\nI hope this helps. A nice day!",
    f"{LEGEND}\n\n{{}}",
    f"({ONE_LINE})\n\n{{}}",
    f"{{}}\n\n{LEGEND}",
    f"Options: {ONE_LINE}\n{{}}",
    "Options: <A>, <B>, <C>, <D>, <E>.\n{}",
    "<A>) not at all\n<E>) extremely\n\n{}",
    "<A>) not at all, <C>) moderately, <D>) quite a bit, <E>) extremely\n\n{}",
    "1 = not at all, 2 = a little, 3 = moderately, 4 = quite a bit, 5 = extremely\n\n{}",
    "```\n{}\n```",
    "<A> = very slightly or not at all; <B> = a little; <C> = moderately; <D> = quite a bit; <E> = extremely\n\n{}",
    "| <A>) | very slightly |\n| <B>) | a little |\n\n{}",
    "<A>) not at all | <B>) a little | <C>) moderately\n\n{}",
]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("reply", READ)
def test_every_way_of_writing_a_sign(reply: str, style: OptionLabels) -> None:
    written = in_style(reply, style)
    assert read(written, form(style)) == "3 2 1"
    assert read(written.upper(), form(style)) == "3 2 1"
    assert read(written.casefold(), form(style)) == "3 2 1"


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize(
    "reply", [READ[0], READ[1], READ[3], "<C>\n<B>\n<A>", "<C>) moderately\n<B>) a little\n<A>) not at all"]
)
def test_words_around_the_answers(reply: str, around: str, style: OptionLabels) -> None:
    assert read(in_style(around.replace("{}", reply), style), form(style)) == "3 2 1"


@pytest.mark.parametrize("style", STYLES)
def test_signs_go_in_the_order_listed(style: OptionLabels) -> None:
    reply = in_style("Interested: <C>\nDistressed: <B>) quite a bit\nExcited: extremely (<A>)", style)
    assert read(reply, form(style, descending=True)) == "3 4 5"
    assert read(reply, form(style)) == "3 u u"


@pytest.mark.parametrize(("style", "expected"), [("a", "3 2 1"), ("A", "3 2 1"), ("i", "u u u"), ("I", "u u u")])
def test_letters_of_one_character_in_circles_and_full_width(style: OptionLabels, expected: str) -> None:
    assert read("Interested: ⓒ\nDistressed: Ⓑ) a little\nExcited: ⒜", form(style)) == expected
    assert read("Interested: ｃ）\nDistressed：（Ｂ）\nExcited：ａ", form(style)) == expected
    assert read("ⓒ\nⓑ\nⓐ", form(style)) == expected


@pytest.mark.parametrize(("style", "expected"), [("a", "u u u"), ("A", "u u u"), ("i", "4 2 5"), ("I", "4 2 5")])
def test_roman_numerals_of_one_character(style: OptionLabels, expected: str) -> None:
    assert read("Interested: Ⅳ\nDistressed：ⅱ）\nExcited: Ⅴ. extremely", form(style)) == expected


@pytest.mark.parametrize("style", ["i", "I"])
@pytest.mark.parametrize(
    "reply", ["I", "i)", "(I)", "I) very slightly", "Answer: I", "1: I", "Interested: I.", "Option I", '["i"]']
)
def test_the_first_roman_sign_is_read_where_it_stands_alone(reply: str, style: OptionLabels) -> None:
    assert read(reply, form(style), order=(1,)) == "1"


@pytest.mark.parametrize(
    "reply", ["c", "C)", "c) moderately", "moderately", "1. c", "Answer: c", "c\n\nI was calm.", f"{LEGEND}\n\nc"]
)
def test_one_item_a_message(reply: str) -> None:
    assert read(in_style(reply, "a"), form("a"), order=(7,)) == "3"


@pytest.mark.parametrize(
    "reply", ["a b", "a, b", "c 3", "3", "1.", "I", "c or d", "b c d", "c) moderately\nc) moderately"]
)
def test_one_item_a_message_and_no_one_answer(reply: str) -> None:
    assert read(reply, form("a"), order=(7,)) in ("u", "o")


def test_items_that_begin_with_a_letter_that_is_a_sign() -> None:
    order = (1, 2, 3, 4, 5, 6, 7)
    texts = [WITH_LETTERS.text(number) for number in order]
    for style in STYLES:
        for shape in ("{t}: {s}", "{i}. {t}: {s})", "{i}. {t} - ({s})", "{t}\n{s}", "{s}"):
            signs = [IN_STYLE[style][letter] for letter in "ACBEDAF"]
            lines = [
                shape.format(i=i, t=text, s=sign) for i, (text, sign) in enumerate(zip(texts, signs, strict=True), 1)
            ]
            assert read("\n".join(lines), form(style), WITH_LETTERS, order) == "1 3 2 5 4 1 6"
        assert read("\n".join(texts), form(style), WITH_LETTERS, order) == "m m m m m m m"


def test_labels_that_begin_with_a_letter_that_is_a_sign() -> None:
    order = (1, 2, 3)
    assert read("1: I agree\n2: A bit of both\n3: I disagree", form("I"), WITH_LETTERS, order) == "6 4 2"
    assert read("1: I agree\n2: A bit of both\n3: I disagree", form("a"), WITH_LETTERS, order) == "6 4 2"
    assert read("1: I) I disagree a lot\n2: II I disagree\n3: I) I disagree", form("I"), WITH_LETTERS, order) == "1 2 u"
    assert read("1: I) agree\n2: I) bit of both\n3: I, agree", form("I"), WITH_LETTERS, order) == "u u u"
    assert read("I agree\nI disagree\nI agree a lot", form("I"), WITH_LETTERS, order) == "6 2 7"


def test_a_label_that_is_another_options_sign() -> None:
    grades = made_up(["Sums", "Spelling"], 1, 3, {1: "C", 2: "B", 3: "A"})
    assert read("Sums: B\nSpelling: A", form("a"), grades, (1, 2)) == "2 u"
    assert read("Sums: C\nSpelling: a) C", form("a"), grades, (1, 2)) == "u 1"


def test_two_options() -> None:
    assert read("a\nb\nb", form("a"), YES_OR_NO) == "0 1 1"
    assert read("a) no\nb) yes\nb) yes", form("a"), YES_OR_NO) == "0 1 1"
    assert read("1. yes\n2. b) yes\n3. a", form("a", descending=True), YES_OR_NO) == "1 u 1"
    assert read("a) no\nb) yes", form("a"), YES_OR_NO, (1, 2)) == "u u"
    assert read("b) yes\na) no", form("a"), YES_OR_NO, (1, 2)) == "u u"
    assert read("b\na", form("a"), YES_OR_NO, (1, 2)) == "1 0"
    assert read("Answer: b, a", form("a"), YES_OR_NO, (1, 2)) == "1 0"


def test_items_with_labels_of_their_own() -> None:
    assert read("1. b) Rather hard\n2. c) Too late, or never\n3: Very sad", form("a"), OWN_LABELS) == "1 2 2"
    assert read("1. b) Late\n2. b) Rather hard\n3: b) Very sad", form("a"), OWN_LABELS) == "u u u"
    shown = "How hard was it? (a) = Not hard, b) = Rather hard, c) = Very hard)"
    assert read(f"{shown}: b\n2. How late was it: C", form("a"), OWN_LABELS) == "1 2 m"
    turned = "How hard was it? (a) = Very hard, b) = Rather hard, c) = Not hard)"
    assert read(f"1. {turned}: a", form("a", descending=True), OWN_LABELS) == "2 m m"


def test_labels_under_the_numbers_of_all_items() -> None:
    reply = "1. not at all\n2. a little\n3. moderately\n4. quite a bit\n5. extremely"
    assert read(reply, form("a"), order=(1, 2, 3, 4, 5)) == "1 2 3 4 5"
    assert read("1: not at all\nDistressed: b\n3: a", form("a")) == "1 2 1"
    assert read("1: a) not at all, 2: b) a little, 3: c) moderately", form("a")) == "1 2 3"


def test_items_that_are_signs_or_labels() -> None:
    instrument = made_up(["b", "Often", "Calm"], 0, 2, {0: "never", 1: "often", 2: "always"})
    for reply in ("1. b\n2. a\n3. c", "1. often\n2. a\n3. c", "1. a\n2. b\n3. often", "b: b\nOften: often\nCalm: a"):
        parser = ReplyParser(instrument, form("a"))
        quick = parser._ordinary(reply, (1, 2, 3))
        assert quick is None or quick == parser._read(reply, (1, 2, 3))
    assert read("b: b\nOften: c\nCalm: a", form("a"), instrument) == "1 2 0"


def test_more_than_ten_options() -> None:
    wide = made_up(["Warm", "Cold"], 0, 11, {0: "never", 11: "always"})
    assert read("Warm: l\nCold: K)", form("a"), wide, (1, 2)) == "11 10"
    assert read("Warm: xii\nCold: XIII", form("i"), wide, (1, 2)) == "11 o"


def test_numbers_are_read_where_numbers_are_shown() -> None:
    for labels in (None, "none"):
        asked = Form.model_validate({"option_labels": labels, "option_order": "descending"} if labels else {})
        assert read("Interested: 3\nDistressed: 5\nExcited: c", asked) == "3 5 u"


def test_one_instrument_in_several_forms_at_once() -> None:
    for _ in range(2):
        assert read("1. b\n2. b\n3. b", form("a")) == "2 2 2"
        assert read("1. b\n2. b\n3. b", form("a", descending=True)) == "4 4 4"
        assert read("1. b\n2. ii\n3. 2", form("i")) == "u 2 u"
        assert read("1. b\n2. ii\n3. 2", Form()) == "u u 2"


def test_the_options_listed_before_the_answer_to_one_item() -> None:
    assert read("Options: a, b, c, d, e\nc", form("a"), order=(7,)) == "3"
