"""What the batches of one respondent may take of what the run may spend.

Room is taken before a session goes into a batch, and held until everything that was begun of it is answered or given
up, over all the batches that takes. What another process sent and this one collects is counted as this run's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence

from emotionbench.engine.budget import Budget, Hold
from emotionbench.engine.frame import SESSIONS_AT_ONCE
from emotionbench.engine.lane import Wordings
from emotionbench.plan import Session
from emotionbench.records import Administration, Attempt
from emotionbench.store import Store, batches, reading


class Allowance:
    """The room of one respondent; without limits, as much as is wanted.

    ``is_full``: in this look at the plan something found no room, and nothing more is begun.
    """

    def __init__(self, budget: Budget, wordings: Wordings, store: Store) -> None:
        self.budget, self.wordings, self.store = budget, wordings, store
        self.is_full = False
        self._held: dict[str, Hold] = {}
        self._asked: set[str] = set()

    def may_ask(self, session: Session) -> bool:
        """Whether a session is to be looked at: it was begun, or something may be begun."""
        return not self.is_full or any(administration.id in self._held for administration in session)

    def gives(self, wanted: Sequence[Administration]) -> bool:
        """Whether these administrations of a session may be asked; room is taken for those that were not begun."""
        new = [administration for administration in wanted if administration.id not in self._held]
        if not new or not self.budget.limits_anything:
            return True
        n_new = sum(administration.id not in self._asked for administration in new)
        hold = None if self.is_full else self.budget.take(new, self.wordings, n_new)
        if hold is None:
            self.is_full = True
            return False
        self._keep(hold)
        return True

    async def adopt(self, batch: batches.Batch) -> None:
        """Count what is in a batch that another process sent: what came of it already, and what is to come."""
        if not self.budget.limits_anything:
            return
        kept = await asyncio.to_thread(self._kept_of, batch)
        for attempt in kept:
            self.budget.charge(attempt, batch.respondent, 0.0)
        names = {attempt.administration for attempt in kept} - self._asked
        self.budget.n_asked += len(names)
        self._asked |= names
        for administration in await asyncio.to_thread(self._awaited_of, batch):
            if administration.id not in self._held:
                n_new = int(administration.id not in self._asked)
                self._keep(self.budget.adopt(administration, self.wordings, n_new))

    async def settle(self, failed: Collection[str]) -> None:
        """Free what was held for sessions that are answered, or of which something is given up."""
        holds = list(dict.fromkeys(self._held.values()))
        for first in range(0, len(holds), SESSIONS_AT_ONCE):
            some = holds[first : first + SESSIONS_AT_ONCE]
            names = [name for hold in some for name in hold.inputs]
            progress = await asyncio.to_thread(reading.progress, self.store, names)
            for hold in some:
                if _is_done(hold, progress, failed):
                    self._free(hold)

    def release(self) -> None:
        """Free everything: nothing more is asked of what was begun."""
        for hold in dict.fromkeys(self._held.values()):
            self._free(hold)

    def _keep(self, hold: Hold) -> None:
        self._held.update(dict.fromkeys(hold.inputs, hold))
        self._asked.update(hold.inputs)

    def _free(self, hold: Hold) -> None:
        for name in hold.inputs:
            self._held.pop(name, None)
        self.budget.finish(hold)

    def _kept_of(self, batch: batches.Batch) -> list[Attempt]:
        """The attempts that came of an open batch, of which another process collected a part."""
        names = {row.administration for row in batches.requests(self.store, batch.id) if not row.body}
        found = (attempt for name in sorted(names) for attempt in reading.attempts(self.store, name))
        return [attempt for attempt in found if attempt.started_at == batch.submitted_at]

    def _awaited_of(self, batch: batches.Batch) -> list[Administration]:
        """The administrations of which something in an open batch is still to come."""
        names = sorted(batches.unanswered(self.store, batch.id))
        found: dict[str, Administration] = {}
        for first in range(0, len(names), SESSIONS_AT_ONCE):
            awaited = batches.awaited(self.store, batch.id, names[first : first + SESSIONS_AT_ONCE])
            found |= {one.administration.id: one.administration for one in awaited.values()}
        return list(found.values())


def _is_done(hold: Hold, progress: dict[str, reading.Progress], failed: Collection[str]) -> bool:
    if any(name in failed for name in hold.inputs):
        return True
    return all(
        len(progress.get(name, reading.NOT_TRIED).replies) == foreseen.n_messages
        for name, foreseen in hold.inputs.items()
    )
