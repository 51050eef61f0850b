"""From an administration to the words that are put to its respondent; the one source of prompts and survey pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from emotionbench.errors import StudyError
from emotionbench.materials.forms import MARK, RECITE_SITUATION, TARGET_SCORE, Form, check_fits, option_values, symbols
from emotionbench.materials.instruments import Instrument
from emotionbench.materials.protocols import Protocol
from emotionbench.materials.recitation import LOW, beginning, n_shown, parts_of, targets_of
from emotionbench.materials.situations import Situation
from emotionbench.records import Administration, Condition, Design, Message

_ITEMS, _SITUATION = "\0items\0", "\0situation\0"
"""What stands in a template for what each administration has of its own; no file's text holds a NUL."""


class Wording:
    """An instrument in the words of a protocol and in a form; what all administrations share is put together once.

    A StudyError says where the protocol lacks the words for the form.
    """

    def __init__(self, instrument: Instrument, protocol: Protocol, form: Form | None = None) -> None:
        self.instrument, self.protocol, self.form = instrument, protocol, form
        check_fits(instrument, protocol, form)
        self.symbols = symbols(instrument.response_scale, form)
        self._lines: dict[tuple[int, int], str] = {}
        self._templates: dict[str, str] = {}

    def messages(
        self,
        administration: Administration,
        situation: Situation | None,
        history: tuple[Message, ...] = (),
        part: int = 1,
    ) -> tuple[Message, ...]:
        """The conversation to send, ending with the user's turn that puts the items of one message.

        ``history`` is what was said before, from the system message to the respondent's last reply: in the earlier
        parts of the administration, or before it in a paired conversation.
        """
        items = self.items(administration.shown(part))
        user: Message = {"role": "user", "content": self._text(administration, situation, items, part)}
        if history and not (part > 1 and self.starts_anew):
            return (*history, user)
        return ({"role": "system", "content": self._system}, user) if self._system else (user,)

    @property
    def starts_anew(self) -> bool:
        """Whether each message of an administration is a conversation of its own."""
        return self.form is not None and self.form.starts_anew

    def _text(self, administration: Administration, situation: Situation | None, items: str, part: int) -> str:
        protocol = self.protocol
        if self.form is not None and self.form.probe is not None:
            return self._probe(self.form, situation, items)
        if part > 1 and not self.starts_anew:
            return self._filled(_given(protocol.next_items), items)
        if administration.condition is Condition.RECOVERED:
            return self._filled(_given(protocol.recovered), items)
        if situation is None:
            return self._filled(protocol.baseline, items)
        template = protocol.evoked_after if administration.design is Design.PAIRED else protocol.evoked
        return self._filled(template, items, situation.text)

    def _filled(self, template: str, items: str, situation: str = "") -> str:
        """A template with its texts; what all administrations share is filled in once."""
        ready = self._templates.get(template)
        if ready is None:
            ready = template.format(items=_ITEMS, situation=_SITUATION, **self._constant)
            self._templates[template] = ready
        return ready.replace(_SITUATION, situation).replace(_ITEMS, items)

    def _probe(self, form: Form, situation: Situation | None, items: str) -> str:
        """What is put instead of questions about feelings; the items shown to be continued are in their own order."""
        instrument, template = self.instrument, _given(getattr(self.protocol, str(form.probe)))
        if form.probe == RECITE_SITUATION:
            return template.format(beginning=beginning(_given(situation.text if situation else None)))
        named: dict[str, object] = {"instrument": instrument.name, "n_items": instrument.n_items}
        if form.probe == TARGET_SCORE:
            scores = targets_of(instrument, form.target or LOW)
            lines = [f"{instrument.subscales[key].name}: {_number(score)}" for key, score in scores.items()]
            return template.format(items=items, targets="\n".join(lines), **named, **self._constant)
        if form.probe == "recite_key":
            names = "; ".join(instrument.subscales[key].name for key in parts_of(instrument))
            return template.format(subscales=names, **named)
        n = n_shown(instrument)
        return template.format(items=self.items(tuple(range(1, n + 1))), n_shown=n, **named)

    def items(self, shown: tuple[int, ...]) -> str:
        """These items in this order, numbered by position, so that a number means what was shown.

        One item whose probabilities are read has no number, which would make the answer of that number likelier.
        """
        if self.form is not None and self.form.reads_probabilities:
            return "\n".join(map(self._item_text, shown))
        lines = self._lines
        return "\n".join([lines.get(place) or self._line(place) for place in enumerate(shown, 1)])

    def _line(self, place: tuple[int, int]) -> str:
        position, number = place
        line = self.protocol.item.format(position=position, text=self._item_text(number))
        self._lines[place] = line
        return line

    def _item_text(self, number: int) -> str:
        """An item with its own response labels behind it, where it has them."""
        item = self.instrument.items[number - 1]
        if item.labels is None:
            return item.text
        own = [f"{self._sign(value)} = {item.labels[value]}" for value in self._values if value in item.labels]
        return f"{item.text} ({', '.join(own)})"

    @cached_property
    def _values(self) -> list[int]:
        return option_values(self.instrument.response_scale, self.form)

    def _sign(self, value: int) -> str:
        return f"{self.symbols[value]}{MARK}" if self.symbols else str(value)

    @cached_property
    def _system(self) -> str | None:
        persona = self.form.persona_text if self.form else None
        own = self.protocol.system and self.protocol.system.format(**self._ends)
        return "\n\n".join(filter(None, (persona, own))) or None

    @cached_property
    def _ends(self) -> dict[str, object]:
        """What the scale runs from and to: the lowest and highest number, or the first and last sign."""
        if self.symbols:
            return {"lowest": self._sign(self._values[0]), "highest": self._sign(self._values[-1])}
        scale = self.instrument.response_scale
        return {"lowest": scale.lowest, "highest": scale.highest}

    @cached_property
    def _constant(self) -> dict[str, object]:
        options = {**self._ends, "labels": self._labels()}
        template = self.protocol.scale_symbols if self.symbols else self.protocol.scale_numbers
        return {
            **options,
            "instructions": self.instrument.instructions,
            "scale": template.format(**options) if template else "",
            "reply": self._reply(),
        }

    def _labels(self) -> str:
        """The response scale in words: ``1 = a little, 2 = moderately``."""
        protocol, labels = self.protocol, self.instrument.response_scale.labels
        if not labels:
            return protocol.labels_with_items
        labelled = [value for value in self._values if value in labels]
        if not self.symbols:
            said = [protocol.label.format(value=value, label=labels[value]) for value in labelled]
        else:
            template = _given(protocol.symbol_label)
            said = [template.format(symbol=self._sign(value), label=labels[value]) for value in labelled]
        return protocol.between_labels.join(said)

    def _reply(self) -> str:
        """How the answers should be written: items repeated where short, their position where long."""
        protocol = self.protocol
        if self.form is not None and self.form.reads_probabilities:
            return _given(protocol.reply_alone).format(**self._ends)
        template = protocol.reply_by_text if self.instrument.has_short_items else protocol.reply_by_position
        reply = template.format(**self._ends)
        thinks = self.form is not None and self.form.chain_of_thought
        return f"{_given(protocol.think_first)} {reply}" if thinks else reply


