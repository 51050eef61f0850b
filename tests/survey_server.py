"""A real survey server for tests: the command ``emotionbench survey serve`` on a free port of this machine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from free_ports import free_port

SECRET = "a secret of the tests, and of nothing else, 0123456789"
READY_WITHIN = 180.0


@dataclass
class SurveyServer:
    """A server that runs; ``url`` has no slash at its end."""

    process: subprocess.Popen[bytes]
    url: str
    log: Path

    @classmethod
    def start(cls, study: Path, store: str, *options: str, log: Path, port: int | None = None) -> SurveyServer:
        port = port or free_port()
        command = [sys.executable, "-c", "from emotionbench.cli import main; main()", "survey", "serve", str(study)]
        command += ["--store", store]
        environment = {**os.environ, "EMOTIONBENCH_SURVEY_SECRET": SECRET}
        with log.open("ab") as out:
            process = subprocess.Popen(
                [*command, "--port", str(port), *options],
                stdout=out,
                stderr=out,
                env=environment,
                start_new_session=True,
            )
        server = cls(process, f"http://127.0.0.1:{port}", log)
        server.wait()
        return server

    def wait(self) -> None:
        """Wait until it answers."""
        until = time.monotonic() + READY_WITHIN
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended: {self.log.read_text()}")
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=5) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"the server did not answer: {self.log.read_text()}")

    def stop(self) -> None:
        """Stop it, with every process of it."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait(20)

    @property
    def complaints(self) -> str:
        """What it wrote besides its greeting."""
        lines = self.log.read_text().splitlines()
        return "\n".join(line for line in lines if not line.startswith("serving "))


@pytest.fixture
def survey_server(tmp_path: Path) -> Iterator[Callable[..., SurveyServer]]:
    """Starts servers: ``survey_server(study_text, store="…", workers=2)``; the log must stay without tracebacks."""
    started: list[SurveyServer] = []

    def start(study: str, *options: str, store: str | None = None) -> SurveyServer:
        number = len(started)
        file = tmp_path / f"study-{number}.yaml"
        file.write_text(study, encoding="utf-8")
        where = store or str(tmp_path / "survey.db")
        started.append(SurveyServer.start(file, where, *options, log=tmp_path / f"survey-{number}.log"))
        return started[-1]

    yield start
    for server in started:
        server.stop()
    for server in started:
        assert "Traceback" not in server.log.read_text(), server.log.read_text()
