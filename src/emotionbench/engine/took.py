"""What the attempts that one process recorded took: tokens as the servers counted them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from emotionbench.records import Attempt, Respondent
from emotionbench.store.tokens import Usage


@dataclass(slots=True)
class Took:
    """The attempts on one respondent (its id), live or ``batched``; counted and held to bounds as ``Usage`` is.

    ``n_cut_off`` replies left items open because they reached the limit of tokens.
    """

    respondent: str
    batched: bool
    n_attempts: int = 0
    n_failed: int = 0
    n_uncounted: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None
    n_cut_off: int = 0

    def count(self, attempt: Attempt) -> None:
        """One attempt more."""
        self.n_attempts += 1
        read, written = attempt.input_tokens, attempt.output_tokens
        if attempt.error is not None:
            self.n_failed += 1
        elif read is None or written is None:
            self.n_uncounted += 1
        else:
            self.input_tokens += read
            self.output_tokens += written
            if attempt.cached_tokens is not None:
                self.cached_tokens = (self.cached_tokens or 0) + min(attempt.cached_tokens, read)
            if attempt.reasoning_tokens is not None:
                self.reasoning_tokens = (self.reasoning_tokens or 0) + attempt.reasoning_tokens

    def add(self, other: Took | Usage) -> None:
        """All that others took."""
        self.n_attempts += other.n_attempts
        self.n_failed += other.n_failed
        self.n_uncounted += other.n_uncounted
        self.input_tokens += other.input_tokens
        self.output_tokens += other.output_tokens
        self.cached_tokens = _sum(self.cached_tokens, other.cached_tokens)
        self.reasoning_tokens = _sum(self.reasoning_tokens, other.reasoning_tokens)
        self.n_cut_off += other.n_cut_off if isinstance(other, Took) else 0

    @property
    def usage(self) -> Usage:
        """The same of no instrument in particular."""
        return Usage(
            self.respondent,
            instrument="",
            design="",
            condition="",
            situation=None,
            batched=self.batched,
            n_attempts=self.n_attempts,
            n_failed=self.n_failed,
            n_uncounted=self.n_uncounted,
            input_tokens=self.input_tokens,
            output_tokens=self.output_tokens,
            cached_tokens=self.cached_tokens,
            reasoning_tokens=self.reasoning_tokens,
        )


class Takings(dict[tuple[str, bool], Took]):
    """What a run took, by respondent (its id) and whether in batches."""

    def of(self, respondent: str, *, batched: bool = False) -> Took:
        """What was taken by one of them, to be counted on."""
        return self.setdefault((respondent, batched), Took(respondent, batched))

    def add(self, others: Takings) -> None:
        """All that another part of the run took."""
        for took in others.values():
            self.of(took.respondent, batched=took.batched).add(took)

    def n_cut_off(self, respondents: Iterable[Respondent]) -> dict[str, int]:
        """How many replies were cut off at the limit of tokens, by the name of the respondent."""
        found: dict[str, int] = {}
        for respondent in respondents:
            n = sum(took.n_cut_off for took in self.values() if took.respondent == respondent.id)
            found[respondent.name] = found.get(respondent.name, 0) + n
        return found

    @property
    def usages(self) -> list[Usage]:
        """Where anything was asked, what it took."""
        return [took.usage for took in self.values() if took.n_attempts]


def _sum(one: int | None, other: int | None) -> int | None:
    return other if one is None else one + (other or 0)
