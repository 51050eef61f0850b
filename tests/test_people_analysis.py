"""People's answers in a store: judged by the rules of their study, counted, and set beside models as a norm."""

from __future__ import annotations

import json
import random
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from emotionbench import Study, analyse, run
from emotionbench.analysis import Analysis
from emotionbench.cli.main import cli
from emotionbench.collecting import collect
from emotionbench.comparisons.participation import Exclusion, Participation
from emotionbench.errors import EmotionBenchError, StoreError
from emotionbench.materials import catalogue
from emotionbench.materials.norms import Norm
from emotionbench.store import Store, people, sessions
from emotionbench.verification import n_checked, verify
from small_materials import ANGER, changed
from survey_people import Visitor, opened, study_of, take_part

PEOPLE = "people of feelings"
LEFT_OUT = {"failed_checks": 2, "too_fast": 2, "unfinished": 3}
"""Administrations: two of each person but one, who stopped before the situation."""


def answers(label: object) -> Callable[[str, int], int]:
    """Low before the situation, high after it, drawn by label; people differ by how high."""
    draw = random.Random(str(label))
    level = draw.random()
    return lambda page, _: (2 if page.startswith("before") else 4) + (draw.random() < level) - (draw.random() < 0.4)


def kept(number: int, **changes: Any) -> Visitor:
    return Visitor(f"kept {number}", answer=answers(number), **changes)


LOST = (
    Visitor("early", stops_before="situation", answer=answers("early")),
    Visitor("late", stops_before="end", outcome=None, answer=answers("late")),  # type: ignore[arg-type]
    Visitor("consented", stops_before="about"),
    Visitor("checks", fails_checks=True, outcome="failed_checks", answer=answers("checks")),
    Visitor("fast", seconds=5.0, answer=answers("fast")),
    Visitor("young", demographics={"age": 12}, outcome="screened_out"),
)


def fill(path: Path, n: int = 30, *, lost: tuple[Visitor, ...] = LOST) -> Path:
    """Three people for each of ten situations, some who are left out, and one who withdrew."""
    study = study_of()
    with opened(path, study) as store:
        for visitor in (*(kept(number) for number in range(n)), *lost, *([Visitor("gone")] if lost else [])):
            take_part(store, study, visitor)
        if lost:
            assert people.withdraw(store, Visitor("gone").id)
    return path


def ask(path: Path, **changes: Any) -> None:
    """Put the same to respondents that are computed."""
    asked = {"respondents": ["lexicon"], "emotions": ["anger", "fear"], "situations_per_factor": 1, "repeats": 2}
    run(Study(**{**asked, **changes}), path)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """People and two other respondents on the same situations."""
    path = fill(tmp_path_factory.mktemp("people") / "s.db")
    ask(path, respondents=["lexicon", "human-norm"])
    return path


@pytest.fixture(scope="module")
def analysis(store: Path) -> Analysis:
    return analyse(store)


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


def said(*arguments: str) -> str:
    found = invoke(*arguments)
    assert found.exit_code == 0, found.exception
    return " ".join(found.output.split())


def refusal(*arguments: str) -> str:
    found = invoke(*arguments)
    assert isinstance(found.exception, EmotionBenchError), (found.output, found.exception)
    return str(found.exception)


# who is left out


def test_people_are_left_out_by_reason(analysis: Analysis) -> None:
    own = analysis.administrations.filter(respondent=PEOPLE)
    assert dict(Counter(own["outcome"])) == {"answered": 60, **LEFT_OUT}
    scores = analysis.labelled_scores.filter(respondent=PEOPLE)
    is_out = pl.col("outcome") != "answered"
    assert scores.filter(is_out)["value"].null_count() == scores.filter(is_out).height == 2 * 7
    assert scores.filter(~is_out)["value"].null_count() == 0
    assert set(analysis.labelled_answers.filter(respondent=PEOPLE)["outcome"]) == {"answered"}
    assert set(analysis.administrations.filter(pl.col("respondent") != PEOPLE)["outcome"]) == {"answered"}


def test_every_table_counts_them_at_the_baseline_too(analysis: Analysis) -> None:
    (block,) = (one for one in analysis.changes() if one.respondent == PEOPLE)
    assert (block.n_baseline, block.n_baseline_excluded) == (30, {"failed_checks": 1, "too_fast": 1, "unfinished": 2})
    overall = next(row for row in block.rows if row.kind == "overall")
    assert (overall.n, overall.n_excluded) == (30, {"failed_checks": 1, "too_fast": 1, "unfinished": 1})


