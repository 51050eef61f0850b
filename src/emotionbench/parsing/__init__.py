"""From a raw reply to item answers, each with a status; nothing is guessed."""

from __future__ import annotations

import weakref
from collections.abc import Sequence

from emotionbench.materials.instruments import Instrument
from emotionbench.parsing.refusals import is_refusal
from emotionbench.parsing.reply_parser import LONGEST_REPLY, MOST_LINES, ReplyParser
from emotionbench.records import Answer

__all__ = ["LONGEST_REPLY", "MOST_LINES", "ReplyParser", "is_refusal", "parse"]

_parsers: dict[int, ReplyParser] = {}


def parse(reply: str, instrument: Instrument, order: Sequence[int]) -> tuple[Answer, ...]:
    """Read one reply: exactly one answer for every item, in the order of item numbers.

    ``order`` lists the 1-based item numbers in the order shown, each once; a StudyError says where it does not.
    An answer is given to an item by its text, or by the number under which it was shown (its place in ``order``).

    ``valid``
        A whole number on the response scale, or one of its labels, or both where they agree.
    ``missing``
        Nothing stands for the item, or the reply is empty or reasoning alone.
    ``out_of_range``
        A whole number outside the response scale.
    ``refused``
        The item, the rest, or (where no answer stands at all) the whole is declined.
    ``unparseable``
        What stands there is no answer, or more than one: ``3.5``, ``3-4``, ``5 (a little)``, two different answers to
        one item, a number and a text that belong to different items, a bare list of the wrong length, or a reply of
        more than ``LONGEST_REPLY`` characters or ``MOST_LINES`` lines besides its reasoning.
    """
    return _parser_of(instrument).parse(reply, order)


def _parser_of(instrument: Instrument) -> ReplyParser:
    """The parser of this very instrument; instruments cannot be hashed, so it is kept by identity while they live."""
    parser = _parsers.get(id(instrument))
    if parser is None:
        parser = _parsers[id(instrument)] = ReplyParser(instrument)
        weakref.finalize(instrument, _parsers.pop, id(instrument), None)
    return parser
