"""What takes long to make and is asked for again and again: made once, in a thread, and kept in memory for a while.

A page that waits for it asks again. Nothing of it survives this process, and nothing of it lies on a disk.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from datetime import datetime, timedelta
from functools import partial
from typing import Generic, TypeVar

from goodfences import source
from goodfences.redaction import aside

KEPT_FOR = timedelta(minutes=10)
WAIT_S = 5.0
"""So long a page waits for what it needs before it says that it will come."""

AT_ONCE = 2
"""Things made at once: each takes a core or two."""

T = TypeVar("T")


class Kept(Generic[T]):
    """A few recent results, `most_bytes` of them together by `size`; the newest stays whatever its size."""

    def __init__(self, size: Callable[[T], int], most_bytes: int) -> None:
        self._size, self._most = size, most_bytes
        self._lock = threading.Lock()
        self._held: OrderedDict[Hashable, tuple[datetime, T]] = OrderedDict()
        self._working: dict[Hashable, tuple[datetime, Future[T]]] = {}
        self._turns = threading.Semaphore(AT_ONCE)

    def get(self, key: Hashable) -> T | None:
        with self._lock:
            self._forget_old()
            found = self._held.get(key)
            return found[1] if found else None

    def where(self, fits: Callable[[Hashable], bool]) -> T | None:
        """What is kept under any key that fits."""
        with self._lock:
            self._forget_old()
            return next((made for key, (_, made) in self._held.items() if fits(key)), None)

    def put(self, key: Hashable, made: T) -> None:
        with self._lock:
            self._held[key] = (source.now(), made)
            self._held.move_to_end(key)
            while len(self._held) > 1 and sum(self._size(held) for _, held in self._held.values()) > self._most:
                self._held.popitem(last=False)

    def soon(self, key: Hashable, prepare: Callable[[], Callable[[], T]], wait_s: float | None = None) -> T | None:
        """What is kept, or what the work that `prepare` gives makes; None where that takes longer: ask again.

        `prepare` runs here, once; the work in another thread, so it may not touch the database. What it raises comes
        through, once.
        """
        found = self.get(key)
        if found is not None:
            return found
        future = self._begun(key) or self._begin(key, prepare())
        try:
            made = future.result(WAIT_S if wait_s is None else wait_s)
        except NotYet:
            return None
        except BaseException:
            self._done(key)
            raise
        self.put(key, made)
        self._done(key)
        return made

    def _begun(self, key: Hashable) -> Future[T] | None:
        with self._lock:
            found = self._working.get(key)
            return found[1] if found else None

    def _begin(self, key: Hashable, work: Callable[[], T]) -> Future[T]:
        with self._lock:
            if key not in self._working:  # two pages may ask at once
                self._working[key] = source.now(), aside.begin(partial(self._in_turn, work))
            return self._working[key][1]

    def _in_turn(self, work: Callable[[], T]) -> T:
        with self._turns:
            return work()

    def _done(self, key: Hashable) -> None:
        with self._lock:
            self._working.pop(key, None)

    def _forget_old(self) -> None:
        limit = source.now() - KEPT_FOR
        for key in [key for key, (made, _kept) in self._held.items() if made < limit]:
            del self._held[key]
        # Whose page nobody looked at again.
        for key in [key for key, (begun, future) in self._working.items() if begun < limit and future.done()]:
            del self._working[key]
