"""Sealed files that no row names, and how long that has been so.

A file is durable before its row is, so that one without a row may be about to get it. How old a file is says the wall
clock, which may jump ahead of a file that was written a second ago: so whoever sweeps looks twice, with time between
the looks that no jump shortens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import islice
from time import monotonic

from goodfences.vault import backed_up, blobs

WATCHED_S = 60.0
"""By a clock that never jumps. A row follows its file within seconds."""
_AT_ONCE = 500


class Orphans:
    """What one kind of sweep saw, in this process. Another process looks twice by itself."""

    def __init__(self, named: Callable[[list[str]], set[str]]) -> None:
        """`named` tells which of some blobs a row names."""
        self._named = named
        self._since: dict[str, float] = {}

    def drop(self, folder: str, before: datetime) -> int:
        """Delete what lies under `folder/` since before that time and no row names, seen so twice; returns how many.

        Nothing while a backup is made: its database may name it still. Raises OSError where the store is in trouble.
        """
        if backed_up.holds():
            return 0
        store, dropped = blobs.store(), 0
        old = (blob.name for blob in store.blobs(folder) if blob.modified_at < before)
        while names := list(islice(old, _AT_ONCE)):
            kept = self._named(names)
            orphans = self._certain(name for name in names if name not in kept)
            store.delete_many(orphans)
            dropped += len(orphans)
        return dropped

    def _certain(self, unnamed: Iterable[str]) -> list[str]:
        """Those of the files, of which no row names any now, that were seen so at least WATCHED_S ago."""
        now = monotonic()
        found = [name for name in unnamed if now - self._since.setdefault(name, now) >= WATCHED_S]
        for name in found:
            del self._since[name]
        return found
