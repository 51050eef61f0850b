from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotionbench.errors import EmotionBenchError
from emotionbench.reports.codebook import Variable
from emotionbench.reports.survey_files import csv_bytes, rows_csv, survey_files, write_codes, write_files
from emotionbench.reports.survey_frames import SurveyFrame
from emotionbench.reports.survey_records import SurveyRecords, read_survey
from emotionbench.store import people, schema
from survey_people import SENT_AT, Visitor, digits, opened, study_of, take_part

VISITORS = {
    "a": Visitor("a"),
    "b": Visitor("b", reflection='=HYPERLINK("http://x")\nand, then', demographics={"age": 40, "country": "+49"}),
    "c": Visitor("c", fails_checks=True, outcome="failed_checks"),
    "d": Visitor("d", stops_before="after-1"),
    "gone": Visitor("gone", reflection="Please forget this sentence."),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[SurveyRecords, set[str]]:
    """A survey, and every word of the store that leads to a person or says when somebody took part."""
    study = study_of()
    with opened(tmp_path_factory.mktemp("files") / "s.db", study) as store:
        for visitor in VISITORS.values():
            take_part(store, study, visitor)
        people.withdraw(store, VISITORS["gone"].id)
        with store.reading() as connection:
            secret = {row.id for row in connection.execute(schema.participant.select())}
            secret |= {row.code for row in connection.execute(schema.participant.select())}
            for row in connection.execute(schema.recruitment.select()):
                secret |= {row.person, row.visit}
        return read_survey(store), {word for word in secret if word}


def in_csv(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline=""), strict=True))


def test_the_files_of_a_survey(made: tuple[SurveyRecords, set[str]]) -> None:
    files = survey_files(made[0])
    tables = [f"{name}.{kind}" for name in ("answers", "people", "checks") for kind in ("csv", "parquet")]
    assert list(files) == [*tables, "codebook.csv", "codebook.md", "study.json"]
    assert survey_files(made[0]) == files


@pytest.mark.parametrize("layout", ["plain", "psych-ds"])
def test_nothing_leads_to_a_person_or_says_when(made: tuple[SurveyRecords, set[str]], layout: str) -> None:
    records, secret = made
    assert len(secret) >= 12
    day, clock = SENT_AT[:10], re.compile(rb"\d\d:\d\d:\d\d|T\d\d:\d\d")
    for name, content in survey_files(records, "psych-ds" if layout == "psych-ds" else "plain").items():
        text = content
        if name.endswith(".parquet"):
            text = pl.read_parquet(io.BytesIO(content)).write_csv().encode()
        for word in (*secret, day, "forget this", digits("id gone")):
            assert word.encode() not in text, (name, word)
        assert not clock.search(text), name


def test_csv_is_that_of_rfc_4180_and_says_what_parquet_says(made: tuple[SurveyRecords, set[str]]) -> None:
    files = survey_files(made[0])
    for name in ("answers", "people", "checks"):
        content = files[f"{name}.csv"]
        assert content.endswith(b"\r\n")
        assert not content.startswith(b"\xef\xbb\xbf")
        frame = pl.read_parquet(io.BytesIO(files[f"{name}.parquet"]))
        rows = in_csv(content)
        assert len(rows) == frame.height
        assert list(rows[0]) == frame.columns
        for row, told in zip(rows, frame.iter_rows(named=True), strict=True):
            for column, value in told.items():
                shown = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
                assert row[column].removeprefix("'") == shown, (name, column)


def test_own_words_that_would_be_calculated_get_an_apostrophe_in_csv_alone(
    made: tuple[SurveyRecords, set[str]],
) -> None:
    files = survey_files(made[0])
    (row,) = [one for one in in_csv(files["people.csv"]) if one["country"].endswith("49")]
    assert row["country"] == "'+49"
    assert row["account"] == '\'=HYPERLINK("http://x")\nand, then'
    frame = pl.read_parquet(io.BytesIO(files["people.parquet"])).filter(pl.col("country") == "+49")
    assert frame["account"].to_list() == ['=HYPERLINK("http://x")\nand, then']
    assert b"apostrophe" in files["codebook.csv"]
    assert b"apostrophe" in files["codebook.md"]


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40))
def test_any_words_come_back_from_csv(text: str) -> None:
    variables = (Variable("account", "", "text"), Variable("n", "", "integer"))
    frame = pl.DataFrame({"account": [text, None], "n": [1, 2]}, schema={"account": pl.String, "n": pl.Int64})
    first, second = in_csv(csv_bytes(SurveyFrame("people", frame, variables, frozenset({"account"}))))
    is_calculated = text[:1] in ("=", "+", "-", "@", "\t", "\r") and text != ""
    assert first["account"] == (f"'{text}" if is_calculated else text)
    assert (first["n"], second["account"]) == ("1", "")


def test_the_codebook_has_a_row_for_every_column_of_every_file(made: tuple[SurveyRecords, set[str]]) -> None:
    files = survey_files(made[0])
    rows = in_csv(files["codebook.csv"])
    assert list(rows[0]) == ["file", "column", "type", "unit", "values", "meaning"]
    for name in ("answers", "people", "checks"):
        (header, *_) = csv.reader(io.StringIO(files[f"{name}.csv"].decode()))
        assert [row["column"] for row in rows if row["file"] == name] == header
    text = files["codebook.md"].decode()
    assert all(f"| {row['column']} | {row['type']} |" in text for row in rows)
    assert "PANAS, negative (Negative affect): items 2, 4," in text


def test_the_study_is_told_as_it_was_served(made: tuple[SurveyRecords, set[str]]) -> None:
    records = made[0]
    found = json.loads(survey_files(records)["study.json"])
    assert (found["hash"], found["name"], found["spec"]) == (records.served.hash, "feelings", records.served.spec)
    assert found["people"] == {
        "consented": 5,
        "by_outcome": {"complete": 2, "failed_checks": 1, "unfinished": 1},
        "left_out": {"failed_checks": 1, "unfinished": 1},
        "kept": 2,
        "departures": {"withdrawn": 1},
    }
    assert found["served_with"] == found["exported_with"]


def test_files_are_written_for_their_owner_alone_and_old_checks_go(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "out"
    write_files({"answers.csv": b"a", "checks.csv": b"c", "data/study-x_description-checks_data.csv": b"d"}, folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "answers.csv").stat().st_mode & 0o777 == 0o600
    (folder / "mine.txt").write_text("stays")
    write_files({"answers.csv": b"b"}, folder)
    assert sorted(path.name for path in folder.rglob("*") if path.is_file()) == ["answers.csv", "mine.txt"]
    assert (folder / "answers.csv").read_bytes() == b"b"


def test_a_folder_that_cannot_be_written_is_a_users_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(EmotionBenchError, match="cannot be written"):
        write_files({"answers.csv": b"a"}, tmp_path / "file")


def test_codes_stand_apart(tmp_path: Path) -> None:
    write_codes([("AAA", "complete"), ("BBB", "screened_out")], tmp_path / "codes.csv")
    assert (tmp_path / "codes.csv").read_bytes() == b"code,outcome\r\nAAA,complete\r\nBBB,screened_out\r\n"
    assert (tmp_path / "codes.csv").stat().st_mode & 0o777 == 0o600


def test_rows_as_csv_are_quoted_where_they_must_be() -> None:
    assert rows_csv([("a", 'b "c"'), ("d,e", "f\r\ng")]) == b'a,"b ""c"""\r\n"d,e","f\r\ng"\r\n'
