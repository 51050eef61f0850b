"""What every estimate says: its value, its interval, and where there is none, why."""

from __future__ import annotations

from dataclasses import dataclass

LEVEL = 0.95


@dataclass(frozen=True)
class Estimate:
    """A figure with its two-sided confidence interval.

    ``value``, ``low`` and ``high`` are finite or null. A null ``value`` or a null end has its reason in ``why``: in
    plain words, without a full stop. ``level`` is the confidence, between 0 and 1.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    level: float = LEVEL
    why: str | None = None

    @classmethod
    def none(cls, why: str) -> Estimate:
        """An estimate that cannot be had."""
        return cls(None, None, None, why=why)

    def excludes(self, value: float) -> bool:
        """Whether the whole interval lies on one side of ``value``; False where an end on that side is open."""
        return (self.low is not None and self.low > value) or (self.high is not None and self.high < value)
