from __future__ import annotations

import hashlib
import json
import shutil
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from emotionbench.errors import MaterialError
from emotionbench.materials import catalogue, original_emotionbench, originals
from emotionbench.materials.original_files import REPOSITORY, Converted, stage
from emotionbench.materials.original_instruments import convert_questionnaires
from emotionbench.materials.originals import ORIGINALS, Original, OriginalFile, add, fetch, files_of
from emotionbench.materials.personas import Persona

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


def claim(
    monkeypatch: pytest.MonkeyPatch,
    clone: Path,
    url: str = "http://127.0.0.1:9",
    convert: Callable[[Path, Path], Converted] = original_emotionbench.convert,
) -> None:
    """Make the files of ``clone`` the ones that 'emotionbench' stands for."""
    files = tuple(
        OriginalFile(name, f"{url}/{name}", hashlib.sha256((clone / name).read_bytes()).hexdigest())
        for name in sorted((str(path.relative_to(clone)) for path in clone.rglob("*.json")), reverse=True)
    )
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    made_up = Original("emotionbench", REPOSITORY, "abc123", "made up", files=files, convert=convert)
    monkeypatch.setitem(ORIGINALS, "emotionbench", made_up)


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


def test_a_file_of_another_commit_is_downloaded_from_there() -> None:
    first, second = files_of("https://github.com/a/b", "c1", [("x/y.txt", "00"), ("z.json", "11")], {"z.json": "c2"})
    assert first == OriginalFile("x/y.txt", "https://raw.githubusercontent.com/a/b/c1/x/y.txt", "00")
    assert second.url == "https://raw.githubusercontent.com/a/b/c2/z.json"


def test_three_originals_say_their_licence() -> None:
    assert set(ORIGINALS) == {"emotionbench", "psychobench", "llmpersonality"}
    for original in ORIGINALS.values():
        assert len(original.commit) == 40
        assert original.repository in original.licence
        assert all(len(file.sha256) == 64 for file in original.files)
        assert len({file.name for file in original.files}) == len(original.files) > 0


@pytest.mark.parametrize("nested", [".", ".."])
def test_added_from_a_clone_the_catalogue_finds_them(clone: Path, home: Path, nested: str) -> None:
    added = add("emotionbench", source=clone / nested, home=home)
    assert added.converted == Converted(instruments=("TEA",), situation_sets=("emotionbench",), n_situations=1)
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


@pytest.mark.parametrize("name", ["tea.yaml", "TEA.json", "Tea.yml"])
def test_the_users_own_files_are_not_shadowed(clone: Path, home: Path, name: str) -> None:
    own = home / "instruments" / name
    own.parent.mkdir(parents=True)
    own.write_text("{}", encoding="utf-8")
    with pytest.raises(MaterialError, match=f"{name}: is a file of your own"):
        add("emotionbench", source=clone, home=home)
    assert content(home) == {f"instruments/{name}": b"{}"}


def test_what_was_added_under_another_suffix_goes(clone: Path, home: Path) -> None:
    add("emotionbench", source=clone, home=home)
    (home / "instruments" / "TEA.yaml").rename(home / "instruments" / "TEA.json")
    add("emotionbench", source=clone, home=home)
    assert sorted(content(home)) == ["instruments/TEA.yaml", "situations/emotionbench/anger.yaml"]


def hero(text: str) -> Persona:
    return Persona(id="knight", name="Knight", source=f"Made up; {REPOSITORY}", texts={"en": text})


def convert_personas(clone: Path, staged: Path) -> Converted:
    told = json.loads((clone / "deep" / "down" / "roles.json").read_text(encoding="utf-8"))
    stage(hero(told["knight"]), staged / "personas" / "knight.json")
    return Converted(personas=("knight",), left_out=("dragons",))


def roles(folder: Path, content: Any) -> Path:
    (folder / "deep" / "down").mkdir(parents=True)
    (folder / "deep" / "down" / "roles.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


def test_any_kind_of_material_is_added_from_files_in_folders(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = roles(tmp_path / "clone", {"knight": "You ride."})
    claim(monkeypatch, clone, convert=convert_personas)
    added = add("emotionbench", source=clone, home=home)
    assert added.paths == (home / "personas" / "knight.json",)
    assert catalogue.persona("knight") == hero("You ride.")
    assert sorted(content(home)) == ["personas/knight.json"]


def test_a_converter_that_stumbles_over_another_version_tells_the_hash(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim(monkeypatch, roles(tmp_path / "clone", {"knight": "You ride."}), convert=convert_personas)
    with pytest.raises(MaterialError, match=r"roles\.json: SHA-256 is .*; check out commit abc123"):
        add("emotionbench", source=roles(tmp_path / "other", {"king": "You rule."}), home=home)
    assert list(home.iterdir()) == []


def test_of_two_folders_with_such_files_the_right_one_is_taken(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim(monkeypatch, roles(tmp_path / "clones" / "b", {"knight": "You ride."}), convert=convert_personas)
    roles(tmp_path / "clones" / "a", {"knight": "You walk."})
    add("emotionbench", source=tmp_path / "clones", home=home)
    assert catalogue.persona("knight") == hero("You ride.")


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
    assert add("emotionbench", source=None, home=home).converted.instruments == ("TEA",)
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


def test_files_in_folders_are_downloaded_into_folders(
    tmp_path: Path, server: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, served = server
    roles(served, {"knight": "You ride."})
    claim(monkeypatch, served, url)
    paths = fetch("emotionbench", tmp_path / "files")
    assert tmp_path / "files" / "deep" / "down" / "roles.json" in paths
    assert all(path.is_file() for path in paths)


def test_the_original_is_added_whole(upstream: Path, home: Path) -> None:
    added = add("emotionbench", source=upstream, home=home)
    assert added.converted.n_situations == 428
    converted = convert_questionnaires(upstream / "EmotionBench" / "questionnaires.json")
    assert len(added.converted.instruments) == 9
    for instrument in converted.values():
        assert catalogue.instrument(instrument.id) == instrument
    read = originals.read_situations(upstream / "EmotionBench" / "situations.json")
    found = {situation.id: situation for situation in catalogue.situation_set("emotionbench").situations}
    assert found == {situation.id: situation for situation in read.situations}
    assert catalogue.instrument("PANAS").id == "PANAS"
