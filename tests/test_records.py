from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from emotionbench.records import (
    Administration,
    AnswerStatus,
    Condition,
    Design,
    Putting,
    Respondent,
    RespondentKind,
    Score,
    identify,
)

KEY: dict[str, Any] = {
    "respondent": "r",
    "instrument": "i",
    "protocol": "p",
    "design": Design.INDEPENDENT,
    "condition": Condition.EVOKED,
    "situation": "s",
    "repeat": 0,
    "seed": 0,
    "session": None,
}


def administration(**changes: Any) -> Administration:
    return Administration(id="", order=(1,), **{**KEY, **changes})


def test_ids_are_the_same_on_every_machine() -> None:
    # golden: the first 32 digits of the SHA-256 of the canonical JSON, as any other tool computes it
    assert identify({"a": 1}) == "015abd7f5cc57a2dd94b7590f04ad808"
    assert Respondent.of(RespondentKind.LLM, "openai/x", {"temperature": 0.0}).id == "daf5b3049167cab574076adfa5ab7f98"
    assert identify(administration().key()) == "6a50f8141dae7bc833542fa32e782c6f"


@pytest.mark.parametrize(
    ("part", "other"),
    [
        ("respondent", "r2"),
        ("instrument", "i2"),
        ("protocol", "p2"),
        ("design", Design.PAIRED),
        ("condition", Condition.CONTROL),
        ("situation", None),
        ("repeat", 1),
        ("seed", 1),
        ("session", "x"),
    ],
)
def test_an_id_changes_with_every_part_of_its_key(part: str, other: Any) -> None:
    assert identify(administration(**{part: other}).key()) != identify(administration().key())


def test_every_part_of_the_key_is_tried_above() -> None:
    assert set(KEY) == set(administration().key())


def test_a_respondent_is_told_by_kind_name_and_settings_in_any_order() -> None:
    one = Respondent.of(RespondentKind.LLM, "m", {"a": 1, "b": 2})
    assert one == Respondent.of(RespondentKind.LLM, "m", {"b": 2, "a": 1})
    others = [
        Respondent.of(RespondentKind.SYNTHETIC, "m", {"a": 1, "b": 2}),
        Respondent.of(RespondentKind.LLM, "n", {"a": 1, "b": 2}),
        Respondent.of(RespondentKind.LLM, "m", {"a": 1, "b": 3}),
    ]
    assert len({one.id, *(other.id for other in others)}) == 4


def test_records_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Score("up", 1.0, 4, 4).value = 2.0  # type: ignore[misc]


def test_words_in_stores_and_tables_stay_what_they_are() -> None:
    assert [str(kind) for kind in RespondentKind] == ["llm", "human", "synthetic"]
    assert [str(condition) for condition in Condition] == ["baseline", "evoked", "control", "recovered", "probe"]
    assert [str(design) for design in Design] == ["independent", "paired"]
    assert [str(s) for s in AnswerStatus] == ["valid", "missing", "out_of_range", "refused", "unparseable"]


@pytest.mark.parametrize("form", [None, "f" * 64])
@pytest.mark.parametrize(("situation", "session"), [(None, None), ("5" * 64, None), ("5" * 64, "e" * 32)])
@pytest.mark.parametrize("design", list(Design))
def test_an_administration_that_is_put_has_the_id_of_its_key(
    design: Design, situation: str | None, session: str | None, form: str | None
) -> None:
    putting = Putting("a" * 32, "b" * 64, "c" * 64, design, 7, form, 2)
    for condition in Condition:
        for repeat in (0, 12):
            found = putting.administration(condition, situation, repeat, session, (2, 1))
            assert found.id == identify(found.key())
            assert (found.condition, found.repeat, found.session) == (condition, repeat, session)