def test_the_figures_are_those_of_who_stays(analysis: Analysis, tmp_path: Path) -> None:
    alone = analyse(fill(tmp_path / "alone.db", lost=()))
    (block,) = alone.changes()
    (same,) = (one for one in analysis.changes() if one.respondent == PEOPLE)
    assert [row.contrasts for row in block.rows] == [row.contrasts for row in same.rows]
    assert block.baseline == same.baseline
    assert alone.findings().problems == ()


def test_who_took_part_in_numbers(analysis: Analysis) -> None:
    assert analysis.participations == (
        Participation(
            respondent=PEOPLE,
            study="feelings",
            n_consented=37,
            n_finished=33,
            departures={"withdrawn": 1},
            exclusions=(
                Exclusion("unfinished", None, 3),
                Exclusion("screened_out", None, 1),
                Exclusion("failed_checks", 1, 1),
                Exclusion("too_fast", 0.7, 1),
            ),
            n_kept=30,
        ),
    )
    one = analysis.participations[0]
    assert one.n_consented == one.n_kept + sum(out.n for out in one.exclusions) + sum(one.departures.values())
    assert analysis.findings(sections=("changes",)).participations == analysis.participations


def test_each_person_is_judged_by_the_rules_of_their_own_study(tmp_path: Path) -> None:
    strict, lenient = study_of(), study_of({"name": "another"}, exclusions={"missing_items": 3})
    visitor = kept(1, seconds=5.0)
    with opened(tmp_path / "s.db", strict) as store:
        take_part(store, strict, visitor)
    with opened(tmp_path / "s.db", lenient) as store:
        take_part(store, lenient, Visitor("other", answer=visitor.answer, seconds=5.0))
        take_part(store, lenient, Visitor("gaps", answer=lambda _, item: None if item < 4 else 3))
    found = analyse(tmp_path / "s.db").administrations.select("respondent", "outcome").unique().sort("*").rows()
    assert found == [
        ("people of another", "answered"),
        ("people of another", "missing_items"),
        (PEOPLE, "too_fast"),
    ]


def test_a_person_of_whom_nothing_was_asked_yet_is_counted_and_nothing_more(tmp_path: Path) -> None:
    study = study_of(demographics=(), screening={})
    with opened(tmp_path / "s.db", study) as store:
        take_part(store, study, kept(1))
        take_part(store, study, Visitor("none", stops_before="before-1"))
    found = analyse(tmp_path / "s.db")
    assert (found.administrations.height, found.participations[0].n_consented) == (2, 2)
    assert [one.reason for one in found.participations[0].exclusions] == ["unfinished", "failed_checks", "too_fast"]


def test_rules_that_cannot_be_read_are_said(tmp_path: Path) -> None:
    path = fill(tmp_path / "s.db", 2)
    with Store(path) as store, store.writing() as connection:
        connection.execute(text("UPDATE study SET spec = replace(spec, 'failed_checks', 'wrong_checks')"))
    with pytest.raises(StoreError, match="exclusion rules of study 'feelings' cannot be read"):
        collect(Store(path))


def test_a_store_without_people_reads_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(tmp_path / "s.db", factors=["fear-1"], emotions=None)
    monkeypatch.setattr(sessions, "sessions", lambda _: pytest.fail("people were read"))
    assert analyse(tmp_path / "s.db").participations == ()


# verifying


def test_a_right_store_is_right(store: Path) -> None:
    with Store(store, writable=False) as opened_here:
        assert list(verify(opened_here)) == []
        assert n_checked(opened_here)["participant"] == 36


GIVEN_ORDER = " ".join(map(str, range(1, 21)))
BASELINE_OF_WHO_STOPPED = (
    "session IN (SELECT session FROM participant WHERE outcome IS NULL) AND condition = 'baseline'"
    " AND session NOT IN (SELECT session FROM administration WHERE condition = 'evoked' AND session IS NOT NULL)"
)
ONE_EVOKED = "id = (SELECT min(id) FROM administration WHERE condition = 'evoked' AND protocol IN " + (
    "(SELECT hash FROM material WHERE kind = 'pages'))"
)
ONE_OF_PEOPLE = "administration = (SELECT min(a.id) FROM administration a JOIN participant p ON p.session = a.session)"


