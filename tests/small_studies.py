"""A study of the small materials, to be changed."""

from __future__ import annotations

from typing import Any

from emotionbench.study import Study


def small(**changes: Any) -> Study:
    """One respondent, one instrument and four situations, in the ``small_home`` of the tests."""
    given = {"respondents": "lexicon", "situations": "tiny", "instruments": "MOOD-6", "protocol": "plain", **changes}
    return Study(**given)
