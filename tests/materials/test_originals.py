from __future__ import annotations

import hashlib
import json
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from emotionbench.errors import MaterialError
from emotionbench.materials import catalogue, originals
from emotionbench.materials.original_files import REPOSITORY
from emotionbench.materials.originals import ORIGINALS, Original, OriginalFile, add, fetch

SITUATIONS = {"emotions": [{"name": "Anger", "factors": [{"name": "Queues", "scenarios": ["Somebody: pushes in."]}]}]}
QUESTIONNAIRES = [
    {
        "name": "TEA",
        "questions": {"1": "I like tea."},
        "prompt": "numbers from 0 to 3",
        "scale": 3,
        "reverse": [],
        "compute_mode": "SUM",
        "categories": [{"cat_name": "Overall", "cat_questions": [1]}],
    }
]


def make_clone(folder: Path, situations: Any = SITUATIONS, questionnaires: Any = QUESTIONNAIRES) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "situations.json").write_text(json.dumps(situations), encoding="utf-8")
    (folder / "questionnaires.json").write_text(json.dumps(questionnaires), encoding="utf-8")
    return folder


def claim(monkeypatch: pytest.MonkeyPatch, clone: Path, url: str = "http://127.0.0.1:9") -> None:
    """Make the files of ``clone`` the ones that 'emotionbench' stands for."""
    files = tuple(
        OriginalFile(name, f"{url}/{name}", hashlib.sha256((clone / name).read_bytes()).hexdigest())
        for name in ("situations.json", "questionnaires.json")
    )
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setitem(ORIGINALS, "emotionbench", Original("emotionbench", REPOSITORY, "abc123", "made up", files))


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = make_clone(tmp_path / "clone")
    claim(monkeypatch, folder)
    return folder


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "home"
    monkeypatch.setenv(catalogue.HOME_VARIABLE, str(path))
    return path


def content(home: Path) -> dict[str, bytes]:
    return {str(path.relative_to(home)): path.read_bytes() for path in home.rglob("*") if path.is_file()}


def test_the_published_files_are_pinned() -> None:
    original = ORIGINALS["emotionbench"]
    assert original.commit == "559f0572c305b9b32cb3f0f33f4e0e806e463499"
    assert {file.name: file.sha256[:8] for file in original.files} == {
        "situations.json": "3b4ef2ea",
        "questionnaires.json": "62df9edf",
    }
    for file in original.files:
        assert file.url == f"https://raw.githubusercontent.com/CUHK-ARISE/EmotionBench/{original.commit}/{file.name}"
    assert "GNU" in original.licence
    assert "no commercial use" in original.licence
    assert "Pearson" in original.licence


@pytest.mark.parametrize("nested", [".", ".."])
def test_added_from_a_clone_the_catalogue_finds_them(clone: Path, home: Path, nested: str) -> None:
    added = add("emotionbench", source=clone / nested, home=home)
    assert (added.instruments, added.situation_set, added.n_situations) == (("TEA",), "emotionbench", 1)
    assert all(path.exists() for path in added.paths)
    assert catalogue.instrument("tea").text(1) == "I like tea."
    assert catalogue.situation_set("emotionbench").situations[0].text == "Somebody: pushes in."
    assert sorted(content(home)) == ["instruments/TEA.yaml", "situations/emotionbench/anger.yaml"]


