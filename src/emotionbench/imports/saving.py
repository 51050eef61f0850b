"""Recorded answers into a store, and an account of what they hold."""

from __future__ import annotations

from collections import Counter

from emotionbench.imports.recording import Recording
from emotionbench.parsing import parse
from emotionbench.store import Store, writing

ROWS_AT_ONCE = 500


def save(recording: Recording, store: Store) -> None:
    """Keep a recording; importing the same file again changes nothing."""
    writing.save_materials(store, recording.materials)
    writing.save_respondents(store, [recording.respondent])
    for start in range(0, len(recording.administrations), ROWS_AT_ONCE):
        part = recording.administrations[start : start + ROWS_AT_ONCE]
        writing.save_administrations(store, [administration for administration, _ in part])
        writing.append_attempts(store, [attempt for _, attempt in part])


def answer_counts(recording: Recording) -> Counter[str]:
    """How many recorded answers have which status."""
    instrument = recording.instrument
    return Counter(
        answer.status.value
        for administration, attempt in recording.administrations
        for answer in parse(attempt.reply or "", instrument, administration.order)
    )
