"""Every way in which a tokenizer can write an answer, as a tree of tokens whose probabilities add up.

An answer may be written with a space before it, in full-width digits or those of another script, in either letter case
where it is a sign, and in one token or several. Where it may go on to be another (``1`` to ``10``) or to be a word
(``I`` to ``I am``, ``a`` to ``a little``), it counts only as far as it does not: the probability of the tokens that
carry it on is taken off.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from emotionbench.materials.forms import Form, symbols
from emotionbench.materials.instruments import ResponseScale

FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
UNREADABLE = "\ufffd"
OPENING = " \t\n\"'“”‘’«»„‚「『《([{*_`"
ENDING = " \t\n\r.,:;!?)]}\"'“”‘’«»」』》*_`|。、،؛…"
"""What a token may hold besides an answer, before it and behind it."""
Path = tuple[int, ...]


@dataclass(frozen=True)
class Answers:
    """What may be answered: answers as shown, in order of value; whether they are signs (``a``, ``IV``)."""

    shown: tuple[str, ...]
    are_signs: bool

    @classmethod
    def of(cls, scale: ResponseScale, form: Form | None) -> Answers:
        """The answers that a form of an instrument allows."""
        values, signs = range(scale.lowest, scale.highest + 1), symbols(scale, form)
        return cls(tuple(signs[value] if signs else str(value) for value in values), signs is not None)

    def key(self, text: str) -> str:
        """Text as it is compared: digits of any script as plain ones, a sign's letter case aside, nothing before it."""
        plain = unicodedata.normalize("NFKC", text).lstrip(OPENING)
        plain = "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in plain)
        if not self.are_signs or (plain == "I" and "i" in self.shown):
            return plain  # the word I is not the sign i
        return plain.casefold()


@dataclass
class Node:
    """A place in a reply after some tokens of an answer.

    ``ends``: token → place of the answer that it completes. ``children``: token → the place after it. ``answer``: the
    answer that stands here unless it goes on with one of ``goes_on``.
    """

    ends: dict[int, int] = field(default_factory=dict)
    children: dict[int, Node] = field(default_factory=dict)
    answer: int | None = None
    goes_on: tuple[int, ...] = ()

    def paths(self) -> Iterator[Path]:
        """The longest ways from here over places that are not ends, each as its tokens."""
        for token, child in self.children.items():
            yield from ((token, *rest) for rest in child.paths()) if child.children else ((token,),)

    def at(self, path: Sequence[int]) -> Node:
        """The place after these tokens."""
        return self.at(path[:-1]).children[path[-1]] if path else self


def spellings(tokenizer: Any, texts: Sequence[str], answers: Answers) -> Node:
    """The tree of all spellings; ``texts`` are those of the tokenizer's vocabulary (see ``token_texts``)."""
    return _Tree(texts, answers).whole(tokenizer)


def token_texts(tokenizer: Any) -> list[str]:
    """What every token of the vocabulary writes, by its number; "" for special tokens."""
    special = set(tokenizer.all_special_ids)
    texts = tokenizer.batch_decode([[token] for token in range(len(tokenizer))], clean_up_tokenization_spaces=False)
    return ["" if token in special else text for token, text in enumerate(texts)]


class _Tree:
    def __init__(self, texts: Sequence[str], answers: Answers) -> None:
        self.texts, self.answers = texts, answers
        self.places = {answers.key(shown): place for place, shown in enumerate(answers.shown)}
        letters = set("".join(self.places))
        keys = [answers.key(text) for text in texts]
        self.candidates = [
            token
            for token, text in enumerate(texts)
            if text and (text == " " or (keys[token] and set(keys[token].rstrip(ENDING)) <= letters))
        ]

    def whole(self, tokenizer: Any) -> Node:
        root = self._node("")
        for shown in self.answers.shown:
            for spelling in dict.fromkeys((shown, f" {shown}", shown.translate(FULL_WIDTH))):
                self._add(root, tuple(tokenizer.encode(spelling, add_special_tokens=False)), tokenizer)
        return root

    def _node(self, written: str) -> Node:
        """The place after ``written``, and all that may follow there."""
        node = Node()
        for token in self.candidates:
            self._follow(node, token, written + self.texts[token])
        key = self.answers.key(written)
        if key in self.places:
            node.answer, node.goes_on = self.places[key], self._goes_on
            # what only closes this answer is in it already
            node.ends = {token: place for token, place in node.ends.items() if place != node.answer}
        return node

    def _follow(self, node: Node, token: int, text: str) -> None:
        if text[:2].isspace() and len(text) > 1:
            return
        key = self.answers.key(text)
        whole = key.rstrip(ENDING)
        place = self.places.get(whole)
        if place is not None and (key != whole or not self._may_go_on(key)):
            node.ends[token] = place
        elif text == " " or (key and self._may_go_on(key)):
            node.children[token] = self._node(text)

    def _may_go_on(self, key: str) -> bool:
        """Whether what is written may become an answer, another answer, or a word."""
        return any(other.startswith(key) and other != key for other in self.places) or (
            self.answers.are_signs and key in self.places
        )

    @cached_property
    def _goes_on(self) -> tuple[int, ...]:
        """The tokens that make of an answer something else: digits after a number, letters after a sign."""
        if not self.answers.are_signs:
            return tuple(token for token, text in enumerate(self.texts) if text[:1].isdecimal())
        return tuple(token for token, text in enumerate(self.texts) if text.lstrip(" '’")[:1].isalpha())

    def _add(self, root: Node, path: Path, tokenizer: Any) -> None:
        """Add a spelling in pieces that write nothing by themselves, such as the bytes of a full-width digit."""
        written = tokenizer.decode(path, clean_up_tokenization_spaces=False)
        key = self.answers.key(written)
        if key not in self.places or not any(UNREADABLE in self.texts[token] for token in path):
            return
        node = root
        for token in path[:-1]:
            if token in node.ends:
                return
            node = node.children.setdefault(token, Node())
        if self._may_go_on(key):
            node.children.setdefault(path[-1], self._node(written))
        else:
            node.ends.setdefault(path[-1], self.places[key])
