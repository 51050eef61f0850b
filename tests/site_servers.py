"""Sites for the doctor to look at: the real application behind real TLS, and servers that get one thing wrong."""

from __future__ import annotations

import asyncio
import os
import shutil
import ssl
import subprocess
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from aiohttp import web
from starlette.types import ASGIApp

Handler = Callable[[web.Request], web.StreamResponse]


@dataclass(frozen=True)
class Certificate:
    """A certificate that signs itself, for this machine alone."""

    file: Path
    key: Path

    @classmethod
    def make(cls, folder: Path, days: int = 90) -> Certificate:
        openssl = shutil.which("openssl")
        if openssl is None:
            if os.environ.get("EMOTIONBENCH_REQUIRE_ALL"):
                pytest.fail("openssl is not installed")
            pytest.skip("openssl is not installed")
        made = cls(folder / "site.pem", folder / "site.key")
        extensions = ["subjectAltName=DNS:localhost,IP:127.0.0.1", "keyUsage=critical,digitalSignature,keyCertSign"]
        command = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        command += ["-keyout", str(made.key), "-out", str(made.file), "-days", str(days), "-subj", "/CN=localhost"]
        command += [word for one in extensions for word in ("-addext", one)]
        subprocess.run(command, check=True, capture_output=True)
        return made

    @property
    def trust(self) -> ssl.SSLContext:
        """What a machine believes that was told of this certificate."""
        return ssl.create_default_context(cafile=str(self.file))

    @property
    def identity(self) -> ssl.SSLContext:
        """What a server shows."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.file, self.key)
        return context


@asynccontextmanager
async def answering(handler: Handler, certificate: Certificate | None = None) -> AsyncIterator[str]:
    """The address of a server that answers everything as ``handler`` does."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        return handler(request)  # type: ignore[arg-type]

    runner = web.ServerRunner(web.Server(handle, access_log=None))
    await runner.setup()
    context = certificate.identity if certificate else None
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    try:
        yield f"{'https' if certificate else 'http'}://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@contextmanager
def running(app: ASGIApp, certificate: Certificate | None = None) -> Iterator[str]:
    """The address of a real application, in a thread of its own."""
    files = (str(certificate.file), str(certificate.key)) if certificate else (None, None)
    config = uvicorn.Config(
        app, port=0, log_level="critical", access_log=False, ssl_certfile=files[0], ssl_keyfile=files[1]
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()))
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            thread.join(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"{'https' if certificate else 'http'}://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()
