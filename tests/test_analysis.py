"""From facts to frames: the best reply counts, what failed is counted, and alike names are told apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from emotionbench import Study, analyse, run
from emotionbench.errors import StoreError
from emotionbench.plan import Plan
from emotionbench.records import Attempt, Respondent, RespondentKind
from emotionbench.store import Store, writing
from emotionbench.study_materials import materials_of

SHEET = "\n".join(f"{number}: 3" for number in range(1, 21))


def stored(path: Path, replies: list[list[str | None]], *respondents: Respondent) -> None:
    """A store in which each respondent's n-th administration has these replies (None: a failed attempt)."""
    study = Study(respondents=["x"], factors=["fear-1"], baseline_repeats=2, situations_per_factor=2)
    materials = materials_of(study)
    with Store(path) as store:
        writing.save_materials(store, materials.documents)
        writing.save_respondents(store, respondents)
        for respondent in respondents:
            administrations = [session[0] for session in Plan(study, materials, (respondent,))]
            writing.save_administrations(store, administrations)
            for administration, tries in zip(administrations, replies, strict=False):
                writing.append_attempts(store, [made(administration.id, n, r) for n, r in enumerate(tries, 1)])


def made(administration: str, number: int, reply: str | None) -> Attempt:
    error = None if reply is not None else "no"
    return Attempt(administration, number, "{}", reply, reply, error, error and "server", "now", 0.0)


def who(name: str = "m", **settings: float) -> Respondent:
    return Respondent.of(RespondentKind.LLM, name, settings)


def test_outcomes_and_scores_of_every_kind_of_attempt(tmp_path: Path) -> None:
    incomplete = SHEET.replace("\n7: 3", "\n7: 9")
    stored(tmp_path / "s.db", [[None, SHEET], [incomplete, "I cannot answer that."], [None, None], [""]], who())
    analysis = analyse(tmp_path / "s.db")
    assert sorted(analysis.administrations["outcome"]) == ["answered", "incomplete", "missing", "server"]
    assert analysis.answers.height == 3 * 20
    assert analysis.scores.height == 4 * 2
    assert sorted(analysis.scores["value"].drop_nulls()) == [30.0, 30.0, 30.0]
    assert sorted(analysis.scores["n_valid"]) == [0, 0, 0, 0, 9, 10, 10, 10]
    assert analysis.answers["status"].value_counts().filter(status="out_of_range")["count"].to_list() == [1]


def test_what_failed_is_counted_below_the_table(tmp_path: Path) -> None:
    stored(tmp_path / "s.db", [[SHEET], [None], [SHEET], [None]], who())
    (block,) = analyse(tmp_path / "s.db").changes()
    assert (block.n_baseline, block.n_baseline_excluded) == (1, {"server": 1})
    assert (block.rows[0].n, block.rows[0].n_excluded) == (1, {"server": 1})


def test_one_name_with_other_settings_is_another_respondent(tmp_path: Path) -> None:
    stored(tmp_path / "s.db", [[SHEET]] * 4, who(temperature=0.0, top_p=1.0), who(temperature=1.0, top_p=1.0), who("n"))
    names = [block.respondent for block in analyse(tmp_path / "s.db").changes()]
    assert names == ["m (temperature=0.0)", "m (temperature=1.0)", "n"]


def test_editions_of_one_instrument_are_told_apart_and_keep_the_norm(tmp_path: Path) -> None:
    mine = tmp_path / "PANAS.yaml"
    shipped = Path(__file__).parents[1] / "src/emotionbench/materials/data/instruments/PANAS.yaml"
    mine.write_text(shipped.read_text(encoding="utf-8").replace("state form", "my form"), encoding="utf-8")
    run(Study(respondents=["uniform"], instruments=["PANAS", str(mine)], factors=["fear-1"]), tmp_path / "s.db")
    blocks = analyse(tmp_path / "s.db").changes()
    assert len({block.instrument for block in blocks}) == 2
    assert all(block.validated for block in blocks)
    assert all(block.instrument.startswith("PANAS#") and block.has_people for block in blocks)


def test_a_store_without_answers_says_so(tmp_path: Path) -> None:
    Store(tmp_path / "s.db").close()
    with pytest.raises(StoreError, match="holds no answers yet"):
        analyse(tmp_path / "s.db")
