"""A llama.cpp server that nobody here wrote, from a wheel, as a process of its own on a free port.

``LlamaServer.start(path_of_a_gguf)`` starts one from Python and waits until it answers; the fixture ``llama_server``
gives one with the tiny model to all tests of a session. ``python tests/llama_server.py FILE.gguf`` serves by hand.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tiny_llama import CONTEXT, TinyLlama

SLOTS = 4
READY_WITHIN = 120.0


class LlamaServer:
    """A running server process; ``url`` is its base URL, ending in /v1."""

    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.process, self.url = process, url

    @classmethod
    def start(cls, gguf: Path) -> LlamaServer:
        """Start a process on a free port, and wait until it answers."""
        command = [sys.executable, str(Path(__file__).resolve()), str(gguf)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert process.stdout is not None
        url = next((line.strip() for line in process.stdout if line.startswith("http://")), "")
        server = cls(process, f"{url}/v1")
        if not url or not server._answers():
            server.stop()
            raise RuntimeError("the llama.cpp server did not start")
        return server

    def stop(self) -> None:
        """Kill the process; it does not mind being killed twice."""
        self.process.kill()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()

    def _answers(self) -> bool:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        end = time.monotonic() + READY_WITHIN
        while time.monotonic() < end and self.process.poll() is None:
            try:
                with opener.open(f"{self.url}/models", timeout=5):
                    return True
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        return False


@pytest.fixture(scope="session")
def llama_server(tiny_llama: TinyLlama) -> Iterator[LlamaServer]:
    """A server with the tiny model; tests skip where there is none to install."""
    pytest.importorskip("xllamacpp")
    server = LlamaServer.start(tiny_llama.gguf)
    yield server
    server.stop()


def serve(gguf: str) -> None:
    import xllamacpp  # noqa: PLC0415 (the tests that start this run without it)

    parameters = xllamacpp.CommonParams()
    parameters.model.path = gguf
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.n_ctx = CONTEXT * SLOTS
    parameters.n_parallel = SLOTS
    parameters.cpuparams.n_threads = 1
    parameters.cache_type_k = parameters.cache_type_v = xllamacpp.ggml_type.GGML_TYPE_F32
    server = xllamacpp.Server(parameters)
    print(server.listening_address, flush=True)
    signal.pause()


if __name__ == "__main__":
    serve(sys.argv[1])
