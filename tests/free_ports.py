"""Ports of this machine that nobody else takes between their choice and their use."""

from __future__ import annotations

import fcntl
import os
import socket
import tempfile
from functools import cache
from itertools import count
from pathlib import Path

LOWEST, BLOCK, N_BLOCKS = 20_000, 100, 127
"""Below the ports that systems give to whoever asks for any (from 32768 on Linux), so that no other socket gets one."""
_turns = count()


def free_port() -> int:
    """A port of the loopback where nothing listens: this process's own, until all of its block have had their turn."""
    for _ in range(BLOCK):
        port = _block() + next(_turns) % BLOCK
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError(f"none of the ports from {_block()} on is free")


@cache
def _block() -> int:
    """The first port of a block that is this process's own while it lives: the system frees the lock at its end."""
    folder = Path(tempfile.gettempdir()) / f"emotionbench-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    for number in range(N_BLOCKS):
        held = os.open(folder / str(number), os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(held)
            continue
        return LOWEST + number * BLOCK
    raise RuntimeError("every block of ports is taken")