@dataclass(frozen=True)
class Line:
    """One item of a sheet: its number in the instrument, its text, and its answers as value and label."""

    number: int
    text: str
    options: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Sheet:
    """An instrument as people see it: instructions, and its lines in the order shown.

    ``options`` are the answers that all lines share, in order of value; empty where each line has labels of its own.
    A value without a label has an empty one.
    """

    instructions: str
    options: tuple[tuple[int, str], ...]
    lines: tuple[Line, ...]


def sheet(instrument: Instrument, order: tuple[int, ...]) -> Sheet:
    """What people are shown of an instrument whose items come in this order."""
    scale = instrument.response_scale
    values = range(scale.lowest, scale.highest + 1)
    shared = tuple((value, scale.labels.get(value, "")) for value in values)
    own = {number: instrument.items[number - 1].labels for number in order}
    lines = tuple(
        Line(number, instrument.text(number), shared if labels is None else tuple(sorted(labels.items())))
        for number, labels in own.items()
    )
    is_shared = all(labels is None for labels in own.values())
    return Sheet(instrument.instructions, shared if is_shared else (), lines)


def answer_lines(instrument: Instrument, order: tuple[int, ...], answers: Mapping[int, object]) -> str:
    """Answers by item number, written as a reply is: a line ``Interested: 4`` for every item in the order shown.

    Where items are long, ``3: 4`` with the position instead. An item without an answer has nothing behind the colon.
    """
    # a sentence full of stops and numbers, as the BDI's items are, would not be told from its answer
    labels = [instrument.text(n) if instrument.has_short_items else str(place) for place, n in enumerate(order, 1)]
    return "\n".join(f"{label}: {answers.get(number, '')}" for label, number in zip(labels, order, strict=True))


def _number(score: float) -> str:
    """A score as it is asked for; with three decimals where it is no whole number."""
    return f"{score:.3f}".rstrip("0").rstrip(".")


def _given(text: str | None) -> str:
    """A text that the study was checked to have."""
    if text is None:
        raise StudyError("the protocol lacks the words for this form", fix="choose a template with all texts")
    return text
