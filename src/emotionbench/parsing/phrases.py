"""Known phrases, found at the start of a text whatever their letter case, spacing and punctuation."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable

LEAST_PREFIX = 12
_LONGEST_WORD = 500
# vowel marks and the stroke that lengthens a word are written or left out at will
_ARABIC_MARKS = dict.fromkeys([0x0640, 0x0670, *range(0x064B, 0x0653)])

_SPACE_AND_PUNCTUATION = (
    r"\s!\"#$%&()*+,\-./;<>?@\[\\\]^_`{}~"
    r"\u00a1-\u00a9\u00ab-\u00b1\u00b4-\u00b8\u00bb-\u00bf\u060c\u061b\u061f\u06d4\u0964\u0965"
    r"\u2000-\u206f\u2190-\u2bff\u3000-\u3004\u3007-\u3020\u3030-\u303f\ufe10-\ufe6f\U0001f000-\U0001faff"
)
# Colons, equals signs, pipes, tabs, arrows and dashes between spaces part an item from its answer, so they are words.
_WORD = re.compile(rf"[-=]{{1,3}}>|[:=|\t]|(?<=\s)-{{1,3}}(?=\s)|[^{_SPACE_AND_PUNCTUATION}:=|]+")
_SEPARATOR = re.compile(r"[-=]{1,3}>|[:=|\t]|-{1,3}")
_ELLIPSIS = re.compile(r"[\s,;]*\.\.")


def _key(word: str) -> str:
    folded = word.replace("'", "").casefold()
    if not folded.isascii() and len(folded) <= _LONGEST_WORD:
        return unicodedata.normalize("NFC", folded).translate(_ARABIC_MARKS)
    return folded


def words(text: str) -> tuple[str, ...]:
    """The words of a phrase as they are compared: case folded, without apostrophes and punctuation."""
    return tuple(key for key in map(_key, _WORD.findall(text)) if key)


class _Node:
    __slots__ = ("following", "meaning", "meanings")

    def __init__(self) -> None:
        self.following: dict[str, _Node] = {}
        self.meaning: int | None = None
        self.meanings: set[int] = set()


class Phrases:
    """Phrases and the number that each stands for; a phrase with two meanings stands for none.

    ``cut`` lets a phrase be recognised by its beginning: at least ``LEAST_PREFIX`` characters that no other phrase
    shares, followed by an ellipsis or a separator.
    """

    def __init__(self, phrases: Iterable[tuple[str, int]], *, cut: bool = False) -> None:
        self._root, self._cut = _Node(), cut
        meanings: dict[tuple[str, ...], set[int]] = defaultdict(set)
        for phrase, meaning in phrases:
            spelled = words(phrase)
            meanings[spelled].add(meaning)
            meanings[tuple(word for word in spelled if not _SEPARATOR.fullmatch(word))].add(meaning)
        for spelled, found in meanings.items():
            self._add(spelled, found)

    def _add(self, spelled: tuple[str, ...], meanings: set[int]) -> None:
        node = self._root
        for word in spelled:
            node = node.following.setdefault(word, _Node())
            node.meanings |= meanings
        if spelled and len(meanings) == 1:
            (node.meaning,) = meanings

    def match(self, text: str, at: int = 0) -> tuple[int, int] | None:
        """The meaning of the longest phrase that ``text`` has at ``at``, and where it ends; None without one."""
        node, best, length, end = self._root, None, 0, at
        for word in _WORD.finditer(text, at):
            key = _key(word[0])
            if not key:
                continue
            following = node.following.get(key)
            if following is None:
                break
            node, length, end = following, length + len(key) + 1, word.end()
            if node.meaning is not None:
                best = (node.meaning, end)
        if self._is_unclear(node, text, end):
            return None
        return self._match_cut(node, length, text, end) or best

    def _match_cut(self, node: _Node, length: int, text: str, end: int) -> tuple[int, int] | None:
        """The one phrase that begins like ``text`` up to ``end``."""
        if not self._cut or node.meaning is not None or len(node.meanings) != 1:
            return None
        end, length = _half_word(node, length, text, end)
        after = _WORD.search(text, end)
        parted = _ELLIPSIS.match(text, end) or (after and _SEPARATOR.fullmatch(after[0]))
        return (next(iter(node.meanings)), end) if parted and length > LEAST_PREFIX else None

    def _is_unclear(self, node: _Node, text: str, end: int) -> bool:
        """Whether a whole phrase is broken off where a longer one could go on."""
        return self._cut and node.meaning is not None and len(node.meanings) > 1 and bool(_ELLIPSIS.match(text, end))


def _half_word(node: _Node, length: int, text: str, end: int) -> tuple[int, int]:
    """Take in the beginning of the next word where an ellipsis breaks it off."""
    word = _WORD.search(text, end)
    if word and _ELLIPSIS.match(text, word.end()):
        key = _key(word[0])
        if key and any(full.startswith(key) for full in node.following):
            return word.end(), length + len(key) + 1
    return end, length
