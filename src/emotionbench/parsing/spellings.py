"""How an answer may be spelled at the beginning of a reply: with blanks, quotes or a mark, in any digits."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Set
from typing import NamedTuple

from emotionbench.materials.forms import Form, symbols
from emotionbench.materials.instruments import ResponseScale

MOST_KEPT = 50_000
"""So many spellings are remembered; then it begins anew."""
_BLANKS = {"▁": " ", "Ġ": " ", "Ċ": "\n", "ĉ": "\t"}
"""How tokenisers write blanks."""
_OPENING = r"""[\s"'“”‘’«»„‚「『《(\[{*_`]*"""
_ENDING = frozenset(""" \t\n\r\f\v.,:;!?)]}"'“”‘’«»」』》*_`|<。、،؛…""")
_NUMBER = re.compile(rf"(?P<opening>{_OPENING})(?P<core>[+-]?\d+|[+-]|)(?P<rest>.*)", re.DOTALL)
_SIGN = re.compile(rf"(?P<opening>{_OPENING})(?P<core>[A-Za-z]+|)(?P<rest>.*)", re.DOTALL)


_WORD = "i …"
"""What the token I may begin besides the signs I, II …; no answer, so that nothing listed settles which it was."""


class Spelling(NamedTuple):
    """What a text at the beginning of a reply says.

    ``core`` is the answer, or the part of one, in its plain spelling ("" where only blanks, quotes or brackets stand
    there, None where no answer begins so); ``value`` the answer if it is one; ``longer`` the answers that it may begin.
    ``ends``: something stands there that ends the answer.
    """

    core: str | None
    value: int | None = None
    longer: frozenset[str] = frozenset()
    ends: bool = False


NO_ANSWER = Spelling(None)
"""Of every text that neither is nor begins an answer."""


class Spellings:
    """The spellings of the answers of one response scale as a form shows them: numbers, or signs such as ``a)``."""

    def __init__(self, scale: ResponseScale, form: Form | None = None) -> None:
        signs = symbols(scale, form)
        self._has_signs = signs is not None
        # within one form no two signs differ by case alone
        self._values = (
            {sign.casefold(): value for value, sign in signs.items()}
            if signs
            else {str(value): value for value in range(scale.lowest, scale.highest + 1)}
        )
        self._pronoun = signs is not None and "i" in signs.values()
        self._pronoun_or_sign = signs is not None and "I" in signs.values()
        # where there are negative values, others may stand behind a plus
        self._behind_plus = frozenset(value for value in self._values if value[0] != "-" and scale.lowest < 0)
        self._open: dict[str, Spelling] = {}
        self._ended: dict[str, Spelling] = {}
        self.known = self._open.get

    @property
    def answers(self) -> dict[str, int]:
        """Every answer in its plain spelling → its value."""
        return self._values

    def of(self, text: str, ends: bool = False) -> Spelling:
        """What ``text`` says, where the reply begins with it; ``ends``: and nothing follows.

        An answer may stand behind blanks, quotes and opening brackets, and before what ends it: a blank, a mark of
        punctuation, a closing quote or bracket, a special token such as ``</s>``. Digits of all scripts and full-width
        letters count, and so does the other case of a sign, but not the word I for the sign i. What goes on otherwise
        is none: ``35``, ``3.5``, ``3-4``, ``3rd``; nor is a sign before another word: ``I am``, ``a little``.
        """
        known = (self._ended if ends else self._open).get(text)
        return self._first_read(text, ends) if known is None else known

    def _first_read(self, text: str, ends: bool) -> Spelling:
        known = self._ended if ends else self._open
        if len(known) >= MOST_KEPT:
            known.clear()
        known[text] = found = self._read(_plain(text), ends)
        return found

    def n_not_begun(self, before: str | None, whole: Set[str], begun: Set[str]) -> int:
        """How many answers that begin with ``before`` are neither among ``whole`` nor begun by one of ``begun``."""
        if "" in begun:
            return 0
        open_ = tuple(core for core in begun if core)
        return sum(
            answer.startswith(before or "") and answer not in whole and not answer.startswith(open_)
            for answer in self._values
        )

    def _read(self, text: str, ends: bool) -> Spelling:
        found = (_SIGN if self._has_signs else _NUMBER).fullmatch(text)
        if found is None:
            return NO_ANSWER
        core, rest = found["core"], found["rest"]
        closed = ends or bool(rest)
        if rest and not _ends_answer(rest, self._has_signs):
            return NO_ANSWER
        if not core:
            return NO_ANSWER if closed else Spelling("", None, frozenset(self._values))
        if core == "+":
            return NO_ANSWER if closed or not self._behind_plus else Spelling("", None, self._behind_plus)
        if self._pronoun and core == "I" and not closed:
            return NO_ANSWER
        may_be_word = self._pronoun_or_sign and core == "I" and not closed
        core = core.casefold().removeprefix("+")
        longer = () if closed else (answer for answer in self._values if answer.startswith(core) and answer != core)
        value, beyond = self._values.get(core), frozenset((*longer, _WORD) if may_be_word else longer)
        return Spelling(core, value, beyond, closed) if value is not None or beyond else NO_ANSWER


def _ends_answer(rest: str, is_sign: bool) -> bool:
    """Whether the answer before it, a sign or a number, is over."""
    if rest[0] not in _ENDING:
        return False
    if rest[0] == "<":
        return True
    if rest[0].isspace():
        follows = rest.lstrip()[:1]
        return not (follows.isalnum() if is_sign else follows.isdigit())
    return not any(character.isalnum() for character in rest)


def _plain(text: str) -> str:
    """The text with ordinary blanks and digits, and full-width letters as ordinary ones."""
    if text.isascii():
        return text
    folded = unicodedata.normalize("NFKC", "".join(_BLANKS.get(c, c) for c in text)).replace("−", "-")
    return "".join(str(d) if (d := unicodedata.decimal(c, None)) is not None else c for c in folded)
