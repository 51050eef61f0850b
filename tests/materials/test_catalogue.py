from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from emotionbench.errors import MaterialError
from emotionbench.materials import catalogue
from emotionbench.materials.writing import to_yaml
from small_materials import ANGER, INSTRUMENT, changed


def test_what_ships_is_found_by_its_id_in_any_letter_case() -> None:
    assert {i.id for i in catalogue.instruments()} >= {"PANAS", "ECL-8"}
    for instrument in catalogue.instruments():
        assert catalogue.instrument(instrument.id.lower()) == instrument
    for protocol in catalogue.protocols():
        assert catalogue.protocol(protocol.id.upper()) == protocol
    for norm in catalogue.norms():
        assert catalogue.norm(norm.id.title()) == norm
    for situation_set in catalogue.situation_sets():
        assert catalogue.situation_set(situation_set.id.upper()) == situation_set


def test_panas_is_scored_as_published() -> None:
    panas = catalogue.instrument("PANAS")
    assert panas.n_items == 20
    assert panas.subscales["positive"].items == (1, 3, 5, 9, 10, 12, 14, 16, 17, 19)
    assert panas.subscales["negative"].items == (2, 4, 6, 7, 8, 11, 13, 15, 18, 20)
    assert (panas.response_scale.lowest, panas.response_scale.highest) == (1, 5)
    assert not any(subscale.reverse for subscale in panas.subscales.values())
    assert (panas.score.rule, panas.score.multiply, panas.score.min_valid) == ("sum", 1, None)


def test_the_emotions_checklist_has_one_item_an_emotion() -> None:
    checklist = catalogue.instrument("ECL-8")
    assert tuple(checklist.subscales) == catalogue.situation_set("everyday").emotions
    assert [s.items for s in checklist.subscales.values()] == [(n,) for n in range(1, 9)]
    assert not checklist.validated


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        ("instrument", "PANSA", r"unknown instrument 'PANSA'; did you mean 'PANAS'\?.*materials add"),
        ("instrument", "zzz", r"unknown instrument 'zzz'; known: ECL-8, PANAS.*materials add"),
        ("protocol", "standrad", r"unknown protocol 'standrad'; did you mean 'standard'\?$"),
        ("norm", "zzz", r"unknown norm 'zzz'; known: emotionbench-people$"),
        ("situation_set", "everydy", r"unknown set of situations 'everydy'; did you mean 'everyday'\?.*materials add"),
        ("instrument", "absent.yaml", r"^absent\.yaml: no such file; check the path$"),
        ("situation_set", "absent.yaml", r"^absent\.yaml: no such file; check the path$"),
    ],
)
def test_an_unknown_name_says_what_is_known(
    kind: str, name: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMOTIONBENCH_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(MaterialError, match=message):
        getattr(catalogue, kind)(name)


def test_added_materials_stand_behind_what_ships(small_home: Path) -> None:
    assert catalogue.home() == small_home
    assert catalogue.instrument("mood-6").name == "Six Moods"
    assert catalogue.protocol("Plain").id == "plain"
    assert catalogue.situation_set("TINY").id == "tiny"
    found = [i.id for i in catalogue.instruments()]
    assert [one for one in found if one in ("ECL-8", "PANAS", "MOOD-6")] == ["ECL-8", "PANAS", "MOOD-6"]
    assert found[-1] == "MOOD-6"


def test_a_users_edition_takes_the_place_of_the_shipped_one(small_home: Path) -> None:
    shipped = catalogue.edition("PANAS", "de")
    text = to_yaml(shipped.model_copy(update={"validated": True, "edition": "the validated one"}))
    (small_home / "instruments" / "PANAS-de.yaml").write_text(text, encoding="utf-8")
    assert catalogue.edition("PANAS", "de").edition == "the validated one"
    assert catalogue.instrument("panas-de").validated
    assert [i.validated for i in catalogue.instruments() if i.id == "PANAS-de"] == [True]
    assert [s.id for s in catalogue.situation_sets()][-1] == "tiny"


def test_without_a_variable_the_home_is_the_platforms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EMOTIONBENCH_HOME", raising=False)
    assert catalogue.home().name == "emotionbench"
    assert catalogue.home().is_absolute()


def test_files_and_folders_of_ones_own_are_read_by_path(small_home: Path) -> None:
    assert catalogue.instrument(str(small_home / "instruments" / "MOOD-6.yaml")).id == "MOOD-6"
    folder = small_home / "situations" / "tiny"
    assert catalogue.situation_set(str(folder)) == catalogue.situation_set("tiny")
    assert catalogue.situation_set(str(folder / "fear.yaml")).emotions == ("fear",)


def test_a_folder_of_the_working_directory_is_read_by_its_bare_name(
    small_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(small_home / "situations" / "tiny", small_home / "mine")
    monkeypatch.chdir(small_home)
    assert catalogue.situation_set("mine").id == "tiny"


def test_a_folder_that_happens_to_be_called_so_hides_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("PANAS", "standard", "everyday", "emotionbench-people"):
        (tmp_path / name).mkdir()
    assert catalogue.instrument("PANAS").id == "PANAS"
    assert catalogue.protocol("standard").id == "standard"
    assert catalogue.norm("emotionbench-people").n == 1266
    assert len(catalogue.situation_set("everyday").situations) > 400


def test_a_file_that_changes_is_read_again(small_home: Path) -> None:
    path = small_home / "instruments" / "MOOD-6.yaml"
    assert catalogue.instrument("MOOD-6").name == "Six Moods"
    later = path.stat().st_mtime_ns + 1_000_000_000
    path.write_text(changed(INSTRUMENT, "name: Six Moods", "name: Half a Dozen"), encoding="utf-8")
    os.utime(path, ns=(later, later))
    assert catalogue.instrument("MOOD-6").name == "Half a Dozen"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (changed(ANGER, "set: tiny", "set: other"), r"^tiny: files of different sets: other, tiny; one set a folder$"),
        (ANGER, r"^tiny: situation 'anger-1-1' stands in two files; ids are unique in a set$"),
    ],
)
def test_the_files_of_a_set_must_fit_together(text: str, message: str, small_home: Path) -> None:
    (small_home / "situations" / "tiny" / "more.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(MaterialError, match=message):
        catalogue.situation_set("tiny")


def test_an_empty_folder_is_no_set(tmp_path: Path) -> None:
    with pytest.raises(MaterialError, match=r"no \.yaml file in this folder; one file per emotion is expected"):
        catalogue.situation_set(str(tmp_path))
