"""How long a command takes before it does anything: ``--help``, and ``run`` until its first request reaches a server.

    python benchmarks/startup.py [--passes 7]

Prints medians in milliseconds, and those of an interpreter that does nothing beside them. Files are in the disk cache.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

COMMAND = Path(sys.executable).parent / "emotionbench"


def ended(*command: str) -> float:
    """Seconds until a command ends."""
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def first_request() -> float:
    """Seconds until the first request of a run arrives."""
    arrived: list[float] = []

    class Server(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            arrived.append(time.perf_counter())
            self.send_error(401)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = HTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        command = [COMMAND, "run", "--respondent", "compatible/any", "--store", f"{folder}/s.db"]
        command += ["--base-url", f"http://127.0.0.1:{server.server_port}/v1"]
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    server.shutdown()
    return arrived[0] - began


def median(passes: int, measure: Callable[[], float]) -> float:
    measure()
    return 1000 * statistics.median(measure() for _ in range(passes))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passes", type=int, default=7)
    passes = parser.parse_args().passes
    print(f"an interpreter that does nothing   {median(passes, lambda: ended(sys.executable, '-c', 'pass')):6.0f} ms")
    print(f"emotionbench --help                {median(passes, lambda: ended(str(COMMAND), '--help')):6.0f} ms")
    print(f"emotionbench run, first request    {median(passes, first_request):6.0f} ms")


if __name__ == "__main__":
    main()
