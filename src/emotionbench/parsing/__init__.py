"""From a raw reply to item answers, each with a status; nothing is guessed."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING

from emotionbench.materials.forms import Form
from emotionbench.materials.instruments import Instrument
from emotionbench.records import Answer

if TYPE_CHECKING:
    from emotionbench.parsing.reply_parser import ReplyParser

__all__ = ["n_valid", "parse"]

_Manner = tuple[object, ...]
_parsers: dict[int, dict[_Manner, ReplyParser]] = {}


def parse(reply: str, instrument: Instrument, order: Sequence[int], form: Form | None = None) -> tuple[Answer, ...]:
    """Read one reply: exactly one answer for every item in ``order``, in the order of item numbers.

    ``order`` lists 1-based item numbers in the order shown, each once: all of the instrument, or those of one message.
    A StudyError says where a number is unknown or repeated, or none is there. Answers to other items are passed over.
    An answer is given to an item by its text, or by the number under which it was shown (its place in ``order``).

    ``form`` says under which signs the options were shown, if any, and whether reasoning was asked for. Where signs
    such as ``c)`` were asked for, a number is no answer; a sign, an option's label or both are. Where reasoning was
    asked for, only what stands below the last line of nothing but ``###`` is read, if there is one.

    ``valid``
        A whole number on the response scale (or, where options carry signs, a sign), or one of its labels, or both
        where they agree.
    ``missing``
        Nothing stands for the item, or the reply is empty or reasoning alone.
    ``out_of_range``
        A whole number outside the response scale, or a sign beyond the last option's.
    ``refused``
        The item, the rest, or (where no answer stands at all) the whole is declined.
    ``unparseable``
        What stands there is no answer, or more than one: ``3.5``, ``3-4``, ``5 (a little)``, two different answers to
        one item, a number and a text that belong to different items, a number where signs were asked for, a bare list
        of the wrong length, or a reply of more than ``LONGEST_REPLY`` characters or ``MOST_LINES`` lines besides its
        reasoning.
    """
    return _parser_of(instrument, form).parse(reply, order)


def n_valid(reply: str, instrument: Instrument, order: Sequence[int], form: Form | None = None) -> int:
    """How many of the answers that ``parse`` finds are valid; for an ordinary reply in a fraction of the time."""
    return _parser_of(instrument, form).n_valid(reply, order)


def _parser_of(instrument: Instrument, form: Form | None) -> ReplyParser:
    """The parser of this very instrument; instruments cannot be hashed, so it is kept by identity while they live."""
    parsers = _parsers.get(id(instrument))
    if parsers is None:
        parsers = _parsers[id(instrument)] = {}
        weakref.finalize(instrument, _parsers.pop, id(instrument), None)
    # what else a form says is of no matter to a reply
    manner = () if form is None else (form.option_labels, form.option_order, form.chain_of_thought)
    parser = parsers.get(manner)
    if parser is None:
        # its patterns take 0.05 s to compile, for which no first request has to wait
        from emotionbench.parsing.reply_parser import ReplyParser  # noqa: PLC0415

        parser = parsers[manner] = ReplyParser(instrument, form)
    return parser
