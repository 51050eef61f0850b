"""What stands in place of one answer: ``4``, ``4/5``, ``quite a bit (4)``, nothing, or something unreadable."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from emotionbench.parsing.phrases import Phrases
from emotionbench.parsing.refusals import refuses_item


class Kind(Enum):
    """How an answer reads. ``AMBIGUOUS`` holds more than one answer, or none on the scale; ``NOISE`` holds none."""

    VALUE = auto()
    AMBIGUOUS = auto()
    NOISE = auto()
    EMPTY = auto()
    REFUSED = auto()


ANSWERED = (Kind.VALUE, Kind.AMBIGUOUS)


@dataclass(frozen=True, slots=True)
class Reading:
    """One answer as read; ``number`` may lie outside the response scale.

    ``worded``: its label stands there, without its number. ``signed``: its label stands beside its sign.
    """

    kind: Kind
    number: int | None = None
    worded: bool = False
    signed: bool = False


AMBIGUOUS = Reading(Kind.AMBIGUOUS)
NOISE = Reading(Kind.NOISE)
EMPTY = Reading(Kind.EMPTY)
REFUSED = Reading(Kind.REFUSED)

_MARKS = " \t*_`\"'$"
_BRACKETS = {"(": ")", "[": "]", "{": "}", "<": ">"}
NUMBER = re.compile(
    r"[(\[{*_`\"'\s]*+(?P<sign>[+-]?)(?P<whole>\d++)(?:[.,](?P<fraction>\d++))?[)\]}*_`\"']*+(?P<tail>.*)", re.DOTALL
)
_ANY_NUMBER = re.compile(r"(?<![\w.])-?\d++(?:\.\d++)?")
_OUT_OF = re.compile(
    r"[\s(]*(?:/|\b(?:out of|of|von|sur|de|di|van|из|من)\b)\s*\(?(?P<highest>\d{1,6})(?![\d])(?![.,]\d)", re.I
)
_UNIT = re.compile(
    r"\s*(?:(?:points?|pts?|stars?|punkte?|puntos?|punt[oi]|балл(?:а|ов)?|درجات|درجة|نقاط|نقطة)\b|分|点|點|점)[.,;]?",
    re.IGNORECASE,
)
CONNECTOR = re.compile(r"\A[\s:=\-(\[,;./~>|*_`\"'&]*+")
CONJUNCTION = re.compile(r"(?:or|to|and|through|bis|oder|ou|o|à|a)\b[\s(\[\"'*]*+", re.IGNORECASE)
NO_WORD = re.compile(r"[^\w%+?<>°^~/]*+")
COMMENT = re.compile(
    r"\s*(?:[(\[{,;:.!*\-=]|->|(?:because|since|as|for|due|given|when|weil|da|porque|parce que)\b)", re.IGNORECASE
)
NOTHING = re.compile(
    r"[\-_.?/\\()\[\]{}<>:;,=~*#|\s]*|n\.?/?a\.?|none|null|nil|blank|missing|empty|not applicable|"
    r"no (?:answer|response|rating|value)|unanswered|not (?:answered|rated|given)|"
    r"keine (?:angabe|antwort)|(?:pas de|sans) réponse|sin respuesta|nessuna risposta|нет ответа|"
    r"无|無|未回答|未作答|无回答|無回答|なし|없음|무응답|لا يوجد|(?:لا|بدون|بلا) إجابة",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"(?:(?:my |your |the )?(?:final )?(?:rating|score|answer|value|response|level|number|intensity)\b(?: is| of)?"
    r"|(?:i'd|i would|i will|i'll|i)(?: say| choose| pick| select| answer"
    r"|(?: rate| give| score)(?: it| this| that| myself| this one)?(?: as| at| with)?)(?: an?)?)"
    r"[\s:=\-*_]+"
    r"|(?:bewertung|antwort|réponse|respuesta|puntuación|risposta|punteggio|ответ|оценка|评分|分数|得分|答案|回答|答え|"
    r"評価|답변|답|점수|الإجابة|الجواب|التقييم|الدرجة)[\s*_]*[:=\-][\s*_]*",
    re.IGNORECASE,
)
_LABEL_PARTS = re.compile(r",?\s+(?:or|oder|ou|o|или|أو|또는|혹은)\s+|\s*/\s*", re.IGNORECASE)


def label_phrases(labels: Mapping[int, str]) -> list[tuple[str, int]]:
    """Labels and the halves of those joined by "or", with their values; a label that is a mere number is left out."""
    found = []
    for value, label in labels.items():
        found += [(phrase, value) for phrase in {label, *_LABEL_PARTS.split(label)} if not phrase.strip().isdecimal()]
    return found


class Reader(Protocol):
    """Reads the answers given on one response scale; ``labels`` are its labels with their values."""

    labels: Phrases

    def read(self, text: str, *, strict: bool = False) -> Reading:
        """What plain ``text`` answers; ``strict`` takes nothing but an answer."""


class AnswerReader:
    """Reads the answers given on one response scale with one set of labels; all text must be plain."""

    def __init__(self, lowest: int, highest: int, labels: Phrases) -> None:
        self._lowest, self._highest, self.labels = lowest, highest, labels
        ends = rf"{lowest}\s*(?:-|to|and|through|bis)\s*{highest}"
        self._scale_words = re.compile(rf"(?<![\w.]){ends}(?![\w.])|(?:out of|/)\s*{highest}(?![\w.])", re.IGNORECASE)

    def read(self, text: str, *, strict: bool = False) -> Reading:
        """What ``text`` answers; ``strict`` takes no comment behind the answer and no words before it."""
        text = bare(text)
        lead = None if strict else _LEAD.match(text)
        if lead and not self.labels.match(text):
            text = bare(text[lead.end() :])
        label = self.labels.match(text)
        if label:
            return self._labelled(label[0], text[label[1] :], strict)
        number = NUMBER.fullmatch(text)
        if number:
            return self._numbered(number, strict)
        if NOTHING.fullmatch(text):
            return EMPTY
        return REFUSED if refuses_item(text) else NOISE

    def _numbered(self, number: re.Match[str], strict: bool) -> Reading:
        value, tail = _whole_number(number), number["tail"]
        if tail[:1].isalnum() and not _UNIT.match(tail):
            return NOISE
        out_of = _OUT_OF.match(tail)
        if value is None or (out_of and int(out_of["highest"]) != self._highest):
            return AMBIGUOUS
        tail = tail[out_of.end() :] if out_of else tail
        unit = _UNIT.match(tail)
        return self._commented(value, tail[unit.end() :] if unit else tail, strict)

    def _commented(self, value: int, tail: str, strict: bool) -> Reading:
        """The number ``value`` with ``tail`` behind it: nothing, its label, a comment, or what makes it doubtful."""
        if NO_WORD.fullmatch(tail):
            return Reading(Kind.VALUE, value)
        label, rest = self._label_behind(tail)
        if label is not None:
            return Reading(Kind.VALUE, value) if label == value and not self._doubted(value, rest) else AMBIGUOUS
        if self._other_number_first(value, rest):
            return AMBIGUOUS
        if strict or not COMMENT.match(tail):
            return NOISE
        return AMBIGUOUS if self._doubted(value, tail) else Reading(Kind.VALUE, value)

    def _labelled(self, value: int, tail: str, strict: bool) -> Reading:
        """The label of ``value`` with ``tail`` behind it."""
        whole = Reading(Kind.VALUE, value, worded=True)
        if NO_WORD.fullmatch(tail):
            return whole
        label, rest = self._label_behind(tail)
        if (label is not None and label != value) or self._other_number_first(value, rest):
            return AMBIGUOUS
        number = NUMBER.fullmatch(rest)
        if number and rest != tail:
            return self._numbered(number, strict)
        if strict or not COMMENT.match(tail):
            return NOISE
        return AMBIGUOUS if self._doubted(value, tail) else whole

    def _label_behind(self, tail: str) -> tuple[int | None, str]:
        """The value of the label that ``tail`` begins with, connectors aside, and what follows them both."""
        rest = CONNECTOR.sub("", tail, count=1)
        label = self.labels.match(rest)
        if label is None and (conjunction := CONJUNCTION.match(rest)):
            rest = rest[conjunction.end() :]
            label = self.labels.match(rest)
        return (label[0], rest[label[1] :]) if label else (None, rest)

    def _other_number_first(self, value: int, rest: str) -> bool:
        number = NUMBER.fullmatch(rest)
        return number is not None and _whole_number(number) != value

    def _doubted(self, value: int, comment: str) -> bool:
        """Whether a comment names another value of the response scale."""
        comment = self._scale_words.sub(" ", comment)
        for number in _ANY_NUMBER.findall(comment):
            short = len(number) <= 6
            if short and self._lowest <= float(number) <= self._highest and float(number) != value:
                return True
        return False


def _whole_number(number: re.Match[str]) -> int | None:
    """The matched number where it is a whole one (``4``, ``4.0``)."""
    if (number["fraction"] or "0").strip("0"):
        return None
    # a number this long is outside any response scale; int() refuses far longer ones
    digits = number["whole"].lstrip("0")[:18] or "0"
    return -int(digits) if number["sign"] == "-" else int(digits)


def bare(text: str) -> str:
    """``text`` without emphasis, quotes, closing punctuation and brackets around it."""
    for _ in range(4):
        before = text
        text = text.strip(_MARKS).rstrip(".,;!")
        if (
            text[:1] in _BRACKETS
            and text.endswith(_BRACKETS[text[0]])
            and text.find(_BRACKETS[text[0]]) == len(text) - 1
        ):
            text = text[1:-1]
        elif text[-1:] in ")]}" and not any(opening in text for opening in "([{"):
            text = text[:-1]
        if text == before:
            break
    return text
