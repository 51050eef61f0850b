"""From an administration to the words that are put to its respondent; the one source of prompts."""

from __future__ import annotations

from functools import cached_property

from emotionbench.materials.instruments import Instrument, ResponseScale
from emotionbench.materials.protocols import Protocol
from emotionbench.materials.situations import Situation
from emotionbench.records import Administration, Design, Message


class Wording:
    """An instrument in the words of a protocol; what is the same in every administration is put together once."""

    def __init__(self, instrument: Instrument, protocol: Protocol) -> None:
        self.instrument, self.protocol = instrument, protocol
        self._lines: dict[tuple[int, int], str] = {}

    def messages(
        self, administration: Administration, situation: Situation | None, history: tuple[Message, ...] = ()
    ) -> tuple[Message, ...]:
        """The conversation to send, ending with the user's turn that puts the instrument.

        ``history`` is the earlier part of a paired conversation, from its system message to the model's last reply.
        """
        protocol = self.protocol
        items = self.items(administration.order)
        if situation is None:
            text = protocol.baseline.format(items=items, **self._constant)
        else:
            template = protocol.evoked_after if administration.design is Design.PAIRED else protocol.evoked
            text = template.format(items=items, situation=situation.text, **self._constant)
        user: Message = {"role": "user", "content": text}
        if history or protocol.system is None:
            return (*history, user)
        return ({"role": "system", "content": protocol.system.format(**self._constant)}, user)

    def items(self, order: tuple[int, ...]) -> str:
        """The items in this order, numbered by position, so that a number means what was shown."""
        return "\n".join(self._line(position, number) for position, number in enumerate(order, 1))

    def _line(self, position: int, number: int) -> str:
        line = self._lines.get((position, number))
        if line is None:
            line = self.protocol.item.format(position=position, text=item_text(self.instrument, number))
            self._lines[position, number] = line
        return line

    @cached_property
    def _constant(self) -> dict[str, object]:
        scale = self.instrument.response_scale
        return {
            "instructions": self.instrument.instructions,
            "lowest": scale.lowest,
            "highest": scale.highest,
            "labels": labels(scale, self.protocol),
            "reply": reply_form(self.instrument, self.protocol),
        }


def labels(scale: ResponseScale, protocol: Protocol) -> str:
    """The response scale in words: ``1 = a little, 2 = moderately``."""
    if not scale.labels:
        return protocol.labels_with_items
    return ", ".join(protocol.label.format(value=value, label=label) for value, label in sorted(scale.labels.items()))


def item_text(instrument: Instrument, number: int) -> str:
    """An item with its own response labels behind it, where it has them."""
    item = instrument.items[number - 1]
    if item.labels is None:
        return item.text
    own = ", ".join(f"{value} = {label}" for value, label in sorted(item.labels.items()))
    return f"{item.text} ({own})"


def reply_form(instrument: Instrument, protocol: Protocol) -> str:
    """How the answers should be written: items repeated where they are short, their position where they are long."""
    template = protocol.reply_by_text if instrument.has_short_items else protocol.reply_by_position
    scale = instrument.response_scale
    return template.format(lowest=scale.lowest, highest=scale.highest)
