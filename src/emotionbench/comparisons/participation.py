"""Who took part in a study with people: how many consented, finished, are left out by which declared rule, and stay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from emotionbench.survey import FAILED_CHECKS, FULL, SCREENED_OUT, Exclusions

UNFINISHED = "unfinished"
RULES = {
    FAILED_CHECKS: "failed_checks",
    "too_fast": "seconds_an_item",
    "same_answer": "same_answer",
    "missing_items": "missing_items",
    "read_too_fast": "reading_seconds",
    "no_reflection": "reflection_words",
}
"""Reason → the rule of the study that gives it; who did not finish, was screened out or found no place needs none."""
BY_RULE = frozenset({UNFINISHED, SCREENED_OUT, FULL, *RULES})
"""Reasons that leave out people, whatever their answers."""
WITHDRAWN, RETENTION = "withdrawn", "retention"


@dataclass(frozen=True)
class Exclusion:
    """People left out for one reason; ``limit`` is the declared rule's, null where there is none to name."""

    reason: str
    limit: float | None
    n: int


@dataclass(frozen=True)
class Participation:
    """The people of one study.

    Attributes
    ----------
    respondent, study
        The label of all of them, and the name of their study.
    n_consented
        Everybody who began, those who were deleted since among them.
    n_finished
        Those who came to an end: complete, screened out, with every place taken, or with failed checks.
    departures
        How many were deleted, by reason: ``withdrawn`` at their wish, ``retention`` at the end of it.
    exclusions
        Every reason that was declared, and how many it leaves out; each person has one, the first that applies.
    n_kept
        Those whose answers are compared: consented less departures and exclusions.
    """

    respondent: str
    study: str
    n_consented: int
    n_finished: int
    departures: dict[str, int]
    exclusions: tuple[Exclusion, ...]
    n_kept: int


def participation(
    *,
    respondent: str,
    study: str,
    rules: Exclusions,
    screens: bool,
    n_finished: int,
    reasons: Sequence[str | None],
    departures: Mapping[str, int],
) -> Participation:
    """Count the people of a study.

    Parameters
    ----------
    rules, screens
        What was declared: the exclusion rules, and whether answers about the person decide who takes part.
    n_finished
        Of those who are still there.
    reasons
        For everybody who is still there why they are left out; None for who stays.
    departures
        People who were deleted, by reason.
    """
    counts = Counter(reasons)
    declared = [UNFINISHED, *([SCREENED_OUT] if screens or counts[SCREENED_OUT] else [])]
    declared += [FULL] if counts[FULL] else []
    declared += [reason for reason, rule in RULES.items() if getattr(rules, rule) or counts[reason]]
    return Participation(
        respondent=respondent,
        study=study,
        n_consented=len(reasons) + sum(departures.values()),
        n_finished=n_finished,
        departures={WITHDRAWN: 0, **departures},
        exclusions=tuple(Exclusion(reason, _limit(rules, reason), counts[reason]) for reason in declared),
        n_kept=counts[None],
    )


def told_apart(reasons: Mapping[str, int]) -> tuple[dict[str, int], dict[str, int]]:
    """Counts by reason: those that a rule about people gives, and those of answers that could not be scored."""
    by_rule = {reason: n for reason, n in reasons.items() if reason in BY_RULE}
    return by_rule, {reason: n for reason, n in reasons.items() if reason not in BY_RULE}


def _limit(rules: Exclusions, reason: str) -> float | None:
    limit = getattr(rules, RULES[reason]) if reason in RULES else None
    return None if limit is None or isinstance(limit, bool) else limit
