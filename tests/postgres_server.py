"""A real PostgreSQL, started for the tests that need one; conftest.py makes its fixtures known to all tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from emotionbench.store import Store
from free_ports import free_port


def _binaries() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if found:
        return found[-1]
    there = shutil.which("initdb")
    return Path(there).parent if there else None


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of an empty database on a server of our own; PostgreSQL refuses to run as root, so it gets its user."""
    binaries = _binaries()
    if binaries is None:
        if os.environ.get("EMOTIONBENCH_REQUIRE_ALL"):
            pytest.fail("PostgreSQL is not installed")
        pytest.skip("PostgreSQL is not installed")
    as_owner = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory() as folder:
        if as_owner:
            shutil.chown(folder, "postgres")
        data, port = f"{folder}/data", free_port()
        subprocess.run(
            [*as_owner, binaries / "initdb", "-D", data, "-U", "tester", "-A", "trust", "--no-sync"],
            check=True,
            capture_output=True,
            cwd=folder,
        )
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        control = [*as_owner, binaries / "pg_ctl", "-D", data, "-w"]
        subprocess.run(
            [*control, "-o", options, "-l", f"{folder}/log", "start"], check=True, capture_output=True, cwd=folder
        )
        try:
            yield f"postgresql://tester@127.0.0.1:{port}/postgres"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], check=True, capture_output=True, cwd=folder)


@pytest.fixture(params=["sqlite", "postgres"])
def any_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A new store on each database."""
    where = tmp_path / "store.db" if request.param == "sqlite" else request.getfixturevalue("postgres")
    with Store(where) as store:
        yield store
        if request.param == "postgres":
            with store.writing() as connection:
                connection.execute(text("DROP SCHEMA public CASCADE"))
                connection.execute(text("CREATE SCHEMA public"))
