from __future__ import annotations

from pathlib import Path

import pytest

from emotionbench.errors import MaterialError
from emotionbench.materials import catalogue
from emotionbench.materials.score_norm_files import add_score_norm, read_score_norm
from norm_helpers import NORM, norm
from small_materials import changed


@pytest.fixture
def file(tmp_path: Path, small_home: Path) -> Path:
    """A norm of the user's own, beside a home that holds its instrument."""
    path = tmp_path / "mine.yaml"
    path.write_text(NORM, encoding="utf-8")
    return path


def with_text(file: Path, old: str, new: str) -> Path:
    file.write_text(changed(NORM, old, new), encoding="utf-8")
    return file


def test_a_norm_that_was_added_is_in_the_catalogue(file: Path, small_home: Path) -> None:
    added = add_score_norm(file)
    assert (added.outcome, added.file) == ("added", small_home / "score_norms" / "mood-people.yaml")
    assert added.file.read_text(encoding="utf-8") == NORM
    assert norm() in catalogue.score_norms()
    assert [path.name for path in added.file.parent.iterdir()] == ["mood-people.yaml"]


def test_the_same_again_changes_nothing(file: Path) -> None:
    first = add_score_norm(file)
    file.write_text(f"# a remark\n{NORM}", encoding="utf-8")
    assert add_score_norm(file).outcome == "unchanged"
    assert first.file.read_text(encoding="utf-8") == NORM


def test_another_of_the_same_id_is_not_overwritten_unless_told_to(file: Path) -> None:
    first = add_score_norm(file)
    other = with_text(file, "{mean: 10.2, sd: 2.1}", "{mean: 11.2, sd: 2.1}")
    with pytest.raises(MaterialError, match=r"another norm 'mood-people' is there already.*or pass --replace"):
        add_score_norm(other)
    assert first.file.read_text(encoding="utf-8") == NORM
    assert add_score_norm(other, replace=True).outcome == "replaced"
    (kept,) = [one for one in catalogue.score_norms() if one.id == "mood-people"]
    assert kept.groups[0].subscales["up"].mean == 11.2


def test_replacing_leaves_no_second_file(file: Path, small_home: Path) -> None:
    folder = small_home / "score_norms"
    folder.mkdir()
    (folder / "elsewhere.json").write_text(norm().model_dump_json(), encoding="utf-8")
    other = with_text(file, "id: mood-people", "id: Mood-People")
    with pytest.raises(MaterialError, match=r"is there already, in .*elsewhere\.json"):
        add_score_norm(other)
    add_score_norm(other, replace=True)
    assert [path.name for path in folder.iterdir()] == ["Mood-People.yaml"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("    n: 112\n", "", "mine.yaml:7: groups → entry 1 → n: missing; add it"),
        ("    n: 112\n", "    n: 1\n", "mine.yaml:8: groups → entry 1 → n: "),
        ("[MOOD-6]", "[MOOD-7]", "mine.yaml: instruments: unknown instrument 'MOOD-7'; did you mean 'MOOD-6'?"),
        (
            "      up: {mean: 9.0",
            "      upp: {mean: 9.0",
            "mine.yaml: group 'men', subscale 'upp': MOOD-6 has no such subscale; did you mean 'up'?",
        ),
        ("{mean: 10.2, sd: 2.1}", "{mean: 10.2, sd: 0}", "mine.yaml:10: group 'women', subscale 'up': sd is 0"),
        ("{mean: 10.2, sd: 2.1}", "{mean: 10.2, sd: -1}", "mine.yaml:10: "),
        (
            "{mean: 10.2, sd: 2.1}",
            "{mean: 2.55, sd: 0.5}",
            "subscale 'up': mean 2.55 is outside 4 to 16; scores of MOOD-6 are sums of answers: give mean",
        ),
        ("{mean: 10.2, sd: 2.1}", "{mean: 10.2, sd: 8.1}", "sd 8.1 is more than scores from 4 to 16 can have (6.03)"),
        ("name: men", "name: women", "group 'women' stands twice"),
        ("id: mood-people", "id: ../mood", "id '../mood' can be no file name"),
        ("source: Made up for the tests.\n", "", "source: missing; add it"),
        ("licence: Apache-2.0\n", "licence: Apache-2.0\nlicense: x\n", "license: unknown key; did you mean 'licence'?"),
        ("instruments: [MOOD-6]", "instruments: []", "instruments"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_copied(
    file: Path, small_home: Path, old: str, new: str, message: str
) -> None:
    with pytest.raises(MaterialError) as refused:
        add_score_norm(with_text(file, old, new))
    assert message in str(refused.value)
    assert not (small_home / "score_norms").exists()


def test_figures_at_the_very_ends_are_allowed(file: Path) -> None:
    read_score_norm(with_text(file, "{mean: 10.2, sd: 2.1}", "{mean: 16.004, sd: 6.02}"))


def test_a_family_stands_for_its_instrument(file: Path, small_home: Path) -> None:
    home = small_home / "instruments"
    text = (home / "MOOD-6.yaml").read_text(encoding="utf-8")
    (home / "MOOD-6-de.yaml").write_text(
        text.replace("id: MOOD-6\n", "id: MOOD-6-de\nfamily: WHOLE\n"), encoding="utf-8"
    )
    assert read_score_norm(with_text(file, "[MOOD-6]", "[mood-6, whole]")).instruments == ("mood-6", "whole")


@pytest.mark.parametrize("name", ["absent.yaml", "norm.csv"])
def test_what_is_no_norm_file(tmp_path: Path, small_home: Path, name: str) -> None:
    path = tmp_path / name
    if name.endswith(".csv"):
        path.write_text("n,mean,sd\n", encoding="utf-8")
    with pytest.raises(MaterialError, match=name):
        add_score_norm(path)


def test_a_folder_that_cannot_be_written(file: Path, small_home: Path) -> None:
    (small_home / "score_norms").write_text("in the way", encoding="utf-8")
    with pytest.raises(MaterialError, match="cannot be written"):
        add_score_norm(file)
