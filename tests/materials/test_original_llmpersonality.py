from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from emotionbench.errors import MaterialError
from emotionbench.materials import catalogue, originals
from emotionbench.materials.original_files import Converted
from emotionbench.materials.original_llmpersonality import COMMIT, COMMITS, FILES, LICENCE, REPOSITORY, convert
from llmpersonality_helpers import write_clone


@pytest.fixture(scope="module")
def home(upstream: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    originals.add("llmpersonality", source=upstream, home=folder)
    return folder


@pytest.fixture
def added(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(catalogue.HOME_VARIABLE, str(home))
    return home


def test_files_and_commits_are_pinned(upstream: Path) -> None:
    assert len(FILES) == len(dict(FILES)) == 54
    for path, sha256 in FILES:
        assert hashlib.sha256((upstream / "LLMPersonality" / path).read_bytes()).hexdigest() == sha256, path
    assert {len(commit) for commit in (COMMIT, *COMMITS.values())} == {40}
    assert set(COMMITS) <= set(dict(FILES))
    assert "no licence" in LICENCE
    assert "Oliver P. John" in LICENCE


def test_a_clone_becomes_files_that_name_their_repository(tmp_path: Path) -> None:
    staged = tmp_path / "staged"
    found = convert(write_clone(tmp_path / "clone"), staged)
    assert len(found.instruments) == 10
    assert len(found.protocols) == 10
    assert (len(found.personas), len(found.left_out)) == (3 + 12 + 2, 3)
    for kind in ("instruments", "protocols", "personas"):
        files = sorted((staged / kind).iterdir())
        assert {file.stem for file in files} == set(getattr(found, kind))
        for file in files:
            assert REPOSITORY in file.read_text(encoding="utf-8")
            assert json.loads(file.read_text(encoding="utf-8"))["id"] == file.stem


def test_a_fault_in_any_file_is_told(tmp_path: Path) -> None:
    clone = write_clone(tmp_path / "clone")
    (clone / "dataset/environment.json").write_text("{", encoding="utf-8")
    with pytest.raises(MaterialError, match=r"environment\.json:1: not valid JSON"):
        convert(clone, tmp_path / "staged")


def test_added_editions_templates_and_personas_are_found(added: Path) -> None:
    assert added.is_dir()
    assert catalogue.instrument("bfi-44").validated
    assert catalogue.edition("BFI-44", "de", "v2").id == "BFI-44-de-v2"
    assert catalogue.edition("BFI-44", "ja").id == "BFI-44-ja"
    assert catalogue.edition("BFI-44", None, "v5").id == "BFI-44-v5"
    for name in ("llmpersonality-t1", "llmpersonality-t5"):
        assert name in catalogue.templates()
        assert catalogue.template(name, "ru").language == "ru"
    assert catalogue.persona("personality-neuroticism-high-portrayal-4").texts["en"]
    with pytest.raises(MaterialError, match=r"no edition in language 'pt'"):
        catalogue.edition("BFI-44", "pt")


def test_adding_again_changes_nothing(home: Path, upstream: Path) -> None:
    before = {path: path.read_bytes() for path in home.rglob("*.json")}
    again = originals.add("llmpersonality", source=upstream / "LLMPersonality", home=home)
    assert {path: path.read_bytes() for path in home.rglob("*.json")} == before
    assert len(again.paths) == len(before) == 506
    assert isinstance(again.converted, Converted)
