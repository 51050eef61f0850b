"""Who is asking what right now, so that two processes on one study never ask the same administration twice.

A process registers as a worker and gives a sign of life every few seconds. Claims of a worker that is dead (its
process is gone from this machine, or it has been silent for ``LEASE`` seconds) lapse.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import delete, insert, select, update

from emotionbench.store import schema
from emotionbench.store.among import among, keys
from emotionbench.store.database import Store
from emotionbench.store.writing import add_new

HEARTBEAT, LEASE = 10.0, 90.0


class Worker:
    """This process as the store knows it, from registration until ``leave``."""

    def __init__(self, store: Store) -> None:
        self.store, self.id = store, uuid.uuid4().hex
        row = {"id": self.id, "machine": machine(), "pid": os.getpid(), "seen_at": time.time()}
        with store.writing() as connection:
            connection.execute(insert(schema.worker).values(row))

    def beat(self) -> None:
        """Give a sign of life, and drop workers that give none."""
        with self.store.writing() as connection:
            connection.execute(update(schema.worker).where(schema.worker.c.id == self.id).values(seen_at=time.time()))
            others = connection.execute(select(schema.worker).where(schema.worker.c.id != self.id)).all()
            dead = [row.id for row in others if not _lives(row.machine, row.pid, row.seen_at)]
            if dead:
                connection.execute(delete(schema.worker).where(schema.worker.c.id.in_(dead)))

    def claim(self, sessions: Sequence[str]) -> set[str]:
        """Claim sessions by the id of their first administration; return those that nobody else holds."""
        table = schema.claim
        rows = [{"administration": session, "worker": self.id} for session in sessions]
        with self.store.writing() as connection:
            if add_new(connection, table, rows) == len(rows):
                return set(sessions)
            mine = among(connection.dialect.name, table.c.administration) & (table.c.worker == self.id)
            query = select(table.c.administration).where(mine)
            return set(connection.execute(query, keys(connection, sessions)).scalars())

    def leave(self) -> None:
        """Sign off; what was claimed is free."""
        with self.store.writing() as connection:
            connection.execute(delete(schema.worker).where(schema.worker.c.id == self.id))


def machine() -> str:
    """A fingerprint of this boot of this machine and process namespace, within which a process id is unique."""
    parts = [platform.node()]
    with contextlib.suppress(OSError):
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii"))
        parts.append(str(Path("/proc/self/ns/pid").stat().st_ino))
    return hashlib.sha256("|".join(parts).encode()).hexdigest()


def _lives(on_machine: str, pid: int, seen_at: float) -> bool:
    if time.time() - seen_at > LEASE:
        return False
    if on_machine != machine():
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
