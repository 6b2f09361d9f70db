"""Work that is done by one process at a time, of all machines that share a database.

On PostgreSQL a row says who has the turn: one UPDATE takes it, and it goes on to somebody else once its holder hasn't
renewed it for LASTS. A row and no advisory lock, which belongs to a connection, and those come from a pool. SQLite
lives on one machine, where a locked file does, without a write to the database every few seconds.

A turn saves doing things twice; it isn't what keeps them from being done twice. A process may be stopped for longer
than its turn lasts, so every act still looks at its row under a lock.
"""

from __future__ import annotations

import fcntl
import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.db import connection
from django.db.models import Q
from django.db.models.functions import Now

from goodfences import source
from goodfences.work.models import Turn

LASTS = timedelta(seconds=30)


class TakesTurns(Protocol):
    """One process's part in it. `take` is called again and again; `holds` is cheap and asks nobody."""

    def take(self) -> bool: ...

    def holds(self) -> bool: ...

    def give_back(self) -> None: ...


def turn(name: str) -> TakesTurns:
    """This process's part in the work called `name`."""
    return FileTurn(name) if connection.vendor == "sqlite" else RowTurn(name)


class RowTurn:
    """A turn that a row of the database tells of."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._holder = source.new_ref("turn")
        self._until = 0.0

    def take(self) -> bool:
        """Take the turn, or renew it. Whether this process has it now."""
        asked_at = time.monotonic()
        ours = Turn.objects.filter(Q(holder=self._holder) | Q(until__lte=Now()), name=self._name)
        mine = bool(ours.update(holder=self._holder, until=Now() + LASTS)) or self._first()
        # Counted from before the question, and so never beyond what the row says.
        self._until = asked_at + LASTS.total_seconds() if mine else 0.0
        return mine

    def holds(self) -> bool:
        """Whether the turn was taken and can't have gone to somebody else since."""
        return time.monotonic() < self._until

    def give_back(self) -> None:
        """Let somebody else begin at once."""
        self._until = 0.0
        Turn.objects.filter(name=self._name, holder=self._holder).delete()

    def _first(self) -> bool:
        made = Turn(name=self._name, holder=self._holder, until=source.now())
        Turn.objects.bulk_create([made], ignore_conflicts=True)
        mine = Turn.objects.filter(name=self._name, holder=self._holder)
        return bool(mine.update(until=Now() + LASTS))


class FileTurn:
    """A turn that a locked file tells of: the kernel gives it back when its process ends, however that ends."""

    def __init__(self, name: str) -> None:
        self._path = Path(settings.STATE) / f"turn-{name}.lock"
        self._fd: int | None = None

    def take(self) -> bool:
        """Take the turn. Whether this process has it now."""
        if self._fd is not None:
            return True
        fd = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            return False
        self._fd = fd
        return True

    def holds(self) -> bool:
        """Whether the turn was taken."""
        return self._fd is not None

    def give_back(self) -> None:
        """Let somebody else begin at once."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
