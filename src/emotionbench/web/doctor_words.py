"""What the doctor says of one thing that was looked at."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from emotionbench.survey import Texts


class State(StrEnum):
    """How one thing stands; people should not be let in while anything is a problem."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Checkup:
    """What one look came to: ``about`` a thing, ``says`` how it is, ``fix`` what to do; no fix where all is well."""

    about: str
    state: State
    says: str
    fix: str | None = None


def fine(about: str, says: str) -> Checkup:
    """Nothing to do."""
    return Checkup(about, State.OK, says)


def warning(about: str, says: str, fix: str) -> Checkup:
    """Something to decide on: it can be meant."""
    return Checkup(about, State.WARNING, says, fix)


def problem(about: str, says: str, fix: str) -> Checkup:
    """Something to mend before people come."""
    return Checkup(about, State.PROBLEM, says, fix)


def in_all_languages(texts: Texts) -> tuple[str, ...]:
    """A text of the study in every language that it has."""
    return (texts,) if isinstance(texts, str) else tuple(texts.values())
