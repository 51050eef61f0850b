from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from emotionbench.human.session import sheets_of
from emotionbench.human.study import HumanStudy
from emotionbench.reports.survey_frames import SurveyFrame, question_columns, survey_frames
from emotionbench.reports.survey_records import Asked, read_survey
from emotionbench.store import people
from survey_people import NOW, Visitor, opened, study_of, take_part

LEFT_OUT, NO_SCRIPT = 7, "no script"
VISITORS = {
    "a": Visitor("a", answer=lambda page, item: item % 5 + 1 if page == "after-1" else 1),
    "b": Visitor("b", answer=lambda _, item: None if item == LEFT_OUT else 3, has_script=False, language="de"),
    "c": Visitor("c", fails_checks=True, outcome="failed_checks"),
    "d": Visitor("d", demographics={"age": 15, "gender": None, "country": ""}, outcome="screened_out"),
    "e": Visitor("e", stops_before="after-2"),
    "f": Visitor("f", stops_before="about"),
    "g": Visitor("g", leaves_checks_out=True, reflection="", outcome="failed_checks"),
}


class Made:
    """A survey of two instruments with its frames."""

    def __init__(self, folder: Path) -> None:
        self.study: HumanStudy = study_of(
            {"instruments": ["PANAS", "ECL-8"]}, languages=["en", "de"], attention_checks=2
        )
        with opened(folder / "s.db", self.study) as store:
            self.people = {label: take_part(store, self.study, visitor) for label, visitor in VISITORS.items()}
            self.records = read_survey(store)
            self.frames = {one.name: one for one in survey_frames(self.records)}
            people.expire(store, self.study.hash, before=NOW + 1, then="anonymise")
            self.anonymised = {one.name: one for one in survey_frames(read_survey(store))}

    def rows(self, name: str, label: str) -> pl.DataFrame:
        return self.frames[name].frame.filter(pl.col("person") == self.people[label].session)

    def person(self, label: str) -> dict[str, object]:
        (row,) = self.rows("people", label).to_dicts()
        return row


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return Made(tmp_path_factory.mktemp("survey"))


def test_columns_are_those_of_the_codebook_and_rows_stand_by_person(made: Made) -> None:
    assert list(made.frames) == ["answers", "people", "checks"]
    for found in made.frames.values():
        assert found.frame.columns == [variable.name for variable in found.variables]
        persons = found.frame["person"].to_list()
        assert persons == sorted(persons)


def test_every_item_of_every_sheet_sent_has_a_row(made: Made) -> None:
    assert made.rows("answers", "a").height == 2 * 28
    assert made.rows("answers", "e").height == 28 + 20
    assert made.rows("answers", "d").height == made.rows("answers", "f").height == 0
    keys = made.frames["answers"].frame.select("person", "condition", "edition", "item")
    assert keys.is_duplicated().sum() == 0


def test_answers_are_what_was_sent_where_it_was_shown(made: Made) -> None:
    person = made.people["a"]
    assert person.situation is not None
    planned = {
        (sheet.administration.condition.value, sheet.instrument.id): sheet
        for sheet in sheets_of(made.study, "en", person.situation, person.place or 0, person.session)
    }
    situation = made.study.editions["en"].situations[person.situation]
    for row in made.rows("answers", "a").iter_rows(named=True):
        sheet = planned[row["condition"], row["edition"]]
        assert row["value"] == (row["item"] % 5 + 1 if sheet.page == "after-1" else 1)
        assert row["status"] == "valid"
        assert row["text"] == sheet.instrument.text(row["item"])
        assert sheet.administration.order[row["position"] - 1] == row["item"]
        assert row["response_ms"] == 1000 * row["position"]
        assert (row["language"], row["emotion"], row["factor"]) == ("en", situation.emotion, situation.factor)
        assert row["situation"] == situation.id


def test_what_was_left_out_is_missing_and_without_a_script_there_are_no_times(made: Made) -> None:
    rows = made.rows("answers", "b")
    gone = rows.filter(pl.col("item") == LEFT_OUT)
    assert gone["value"].to_list() == [None] * 4
    assert set(gone["status"]) == {"missing"}
    assert set(rows.filter(pl.col("item") != LEFT_OUT)["value"]) == {3}
    assert rows["response_ms"].null_count() == rows.height
    assert set(rows["instrument"]) == {"PANAS", "ECL-8"}
    assert set(rows["edition"]) == {"PANAS-de", "ECL-8-de"}
    assert made.person("b")["n_missing"] == 4


