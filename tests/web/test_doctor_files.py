"""Files of answers: who reads them, where they lie, and backups."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from emotionbench.web import doctor_files
from emotionbench.web.doctor_files import backup_checkups, filesystem_of, free_space, sqlite_checkups
from emotionbench.web.doctor_words import Checkup, State

NOW = 1_800_000_000.0
MOUNTS = """\
/dev/vda / ext4 rw 0 0
server:/home /home nfs4 rw 0 0
tmpfs /home/local\\040disk tmpfs rw 0 0
me@there: /mnt/there fuse.sshfs rw 0 0
/dev/vdb /mnt/vault fuse.gocryptfs rw 0 0
"""


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is looked at as one on a disk of this machine, with a store in it."""
    monkeypatch.setattr(doctor_files, "TEMPORARY", ("/nowhere",))
    monkeypatch.setattr("tempfile.tempdir", "/nowhere")
    monkeypatch.setattr(doctor_files, "MOUNTS", tmp_path / "mounts")
    (tmp_path / "mounts").write_text("/dev/vda / ext4 rw 0 0\n")
    folder = tmp_path / "disk"
    folder.mkdir()
    (folder / "a.db").touch(mode=0o600)
    return folder


def by_name(found: Iterator[Checkup]) -> dict[str, Checkup]:
    return {one.about: one for one in found}


def test_a_file_of_its_owner_on_a_disk_is_fine(disk: Path) -> None:
    found = by_name(sqlite_checkups(disk / "a.db"))
    assert {one.state for one in found.values()} == {State.OK}
    assert "ext4" in found["folder"].says


@pytest.mark.parametrize("name", ["a.db", "a.db-wal", "a.db-shm"])
def test_a_file_that_all_can_read_is_a_problem(disk: Path, name: str) -> None:
    (disk / name).touch()
    (disk / name).chmod(0o644)
    found = by_name(sqlite_checkups(disk / "a.db"))["permissions"]
    assert found.state is State.PROBLEM
    assert name in found.says
    assert "chmod 600" in str(found.fix)


@pytest.mark.parametrize(
    ("line", "says"), [("server: {} nfs4 rw 0 0", "another machine"), ("x {} tmpfs rw 0 0", "in memory")]
)
def test_a_folder_that_loses_answers_is_a_problem(disk: Path, line: str, says: str) -> None:
    with doctor_files.MOUNTS.open("a") as mounts:
        mounts.write(line.format(disk) + "\n")
    found = by_name(sqlite_checkups(disk / "a.db"))["folder"]
    assert found.state is State.PROBLEM
    assert says in found.says


@pytest.mark.parametrize("name", ["Dropbox", "OneDrive - University", "Nextcloud"])
def test_a_folder_that_is_copied_elsewhere_is_a_problem(disk: Path, name: str) -> None:
    (disk / name).mkdir()
    (disk / name / "a.db").touch(mode=0o600)
    found = by_name(sqlite_checkups(disk / name / "a.db"))["folder"]
    assert found.state is State.PROBLEM
    assert name in found.says


def test_a_temporary_folder_is_a_problem(disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_files, "TEMPORARY", (str(disk.parent),))
    assert by_name(sqlite_checkups(disk / "a.db"))["folder"].state is State.PROBLEM


def test_where_mounts_cannot_be_read_it_says_so(disk: Path) -> None:
    doctor_files.MOUNTS.unlink()
    found = by_name(sqlite_checkups(disk / "a.db"))["folder"]
    assert found.state is State.OK
    assert "cannot be seen" in found.says


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/var/lib", "ext4"),
        ("/home/me", "nfs4"),
        ("/home/local disk/x", "tmpfs"),
        ("/mnt/there", "fuse.sshfs"),
        ("/homes", "ext4"),
        ("/mnt/vault/a", "fuse.gocryptfs"),
    ],
)
def test_the_file_system_of_a_folder_is_that_of_the_longest_mount(folder: str, kind: str) -> None:
    assert filesystem_of(Path(folder), MOUNTS) == kind


def test_of_two_mounts_at_one_place_the_later_is_seen() -> None:
    assert filesystem_of(Path("/a"), "x /a ext4 rw\ny /a nfs rw\n") == "nfs"
    assert filesystem_of(Path("/a"), "") is None


@pytest.mark.parametrize(
    ("free", "state"), [(50 * 2**20, State.PROBLEM), (500 * 2**20, State.WARNING), (2**34, State.OK)]
)
def test_little_space_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, state: State) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=free))
    assert free_space("disk", tmp_path).state is state


def backup(folder: Path, name: str, hours: float, content: str = "x", mode: int = 0o600) -> None:
    folder.mkdir(exist_ok=True)
    file = folder / name
    file.write_text(content)
    file.chmod(mode)
    os.utime(file, (NOW - hours * 3600, NOW - hours * 3600))


def told(folder: Path | None) -> list[tuple[State, str]]:
    return [(one.state, one.says) for one in backup_checkups(folder, NOW) if one.state is not State.OK]


def test_a_backup_of_today_is_fine(tmp_path: Path) -> None:
    backup(tmp_path / "b", "today.db", 3)
    backup(tmp_path / "b", "before.db", 24 * 20)
    assert told(tmp_path / "b") == []


def test_no_backups_looked_at_is_a_warning() -> None:
    assert [state for state, _ in told(None)] == [State.WARNING]


def test_what_is_wrong_with_backups_is_a_problem(tmp_path: Path) -> None:
    assert "no folder" in told(tmp_path / "b")[0][1]
    (tmp_path / "b").mkdir()
    assert "is empty" in told(tmp_path / "b")[0][1]
    backup(tmp_path / "b", "old.db", 25)
    assert told(tmp_path / "b") == [(State.PROBLEM, "the newest, old.db, is 25 hours old")]
    backup(tmp_path / "b", "new.db", 1, content="")
    assert told(tmp_path / "b") == [(State.PROBLEM, "the newest, new.db, is empty")]


def test_a_backup_that_all_can_read_is_a_problem(tmp_path: Path) -> None:
    backup(tmp_path / "b", "today.db", 3)
    backup(tmp_path / "b", "open.db", 30, mode=0o644)
    assert told(tmp_path / "b") == [(State.PROBLEM, "everybody on this machine can read open.db")]


def test_a_backup_kept_for_too_long_keeps_what_people_had_deleted(tmp_path: Path) -> None:
    backup(tmp_path / "b", "today.db", 3)
    backup(tmp_path / "b", "ancient.db", 24 * 36)
    ((state, says),) = told(tmp_path / "b")
    assert state is State.WARNING
    assert "36 days" in says
