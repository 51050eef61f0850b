"""What the exclusion rules of a study judge one person by, from the pages that the person sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from emotionbench.human.session import AFTER, BEFORE, SITUATION
from emotionbench.survey import Exclusions, PersonFacts

Submissions = Mapping[str, tuple[float, Mapping[str, Any]]]
"""Page → seconds from its first display to its being sent, and what was sent with it that is no answer to an item."""

# writing without blanks between words: Chinese and Japanese, Thai, Lao, Burmese, Khmer
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}](?:[^\W{_UNSPACED}]|['’\-](?=\w))*")


def person_facts(outcome: str | None, submissions: Submissions) -> PersonFacts:
    """What is known of one person.

    Parameters
    ----------
    outcome
        How the session ended; None while it has not.
    submissions
        By page, ``before-1`` and such; the content of a sheet holds ``n_items``, ``n_missing``, ``n_failed_checks`` and
        ``same_answer``, that of the situation a ``reflection`` or, once its text was deleted, its ``n_words``.

    Returns
    -------
    PersonFacts
        Sheets in the order in which they are put. ``n_words`` is None where nothing was written.
    """
    places = {page: place for page in submissions if (place := _place(page))}
    sheets = [submissions[page] for page in sorted(places, key=places.__getitem__)]
    reading = submissions.get(SITUATION)
    return PersonFacts(
        outcome=outcome,
        n_failed_checks=sum(int(content.get("n_failed_checks", 0)) for _, content in sheets),
        seconds_an_item=tuple(seconds / content["n_items"] for seconds, content in sheets if content.get("n_items")),
        same_answers=tuple(bool(content.get("same_answer", False)) for _, content in sheets),
        n_missing=sum(int(content.get("n_missing", 0)) for _, content in sheets),
        reading_seconds=reading[0] if reading else None,
        n_words=_n_words_of(reading[1]) if reading else None,
    )


def excluded(rules: Exclusions, outcome: str | None, submissions: Submissions) -> str | None:
    """Why the rules leave this person out of every comparison; None for those who stay."""
    return rules.reason(person_facts(outcome, submissions))


def n_words(text: str) -> int:
    """Words in a text; where a language is written without blanks between words, its characters."""
    return len(_WORD.findall(text))


def _n_words_of(content: Mapping[str, Any]) -> int | None:
    if "reflection" in content:
        return n_words(str(content["reflection"]))
    return content.get("n_words")


def _place(page: str) -> tuple[bool, int] | None:
    """Where a sheet stands among the sheets of a person; None for a page that is none."""
    moment, _, number = page.partition("-")
    return (moment == AFTER, int(number)) if moment in (BEFORE, AFTER) and number.isdigit() else None