@pytest.mark.parametrize(
    ("change", "table", "what"),
    [
        (
            f"UPDATE administration SET item_order = '{GIVEN_ORDER}' WHERE {BASELINE_OF_WHO_STOPPED}",
            "administration",
            "item order is not the planned one",
        ),
        (f"UPDATE administration SET repeat = 99 WHERE {ONE_EVOKED}", "administration", "do not hash to the id"),
        (f"UPDATE administration SET session = 'x' WHERE {ONE_EVOKED}", "administration", "do not hash to the id"),
        ("UPDATE participant SET place = place + 1 WHERE outcome = 'complete'", "administration", "place"),
        (
            "UPDATE participant SET situation = (SELECT max(situation) FROM participant) WHERE outcome = 'complete'",
            "administration",
            "situation is not the one that the person was given",
        ),
        (
            "UPDATE participant SET situation = (SELECT max(situation) FROM participant WHERE outcome = 'complete')"
            " WHERE outcome IS NULL",
            "administration",
            "item order is not the planned one",
        ),
        (
            f"UPDATE attempt SET reply = reply || '1' WHERE {ONE_OF_PEOPLE}",
            "attempt",
            "not what was sent",
        ),
        (f"UPDATE attempt SET response = '{{}}' WHERE {ONE_OF_PEOPLE}", "attempt", "not what a page sends"),
        (
            "UPDATE material SET content = replace(content, 'Thank', 'thank') WHERE kind = 'pages'",
            "material",
            "does not hash to the key",
        ),
        (
            "UPDATE study SET spec = replace(spec, '0.7', '0.1') WHERE spec LIKE '%seconds_an_item%'",
            "study",
            "does not hash to the key",
        ),
    ],
)
def test_a_changed_row_is_found(change: str, table: str, what: str, store: Path, tmp_path: Path) -> None:
    path = tmp_path / "changed.db"
    shutil.copy(store, path)
    with Store(path) as opened_here:
        with opened_here.writing() as connection:
            assert connection.execute(text(change)).rowcount > 0
        faults = list(verify(opened_here))
    assert faults
    assert any(fault.table == table and what in fault.what for fault in faults), faults


# people as the norm


def of(analysis: Analysis, respondent: str) -> Any:
    (block,) = (one for one in analysis.changes() if one.respondent == respondent)
    return block


def test_the_stores_people_are_the_norm_for_their_situations(analysis: Analysis) -> None:
    block, own = of(analysis, "lexicon"), of(analysis, PEOPLE)
    assert (block.people.name, block.people.n, block.people.is_here) == (PEOPLE, 30, True)
    assert block.shares_texts_with_people
    assert own.people is None
    for row, same in zip(block.rows, own.rows, strict=True):
        for key, contrast in same.contrasts.items():
            assert row.people[key].change == pytest.approx(contrast.difference, abs=1e-5)
    assert block.people_baseline["negative"].mean == pytest.approx(own.baseline["negative"].mean, abs=1e-5)
    aligned = next(one for one in analysis.findings().alignments if one.respondent == "lexicon")
    assert (aligned.norm, aligned.n_people, aligned.shares_situations) == ("people-of-feelings-panas", 30, True)


def test_a_named_norm_goes_before_the_stores_people(store: Path) -> None:
    found = analyse(store, norm="emotionbench-people")
    assert (of(found, "lexicon").people.norm, of(found, "lexicon").people.is_here) == ("emotionbench-people", False)
    assert of(analyse(store, norm=catalogue.norm("emotionbench-people")), "lexicon").people.n == 1266


def test_for_other_situations_the_shipped_norm_stays(tmp_path: Path, small_home: Path) -> None:
    path = fill(tmp_path / "s.db", 20, lost=())
    ask(path, situations="tiny", emotions=None, situations_per_factor=None)
    assert of(analyse(path), "lexicon").people.norm == "emotionbench-people"


def test_a_norm_of_what_nobody_was_asked_is_refused(store: Path, tmp_path: Path) -> None:
    other = catalogue.norm("emotionbench-people").model_copy(update={"instrument": "MOOD-6", "id": "moods"})
    (tmp_path / "n.json").write_text(other.model_dump_json(), encoding="utf-8")
    message = refusal("table", "--store", str(store), "--norm", str(tmp_path / "n.json"))
    assert "norm 'moods': is of MOOD-6, and the store has answers to PANAS" in message
    assert "unknown norm 'x'" in refusal("table", "--store", str(store), "--norm", "x")


