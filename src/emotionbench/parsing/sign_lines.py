"""One line of a reply to options that carry signs: as any other line, where numbers are those of items alone."""

from __future__ import annotations

import re

from emotionbench.parsing.claims import Claim
from emotionbench.parsing.lines import HEAD, LISTED, NUMBERING, PAIRS, LineReader
from emotionbench.parsing.questionnaire import Questionnaire
from emotionbench.parsing.readings import AMBIGUOUS, Kind, Reading
from emotionbench.parsing.signs import Signs

_SPACED_PARTS = re.compile(r"\s+(?=\(?\d{1,6}\s*(?:[):=]|-\s|\.\s))")
_PAIR = r"\(?(\d{1,6}+)[\s.):=,\-]*+\(?([A-Za-z]{1,7}+)\)?"
_COMPACT = re.compile(rf"\s*{_PAIR}(?:[\s,;]++{_PAIR})++[\s,;.]*")
_BEFORE_SIGNS = re.compile(r"[\s,;/]+(?=\(?[A-Za-z]{1,7}\))")
_LEGEND_SIGN = re.compile(
    r"(?<![\w'])[(\"]{0,2}(?P<sign>[A-Za-z]{1,7}+)[\s\"]*(?:[)=:.\-]\s*|for\b|means\b)+\s*[\"'(]?", re.IGNORECASE
)


class SignLineReader(LineReader):
    """Reads the lines of replies to one questionnaire whose options carry signs; all text must be plain."""

    def __init__(self, questionnaire: Questionnaire, signs: Signs) -> None:
        super().__init__(questionnaire)
        self._signs = signs

    def _after_number(self, head: re.Match[str], rest: str, line: int) -> Claim | None:
        claim = super()._after_number(head, rest, line)
        if claim is None:
            # a number is never an answer, so that one before a sign needs no full stop
            position = int(head["position"])
            reading = self._asked.reader_of(self._asked.shown_at(position)).read(rest, strict=True)
            if reading.kind is Kind.VALUE:
                return Claim(position, None, reading, line)
        return claim

    def _pairs(self, text: str, line: int) -> list[Claim]:
        if PAIRS.fullmatch(text):
            positions = [int(number) for number in re.findall(r"\d{1,18}", text)][::2]
            return [Claim(position, None, AMBIGUOUS, line) for position in positions]
        if _COMPACT.fullmatch(text):
            return self._compact(text, line)
        return super()._pairs(text, line) or self._numbered(_SPACED_PARTS.split(text.strip("{} ")), line)

    def _compact(self, text: str, line: int) -> list[Claim]:
        """Numbers and signs in turn, with whatever marks between them: ``1c, 2b``."""
        pairs = [(int(position), self._signs.number(sign)) for position, sign in re.findall(_PAIR, text)]
        if any(value is None for _, value in pairs):
            return []
        return [Claim(position, None, Reading(Kind.VALUE, value), line) for position, value in pairs]

    def _bare(self, text: str, line: int) -> list[Claim]:
        claims = super()._bare(text, line)
        # "Options: a, b, c, d, e" repeats what there is to choose from
        if LISTED.fullmatch(text) and [claim.reading.number for claim in claims] == self._signs.values:
            return []
        return claims

    def _is_list(self, text: str) -> bool:
        return len(self._listed(text)) > 1

    def _listed(self, text: str) -> list[Reading]:
        reader = self._asked.reader_of(None)
        most = max(self._asked.n_shown, len(self._signs.values)) + 2
        whole = reader.read(text, strict=True)
        if whole.kind is Kind.VALUE:
            return [whole]
        inner = text.strip(" ,;.[]{}")
        for parts in (re.split(r"[,;]", inner), _BEFORE_SIGNS.split(inner), inner.split()):
            readings = [reader.read(part, strict=True) for part in parts[:most]]
            if len(readings) > 1 and all(reading.kind is Kind.VALUE for reading in readings):
                return readings
        return [whole] if whole.kind is Kind.AMBIGUOUS else []

    def _is_legend(self, text: str) -> bool:
        """Whether a line explains the options: several, as listed, each with its own label.

        As many as items may be answers, unless they are the options one after the other.
        """
        head = HEAD.match(text)
        if self._items.match(text) or (head and NUMBERING.search(head["parting"])):
            return False
        labels = self._asked.reader_of(None).labels
        places = []
        for found in _LEGEND_SIGN.finditer(text):
            value = self._signs.number(found["sign"])
            if value is None:
                continue
            label = labels.match(text, found.end())
            if label is None or label[0] != value:
                return False
            places.append(self._signs.place(value))
        if len(places) < 2 or places not in (sorted(set(places)), sorted(set(places), reverse=True)):
            return False
        one_by_one = self._signs.lists([self._signs.values[place - 1] for place in places])
        return one_by_one or len(places) != self._asked.n_shown
