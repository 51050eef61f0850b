"""Files that hold people's answers: who can read them, on what they lie, and whether there are backups."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from emotionbench.web.doctor_words import Checkup, fine, problem, warning

HOUR, DAY = 3600.0, 86_400.0
OLDEST_BACKUP = 35 * DAY
"""Backups that lie longer than this keep what people had deleted."""
LEAST_FREE, LITTLE_FREE = 100 * 2**20, 2**30
SYNCED = (
    "dropbox",
    "onedrive",
    "google drive",
    "googledrive",
    "icloud",
    "nextcloud",
    "owncloud",
    "syncthing",
    "seafile",
)
TEMPORARY = ("/tmp", "/var/tmp", "/dev/shm", "/run")
NETWORK = (
    *("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "lustre", "glusterfs"),
    *("davfs", "sshfs", "rclone", "s3fs"),
)
IN_MEMORY = ("tmpfs", "ramfs")
MOUNTS = Path("/proc/mounts")


def sqlite_checkups(file: Path) -> Iterator[Checkup]:
    """Of a store that is a file: who can read it, where it lies, and whether there is space."""
    yield _who_reads(file)
    yield _where_it_lies(file)
    yield free_space("disk", file.parent)


def _who_reads(file: Path) -> Checkup:
    beside = (file, *(file.with_name(file.name + end) for end in ("-wal", "-shm")))
    open_ones = [one.name for one in beside if one.exists() and is_open_to_all(one)]
    if open_ones:
        return problem(
            "permissions",
            f"everybody on this machine can read {', '.join(open_ones)}",
            f"chmod 600 {file}*, and start the server with umask 077",
        )
    return fine("permissions", "others on this machine cannot read the store")


def is_open_to_all(path: Path) -> bool:
    """Whether users who are neither the owner nor in the group can read a file; False where there are no such bits."""
    return os.name == "posix" and bool(path.stat().st_mode & stat.S_IROTH)


def _where_it_lies(file: Path) -> Checkup:
    folder = file.resolve().parent
    move = "stop the server, move the file to a disk of this machine, such as /var/lib/emotionbench, and start it there"
    kind = filesystem_of(folder, MOUNTS.read_text(encoding="utf-8")) if MOUNTS.exists() else None
    if any(folder.is_relative_to(one) for one in (*TEMPORARY, tempfile.gettempdir())):
        return problem("folder", f"{folder} is for temporary files, which are cleared", move)
    if kind in IN_MEMORY:
        return problem("folder", f"{folder} is in memory ({kind}): gone with a restart", move)
    if kind is not None and kind.removeprefix("fuse.") in NETWORK:
        return problem("folder", f"{folder} is on another machine ({kind}), where SQLite loses answers", move)
    synced = [part for part in folder.parts if part.casefold().startswith(SYNCED)]
    if synced:
        return problem("folder", f"{synced[0]} copies answers elsewhere, and can damage the file", move)
    seen = f" ({kind})" if kind else "; whether on this machine's own disk cannot be seen"
    return fine("folder", f"{folder}{seen}")


def filesystem_of(folder: Path, mounts: str) -> str | None:
    """The kind of file system that a folder lies on, by the lines of ``/proc/mounts``; None where none fits."""
    found: tuple[int, str] | None = None
    for line in mounts.splitlines():
        fields = line.split()
        if len(fields) < 3:
            continue
        point = fields[1].replace("\\040", " ")
        # of two mounts at one place the later one is seen
        if folder.is_relative_to(point) and (found is None or len(point) >= found[0]):
            found = (len(point), fields[2])
    return found[1] if found else None


def free_space(about: str, folder: Path) -> Checkup:
    """Whether a folder has room to go on."""
    free = shutil.disk_usage(folder).free
    says = f"{free / 2**30:.1f} GiB free in {folder.resolve()}"
    if free < LEAST_FREE:
        return problem(about, says, "free some space: no answer can be saved on a full disk")
    if free < LITTLE_FREE:
        return warning(about, says, "free some space before it runs out")
    return fine(about, says)


def backup_checkups(folder: Path | None, now: float) -> Iterator[Checkup]:
    """Whether there is a backup of today that only its owner can read, and none that is kept for too long."""
    how = "make one every night: docs/deployment.md says how"
    if folder is None:
        yield warning("backups", "not looked at", "say where they lie with --backups FOLDER")
        return
    if not folder.is_dir():
        yield problem("backups", f"there is no folder {folder}", how)
        return
    files = sorted((one for one in folder.rglob("*") if one.is_file()), key=lambda one: one.stat().st_mtime)
    if not files:
        yield problem("backups", f"{folder} is empty", how)
        return
    yield _newest(files[-1], now, how)
    open_ones = [one.name for one in files if is_open_to_all(one)]
    if open_ones:
        few = ", ".join(open_ones[:3]) + (" …" if len(open_ones) > 3 else "")
        yield problem("backups", f"everybody on this machine can read {few}", f"chmod -R go= {folder}")
    age = (now - files[0].stat().st_mtime) / DAY
    if age > OLDEST_BACKUP / DAY:
        yield warning(
            "backups",
            f"{files[0].name} is {age:.0f} days old and holds what people had deleted since",
            f"delete backups after {OLDEST_BACKUP / DAY:.0f} days at the latest",
        )
    yield free_space("backups", folder)


def _newest(file: Path, now: float, how: str) -> Checkup:
    hours = (now - file.stat().st_mtime) / HOUR
    if file.stat().st_size == 0:
        return problem("backups", f"the newest, {file.name}, is empty", how)
    if hours * HOUR > DAY:
        return problem("backups", f"the newest, {file.name}, is {hours:.0f} hours old", how)
    return fine("backups", f"the newest, {file.name}, is {max(hours, 0):.0f} hours old")