def test_too_few_people_are_said_and_another_norm_taken(tmp_path: Path) -> None:
    path = fill(tmp_path / "s.db", 4, lost=())
    ask(path)
    found = analyse(path)
    assert of(found, "lexicon").people.norm == "emotionbench-people"
    (problem,) = found.findings(sections=("changes",)).problems
    assert problem.startswith(f"norm of {PEOPLE} on PANAS: fewer than 2 people in ")


def test_people_in_several_languages_are_one_norm(tmp_path: Path) -> None:
    study = study_of({"emotions": ["fear"]}, languages=["en", "de"])
    with opened(tmp_path / "s.db", study) as store:
        for number in range(20):
            take_part(store, study, kept(number, language=("en", "de")[number % 2]))
        take_part(store, study, Visitor("early", "de", stops_before="situation"))
        assert list(verify(store)) == []
    ask(tmp_path / "s.db", emotions=["fear"])
    found = analyse(tmp_path / "s.db")
    assert of(found, "lexicon").people.n == 20
    excluded = {one.protocol: one.n_baseline_excluded for one in found.changes() if one.respondent == PEOPLE}
    assert excluded == {"language de": {"unfinished": 1}, "language en": {}}


# a norm as a file


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EMOTIONBENCH_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_people_are_written_as_a_norm_that_says_the_same(store: Path, tmp_path: Path, analysis: Analysis) -> None:
    file = tmp_path / "ours.json"
    words = said("survey", "norm", str(file), "--store", str(store), "--id", "ours")
    assert "norm ours of 30 people on PANAS, 10 factors, 10 situations of everyday; 4 people left out" in words
    norm = catalogue.norm(str(file))
    assert (norm.id, norm.n, norm.situation_set) == ("ours", 30, "everyday")
    block, same = of(analyse(store, norm=file), "lexicon"), of(analysis, "lexicon")
    assert [row.people for row in block.rows] == [row.people for row in same.rows]
    assert (block.people.norm, block.people.is_here) == ("ours", False)


def test_a_norm_of_change_is_kept_and_listed_beside_norms_of_scores(store: Path, tmp_path: Path, home: Path) -> None:
    file = tmp_path / "ours.json"
    said("survey", "norm", str(file), "--store", str(store))
    assert "added norm of change people-of-feelings-panas on PANAS" in said("norms", "add", str(file))
    assert "is there already, just so" in said("norms", "add", str(file))
    listed = said("norms", "list")
    assert listed.index("people-of-feelings-panas") < listed.index("emotionbench-people")
    assert json.loads(said("norms", "list", "--json")) == []
    kinds = json.loads(said("norms", "list", "--changes", "--json"))
    assert [one["id"] for one in kinds] == ["people-of-feelings-panas", "emotionbench-people"]
    ask(tmp_path / "models.db")
    assert of(analyse(tmp_path / "models.db"), "lexicon").people.norm == "people-of-feelings-panas"
    words = said("table", "--store", str(tmp_path / "models.db"), "--norm", "emotionbench-people")
    assert "They are People of the EmotionBench study (n = 1,266); they read other texts" in words


def test_another_norm_of_change_is_replaced_only_when_told_to(store: Path, tmp_path: Path, home: Path) -> None:
    file = tmp_path / "ours.json"
    said("survey", "norm", str(file), "--store", str(store))
    said("norms", "add", str(file))
    content = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps({**content, "name": "Others"}), encoding="utf-8")
    assert "another norm 'people-of-feelings-panas' is there already" in refusal("norms", "add", str(file))
    assert said("norms", "add", str(file), "--replace").startswith("replaced norm of change")
    file.write_text(json.dumps({**content, "id": "emotionbench-people"}), encoding="utf-8")
    assert "give yours another id" in refusal("norms", "add", str(file), "--replace")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"id": "a/b"}, "can be no file name"),
        ({"rows": [{"emotion": None, "factor": None, "n": 3, "subscales": {"happy": None}}]}, "happy"),
        ({"n": "many"}, "n: "),
    ],
)
def test_a_norm_of_change_that_cannot_be_is_refused(
    changes: dict[str, Any], message: str, tmp_path: Path, home: Path
) -> None:
    norm = catalogue.norm("emotionbench-people")
    content = norm.model_dump(mode="json")
    content |= {"id": "mine", "situations": [], **changes}
    if "rows" in changes:
        content["rows"][0]["subscales"]["happy"] = norm.rows[0].subscales["positive"].model_dump()
    (tmp_path / "n.json").write_text(json.dumps(content), encoding="utf-8")
    assert message in refusal("norms", "add", str(tmp_path / "n.json"))
    assert not (home / "norms").exists()


