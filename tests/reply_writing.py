"""Replies written as respondents write them, in every form of asking and in ten languages, with known answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from hypothesis import strategies as st

from emotionbench.materials import catalogue
from emotionbench.materials.forms import MARK, Form, option_values, sign, symbols
from emotionbench.materials.instruments import Instrument
from parsing_helpers import made_up

SHIPPED = catalogue.instruments()
LONG_CHINESE = made_up(
    [
        "在过去的几天里，我常常觉得自己无法平静下来。",
        "我对身边的事情：家人、朋友、工作，都提不起兴趣。",
        "别人说“你真幸运”的时候，我会高兴吗？",
        "当我独自一人时，我感到害怕。",
        "我感到害怕。",
    ],
    1,
    4,
    {1: "从不", 2: "有时候", 3: "经常", 4: "总是如此"},
)
LONG_JAPANESE = made_up(
    ["人に見られていると、落ち着かない。", "何をしても楽しいと感じる。", "「大丈夫」と言われても、不安になる。"],
    0,
    3,
    {0: "まったくない", 1: "少しある", 2: "かなりある", 3: "いつもある"},
)
WITH_LETTERS = made_up(
    [
        "A little voice told me to stay calm.",
        "I felt at ease, even alone.",
        "I, for one, slept well",
        "a friend's words: “well done” - made me proud",
        "Is it easy for you to laugh?",
        "Ich und du",
        "C is my favourite letter",
    ],
    1,
    7,
    {1: "I disagree a lot", 2: "I disagree", 4: "A bit of both", 6: "I agree", 7: "I agree a lot"},
)
YES_OR_NO = made_up(["Do you sleep well?", "Do you like crowds?", "Are you often late?"], 0, 1, {0: "no", 1: "yes"})
OWN_LABELS = made_up(
    [
        {"text": "How hard was it?", "labels": {0: "Not hard", 1: "Rather hard", 2: "Very hard"}},
        {"text": "How late was it", "labels": {0: "In good time", 1: "Late", 2: "Too late, or never"}},
        {"text": "How sad were you?", "labels": {0: "Not sad", 1: "Rather sad", 2: "Very sad"}},
    ],
    0,
    2,
)
MADE_UP = [LONG_CHINESE, LONG_JAPANESE, WITH_LETTERS, YES_OR_NO, OWN_LABELS]

EASTERN_DIGITS = {"ar": "٠١٢٣٤٥٦٧٨٩", "ja": "０１２３４５６７８９", "zh": "０１２３４５６７８９"}
PERSIAN_DIGITS = "۰۱۲۳۴۵۶۷۸۹"
REFUSALS = {
    "ar": "لا أستطيع الإجابة عن هذا",
    "de": "Das kann ich nicht beantworten",
    "en": "I cannot answer this",
    "es": "No puedo responder a esto",
    "fr": "Je ne peux pas répondre à cela",
    "it": "Non posso rispondere",
    "ja": "これには回答できません",
    "ko": "이 문항에는 답할 수 없습니다",
    "ru": "Я не могу на это ответить",
    "zh": "这一题我无法回答",
}

STYLES = {
    "text": "{t}: {s}",
    "number": "{i}. {s}",
    "number and colon": "{i}: {s}",
    "number and text": "{i}. {t}: {s}",
    "bold": "**{t}**: **{s}**",
    "bold number": "- **{i}.** {s}",
    "text with label": "{t}: {s} {l}",
    "number with label": "{i}. {s} {l}",
    "label and sign": "{i}. {t}: {l} ({s})",
    "label behind text": "{t}: {l}",
    "label behind number and text": "{i}. {t}: {l}",
    "label behind number": "{i}. {l}",
    "dash": "{i}. {t} - {s}",
    "full width": "{i}．{t}：{s}",
    "table": "| {i} | {t} | {s} |",
    "table without texts": "| {i} | {s} |",
    "below the item": "{i}. {t}\n{s}",
}
"""A line for each item: {i} its place, {t} its text, {s} the answer as a sign or number, {l} the answer's label."""
BARE = {"list": "{s}", "bullets": "- {s}", "list with labels": "{s} {l}"}
JSON = ["texts", "numbers", "list", "objects", "sentences"]
SIGN_SPELLINGS = ["{0}", "{0})", "({0})", "**{0}**", "`{0}`", "[{0}]", "{0}."]


