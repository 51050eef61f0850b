"""A real PostgreSQL for one test or one measurement alone, which can be restarted under those who use it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from free_ports import free_port


class NoPostgres(Exception):
    """PostgreSQL is not installed here."""


@dataclass(frozen=True)
class OwnPostgres:
    """A server that runs; ``url`` is that of an empty database of it."""

    binaries: Path
    folder: str
    port: int
    is_synced: bool

    @property
    def url(self) -> str:
        """Where its database is."""
        return f"postgresql://tester@127.0.0.1:{self.port}/postgres"

    @property
    def pid(self) -> int:
        """The process that all of the server's others come from."""
        return int((Path(self.folder) / "data" / "postmaster.pid").read_text().splitlines()[0])

    def restart(self) -> None:
        """Break off what runs and start anew (``pg_ctl -m fast restart``); what was committed is there again."""
        self._control("-m", "fast", "restart")

    def stop(self) -> None:
        """Stop without ado; ``start`` brings it back."""
        self._control("-m", "immediate", "stop")

    def start(self) -> None:
        """Start, or start again."""
        self._control("start")

    def prepare(self) -> None:
        """Make its files."""
        where = ("-D", f"{self.folder}/data")
        self._run("initdb", *where, "-U", "tester", "-A", "trust", "--no-sync")

    def _control(self, *what: str) -> None:
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1"
        options += "" if self.is_synced else " -c fsync=off"
        self._run("pg_ctl", "-D", f"{self.folder}/data", "-w", "-o", options, "-l", f"{self.folder}/log", *what)

    def _run(self, program: str, *options: str) -> None:
        # it refuses to run as root
        as_owner = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        command = [*as_owner, str(self.binaries / program), *options]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.folder)


@contextmanager
def own_postgres(*, is_synced: bool = False) -> Iterator[OwnPostgres]:
    """A PostgreSQL while the block lasts; ``is_synced``: every commit is on the disk, as where it counts."""
    binaries = _binaries()
    with tempfile.TemporaryDirectory() as folder:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        server = OwnPostgres(binaries, folder, free_port(), is_synced)
        server.prepare()
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    there = shutil.which("initdb")
    if not found and there is None:
        raise NoPostgres
    return found[-1] if found else Path(str(there)).parent
