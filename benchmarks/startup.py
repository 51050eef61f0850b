"""How long a command takes before it does anything: ``--help``, and ``run`` until its first request reaches a server.

    python benchmarks/startup.py [--passes 7]

Prints medians in milliseconds, and those of an interpreter that does nothing beside them: of wall-clock time, and of
processor time, which a busy machine disturbs less. Files are in the disk cache, and modules are compiled to bytecode,
as an installed package's are.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

COMMAND = str(Path(sys.executable).parent / "emotionbench")
Taken = tuple[float, float]
"""Seconds of wall-clock time and of processor time."""


def ended(*command: str, env: dict[str, str]) -> Taken:
    """What a command takes until it ends."""
    began, used_before = time.perf_counter(), _used_by_children()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=env)
    return time.perf_counter() - began, _used_by_children() - used_before


def first_request(env: dict[str, str]) -> Taken:
    """What a run takes until its first request arrives."""
    arrived: list[Taken] = []

    class Server(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            arrived.append((time.perf_counter() - began, _used_by(process.pid)))
            self.send_error(401)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = HTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        command = [COMMAND, "run", "--respondent", "compatible/any", "--store", f"{folder}/s.db"]
        command += ["--base-url", f"http://127.0.0.1:{server.server_port}/v1"]
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env)
        process.wait()
    server.shutdown()
    server.server_close()
    return arrived[0]


def _used_by_children() -> float:
    times = os.times()
    return times.children_user + times.children_system


def _used_by(pid: int) -> float:
    """Processor seconds of a running process; NaN where there is no /proc."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.is_file():
        return float("nan")
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def medians(passes: int, measure: Callable[[], Taken]) -> str:
    measure()
    wall, processor = zip(*(measure() for _ in range(passes)), strict=True)
    return f"{1000 * statistics.median(wall):6.0f} ms{1000 * statistics.median(processor):6.0f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passes", type=int, default=7)
    passes = parser.parse_args().passes
    with tempfile.TemporaryDirectory() as bytecode:
        env = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        env["PYTHONPYCACHEPREFIX"] = bytecode
        print("                                     wall  processor")
        print(
            "an interpreter that does nothing ", medians(passes, lambda: ended(sys.executable, "-c", "pass", env=env))
        )
        print("emotionbench --help              ", medians(passes, lambda: ended(COMMAND, "--help", env=env)))
        print("emotionbench run, first request  ", medians(passes, lambda: first_request(env)))


if __name__ == "__main__":
    main()