def test_adding_again_replaces_what_was_there(
    clone: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add("emotionbench", source=clone, home=home)
    fear = {"emotions": [{"name": "Fear", "factors": [{"name": "Heights", "scenarios": ["The ladder sways."]}]}]}
    second = make_clone(tmp_path / "second", situations=fear)
    claim(monkeypatch, second)
    add("emotionbench", source=second, home=home)
    assert sorted(content(home)) == ["instruments/TEA.yaml", "situations/emotionbench/fear.yaml"]
    assert sorted(path.name for path in home.iterdir()) == ["instruments", "situations"]


def test_a_malformed_entry_is_told_before_the_hash_and_installs_nothing(clone: Path, home: Path) -> None:
    make_clone(clone, questionnaires=[{**QUESTIONNAIRES[0], "scale": 9}])
    with pytest.raises(MaterialError, match=r"questionnaires\.json: 'TEA': 'scale' is 9"):
        add("emotionbench", source=clone, home=home)
    assert list(home.iterdir()) == []


def test_another_version_is_told_with_both_hashes(clone: Path, home: Path) -> None:
    expected = ORIGINALS["emotionbench"].files[0].sha256
    other = {"emotions": [{"name": "Anger", "factors": [{"name": "Queues", "scenarios": ["Nobody moves."]}]}]}
    make_clone(clone, situations=other)
    found = hashlib.sha256((clone / "situations.json").read_bytes()).hexdigest()
    with pytest.raises(MaterialError, match=f"SHA-256 is {found}; expected {expected}; check out commit abc123"):
        add("emotionbench", source=clone, home=home)
    assert list(home.iterdir()) == []


def test_a_missing_file_or_folder_is_told(clone: Path, home: Path) -> None:
    (clone / "questionnaires.json").unlink()
    with pytest.raises(MaterialError, match=r"clone: no questionnaires\.json here; give a clone of https"):
        add("emotionbench", source=clone.parent, home=home)
    (clone / "situations.json").unlink()
    with pytest.raises(MaterialError, match=r"no situations\.json and no questionnaires\.json"):
        add("emotionbench", source=clone, home=home)
    with pytest.raises(MaterialError, match="no such folder"):
        add("emotionbench", source=clone / "nowhere", home=home)


def test_an_unknown_original_is_told(home: Path) -> None:
    with pytest.raises(MaterialError, match=r"unknown original 'emotionbanch'; did you mean 'emotionbench'\?"):
        add("emotionbanch", source=None, home=home)
    assert not home.exists()


def test_the_users_own_files_are_not_replaced(clone: Path, home: Path) -> None:
    own = home / "instruments" / "TEA.yaml"
    own.parent.mkdir(parents=True)
    own.write_text("id: TEA", encoding="utf-8")
    with pytest.raises(MaterialError, match=r"TEA\.yaml: is a file of your own"):
        add("emotionbench", source=clone, home=home)
    assert content(home) == {"instruments/TEA.yaml": b"id: TEA"}


def test_a_failing_move_puts_everything_back(clone: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add("emotionbench", source=clone, home=home)
    before = content(home)
    replace = Path.replace

    def failing(self: Path, target: Path) -> Path:
        if "new" in self.parts and self.name == "emotionbench":
            raise OSError(28, "No space left on device")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", failing)
    with pytest.raises(MaterialError, match=r"cannot be written: .*No space left"):
        add("emotionbench", source=clone, home=home)
    assert content(home) == before
    assert sorted(path.name for path in home.iterdir()) == ["instruments", "situations"]


def test_a_home_that_cannot_be_made_is_told(clone: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(MaterialError, match="cannot be written"):
        add("emotionbench", source=clone, home=tmp_path / "file" / "home")


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    served = make_clone(tmp_path / "served")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(served))) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}", served
        running.shutdown()
        thread.join()


def test_added_by_download(server: tuple[str, Path], home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url, served = server
    claim(monkeypatch, served, url)
    assert add("emotionbench", source=None, home=home).instruments == ("TEA",)
    assert sorted(content(home)) == ["instruments/TEA.yaml", "situations/emotionbench/anger.yaml"]


def test_fetch_keeps_what_is_there_and_right(
    server: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, served = server
    claim(monkeypatch, served, url)
    paths = fetch("emotionbench", tmp_path / "files")
    assert [path.name for path in paths] == ["situations.json", "questionnaires.json"]
    shutil.rmtree(served)
    assert fetch("emotionbench", tmp_path / "files") == paths


def test_a_wrong_download_leaves_nothing(server: tuple[str, Path], home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url, served = server
    claim(monkeypatch, served, url)
    (served / "questionnaires.json").write_text("[]", encoding="utf-8")
    with pytest.raises(MaterialError, match=r"is not the file expected: .*hash.*--from PATH"):
        add("emotionbench", source=None, home=home)
    assert list(home.iterdir()) == []


def test_http_and_network_errors_say_what_to_do(
    server: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, served = server
    claim(monkeypatch, served, f"{url}/nowhere")
    with pytest.raises(MaterialError, match=r"cannot be downloaded: 404 .*--from PATH"):
        fetch("emotionbench", tmp_path / "files")
    claim(monkeypatch, served, "http://127.0.0.1:9")
    with pytest.raises(MaterialError, match=r"cannot be downloaded: .*--from PATH"):
        fetch("emotionbench", tmp_path / "files")


def test_the_original_is_added_whole(upstream: Path, home: Path) -> None:
    added = add("emotionbench", source=upstream, home=home)
    assert added.n_situations == 428
    converted = originals.convert_questionnaires(upstream / "EmotionBench" / "questionnaires.json")
    assert len(added.instruments) == 9
    for instrument in converted.values():
        assert catalogue.instrument(instrument.id) == instrument
    read = originals.read_situations(upstream / "EmotionBench" / "situations.json")
    found = {situation.id: situation for situation in catalogue.situation_set("emotionbench").situations}
    assert found == {situation.id: situation for situation in read.situations}
    assert catalogue.instrument("PANAS").id == "PANAS"
