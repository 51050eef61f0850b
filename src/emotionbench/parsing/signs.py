"""Answers given by the signs under which options were shown: ``c)``, ``(iv)``, ``b) a little``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from emotionbench.materials.forms import LETTERS, Form, roman, symbols
from emotionbench.materials.instruments import ResponseScale
from emotionbench.parsing.phrases import Phrases
from emotionbench.parsing.readings import (
    AMBIGUOUS,
    COMMENT,
    CONJUNCTION,
    CONNECTOR,
    EMPTY,
    NO_WORD,
    NOISE,
    NOTHING,
    NUMBER,
    AnswerReader,
    Kind,
    Reading,
    bare,
)
from emotionbench.parsing.refusals import refuses_item

_MOST_ROMAN = 39
_FEW = 2
_CIRCLED = {
    **{code: f"({chr(ord('A') + n)}) " for n, code in enumerate(range(0x24B6, 0x24D0))},
    # a circled i is a bullet of its own right
    **{code: f"({LETTERS[n]}) " for n, code in enumerate(range(0x24D0, 0x24EA)) if LETTERS[n] != "i"},
    **{code: f"({LETTERS[n]}) " for n, code in enumerate(range(0x249C, 0x24B6))},
    **{code: unicodedata.normalize("NFKC", chr(code)) for code in range(0x2160, 0x2180)},
}
_CJK = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
# a letter that begins a word (``A little``, ``I'm``, ``a`` with an accent) is no sign; one that touches a word of a
# script without blanks may be
_END = rf"(?!'?(?![{_CJK}])[^\W_])(?![\u0300-\u036f])"
_FRONT = re.compile(
    rf"[(\[{{<*_`\"'\s]*+(?P<sign>[A-Za-z]{{1,7}}+){_END}(?P<closing>[\s*_`\"')\]}}>]*+)(?P<parting>[\s.:=,;/|\-]*+)"
)
_MARKED = re.compile(r"(?<![\w'])\(?(?P<sign>[A-Za-z]{1,7}+)[*_`\"']{0,3}\)")
_LONE = re.compile(r"(?:[a-z]|[ivx]{2,7})[\s)\]}.*_`\"']*", re.IGNORECASE)
_LEAD = re.compile(
    r"(?:the |my |your |la |el |il |le |die )?(?:options?|choice|answer|response|letter|sign|symbol|opción|opzione|"
    r"choix|auswahl|antwort|réponse|respuesta|risposta|scelta|вариант|ответ)\b(?: is)?[\s:=\-*_#]+"
    r"|(?:选项|選項|选择|選択肢|選択|回答|答案|答え|보기|선택지|선택|답변|답|الخيار|الإجابة|الجواب)[\s:=\-*_#]*",
    re.IGNORECASE,
)


def spelled_out(text: str) -> str:
    """``text`` with circled letters and Roman numerals of one character as plain letters: ``ⓒ`` → ``(c)``."""
    return text if text.isascii() else text.translate(_CIRCLED)


class Signs:
    """The signs of a response scale in a form; letter case does not matter.

    ``values`` are the values in the order in which their options are listed.
    """

    def __init__(self, scale: ResponseScale, form: Form, shown: dict[int, str]) -> None:
        self.shown, self.values = shown, list(shown)
        known = LETTERS if form.option_labels in ("a", "A") else [roman(n) for n in range(1, _MOST_ROMAN + 1)]
        beyond = range(scale.highest + 1, scale.highest + 1 + len(known) - len(shown))
        self._numbers = dict(zip(known, [*shown, *beyond], strict=True))

    @classmethod
    def of(cls, scale: ResponseScale, form: Form | None) -> Signs | None:
        """The signs that options carry in this form; None where numbers are shown."""
        shown = symbols(scale, form)
        return None if form is None or shown is None else cls(scale, form, shown)

    def number(self, written: str) -> int | None:
        """The value of a sign, above the highest for one beyond the last option's; None for what is no sign."""
        return self._numbers.get(written.casefold())

    def lists(self, values: Sequence[int]) -> bool:
        """Whether values follow one another as options do in a list of them: all, from either end, or the first few.

        Two may be the answers to two items as well, unless there are no more options.
        """
        if len(values) == len(self.values):
            return list(values) in (self.values, self.values[::-1])
        return len(values) > _FEW and list(values) == self.values[: len(values)]

    def place(self, value: int) -> int:
        """The place from 1 at which the option of a value is listed."""
        return self.values.index(value) + 1


