"""One line of a reply: a number, an item's text or both, and an answer; or answers alone."""

from __future__ import annotations

import re
from collections.abc import Sequence

from emotionbench.parsing.claims import Claim
from emotionbench.parsing.questionnaire import ANSWER_WORDS, COUNTERS, NUMBER_WORDS, Questionnaire, with_digits
from emotionbench.parsing.readings import EMPTY, NOISE, Kind, Reading

_BULLET = re.compile(
    r"\A(?:[\s>*#_`]|[+\-](?=[\s*_`(\[{\"'])|\[[ xX✓✔]\]|[\u2190-\u2bff\u3030\U0001f000-\U0001faff])*+"
)
HEAD = re.compile(
    rf"[(\[{{\"'<]?\s*(?P<keyword>{NUMBER_WORDS}(?:\s(?:no|nr|number))?[\s.#*_]*)?\#?(?P<position>\d{{1,6}}+)"
    rf"(?P<parting>(?:[\s*_`\"'{COUNTERS}]*+(?:[-=]{{1,3}}>|[)\]}}:|=]|\.(?!\d)|-(?!\d)|(?<=\d)-(?=\d)))*+[\s*_`\"',]*+)",
    re.IGNORECASE,
)
_PARTING = re.compile(r"[\s*_`\"')\]}.,;?!]*+(?:(?:[-=]{1,3}>|[:=|]|\.{2,}|-(?!\d))[\s*_`\"']*+)*+")
_STRONG = re.compile(r"[:=|\t]|\.\.|-")
NUMBERING = re.compile(r"[.)\]}:=|>\t\-]")
_ATTACHED_DASH = re.compile(r"-(?=\d)")
_ASIDE = re.compile(r"[\s*_`]*\((?P<words>[^()\n]{0,300})\)(?=[\s*_`]*(?:[:=]|-\s|->))")
_ITEM_LEAD = re.compile(
    r"[\s\"'{*_]*(?:item|statement|emotion|feeling|question|word|adjective|name|text|mood)[\"'*_]*\s*[:=]\s*",
    re.IGNORECASE,
)
_KEYED = re.compile(
    r"[\s\"'{*_]*(?P<word>[^\W\d][^\d:=\n]{0,20}?)[\"'*_\s]*(?:\(\d{1,3}\s?-\s?\d{1,3}\)[*_\s]*)?[:=]+(?P<answer>.*)",
    re.DOTALL,
)
NUMBERS = re.compile(r"[\s(\[{]*[+-]?\d++(?:\.\d++)?(?:[\s,;]+[+-]?\d++(?:\.\d++)?)++[\s)\]}.,;]*")
LISTED = re.compile(r"[^\d:]{0,200}:(?P<list>.*)", re.DOTALL)
_PAIR = r"\(?\d{1,6}+\s*(?:-|(?:[):=]|\.(?!\d))+)\s*\d{1,18}+(?![.\d]\d|\d)"
PAIRS = re.compile(rf"\s*{_PAIR}(?:[\s,;]+{_PAIR})+[\s.,;]*")
_NUMBERED_PARTS = re.compile(rf"[,;]\s*(?=\(?(?:{NUMBER_WORDS}\s*)?\d{{1,6}}\s*(?:[):=\-]|\.(?!\d)))", re.IGNORECASE)
_TRAILING_HEAD = re.compile(r"[(\[]?(?:item\s*)?\#?(?P<position>\d{1,6})\s*[.):\]]+[\s*_`\"'(]*$", re.IGNORECASE)
_LEGEND_NUMBER = re.compile(r"(?<![\w.])(?P<number>-?\d{1,6}+)\s*(?:[=:(\-]|for\b|means\b)+\s*[\"'(]?")
_HAS_WORD = re.compile(r"[^\W_]")
_LONGEST_TAIL = 60


