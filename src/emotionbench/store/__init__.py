"""Where facts are kept: written once, appended, never edited."""

from emotionbench.store.database import Store

__all__ = ["Store"]
