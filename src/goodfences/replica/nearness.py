"""How far behind the primary the replica is, by the places in the log (LSN) that each has come to.

The primary is asked where it is, and remembered with the moment; the replica is as old as the newest of those places
that it has come to. No clock of another machine is trusted, and a replica that hears nothing any more grows old.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

from django.conf import settings
from django.db import Error, connections

from goodfences.replica.router import REPLICA

log = logging.getLogger(__name__)

EVERY = 0.5
"""Seconds between two looks of a process."""
AGAIN = 5.0
"""Seconds for which a replica that didn't answer isn't asked again."""

_WRITTEN = "SELECT pg_current_wal_lsn() - '0/0'"
_REPLAYED = "SELECT pg_last_wal_replay_lsn() - '0/0'"


def written() -> int:
    """How far the primary's log goes, all that this process committed included."""
    return _place("default", _WRITTEN)


def replayed() -> int:
    """How far the replica has come. Raises Error where it can't be asked, or is no replica."""
    return _place(REPLICA, _REPLAYED)


def _place(database: str, query: str) -> int:
    with connections[database].cursor() as cursor:
        cursor.execute(query)
        (place,) = cursor.fetchone()
    if place is None:
        raise Error("DATABASE_REPLICA_URL leads to a server that follows nobody.")
    return int(place)


@dataclass
class Follower:
    """The replica, as this process last saw it."""

    limit: float
    """Seconds that it may be behind."""
    clock: Callable[[], float] = time.monotonic
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _next_look: float = float("-inf")
    _seen: deque[tuple[float, int]] = field(default_factory=deque)
    """When the primary was at which place: the newest one that the replica has come to, and later ones, as many as
    there are looks within the limit: beyond it, nobody asks how old the replica is."""
    _at: int = -1
    """Where the replica is."""

    def may_answer(self, *, wrote: int = 0) -> bool:
        """Whether it is near enough, and has come to `wrote`."""
        self._look_if_due()
        age = self.age()
        return age is not None and age <= self.limit and self._at >= wrote

    def age(self) -> float | None:
        """Seconds since the primary was where the replica is; None where that isn't known."""
        seen = self._seen
        return self.clock() - seen[0][0] if seen and seen[0][1] <= self._at else None

    def is_away(self) -> None:
        """It failed somebody: nobody is sent there for a while."""
        self._next_look = self.clock() + AGAIN
        self._seen, self._at = deque(), -1

    def _look_if_due(self) -> None:
        if self.clock() < self._next_look or not self._lock.acquire(blocking=False):
            return
        try:
            self._next_look = self.clock() + EVERY
            self.look()
        finally:
            self._lock.release()

    def look(self) -> None:
        """Ask both. The primary first: a replica that has come to that place was as new as it then."""
        now, place = self.clock(), written()
        try:
            at = replayed()
        except Error as error:
            log.warning("The replica doesn't answer: %s. Everything is read from the primary.", type(error).__name__)
            connections[REPLICA].close()
            self.is_away()
            return
        seen = deque([*self._seen, (now, place)], maxlen=int(self.limit / EVERY) + 2)
        while len(seen) > 1 and seen[1][1] <= at:
            seen.popleft()
        self._seen, self._at = seen, at


@cache
def follower() -> Follower | None:
    """The replica that the settings name, if they do."""
    return Follower(settings.REPLICA_LAG_SECONDS) if REPLICA in settings.DATABASES else None