class LineReader:
    """Reads the lines of replies to one questionnaire; all text must be plain."""

    def __init__(self, questionnaire: Questionnaire) -> None:
        self._asked = questionnaire
        self._items = questionnaire.tables.items

    def read(self, text: str, line: int) -> list[Claim]:
        """What a line claims; prose claims nothing."""
        text = with_digits(_BULLET.sub("", text, count=1))
        if not text:
            return []
        lead = _ITEM_LEAD.match(text)
        if lead and self._items.match(text, lead.end()):
            text = text[lead.end() :]
        several = self._several(text, line)
        if several:
            return several
        if self._is_legend(text):
            return []
        numbered = self._pairs(text, line)
        if numbered:
            return numbered
        claim = self._identified(text, line)
        return [claim] if claim else self._bare(text, line)

    def _identified(self, text: str, line: int) -> Claim | None:
        """A line that says what it answers."""
        head = HEAD.match(text)
        if head and NUMBERING.search(head["parting"]) and (claim := self._as_shown(head, text, line)):
            return claim
        found = self._items.match(text)
        claim = self._after_text(None, found[0], text[found[1] :], line) if found else None
        if claim or head is None:
            return claim
        return self._after_number(head, text[head.end() :], line)

    def _as_shown(self, head: re.Match[str], text: str, line: int) -> Claim | None:
        """A line with number and text as they were shown; read so even where an item's text begins with a number."""
        position = int(head["position"])
        found = self._items.match(text, head.end())
        if found is None or found[0] != self._asked.shown_at(position):
            return None
        return self._after_text(position, found[0], text[found[1] :], line)

    def _after_number(self, head: re.Match[str], rest: str, line: int) -> Claim | None:
        position = int(head["position"])
        found = self._items.match(rest)
        if found:
            claim = self._after_text(position, found[0], rest[found[1] :], line)
            if claim:
                return claim
        if not head["keyword"] and not NUMBERING.search(head["parting"]):
            return None
        reading = self._asked.reader_of(self._asked.shown_at(position)).read(rest)
        explains = self._asked.is_label_of(position, rest)
        if explains or reading.kind is not Kind.NOISE:
            return Claim(position, None, reading, line, explains=explains)
        if found and found[0] != self._asked.shown_at(position):
            return Claim(position, found[0], NOISE, line)
        return Claim(position, None, self._after_unknown_text(position, rest), line, named=True)

    def _after_text(self, position: int | None, item: int, rest: str, line: int) -> Claim | None:
        """The answer behind an item's text; None where the text runs on, as in prose."""
        reader = self._asked.reader_of(item)
        aside = _ASIDE.match(rest)
        if aside and reader.read(aside["words"]).kind not in (Kind.VALUE, Kind.AMBIGUOUS):
            rest = rest[aside.end() :]
        attached = _ATTACHED_DASH.match(rest)
        parting = attached or _PARTING.match(rest)
        end = parting.end() if parting else 0
        if attached or _STRONG.search(rest, 0, end):
            return Claim(position, item, reader.read(rest[end:]), line)
        if not _HAS_WORD.search(rest):
            return Claim(position, item, EMPTY, line)
        reading = reader.read(rest.lstrip(" ,;.?!"), strict=True)
        if reading.kind is Kind.VALUE and re.match(r"\s+-\d", rest):
            return Claim(position, item, Reading(Kind.AMBIGUOUS), line)
        if reading.kind in (Kind.VALUE, Kind.AMBIGUOUS):
            return Claim(position, item, reading, line)
        if position is None and len(rest) < _LONGEST_TAIL and re.search(r"\d", rest):
            return Claim(None, item, NOISE, line)
        return None

    def _after_unknown_text(self, position: int, rest: str) -> Reading:
        """The answer at the end of a numbered line whose text is no item's."""
        cut = max(rest.rfind(":"), rest.rfind("="), rest.rfind("\t"), rest.rfind(" - ") + 1)
        if cut <= 0:
            return NOISE
        return self._asked.reader_of(self._asked.shown_at(position)).read(rest[cut + 1 :], strict=True)

    def _bare(self, text: str, line: int) -> list[Claim]:
        """Answers with nothing to say what they answer."""
        keyed = _KEYED.fullmatch(text)
        if keyed and keyed["word"].strip().casefold().removeprefix("final ") in ANSWER_WORDS:
            reading = self._asked.reader_of(None).read(keyed["answer"])
            if reading.kind in (Kind.VALUE, Kind.AMBIGUOUS) and not self._is_list(keyed["answer"]):
                return [Claim(None, None, reading, line, keyed=True, explains=reading.signed)]
        readings = self._listed(text)
        if not readings:
            listed = LISTED.fullmatch(text)
            readings = self._listed(listed["list"]) if listed else []
            readings = readings if len(readings) > 1 else []
        return [Claim(None, None, reading, line, explains=reading.signed) for reading in readings]

    def _is_list(self, text: str) -> bool:
        """Whether what stands behind a word such as "rating" is several answers."""
        return bool(NUMBERS.fullmatch(text))

    def _listed(self, text: str) -> list[Reading]:
        reader = self._asked.reader_of(None)
        # more answers than items are as good as any other wrong number of them
        most = self._asked.n_shown + 2
        if NUMBERS.fullmatch(text):
            return [reader.read(part, strict=True) for part in re.findall(r"[+-]?\d+(?:\.\d+)?", text)[:most]]
        whole = reader.read(text, strict=True)
        if whole.kind is Kind.VALUE:
            return [whole]
        parts = [reader.read(part, strict=True) for part in re.split(r"[,;]", text.strip(" ,;.[](){}"))[:most]]
        if len(parts) > 1 and all(part.kind is Kind.VALUE for part in parts):
            return parts
        return [whole] if whole.kind is Kind.AMBIGUOUS else []

    def _pairs(self, text: str, line: int) -> list[Claim]:
        """Several numbered answers in one line."""
        if PAIRS.fullmatch(text):
            numbers = [int(number) for number in re.findall(r"\d{1,18}", text)]
            pairs = zip(numbers[::2], numbers[1::2], strict=True)
            return [Claim(position, None, Reading(Kind.VALUE, value), line) for position, value in pairs]
        return self._numbered(_NUMBERED_PARTS.split(text.strip("{} ")), line)

    def _numbered(self, parts: Sequence[str], line: int) -> list[Claim]:
        """Parts of a line that all are numbered answers; else none."""
        if len(parts) < 2:
            return []
        claims = [self._identified(part, line) for part in parts]
        good = [claim for claim in claims if claim and not claim.named and claim.reading.kind is Kind.VALUE]
        return good if len(good) == len(parts) else []

    def _several(self, text: str, line: int) -> list[Claim]:
        """Several items by their texts in one line, each with its answer behind it, or all without."""
        cells = re.split(r"[,;\t]", text)
        items = [self._asked.item_of(cell) for cell in cells] if len(cells) > 1 else []
        if items and all(items):
            return [Claim(None, item, EMPTY, line) for item in items]
        found = self._texts_within(text) if text.count(":") + text.count("=") > 1 else []
        if len(found) < 2:
            return []
        claims = []
        position, _ = self._head_before(text, 0, found[0][1])
        for (item, _, end), after in zip(found, [*found[1:], None], strict=True):
            next_position, stop = self._head_before(text, end, after[1]) if after else (None, len(text))
            claim = self._after_text(position, item, text[end:stop].rstrip(" ,;"), line)
            claims.append(claim or Claim(position, item, NOISE, line))
            position = next_position
        return claims

    def _texts_within(self, text: str) -> list[tuple[int, int, int]]:
        """Items whose text stands in a line with a colon or equals sign behind it: item, begin, end."""
        found = []
        at = 0
        for word in re.finditer(r"[^\W_]+", text):
            if word.start() < at:
                continue
            match = self._items.match(text, word.start())
            if match and re.match(r"[\s*_`\"')]*[:=]", text[match[1] : match[1] + 20]):
                found.append((match[0], word.start(), match[1]))
                at = match[1]
        return found

    @staticmethod
    def _head_before(text: str, start: int, begin: int) -> tuple[int | None, int]:
        """The number written before an item's text within a line, and where the answer before it ends."""
        head = _TRAILING_HEAD.search(text, max(start, begin - 20), begin)
        # in "Interested: 3. Distressed: 2" the 3 is an answer, not the number of what follows
        if head and (start == 0 or _HAS_WORD.search(text, start, head.start())):
            return int(head["position"]), head.start()
        return None, begin

    def _is_legend(self, text: str) -> bool:
        """Whether a line explains the response scale: at least two values, each with its own label."""
        head = HEAD.match(text)
        if self._items.match(text) or (head and self._items.match(text, head.end())):
            return False
        labels = self._asked.reader_of(None).labels
        n_pairs = 0
        for number in _LEGEND_NUMBER.finditer(text):
            label = labels.match(text, number.end())
            if label is None or label[0] != int(number["number"]):
                return False
            n_pairs += 1
        return n_pairs > 1
