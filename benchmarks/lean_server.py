"""A chat completions server that costs as little as can be, so that it is not what the benchmarks measure.

    python benchmarks/lean_server.py LATENCY_MS

Prints its base URL and serves until it is killed. It takes HTTP/1.1 with a Content-Length on connections that stay
open, which is what every client here sends, looks at no path or header beside, and answers a form as the tests' mock
server would.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from pathlib import Path

import orjson

sys.path[:0] = [str(Path(__file__).parents[1] / "tests")]

from mock_server import answers, completion_bytes  # noqa: E402

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


class Connection(asyncio.Protocol):
    """Requests of one connection, answered in the order in which they came."""

    transport: asyncio.Transport

    def __init__(self, latency: float) -> None:
        self.latency, self.come = latency, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.come += data
        while (end := self.come.find(b"\r\n\r\n") + 4) > 3:
            length = LENGTH.search(self.come, 0, end)
            whole = end + (int(length[1]) if length else 0)
            if len(self.come) < whole:
                return
            body, self.come = self.come[end:whole], self.come[whole:]
            if self.latency:
                asyncio.get_running_loop().call_later(self.latency, self.answer, body)
            else:
                self.answer(body)

    def answer(self, body: bytes) -> None:
        """Send what a model might say; nothing to somebody who has hung up."""
        if not self.transport.is_closing():
            asked = orjson.loads(body)
            content = completion_bytes(asked, answers(asked["messages"][-1]["content"]))
            self.transport.write(HEAD % len(content) + content)


def start(latency: float) -> tuple[subprocess.Popen[str], str]:
    """A server as a process of its own, with its base URL; ``latency`` in milliseconds."""
    command = [sys.executable, str(Path(__file__).resolve()), str(latency)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


async def serve(latency: float) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: Connection(latency), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1]) / 1000))
