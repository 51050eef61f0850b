"""The replies of a store → compact columns: labels, answers, scores, and who of the people is left out."""

from emotionbench.collecting.frames import ADMINISTRATION_SCHEMA, COMPACT_ANSWERS_SCHEMA, SORTED_BY, Collected, collect
from emotionbench.collecting.labels import MOST_APART

__all__ = ["ADMINISTRATION_SCHEMA", "COMPACT_ANSWERS_SCHEMA", "MOST_APART", "SORTED_BY", "Collected", "collect"]
