"""Asking: what is pending is put to its respondents, and every attempt is appended to the store."""

from emotionbench.engine.asking import Tally
from emotionbench.engine.frame import Prepared
from emotionbench.engine.run import prepare, run

__all__ = ["Prepared", "Tally", "prepare", "run"]
