"""Replies to options that carry signs, written once for every style of signs."""

from __future__ import annotations

import re

from emotionbench.materials.forms import Form, OptionLabels
from emotionbench.materials.instruments import Instrument
from emotionbench.parsing import parse
from parsing_helpers import PANAS, SIGNS

THREE = (1, 2, 3)
STYLES: list[OptionLabels] = ["a", "A", "i", "I"]
IN_STYLE = {
    "a": dict(zip("ABCDEF", "abcdef", strict=True)),
    "A": dict(zip("ABCDEF", "ABCDEF", strict=True)),
    "i": dict(zip("ABCDEF", ("i", "ii", "iii", "iv", "v", "vi"), strict=True)),
    "I": dict(zip("ABCDEF", ("I", "II", "III", "IV", "V", "VI"), strict=True)),
}
LEGEND = "<A>) very slightly or not at all\n<B>) a little\n<C>) moderately\n<D>) quite a bit\n<E>) extremely"
ONE_LINE = LEGEND.replace("\n", ", ")


def form(style: OptionLabels, *, descending: bool = False) -> Form:
    return Form(option_labels=style, option_order="descending" if descending else None)


def in_style(text: str, style: str) -> str:
    """``text`` with ``<A>`` to ``<F>`` as the first to sixth sign of a style."""
    return re.sub("<([A-F])>", lambda sign: IN_STYLE[style][sign[1]], text)


def read(reply: str, asked: Form, instrument: Instrument = PANAS, order: tuple[int, ...] = THREE) -> str:
    """What was read, in the order shown: the value, or the initial of its status."""
    answers = {answer.item: answer for answer in parse(reply, instrument, order, asked)}
    return " ".join(SIGNS.get(answers[number].status, str(answers[number].value)) for number in order)
