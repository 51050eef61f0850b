"""By which rule a comparison is judged: the default one, or that of the published tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from emotionbench.errors import EmotionBenchError, nearest
from emotionbench.statistics.adjustment import benjamini_hochberg, holm
from emotionbench.statistics.contrasts import Contrast, arrow

Rule = Literal["standard", "emotionbench-2024"]
ALPHA: dict[Rule, float] = {"standard": 0.05, "emotionbench-2024": 0.01}


@dataclass(frozen=True)
class Inference:
    """How differences are tested, and from which p on they count.

    ``standard``
        The situation is the unit (repeats of one are averaged first) and every factor counts once; Welch's t, or the
        t-test of changes within sessions; an arrow where p, adjusted by Holm within its family, is below ``alpha``.
    ``emotionbench-2024``
        As published: every administration counts as an independent observation; F-test, then Student's or Welch's
        t; paired t where before and after share a session; an arrow where p as it stands is below ``alpha``.
    """

    protocol: Rule = "standard"
    alpha: float = ALPHA["standard"]

    @classmethod
    def of(cls, protocol: str = "standard", alpha: float | None = None) -> Inference:
        """A rule by its name; an EmotionBenchError for an unknown one, or an alpha that is no probability."""
        if protocol not in get_args(Rule):
            raise EmotionBenchError(
                f"unknown protocol of inference {protocol!r}", fix=nearest(protocol, get_args(Rule))
            )
        rule: Rule = "standard" if protocol == "standard" else "emotionbench-2024"
        chosen = ALPHA[rule] if alpha is None else alpha
        if not 0 < chosen < 1:
            raise EmotionBenchError(f"alpha {chosen} is not between 0 and 1", fix="give a probability such as 0.05")
        return cls(rule, chosen)

    @property
    def by_situation(self) -> bool:
        """Whether situations are counted rather than administrations."""
        return self.protocol == "standard"

    def p(self, contrast: Contrast) -> float | None:
        """The p that decides: adjusted by default, as it stands where published tables are followed."""
        return contrast.p_holm if self.by_situation else contrast.p

    def arrow(self, contrast: Contrast) -> str:
        """``↑`` or ``↓`` where the change differs from none, ``−`` where not, ``?`` where there is no test."""
        return arrow(contrast.difference, self.p(contrast), self.alpha)


def adjusted(contrasts: Sequence[Contrast], family: str) -> list[Contrast]:
    """The same contrasts with their p adjusted for being tested together; those without a test are not counted."""
    p_values = [contrast.p for contrast in contrasts]
    n_tests = sum(p is not None for p in p_values)
    return [
        replace(contrast, family=family, n_tests=n_tests, p_holm=p_holm, p_bh=p_bh)
        for contrast, p_holm, p_bh in zip(contrasts, holm(p_values), benjamini_hochberg(p_values), strict=True)
    ]
