"""One instrument's parser: the ordinary reply by look-up, any other by reading it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from emotionbench.errors import StudyError
from emotionbench.materials.forms import MARK, Form
from emotionbench.materials.instruments import Instrument
from emotionbench.parsing.claims import Claim
from emotionbench.parsing.json_replies import JsonReader
from emotionbench.parsing.lines import LineReader
from emotionbench.parsing.normal import below_mark, plain, without_reasoning
from emotionbench.parsing.questionnaire import Questionnaire, Tables
from emotionbench.parsing.readings import Kind
from emotionbench.parsing.sign_lines import SignLineReader
from emotionbench.parsing.signs import spelled_out
from emotionbench.parsing.tables import TableReader
from emotionbench.parsing.verdict import settle
from emotionbench.records import Answer, AnswerStatus

LONGEST_REPLY, MOST_LINES = 100_000, 5_000
_NOTHING = (0, 0)
# words without marks that would part an item from its answer, or one answer from another
_ORDINARY_WORDS = re.compile(r"(?:[^\W_]+\))?(?: ?[^\W_][\w '’-]*)?")


class ReplyParser:
    """Parses replies to one instrument in one form; made once, used for any number of replies and orders."""

    def __init__(self, instrument: Instrument, form: Form | None = None) -> None:
        self._tables = Tables(instrument, form)
        self.thinks = form is not None and bool(form.chain_of_thought)
        scale = instrument.response_scale
        values = range(scale.lowest, scale.highest + 1)
        self._values = self._spellings() if self._tables.signs else {str(value): value for value in values}
        self._numbers = set(range(1, instrument.n_items + 1))
        self._answers = {
            number: {value: Answer(number, value, AnswerStatus.VALID) for value in values} for number in self._numbers
        }
        self._by_text = {
            f"{instrument.text(number)}: {digits}": (number, value)
            for number in self._numbers
            if self._is_unmistakable(number, instrument.text(number))
            for digits, value in self._values.items()
        }

    def _spellings(self) -> dict[str, int]:
        """The ordinary ways to write an answer by sign or label, as far as reading them with care finds the same."""
        spellings: dict[str, int] = {}
        for value, sign in (self._tables.signs.shown if self._tables.signs else {}).items():
            label = self._tables.labels.get(value, "")
            ordinary = [sign, f"{sign}{MARK}", f"{sign}{MARK} {label}", label]
            spellings |= {words: value for words in ordinary if self._means(words, value)}
        return spellings

    def _means(self, words: str, value: int) -> bool:
        if not _ORDINARY_WORDS.fullmatch(words) or self._tables.items.match(words):
            return False
        readings = [reader.read(words, strict=True) for reader in (self._tables.common, *self._tables.readers)]
        return all(reading.kind is Kind.VALUE and reading.number == value for reading in readings)

    def _is_unmistakable(self, number: int, text: str) -> bool:
        """Whether reading the text with care would find this item as well."""
        found = self._tables.items.match(plain(text))
        return found is not None and found[0] == number

    def parse(self, reply: str, order: Sequence[int]) -> tuple[Answer, ...]:
        """One answer for every item, in the order of item numbers; see ``emotionbench.parsing.parse``."""
        shown = set(order)
        if not shown or len(shown) != len(order) or not shown <= self._numbers:
            raise StudyError(
                f"order {tuple(order)} does not hold each item once",
                fix=f"give the item numbers 1 to {len(self._numbers)} in the order shown, or those of one message",
            )
        if self.thinks:
            reply = below_mark(reply)
        return self._ordinary(reply, order) or self._read(reply, order)

    def n_valid(self, reply: str, order: Sequence[int]) -> int:
        """How many of the answers that ``parse`` finds are valid."""
        if self._answers_all(reply, order):
            return len(order)
        return sum(answer.status is AnswerStatus.VALID for answer in self.parse(reply, order))

    def _answers_all(self, reply: str, order: Sequence[int]) -> bool:
        """Whether the reply is one line ``Interested: 3`` for every item and nothing else."""
        lines, by_text = self.heard(reply).strip().split("\n"), self._by_text
        items = {by_text.get(line, _NOTHING)[0] for line in lines}
        return len(lines) == len(items) == len(order) and items == set(order)

    def heard(self, reply: str) -> str:
        """What of a reply is read: where reasoning was asked for, what stands below the mark that parts them."""
        return below_mark(reply) if self.thinks else reply

    def _ordinary(self, reply: str, order: Sequence[int]) -> tuple[Answer, ...] | None:
        """The answers where every line is an ordinary one and every item has one, else None."""
        lines = reply.strip().split("\n")
        if len(lines) != len(order):
            return None
        found: dict[int, Answer] = {}
        for line in lines:
            read = self.ordinary_line(line)
            if read is None:
                return None
            position, item, value = read
            if position:
                if position > len(order):
                    return None
                shown = order[position - 1]
                if item not in (0, shown):
                    return None
                item = shown
            found[item] = self._answers[item][value]
        if len(found) != len(order) or (len(found) < len(self._numbers) and found.keys() != set(order)):
            return None
        return tuple([found[number] for number in sorted(found)])

    def ordinary_line(self, line: str) -> tuple[int, int, int] | None:
        """Position, item and value of a line ``Interested: 3``, ``1. Interested: 3``, ``1. 3`` or ``1: 3``, else None.

        Position or item is 0 where the line does not give it; where it gives both they must belong together.
        """
        by_text = self._by_text.get(line)
        if by_text is not None:
            return 0, *by_text
        number, _, rest = line.partition(". ")
        if not rest:
            number, _, rest = line.partition(": ")
        if not (number.isascii() and number.isdecimal() and len(number) < 6 and 1 <= int(number) <= len(self._numbers)):
            return None
        by_text = self._by_text.get(rest)
        if by_text is not None:
            return int(number), *by_text
        value = self._values.get(rest)
        return None if value is None else (int(number), 0, value)

    def _read(self, reply: str, order: Sequence[int]) -> tuple[Answer, ...]:
        spoken = without_reasoning(reply)
        if len(spoken) > LONGEST_REPLY or spoken.count("\n") > MOST_LINES:
            return tuple(Answer(number, None, AnswerStatus.UNPARSEABLE) for number in sorted(order))
        asked = Questionnaire(self._tables, order)
        signs, table = self._tables.signs, TableReader(asked)
        lines = SignLineReader(asked, signs) if signs else LineReader(asked)
        spoken = spelled_out(spoken) if signs else spoken
        json_reader = JsonReader(asked, lines)
        # once as written, where curly quotes may stand within strings, and once in plain spelling
        claims, rest = json_reader.read(spoken)
        more, rest = json_reader.read(plain(rest))
        claims += more
        written = (line for line in rest.split("\n") if line.strip())
        for index, line in enumerate(written):
            claims += self._line(line, index, lines, table)
        return settle(claims, plain(spoken), asked)

    @staticmethod
    def _line(line: str, index: int, lines: LineReader, table: TableReader) -> list[Claim]:
        if "|" in line:
            return table.read(line, index)
        table.leave()
        return lines.read(line, index)