def test_checks_say_what_was_instructed_and_chosen(made: Made) -> None:
    checks = made.frames["checks"].frame
    assert made.rows("checks", "a")["passed"].to_list() == [True, True]
    failed = made.rows("checks", "c")
    assert failed["passed"].to_list() == [False, False]
    assert failed.filter(pl.col("chosen") == pl.col("instructed")).height == 0
    unanswered = made.rows("checks", "g")
    assert (unanswered["chosen"].null_count(), unanswered["passed"].to_list()) == (2, [False, False])
    person = made.people["a"]
    planned = {
        (sheet.administration.condition.value, sheet.instrument.id, check.behind, check.value)
        for sheet in sheets_of(made.study, "en", person.situation or "", person.place or 0, person.session)
        for check in sheet.checks
    }
    own = made.rows("checks", "a").select("condition", "edition", "behind", "instructed")
    assert set(own.iter_rows()) == planned
    assert checks["check"].min() == 1


def test_a_person_has_one_row_with_all_that_is_known(made: Made) -> None:
    whole = made.person("a")
    assert (whole["outcome"], whole["exclusion"], whole["n_failed_checks"], whole["n_missing"]) == (
        "complete",
        None,
        0,
        0,
    )
    assert (whole["age"], whole["gender"], whole["country"]) == (30, "woman", "Chile")
    assert (whole["seconds_about"], whole["seconds_before_1"], whole["seconds_situation"]) == (9.5, 60.0, 21.5)
    assert (whole["account"], whole["n_words"]) == ("Somebody took my seat.", 4)
    outcomes = {label: (made.person(label)["outcome"], made.person(label)["exclusion"]) for label in "cdefg"}
    assert outcomes == {
        "c": ("failed_checks", "failed_checks"),
        "d": ("screened_out", "screened_out"),
        "e": ("unfinished", "unfinished"),
        "f": ("unfinished", "unfinished"),
        "g": ("failed_checks", "failed_checks"),
    }
    assert made.person("g")["n_failed_checks"] == 2
    young = made.person("d")
    assert (young["age"], young["gender"], young["country"], young["situation"]) == (15, None, None, None)
    assert made.person("e")["seconds_after_2"] is None
    assert made.person("g")["account"] is None


def test_pages_stand_in_the_order_in_which_they_come(made: Made) -> None:
    columns = [name for name in made.frames["people"].frame.columns if name.startswith("seconds_")]
    pages = ["about", "before_1", "before_2", "situation", "after_1", "after_2", "end"]
    assert columns == [f"seconds_{page}" for page in pages]


def test_people_and_answers_outlive_the_retention_of_what_leads_to_people(made: Made) -> None:
    assert made.anonymised["answers"].frame.equals(made.frames["answers"].frame)
    before, after = made.frames["people"].frame, made.anonymised["people"].frame
    assert after["account"].null_count() == after.height
    kept = [name for name in before.columns if name not in ("account", "n_words", "country")]
    assert after.select(kept).equals(before.select(kept))


def test_without_checks_and_accounts_there_is_no_file_and_no_column(tmp_path: Path) -> None:
    study = study_of(attention_checks=0, reflection=False, exclusions={}, demographics=[], screening={})
    with opened(tmp_path / "s.db", study) as store:
        take_part(store, study, Visitor("a"))
        found = {one.name: one for one in survey_frames(read_survey(store))}
    assert set(found) == {"answers", "people"}
    columns = set(found["people"].frame.columns)
    assert columns.isdisjoint({"account", "n_words", "age", "seconds_about"})
    assert found["people"].free == frozenset()


def test_a_survey_that_nobody_went_far_in_has_empty_frames(tmp_path: Path) -> None:
    study = study_of()
    with opened(tmp_path / "s.db", study) as store:
        take_part(store, study, Visitor("a", stops_before="about"))
        answers, people_frame = survey_frames(read_survey(store))
    assert (answers.frame.height, people_frame.frame.height) == (0, 1)
    assert answers.frame.schema["value"] == pl.Int64


def test_a_question_never_takes_the_name_of_another_column() -> None:
    asked = [Asked(name, "text", {}, {}) for name in ("person", "about_person", "age", "seconds_about")]
    found = question_columns(asked, ["person", "outcome", "seconds_about"])
    assert {column: one.name for column, one in found.items()} == {
        "about_person": "person",
        "about_about_person": "about_person",
        "age": "age",
        "about_seconds_about": "seconds_about",
    }


def test_only_own_words_are_free(made: Made) -> None:
    free: dict[str, frozenset[str]] = {name: one.free for name, one in made.frames.items()}
    assert free == {"answers": frozenset(), "people": frozenset({"account", "country"}), "checks": frozenset()}
    assert isinstance(made.frames["people"], SurveyFrame)
