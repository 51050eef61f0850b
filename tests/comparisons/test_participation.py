"""Everybody who consented is counted once: departed, left out for one reason, or kept."""

from __future__ import annotations

from typing import Any

import pytest

from emotionbench.comparisons.participation import BY_RULE, Exclusion, Participation, participation, told_apart
from emotionbench.survey import Exclusions, PersonFacts


def counted(reasons: list[str | None], rules: dict[str, Any] | None = None, **changes: Any) -> Participation:
    usual: dict[str, Any] = {"screens": False, "n_finished": 0, "departures": {}}
    return participation(
        respondent="us", study="s", rules=Exclusions(**(rules or {})), reasons=reasons, **{**usual, **changes}
    )


def test_people_add_up() -> None:
    found = counted([None, None, "unfinished", "too_fast"], {"seconds_an_item": 0.5}, departures={"withdrawn": 2})
    assert (found.n_consented, found.n_kept, found.departures) == (6, 2, {"withdrawn": 2})
    assert found.exclusions == (Exclusion("unfinished", None, 1), Exclusion("too_fast", 0.5, 1))


def test_what_was_declared_and_left_out_nobody_is_counted_as_0() -> None:
    rules = {"failed_checks": 2, "same_answer": True, "reflection_words": 3}
    found = counted([None], rules, screens=True, departures={"retention": 4})
    assert found.exclusions == (
        Exclusion("unfinished", None, 0),
        Exclusion("screened_out", None, 0),
        Exclusion("failed_checks", 2, 0),
        Exclusion("same_answer", None, 0),
        Exclusion("no_reflection", 3, 0),
    )
    assert (found.n_consented, found.departures) == (5, {"withdrawn": 0, "retention": 4})


def test_what_was_not_declared_is_not_there() -> None:
    assert [one.reason for one in counted([None]).exclusions] == ["unfinished"]


@pytest.mark.parametrize("reason", sorted(BY_RULE))
def test_every_reason_that_rules_can_give_is_counted(reason: str) -> None:
    found = counted([reason, None])
    assert (reason, 1) in [(one.reason, one.n) for one in found.exclusions]
    assert found.n_kept == 1


def test_every_rule_gives_one_of_the_reasons() -> None:
    """A rule that is new in ``Exclusions`` must be known here."""
    every = {name: 1 for name in Exclusions.model_fields if name != "same_answer"}
    strict = Exclusions(**every, same_answer=True)
    facts = {
        "failed_checks": {"n_failed_checks": 1},
        "seconds_an_item": {"seconds_an_item": (0.5,)},
        "same_answer": {"same_answers": (True,)},
        "missing_items": {"n_missing": 1},
        "reading_seconds": {"reading_seconds": 0.5},
        "reflection_words": {"n_words": 0},
    }
    assert set(facts) == set(Exclusions.model_fields)
    fine: dict[str, Any] = {"reading_seconds": 9.0, "n_words": 9}
    reasons = {strict.reason(PersonFacts("complete", **{**fine, **own})) for own in facts.values()}
    assert reasons | {"unfinished", "screened_out", "full"} == BY_RULE


def test_reasons_of_rules_are_told_from_those_of_answers() -> None:
    assert told_apart({"refused": 2, "too_fast": 1, "unfinished": 3}) == (
        {"too_fast": 1, "unfinished": 3},
        {"refused": 2},
    )