def test_a_mean_that_scores_cannot_have_is_refused(tmp_path: Path, home: Path) -> None:
    content = catalogue.norm("emotionbench-people").model_dump(mode="json")
    content["id"] = "mine"
    content["rows"][2]["subscales"]["positive"]["evoked"]["mean"] = 2.3
    (tmp_path / "n.json").write_text(json.dumps(content), encoding="utf-8")
    assert "anger-1, positive: evoked mean 2.3 is outside 10 to 50" in refusal("norms", "add", str(tmp_path / "n.json"))


def test_too_few_people_make_no_file(tmp_path: Path) -> None:
    path = fill(tmp_path / "s.db", 3)
    file = tmp_path / "n.json"
    assert "fewer than 2 people in" in refusal("survey", "norm", str(file), "--store", str(path))
    assert not file.exists()


def test_a_norm_needs_people_and_says_which_to_choose(tmp_path: Path) -> None:
    path, file = tmp_path / "s.db", str(tmp_path / "n.json")
    ask(path)
    assert "holds no people who answered before and after" in refusal("survey", "norm", file, "--store", str(path))
    study = study_of({"instruments": ["PANAS", "ECL-8"], "emotions": ["fear"]})
    with opened(path, study) as store:
        for number in range(60):
            take_part(store, study, kept(number))
    assert "holds several: 'ECL-8', 'PANAS'; choose one with --instrument" in refusal(
        "survey", "norm", file, "--store", str(path)
    )
    assert "--respondent 'nobody' is not there" in refusal(
        "survey", "norm", file, "--store", str(path), "--respondent", "nobody"
    )
    assert "on ECL-8" in said("survey", "norm", file, "--store", str(path), "--instrument", "ecl-8")
    assert "should end with .json" in refusal("survey", "norm", str(tmp_path / "n.txt"), "--store", str(path))


def test_a_teams_own_situations_of_other_emotions_work_from_end_to_end(tmp_path: Path, small_home: Path) -> None:
    """Pride, which none of the shipped materials knows, in two factors."""
    pride = ANGER.replace("anger", "pride").replace("set: tiny", "set: ours")
    (tmp_path / "pride.yaml").write_text(changed(pride, "name: Queues", "name: Of one’s work"), encoding="utf-8")
    own = {"situations": str(tmp_path / "pride.yaml"), "emotions": None, "situations_per_factor": None}
    study = study_of({"name": "pride", **own})
    path = tmp_path / "s.db"
    with opened(path, study) as store:
        for number in range(12):
            take_part(store, study, kept(number))
        take_part(store, study, LOST[0])
    ask(path, **own)
    block = of(analyse(path), "lexicon")
    assert (block.people.name, block.people.n) == ("people of pride", 12)
    assert [row.people is not None for row in block.rows if row.kind == "emotion"] == [True]
    file = tmp_path / "pride.json"
    said("survey", "norm", str(file), "--store", str(path))
    norm = catalogue.norm(str(file))
    assert [(row.emotion, row.factor) for row in norm.rows] == [
        (None, None),
        ("pride", None),
        ("pride", "pride-1"),
        ("pride", "pride-2"),
    ]
    assert "Pride" in said("table", "--store", str(path), "--norm", str(file))
    assert said("report", "--store", str(path), "--out", str(tmp_path / "r.html"))


# what each command makes of it


