"""``instruments`` as a user types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from emotionbench.cli.instruments import editions_in_short, group, licence_in_short
from emotionbench.materials import catalogue
from emotionbench.materials.original_files import stage
from emotionbench.materials.originals import add
from emotionbench.materials.score_norms import ScoreNorm
from engine_helpers import run_here

NORM = ScoreNorm.model_validate(
    {
        "id": "mood-people",
        "name": "Moods of people",
        "instruments": ["mood-6"],
        "source": "Counted for the tests.",
        "licence": "CC0",
        "groups": [
            {"name": "men", "n": 1200, "subscales": {"up": {"mean": 9.5, "sd": 2.25}}},
            {"name": "women", "n": 800, "subscales": {"up": {"mean": 10, "sd": 2}}},
        ],
    }
)


@pytest.fixture
def home(small_home: Path) -> Path:
    """The small materials, with a German edition, a paraphrase, and a norm of the six moods."""
    stage(NORM, small_home / "score_norms" / "mood-people.yaml")
    own = catalogue.instrument("MOOD-6")
    changes = {"trait": True, "mends": ("Moods are in order.",), "family": "MOOD-6"}
    for identifier, language, paraphrase in (("MOOD-6-de", "de", None), ("MOOD-6-v2", "en", "v2")):
        edition = own.model_copy(update={"id": identifier, "language": language, "paraphrase": paraphrase, **changes})
        stage(edition, small_home / "instruments" / f"{identifier}.json")
    return small_home


def asked(*arguments: str) -> Result:
    return CliRunner().invoke(group, list(arguments))


def listed() -> dict[str, dict[str, object]]:
    return {one["id"]: one for one in json.loads(asked("--json").stdout)}


def test_every_family_is_listed_once_with_its_figures(home: Path) -> None:
    assert home.is_dir()
    found = listed()
    assert {"PANAS", "ECL-8", "MOOD-6"} <= set(found)
    assert not {"MOOD-6-de", "MOOD-6-v2"} & set(found)
    mood = found["MOOD-6"]
    assert mood["norms"] == {"mood-people": {"men": 1200, "women": 800}}
    assert (mood["languages"], mood["paraphrases"], mood["n_editions"]) == (["de", "en"], ["v2"], 3)
    assert (mood["n_items"], mood["lowest"], mood["highest"], mood["score"]) == (6, 1, 4, "sum")
    assert mood["subscales"] == {"up": "Up", "down": "Down"}
    assert found["PANAS"]["norms_of_change"] == {"emotionbench-people": 1266}
    assert found["PANAS"]["validated"] is True


def test_figures_stand_under_the_header_that_names_them(home: Path) -> None:
    assert home.is_dir()
    lines = asked().stdout.splitlines()
    header = next(line for line in lines if line.split()[:2] == ["id", "name"])
    row = next(line for line in lines if line.split()[:1] == ["MOOD-6"])
    assert row.rstrip().split()[-3:] == ["6", "1–4", "2"]
    assert header.rstrip().split()[-3:] == ["items", "range", "sub."]
    for cell, title in (
        ("Apache-2.0", "licence"),
        ("NO", "valid."),
        ("de, en × 2", "editions"),
        ("sum", "score"),
        ("1,200 + 800", "norms"),
    ):
        assert row.index(cell, header.index(title) - 1) == header.index(title)
    assert "1,266 (change)" in next(line for line in lines if line.split()[:1] == ["PANAS"])


def test_show_says_everything(home: Path) -> None:
    assert home.is_dir()
    shown = asked("show", "mood-6-DE").stdout
    for line in (
        "id            MOOD-6-de",
        "family        MOOD-6",
        "validated     NOT VALIDATED",
        "asks about    lasting dispositions, which no situation should move within an hour",
        "source        Written for the tests.",
        "answers       1–4 (1 = no, 4 = yes)",
        "   4 Dull",
        "  up (Up, 4 items): 1 3 4R 5",
        "  mood-people: Counted for the tests.",
        "    men, n 1,200: up 9.5 ± 2.25",
        "  Moods are in order.",
    ):
        assert line in shown.splitlines()
    found = json.loads(asked("show", "MOOD-6-de", "--json").stdout)
    assert found["items"][3]["text"] == "Dull"
    assert found["subscales"]["up"]["reverse"] == [4]
    assert found["norms"] == {"mood-people": {"men": 1200, "women": 800}}
    assert found["mends"] == ["Moods are in order."]


def test_a_file_of_ones_own_is_shown(home: Path, tmp_path: Path) -> None:
    own = (home / "instruments" / "MOOD-6.yaml").read_text(encoding="utf-8").replace("MOOD-6", "MY-MOOD")
    (tmp_path / "MY-MOOD.yaml").write_text(own, encoding="utf-8")
    shown = asked("show", str(tmp_path / "MY-MOOD.yaml")).stdout.splitlines()
    assert "id            MY-MOOD" in shown
    assert "editions      en" in shown


def test_lint_tells_errors_by_line_and_exits_with_one(home: Path, tmp_path: Path) -> None:
    text = (home / "instruments" / "MOOD-6.yaml").read_text(encoding="utf-8")
    sound, broken = tmp_path / "MOOD-6.yaml", tmp_path / "broken.yaml"
    sound.write_text(text, encoding="utf-8")
    broken.write_text(text.replace("edition:", "edtion:"), encoding="utf-8")
    fine = asked("lint", str(sound))
    assert (fine.exit_code, fine.stdout) == (0, f"{sound}: nothing to say\n")
    found = asked("lint", str(sound), str(broken))
    assert found.exit_code == 1
    assert "error: broken.yaml:3: edtion: unknown key; did you mean 'edition'? (and 1 more)" in found.stdout
    as_json = asked("lint", "--json", str(broken))
    assert as_json.exit_code == 1
    (remark,) = json.loads(as_json.stdout)[str(broken)]
    assert (remark["kind"], remark["where"]) == ("error", "broken.yaml:3")


def test_lint_with_warnings_alone_is_no_failure(home: Path, tmp_path: Path) -> None:
    text = (home / "instruments" / "MOOD-6.yaml").read_text(encoding="utf-8")
    odd = tmp_path / "MOOD-6.yaml"
    odd.write_text(text.replace("Written for the tests.", "unknown"), encoding="utf-8")
    found = asked("lint", str(odd))
    assert found.exit_code == 0
    assert found.stdout == f"warning: {odd}: source: says nothing: nobody can check its items\n"


@pytest.mark.parametrize(
    ("licence", "short"),
    [
        ("Apache-2.0", "Apache-2.0"),
        ("The authors have placed the scales in the public domain. https://x.org allows research.", "public domain"),
        ("Copyright P: any use needs the publisher's permission.", "permission needed"),
        ("Free in research that is not commercial; other uses need permission.", "not commercial"),
        ("The items belong to the authors; free use is for research only.", "research only"),
        ("Copyright of the authors: free to use where the source is named.", "free, name the source"),
        ("You may sing it on Sundays, but never on Mondays.", "You may sing it on Su…"),
    ],
)
def test_licences_in_short(licence: str, short: str) -> None:
    assert licence_in_short(licence) == short


def test_editions_in_short() -> None:
    assert editions_in_short({"languages": ["en"], "paraphrases": []}) == "en"
    assert editions_in_short({"languages": ["de", "en"], "paraphrases": ["v2"]}) == "de, en × 2"
    assert editions_in_short({"languages": list("abcd"), "paraphrases": list("vwxy")}) == "4 languages × 5"


def test_the_originals_are_listed_after_they_are_added(tmp_path: Path, upstream: Path) -> None:
    home = {"EMOTIONBENCH_HOME": str(tmp_path / "home")}
    arguments = ["materials", "add", "psychobench", "--from", str(upstream / "PsychoBench"), "--accept-licence"]
    added = run_here(tmp_path, arguments, **home)
    assert added.returncode == 0, added.stderr
    assert "added --instrument CABIN" in added.stdout
    assert "added score norm psychobench-EPQ-R" in added.stdout
    assert "left out: 16 Personalities (16P): only a third party's live site" in added.stdout
    found = run_here(tmp_path, ["instruments"], **home).stdout
    assert "693 + 878" in found
    assert "19,120" in found
    shown = run_here(tmp_path, ["instruments", "show", "epq-r"], **home).stdout
    assert "men, n 693: extraversion 12.51 ± 6, psychoticism 7.19 ± 4.6" in shown
    refused = run_here(tmp_path, ["instruments", "show", "EPQ-Q"], **home)
    assert refused.returncode == 1
    assert "did you mean 'EPQ-R'?" in refused.stderr


def test_editions_of_a_family_are_counted_together(
    tmp_path: Path, upstream: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(catalogue.HOME_VARIABLE, str(tmp_path / "home"))
    add("llmpersonality", source=upstream, home=tmp_path / "home")
    add("psychobench", source=upstream, home=tmp_path / "home")
    found = listed()
    assert (found["BFI-44"]["n_editions"], len(found["BFI-44"]["languages"])) == (50, 10)  # type: ignore[arg-type]
    assert found["BFI-44"]["norms"] == found["BFI"]["norms"] == {"psychobench-BFI": {"people": 6076}}
