"""What many texts say at the beginning of an answer, as columns; sets of answers are bits of an integer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emotionbench.parsing.spellings import Spellings

MOST_ANSWERS = 62
"""More have not enough bits."""
_WORD = 1 << 63


@dataclass(frozen=True)
class SpellingColumns:
    """What texts say, a row for each, as ``spellings.Spelling``.

    Attributes
    ----------
    texts
        The texts.
    has_core
        Whether each is an answer, or may begin one.
    answers, own
        The place of the answer that it is (-1: none), and its bit (0: none).
    opens, longer
        The bits of the answers that begin as it does (0 where it has no core); of those that it may begin, and a bit of
        its own for a word that is none.
    ends
        Whether something stands there that ends the answer.
    """

    texts: list[str]
    has_core: NDArray[np.bool_]
    answers: NDArray[np.intp]
    own: NDArray[np.uint64]
    opens: NDArray[np.uint64]
    longer: NDArray[np.uint64]
    ends: NDArray[np.bool_]


class Speller:
    """The spellings of the answers of one response scale in one form, at most ``MOST_ANSWERS`` of them."""

    def __init__(self, spellings: Spellings) -> None:
        self._of = spellings.of
        self.values = np.array(list(spellings.answers.values()), np.float64)
        self._places = {value: place for place, value in enumerate(spellings.answers.values())}
        self._bits = {answer: 1 << place for place, answer in enumerate(spellings.answers)}

    def core(self, text: str) -> str | None:
        """The answer, or the part of one, in its plain spelling."""
        return self._of(text).core

    def beginning_with(self, core: str) -> int:
        """The bits of the answers that begin so."""
        return sum(bit for answer, bit in self._bits.items() if answer.startswith(core))

    def columns(self, texts: list[tuple[str, bool]]) -> SpellingColumns:
        """What texts say, each with whether nothing follows it."""
        found = [self._of(text, ends) for text, ends in texts]
        answers = [-1 if one.value is None else self._places[one.value] for one in found]
        opens = [0 if one.core is None else self.beginning_with(one.core) for one in found]
        longer = [sum(self._bits.get(answer, _WORD) for answer in one.longer) for one in found]
        return SpellingColumns(
            [text for text, _ in texts],
            np.array([one.core is not None for one in found], np.bool_),
            np.array(answers, np.intp),
            np.array([0 if place < 0 else 1 << place for place in answers], np.uint64),
            np.array(opens, np.uint64),
            np.array(longer, np.uint64),
            np.array([one.ends for one in found], np.bool_),
        )