def test_the_table_says_who_took_part_and_whose_people_they_are(store: Path) -> None:
    words = said("table", "--store", str(store))
    for part in (
        "Who took part: people of feelings",
        "consented │ 37",
        "– withdrew │ 1",
        "– did not finish │ 3",
        "came to an end │ 33",
        "– screened out │ 1",
        "– failed an attention check │ 1",
        "– a sheet faster than 0.7 s an item │ 1",
        "compared │ 30",
        "They are people of feelings (n = 30, of this store); they imagined situations of the same set.",
        "Left out, by the rules declared for people: 2 failed checks, 2 too fast, 3 unfinished (administrations).",
        "people themselves",
    ):
        assert part in words
    assert "for want of a score" not in words
    found = json.loads(invoke("table", "--store", str(store), "--json").output)
    assert found["participations"][0]["n_kept"] == 30
    assert "| – did not finish | 3 |" in said("table", "--store", str(store), "--markdown")


def test_the_other_commands_take_people_too(store: Path, tmp_path: Path) -> None:
    where = ("--store", str(store))
    assert "people of feelings │ unfinished │ 3" in said("status", *where)
    assert "people of feelings" in said("plan-precision", *where)
    assert "people read pages where others are put a protocol" in refusal("compare", "lexicon", PEOPLE, *where)
    found = json.loads(said("compare", "lexicon", "human-norm", "--json", *where, "--norm", "emotionbench-people"))
    assert {one["norm"] for one in found["alignments"]} == {"emotionbench-people"}
    found = json.loads(said("compare", "lexicon", "human-norm", "--json", *where))
    assert {one["norm"] for one in found["alignments"]} == {"people-of-feelings-panas"}
    for what in ("answers", "scores", "administrations"):
        said("export", str(tmp_path / f"{what}.csv"), "--what", what, *where)
    outcomes = pl.read_csv(tmp_path / "administrations.csv").filter(respondent=PEOPLE)["outcome"]
    assert dict(Counter(outcomes)) == {"answered": 60, **LEFT_OUT}
    assert said("verify", *where) == "every row holds"


def test_the_report_has_a_section_of_people(store: Path, tmp_path: Path) -> None:
    page, tables = tmp_path / "r.html", tmp_path / "tables"
    said("report", "--store", str(store), "--out", str(page), "--tables", str(tables))
    shown = page.read_text(encoding="utf-8")
    assert '<section id="people">' in shown
    assert '<a href="#people">Who took part</a>' in shown
    assert "a sheet faster than 0.7 s an item" in shown
    assert "pages that people read: pages-en" in shown
    assert "Of 37 people who consented (people of feelings) 30 are compared, not among them: 3 did not finish;" in shown
    assert (tables / "people-people-of-feelings.md").exists()
    assert "pages-en" in shown
    found = json.loads(invoke("report", "--store", str(store), "--json").output)
    assert found["participations"][0]["n_consented"] == 37


def test_a_store_of_people_alone_is_shown_as_well(tmp_path: Path) -> None:
    path = fill(tmp_path / "s.db", 20)
    assert "compared │ 20" in said("table", "--store", str(path))
    said("report", "--store", str(path), "--out", str(tmp_path / "r.html"))
    assert "people are the yardstick themselves" in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_a_norm_is_a_norm(store: Path) -> None:
    """What ``Analysis.norms`` tries, in order."""
    found = analyse(store).norms
    assert isinstance(found[0], Norm)
    assert [norm.id for norm in found][:1] == ["people-of-feelings-panas"]
    assert found[-1].id == "emotionbench-people"


def test_one_administration_of_a_person_is_shown_with_the_pages_that_were_read(store: Path) -> None:
    with Store(store) as opened, opened.reading() as connection:
        (identifier,) = connection.execute(text(f"SELECT administration FROM attempt WHERE {ONE_OF_PEOPLE}")).one()
    found = json.loads(said("show", identifier, "--json", "--store", str(store)))
    assert found["administration"]["protocol"] == "pages-en"


def test_a_report_holds_no_answers_of_a_single_person(store: Path, tmp_path: Path) -> None:
    said("report", "--store", str(store), "--out", str(tmp_path / "r.html"))
    shown = (tmp_path / "r.html").read_text(encoding="utf-8")
    with Store(store) as opened, opened.reading() as connection:
        query = "SELECT a.id FROM administration a JOIN respondent r ON r.id = a.respondent WHERE r.kind = '{}'"
        ids = {
            kind: [row.id for row in connection.execute(text(query.format(kind)))] for kind in ("human", "synthetic")
        }
    assert any(identifier[:8] in shown for identifier in ids["synthetic"])
    assert not any(identifier[:8] in shown for identifier in ids["human"])
