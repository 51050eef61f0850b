"""A questionnaire as a text to be continued, for base models: solved examples, then this one with its answers open.

The examples are about another, neutral matter, and hold no word of any language: their items are bars, such as ■■□□□,
whose answer is how full they are. Each example has every answer once, so that together they suggest none of them. Their
order follows from the study's seed and the repeat: all administrations of a repeat begin with the same text, which a
server's prefix cache then holds, and repeats do not share one order.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from emotionbench.materials.forms import Form, option_values, symbols
from emotionbench.materials.instruments import Instrument, Item
from emotionbench.records import Administration, Message
from emotionbench.respondents.base import Question

FULL, EMPTY = "■", "□"
HEADING = "# "
ANSWER = "->"
"""What stands before the answer to one item alone; the answer follows behind a blank."""
PARAGRAPH = "\n\n"
NEXT_HEADING = f"\n{HEADING}"


@dataclass(frozen=True, slots=True)
class Document:
    """A text to be continued.

    ``begun`` is the end of it that already belongs to the reply (``Interested:``), so that ``begun`` and what the model
    writes are what a parser reads. ``stop`` lists what ends the reply.
    """

    text: str
    begun: str
    stop: tuple[str, ...]


def document(question: Question, n_examples: int) -> Document:
    """The text that puts a question to a model that continues texts.

    Where answers are drawn, it ends behind the name of the first item, and a blank line ends the list of answers; where
    reasoning or a text from memory is asked for, it ends behind the question, and the next heading ends the reply.
    Where probabilities are read, it ends where the one answer begins, a blank before it.
    """
    form = question.form
    alone = form is not None and form.reads_probabilities
    free = form is not None and bool(form.recites or form.chain_of_thought)
    parts = _conversation(question.messages, alone=alone)
    if n_examples and not free:
        examples = (_example(question, number, alone=alone) for number in range(1, n_examples + 1))
        headed = [f"{HEADING}{number}{PARAGRAPH}{part}" for number, part in enumerate((*examples, parts[0]), 1)]
        parts = [*headed, *parts[1:]]
    begun = ANSWER if alone else "" if free else f"{_names(question)[0]}:"
    text = PARAGRAPH.join([*parts, begun])
    return Document(text, "" if alone else begun, (NEXT_HEADING,) if free else (PARAGRAPH, NEXT_HEADING))


def answers_shown(instrument: Instrument, form: Form | None) -> dict[int, str]:
    """Value → the answer as it is shown, without a mark (``3``, ``c``, ``IV``), in the order in which options stand."""
    values = option_values(instrument.response_scale, form)
    return symbols(instrument.response_scale, form) or {value: str(value) for value in values}


def labels_shown(instrument: Instrument, item: Item) -> dict[int, str]:
    """Value → its label in words for this item, where it has one."""
    return item.labels if item.labels is not None else instrument.response_scale.labels


def _conversation(messages: tuple[Message, ...], *, alone: bool) -> list[str]:
    """The turns of a conversation, each a paragraph; the system message opens the first."""
    turns = [
        f"{ANSWER} {message['content']}" if alone and message["role"] == "assistant" else message["content"]
        for message in messages
    ]
    opens = len(messages) > 1 and messages[0]["role"] == "system"
    return [PARAGRAPH.join(turns[:2]), *turns[2:]] if opens else turns


def _names(question: Question) -> list[str]:
    """What stands before each answer of a reply: the item where items are short, else its place."""
    instrument = question.instrument
    places = enumerate(question.shown, 1)
    return [instrument.text(number) if instrument.has_short_items else str(place) for place, number in places]


def _example(question: Question, number: int, *, alone: bool) -> str:
    """A solved example: bars as items, and below them how full each is, in the format of the real answers."""
    instrument = question.instrument
    shown = answers_shown(instrument, question.form)
    values = _shuffled(sorted(shown), question.administration, number)
    bars = {value: _bar(instrument, value) for value in values}
    if alone:
        return PARAGRAPH.join(f"{bars[value]}{PARAGRAPH}{ANSWER} {shown[value]}" for value in values)
    line = question.protocol.item
    items = [line.format(position=place, text=bars[value]) for place, value in enumerate(values, 1)]
    names = [bars[value] if instrument.has_short_items else str(place) for place, value in enumerate(values, 1)]
    answers = [f"{name}: {shown[value]}" for name, value in zip(names, values, strict=True)]
    return "\n".join(items) + PARAGRAPH + "\n".join(answers)


def _bar(instrument: Instrument, value: int) -> str:
    """As many places as there are answers, filled up to that of ``value``."""
    scale = instrument.response_scale
    return FULL * (value - scale.lowest + 1) + EMPTY * (scale.highest - value)


def _shuffled(values: list[int], administration: Administration, number: int) -> list[int]:
    """The values in an order that follows from seed, repeat and example alone, the same on every machine."""
    label = f"{administration.seed}|{administration.repeat}|{number}"
    return sorted(values, key=lambda value: sha256(f"{label}|{value}".encode()).digest())
