"""What a reply claims: one answer with what it was given to, by number, by text, by both or by neither."""

from __future__ import annotations

from dataclasses import dataclass

from emotionbench.parsing.readings import Reading

NOWHERE = -10


@dataclass(frozen=True, slots=True)
class Claim:
    """One answer in a reply.

    ``position`` is the number that the reply gives the item, ``item`` the item whose text stands there.
    ``named``: the text beside the number is no item's. ``keyed``: a bare answer behind a word such as "rating".
    ``explains``: the number's own label stands beside it, as in a legend: ``2 = a little``.
    ``line`` counts the lines that are not empty; ``NOWHERE`` outside lines.
    """

    position: int | None
    item: int | None
    reading: Reading
    line: int = NOWHERE
    named: bool = False
    keyed: bool = False
    explains: bool = False

    @property
    def is_bare(self) -> bool:
        """Whether nothing says what it answers."""
        return self.position is None and self.item is None
