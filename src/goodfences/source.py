"""The one source of time, randomness and identifiers.

Everything that could make two runs differ comes from here, so that a test can hold two whole
instances side by side and compare every byte an officer sees (promise P2). Streams are kept apart by
kind: drawing one more identifier for an ask never moves the next identifier of a video request.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Protocol

REF_LENGTH = 22
BELIEVED_AFTER = timedelta(minutes=10)
"""For so long a clock that jumped has to stay there before anything ends by it."""
_SLEWED = timedelta(seconds=10)
"""What a clock may gain at once without having jumped."""
_REF_BYTES = 16
_TOKEN_BYTES = 32


class Source(Protocol):
    """Where time and randomness come from."""

    def now(self) -> datetime:
        """The present moment, in UTC with a time zone."""

    def settled_now(self) -> datetime:
        """As `now`, but a jump ahead isn't believed at once."""

    def random_bytes(self, kind: str, count: int) -> bytes:
        """`count` bytes from the stream of `kind`."""


class Settling:
    """A wall clock beside one that never jumps.

    `look` is the earlier of what both say, until a jump has lasted for BELIEVED_AFTER: by it nothing ends too early.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self.believed: tuple[datetime, float] | None = None
        """A time by the wall clock, and the same moment by the steady one."""
        self._jumped_at: float | None = None

    def look(self, wall: datetime, steady: float) -> datetime:
        """`steady`: seconds by the clock that never jumps."""
        with self._lock:
            expected = wall if self.believed is None else _later(*self.believed, steady)
            if abs(wall - expected) <= _SLEWED:
                self._jumped_at = None
            elif self._jumped_at is None:
                self._jumped_at = steady
            if self._jumped_at is not None and steady - self._jumped_at < BELIEVED_AFTER.total_seconds():
                return min(wall, expected)
            self.believed, self._jumped_at = (wall, steady), None
            return wall


def _later(at: datetime, steady: float, now: float) -> datetime:
    return at + timedelta(seconds=now - steady)


class SystemSource:
    """The operating system's clock and random generator."""

    def __init__(self) -> None:
        self.settling = Settling()

    def now(self) -> datetime:
        return datetime.now(UTC)

    def settled_now(self) -> datetime:
        return self.settling.look(self.now(), time.clock_gettime(_NEVER_JUMPS))

    def random_bytes(self, kind: str, count: int) -> bytes:
        return secrets.token_bytes(count)


class SeededSource:
    """A repeatable source for tests and comparisons; never for a running instance.

    `start` is what `now()` answers until `advance` moves it.
    """

    def __init__(self, seed: int, start: datetime) -> None:
        self._seed = seed
        self._now = start
        self._drawn: Counter[str] = Counter()

    def now(self) -> datetime:
        return self._now

    def settled_now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> None:
        """Move the clock forward."""
        self._now += by

    def random_bytes(self, kind: str, count: int) -> bytes:
        self._drawn[kind] += 1
        label = f"{self._seed}/{kind}/{self._drawn[kind]}".encode()
        return hashlib.shake_256(label).digest(count)


_NEVER_JUMPS = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""And goes on while a laptop sleeps, where the system has such a clock."""
_installed: Source = SystemSource()
_is_settled: ContextVar[bool] = ContextVar("goodfences.source.is_settled", default=False)


def now() -> datetime:
    """The present moment, in UTC with a time zone."""
    return _installed.settled_now() if _is_settled.get() else _installed.now()


def settled_now() -> datetime:
    """As `now`, but a clock that jumped ahead isn't believed for ten minutes: for what ends something for good."""
    return _installed.settled_now()


def believed() -> tuple[datetime, float] | None:
    """A time that is believed, and the same moment by the clock that never jumps; None where none was looked at."""
    return _installed.settling.believed if isinstance(_installed, SystemSource) else None


def believe(wall: datetime, steady: float) -> None:
    """Begin with what `believed` was in another process, since this machine started."""
    if isinstance(_installed, SystemSource):
        _installed.settling.believed = wall, steady


@contextmanager
def settled() -> Iterator[None]:
    """In this thread `now` answers as `settled_now`, until the block ends."""
    token = _is_settled.set(True)
    try:
        yield
    finally:
        _is_settled.reset(token)


def random_bytes(kind: str, count: int) -> bytes:
    """`count` random bytes from the stream of `kind`."""
    return _installed.random_bytes(kind, count)


def new_ref(kind: str) -> str:
    """An unguessable public identifier of 22 URL-safe characters (128 bits)."""
    return _urlsafe(random_bytes(f"ref:{kind}", _REF_BYTES))


def new_token(kind: str) -> str:
    """A secret of 43 URL-safe characters (256 bits)."""
    return _urlsafe(random_bytes(f"token:{kind}", _TOKEN_BYTES))


def token_digest(token: str) -> str:
    """What is kept of a token: its SHA-256 in hexadecimal (256 random bits need no salt)."""
    return hashlib.sha256(token.encode()).hexdigest()


def _urlsafe(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


@contextmanager
def using(source: Source) -> Iterator[Source]:
    """Use `source` in every thread of this process until the block ends (tests only)."""
    global _installed
    before, _installed = _installed, source
    try:
        yield source
    finally:
        _installed = before