@dataclass(frozen=True)
class Asked:
    """What was shown, and the value with which each item is answered; by the places shown."""

    instrument: Instrument
    form: Form
    order: tuple[int, ...]
    values: tuple[int, ...]
    spelling: str = "{0}"
    other_case: bool = False
    digits: str = "0123456789"

    def by_item(self) -> list[int]:
        """The values in the order of item numbers."""
        return [value for _, value in sorted(zip(self.order, self.values, strict=True))]

    def labels(self, number: int) -> Mapping[int, str]:
        """The response labels of an item."""
        return self.instrument.items[number - 1].labels or self.instrument.response_scale.labels

    def answer(self, value: int) -> str:
        """The sign or number of a value, as it is spelled here."""
        signs = symbols(self.instrument.response_scale, self.form)
        if signs is None:
            return self.in_digits(str(value))
        return self.spelling.format(signs[value].swapcase() if self.other_case else signs[value])

    def in_digits(self, text: str) -> str:
        """``text`` with its digits in those of this reply."""
        return text.translate({ord(str(n)): digit for n, digit in enumerate(self.digits)})

    def lines(self, style: str) -> list[str]:
        """The answers in one of ``STYLES`` or ``BARE``, a line or two each."""
        parted = " - " if symbols(self.instrument.response_scale, self.form) is None else " "
        return [
            (STYLES | BARE)[style].replace("{s} {l}", f"{{s}}{parted}{{l}}").format(
                i=self.in_digits(str(place)),
                t=self.instrument.text(number),
                s=self.answer(value),
                l=self.labels(number).get(value, ""),
            )
            for place, (number, value) in enumerate(zip(self.order, self.values, strict=True), 1)
        ]  # fmt: skip

    def json(self, style: str) -> str:
        """The answers in one of the styles of ``JSON``."""
        texts = [self.instrument.text(number) for number in self.order]
        answers = [self.answer(value) for value in self.values]
        content: object = {
            "texts": dict(zip(texts, answers, strict=True)),
            "numbers": {str(place): answer for place, answer in enumerate(answers, 1)},
            "list": answers,
            "objects": [{"item": text, "answer": answer} for text, answer in zip(texts, answers, strict=True)],
            "sentences": [f"{text}: {answer}" for text, answer in zip(texts, answers, strict=True)],
        }[style]
        return f"```json\n{json.dumps(content, ensure_ascii=False, indent=1)}\n```"

    def is_labelled(self) -> bool:
        """Whether every answer has a label."""
        return all(value in self.labels(number) for number, value in zip(self.order, self.values, strict=True))

    def may_be_a_legend(self) -> bool:
        """Whether a bare list of the answers could as well be one of the options, or of numbers of items."""
        options = option_values(self.instrument.response_scale, self.form)
        shown, n = list(self.values), len(options)
        if symbols(self.instrument.response_scale, self.form) is None:
            return len(set(shown)) == len(shown)
        ends = (shown[:n], shown[-n:]) if n > 3 else ()
        one_by_one = len(shown) > 2 and shown == options[: len(shown)]
        return one_by_one or any(part in (options, options[::-1]) for part in (shown, *ends))


def beyond(asked: Asked) -> str:
    """A sign or number that no option has, where the style of signs has one."""
    if symbols(asked.instrument.response_scale, asked.form) is None:
        return str(asked.instrument.response_scale.highest + 1)
    scale = asked.instrument.response_scale
    return sign(str(asked.form.option_labels), scale.highest - scale.lowest + 1) + MARK


@st.composite
def sheets(draw: st.DrawFn, instrument: Instrument) -> Asked:
    """Any form, all items or some of them in any order, and any answers."""
    form = Form(
        option_labels=draw(st.sampled_from([None, "none", "a", "A", "i", "I"])),
        option_order=draw(st.sampled_from([None, "ascending", "descending"])),
        chain_of_thought=draw(st.sampled_from([None, False, True])),
    )
    order = draw(st.permutations(range(1, instrument.n_items + 1)))
    shown = order[: draw(st.integers(1, instrument.n_items))] if draw(st.booleans()) else order
    scale = instrument.response_scale
    one = st.integers(scale.lowest, scale.highest)
    values = draw(st.lists(one, min_size=len(shown), max_size=len(shown)))
    digits = draw(st.sampled_from(["0123456789", EASTERN_DIGITS.get(instrument.language, PERSIAN_DIGITS)]))
    spelling = draw(st.sampled_from(SIGN_SPELLINGS))
    return Asked(instrument, form, tuple(shown), tuple(values), spelling, draw(st.booleans()), digits)
