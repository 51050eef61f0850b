"""What can go wrong for a user, as one family of errors.

Every message says where it is, what is wrong, and how to mend it: ``panas.yaml:14: subscale 'neg' names item 21;
items are 1 to 20``. The command line prints the message alone; a traceback always means a defect of ours.
"""

from __future__ import annotations

from collections.abc import Iterable

MOST_NAMED = 40


class EmotionBenchError(Exception):
    """Base class of every error that a user can cause or mend.

    Parameters
    ----------
    what
        What is wrong, with the offending value in it.
    where
        File and line, study key, or administration; put before the message.
    fix
        What to do about it; put after the message.
    """

    def __init__(self, what: str, *, where: str | None = None, fix: str | None = None) -> None:
        self.what, self.where, self.fix = what, where, fix
        message = f"{where}: {what}" if where else what
        super().__init__(f"{message}; {fix}" if fix else message)


class MaterialError(EmotionBenchError):
    """An instrument, situation set, norm or protocol that is malformed, missing or not what it claims to be."""


class StudyError(EmotionBenchError):
    """A study that asks for something that does not exist or does not fit together."""


class StoreError(EmotionBenchError):
    """A store that cannot be opened, read or written."""


class RespondentError(EmotionBenchError):
    """A respondent that cannot be asked at all: unknown name, missing key, unknown model."""


class RecordingError(EmotionBenchError):
    """A file of recorded answers that cannot be read as what it claims to be."""


def nearest(word: str, known: Iterable[str]) -> str:
    """Suggest what was meant: ``did you mean 'anger'?``, else the list of what is known."""
    from rapidfuzz import process  # noqa: PLC0415  (every command would wait for it)

    names = sorted(known)
    folded = {name.casefold(): name for name in names}
    best = process.extractOne(word.casefold(), folded.keys(), score_cutoff=70)
    if best:
        return f"did you mean {folded[best[0]]!r}?"
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"known: {', '.join(names[:MOST_NAMED])}{more}"