class _Front:
    """A sign at the beginning of a text, and what follows it."""

    def __init__(self, value: int, found: re.Match[str]) -> None:
        self.value = value
        self.rest = found.string[found.end() :]
        self.behind = found.string[found.end("closing") :]
        self.is_closed = ")" in found["closing"] or "]" in found["closing"]
        self.is_marked = bool((found["closing"] + found["parting"]).strip())
        self.is_whole = bool(NO_WORD.fullmatch(self.rest))


class SignReader:
    """Reads the answers given by signs or by labels; a number is no answer. All text must be plain.

    Every sign is treated alike, so that what is not read does not hang on what was answered.
    """

    def __init__(self, signs: Signs, labels: Phrases) -> None:
        self.signs, self.labels = signs, labels
        self._numbers = AnswerReader(0, 0, Phrases(()))

    def read(self, text: str, *, strict: bool = False) -> Reading:
        """What ``text`` answers; ``strict`` takes no comment behind the answer."""
        text = bare(text)
        lead = _LEAD.match(text)
        if lead and not self.labels.match(text):
            text = bare(text[lead.end() :])
        reading = EMPTY if NOTHING.fullmatch(text) else self._read(text, strict)
        if reading.kind is not Kind.NOISE:
            return reading
        other = self._numbers.read(text, strict=strict)
        return AMBIGUOUS if other.kind is Kind.VALUE else other

    def _read(self, text: str, strict: bool) -> Reading:
        front = self._front(text)
        label = None if front and front.is_marked else self.labels.match(text)
        signed = self._signed(front, strict) if front else NOISE
        if label is None:
            return signed
        named = self._labelled(label[0], text[label[1] :], strict)
        contradicted = signed.kind is Kind.VALUE and signed.number != named.number
        return AMBIGUOUS if contradicted else named

    def _front(self, text: str) -> _Front | None:
        found = _FRONT.match(text)
        value = self.signs.number(found["sign"]) if found else None
        return _Front(value, found) if found and value is not None else None

    def _signed(self, front: _Front, strict: bool) -> Reading:
        """A sign with its label, a comment or nothing behind it."""
        reading = Reading(Kind.VALUE, front.value)
        if front.is_whole:
            return reading
        label = self.labels.match(front.rest)
        if label and label[0] != front.value:
            return AMBIGUOUS
        tail = front.rest[label[1] :] if label else front.behind
        if label:
            reading = replace(reading, worded=True, signed=True)
        return self._commented(reading, tail, strict or not (label or front.is_closed))

    def _labelled(self, value: int, tail: str, strict: bool) -> Reading:
        """A label with its sign, a comment or nothing behind it."""
        reading = Reading(Kind.VALUE, value, worded=True)
        front = self._front(CONNECTOR.sub("", tail, count=1))
        if front and front.is_whole and front.value == value:
            return replace(reading, signed=True)
        return self._commented(reading, tail, strict)

    def _commented(self, reading: Reading, tail: str, strict: bool) -> Reading:
        if NO_WORD.fullmatch(tail):
            return reading
        if self._names_another(reading.number, tail):
            return AMBIGUOUS
        if strict or not COMMENT.match(tail):
            return NOISE
        return AMBIGUOUS if self._doubted(reading.number, tail) else reading

    def _names_another(self, value: int | None, tail: str) -> bool:
        """Whether another answer, or a number, stands directly behind an answer."""
        rest = CONNECTOR.sub("", tail, count=1)
        conjunction = CONJUNCTION.match(rest)
        for text in (rest, rest[conjunction.end() :] if conjunction else ""):
            front, label = self._front(text), self.labels.match(text)
            if (label and label[0] != value) or (front is None and _LONE.fullmatch(text)):
                return True
            if front and (front.is_whole or front.is_closed) and front.value != value:
                return True
            number = NUMBER.fullmatch(text)
            if number and NO_WORD.fullmatch(number["tail"]):
                return True
        return False

    def _doubted(self, value: int | None, comment: str) -> bool:
        """Whether a comment holds the sign of another option, or declines to answer."""
        found = (self.signs.number(sign["sign"]) for sign in _MARKED.finditer(comment))
        return any(number not in (None, value) for number in found) or refuses_item(comment)
