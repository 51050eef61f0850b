"""The instrument that measures how a respondent's reported feelings move when it imagines a situation.

from emotionbench import Study, analyse, run

run(Study(respondents=["lexicon"]), "emotionbench.db")
for block in analyse("emotionbench.db").changes():
    print(block.respondent, block.rows[-1].contrasts["negative"].difference)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emotionbench.analysis import Analysis, analyse
    from emotionbench.engine import run
    from emotionbench.errors import EmotionBenchError
    from emotionbench.store import Store
    from emotionbench.study import RespondentSpec, Study, read_study

__version__ = "0.1.0"

_HOMES = {
    "Analysis": "analysis",
    "EmotionBenchError": "errors",
    "RespondentSpec": "study",
    "Store": "store",
    "Study": "study",
    "analyse": "analysis",
    "read_study": "study",
    "run": "engine",
}
__all__ = [
    "Analysis",
    "EmotionBenchError",
    "RespondentSpec",
    "Store",
    "Study",
    "__version__",
    "analyse",
    "read_study",
    "run",
]


def __getattr__(name: str) -> Any:
    """Import on first use, so that the command line starts fast."""
    if name not in _HOMES:
        raise AttributeError(f"module 'emotionbench' has no attribute {name!r}")
    return getattr(import_module(f"emotionbench.{_HOMES[name]}"), name)
