"""What the doctor says of a study file, of the secret, and of everything at once."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import pytest

from emotionbench.web.doctor import Deployment, examine, secret_checkup, study_checkups
from emotionbench.web.doctor_words import Checkup, State
from survey_studies import english, human, in_languages

NOW = 1_800_000_000.0
"""15 January 2027."""
REAL: dict[str, Any] = {"contact": "Dr. B. Okafor, +49 30 1234567", "collection": {"n": 40, "closes": "2030-01-31"}}
NOWHERE = "https://127.0.0.1:9"


def of_study(text: str) -> dict[str, Checkup]:
    return {one.about: one for one in study_checkups(human(text), NOW)}


def states(found: dict[str, Checkup]) -> dict[str, str]:
    return {about: one.state.value for about, one in found.items() if one.state is not State.OK}


def test_a_study_that_says_everything_has_nothing_to_mend() -> None:
    found = of_study(english(**REAL))
    assert states(found) == {}
    assert set(found) == {"study", "contact", "support", "end", "minors", "exclusions"}


@pytest.mark.parametrize(
    ("changes", "about", "state", "says"),
    [
        ({"contact": "Dr. A., a@example.org"}, "contact", "problem", "example"),
        ({"contact": "Dr. A. of this house"}, "contact", "warning", "no address"),
        ({"support": [{"name": "TODO", "reach": "116 123"}]}, "support", "problem", "example"),
        ({"support": [{"name": "A friend", "reach": "somewhere"}]}, "support", "warning", "without"),
        ({"collection": {"closes": "2027-01-14"}}, "end", "problem", "closed on 2027-01-14"),
        ({"collection": {"n": 5, "closes": None}}, "end", "warning", "no last day"),
        ({"screening": None}, "minors", "warning", "nobody is asked"),
        ({"screening": {"age": {"lowest": 16}}}, "minors", "warning", "people of 16"),
        ({"exclusions": None}, "exclusions", "warning", "none are declared"),
        (
            {"collection": {"panel": "prolific", "closes": "2030-01-31"}},
            "panel",
            "problem",
            "complete, screened_out, failed_checks",
        ),
    ],
)
def test_what_is_amiss_is_said_with_what_to_do(changes: dict[str, Any], about: str, state: str, says: str) -> None:
    found = of_study(english(**{**REAL, **changes}))
    assert states(found) == {about: state}
    assert says in found[about].says
    assert found[about].fix


def test_a_study_is_open_on_its_last_day() -> None:
    found = of_study(english(**{**REAL, "collection": {"closes": "2027-01-15"}}))
    assert found["end"].state is State.OK


def test_a_panel_needs_no_way_back_for_what_cannot_happen() -> None:
    collection = {"panel": "prolific", "closes": "2030-01-31", "completion": {"complete": {"code": "C1"}}}
    found = of_study(english(**{**REAL, "collection": collection, "screening": {"age": None}, "exclusions": None}))
    assert found["panel"].state is State.OK


def test_translations_that_nobody_validated_are_named() -> None:
    found = of_study(in_languages("en", "de", collection={"closes": "2030-01-31"}))
    assert "PANAS-de" in found["instruments"].says
    assert found["study"].says.endswith("en, de")


@pytest.mark.parametrize(
    ("secret", "says"),
    [
        ("", "not set"),
        ("k3Jh8sLq", "shorter than 32"),
        ("a" * 64, "guessed"),
        ("abababababababababababababababababab", "guessed"),
        ("Change-me-0a9f8e7d6c5b4a3f2e1d0c9b8a", "guessed"),
    ],
)
def test_a_secret_that_can_be_guessed_is_a_problem_and_is_not_shown(secret: str, says: str) -> None:
    found = secret_checkup(secret)
    assert found.state is State.PROBLEM
    assert says in found.says
    assert not secret or secret not in str(found)


def test_a_random_secret_will_do() -> None:
    for secret in (secrets.token_urlsafe(48), secrets.token_hex(32)):
        assert secret_checkup(secret).state is State.OK


def test_everything_is_looked_at_even_where_the_study_cannot_be_read(tmp_path: Path) -> None:
    file = tmp_path / "study.yaml"
    file.write_text(english(attention_checks=-1), encoding="utf-8")
    found = examine(Deployment(file, str(tmp_path / "no.db"), NOWHERE), NOW)
    assert [(one.about, one.state.value) for one in found] == [
        ("study", "problem"),
        ("secret", "problem"),
        ("store", "problem"),
        ("backups", "warning"),
        ("address", "problem"),
    ]
    assert "attention_checks" in found[0].says


def test_a_study_without_a_survey_says_what_to_write(tmp_path: Path) -> None:
    file = tmp_path / "study.yaml"
    file.write_text("respondents: [lexicon]\n", encoding="utf-8")
    found = examine(Deployment(file, str(tmp_path / "no.db"), NOWHERE), NOW)
    assert (found[0].about, found[0].state) == ("study", State.PROBLEM)
    assert "docs/survey.md" in str(found[0].fix)


def test_the_secret_is_in_no_picture_of_a_deployment() -> None:
    assert "hush" not in repr(Deployment(Path("s.yaml"), "a.db", NOWHERE, secret="hush"))
