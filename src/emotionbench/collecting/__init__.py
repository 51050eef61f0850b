"""The replies of a store → compact columns: labels, answers, probabilities, scores, and which people are left out."""

from emotionbench.collecting.frames import ADMINISTRATION_SCHEMA, COMPACT_ANSWERS_SCHEMA, SORTED_BY, Collected, collect
from emotionbench.collecting.labels import MOST_APART
from emotionbench.collecting.readings import COMPACT_READINGS_SCHEMA

__all__ = [
    "ADMINISTRATION_SCHEMA",
    "COMPACT_ANSWERS_SCHEMA",
    "COMPACT_READINGS_SCHEMA",
    "MOST_APART",
    "SORTED_BY",
    "Collected",
    "collect",
]
