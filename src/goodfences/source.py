"""The one source of time, randomness and identifiers.

Everything that could make two runs differ comes from here, so that a test can hold two whole
instances side by side and compare every byte an officer sees (promise P2). Streams are kept apart by
kind: drawing one more identifier for an ask never moves the next identifier of a video request.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Protocol

REF_LENGTH = 22
_REF_BYTES = 16
_TOKEN_BYTES = 32


class Source(Protocol):
    """Where time and randomness come from."""

    def now(self) -> datetime:
        """The present moment, in UTC with a time zone."""

    def random_bytes(self, kind: str, count: int) -> bytes:
        """`count` bytes from the stream of `kind`."""


class SystemSource:
    """The operating system's clock and random generator."""

    def now(self) -> datetime:
        return datetime.now(UTC)

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

    def advance(self, by: timedelta) -> None:
        """Move the clock forward."""
        self._now += by

    def random_bytes(self, kind: str, count: int) -> bytes:
        self._drawn[kind] += 1
        label = f"{self._seed}/{kind}/{self._drawn[kind]}".encode()
        return hashlib.shake_256(label).digest(count)


_installed: Source = SystemSource()


def now() -> datetime:
    """The present moment, in UTC with a time zone."""
    return _installed.now()


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
