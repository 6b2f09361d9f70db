"""Sealing a stream into an age file and opening it again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pyrage

from goodfences.vault.seek import SealedFile, SeekableReader


class Reader(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class Writer(Protocol):
    def write(self, data: bytes, /) -> int: ...


class Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...

    def hexdigest(self) -> str: ...


class Pieces:
    """Reads as one what comes in pieces."""

    def __init__(self, pieces: Iterable[bytes | memoryview]) -> None:
        self._pieces = iter(pieces)
        self._held = memoryview(b"")

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes; none at the end alone. Raises what the pieces raise."""
        while not self._held and (piece := next(self._pieces, None)) is not None:
            self._held = memoryview(piece)
        read, self._held = self._held[:size], self._held[size:]
        return bytes(read)


@dataclass(frozen=True)
class Sealed:
    """What went through: plain bytes and their SHA-256 in hexadecimal."""

    size: int
    sha256: str


class _Counted:
    """Reads in large steps from `source`, hashing and counting; hands out small ones, as age asks for them."""

    _STEP = 256 * 1024

    def __init__(self, source: Reader, running: Hash | None) -> None:
        self._source = source
        self._held = memoryview(b"")
        self._hash = running or hashlib.sha256()
        self.size = 0
        self.error: BaseException | None = None

    def read(self, size: int = -1) -> bytes:
        if not self._held:
            step = self._next()
            self._hash.update(step)
            self.size += len(step)
            self._held = memoryview(step)
        piece, self._held = self._held[:size], self._held[size:]
        return bytes(piece)

    def _next(self) -> bytes:
        try:
            return self._source.read(self._STEP)
        except BaseException as error:
            self.error = error
            raise

    def sealed(self) -> Sealed:
        return Sealed(self.size, self._hash.hexdigest())


class _Remembering:
    """Passes writes on and keeps what they raise: age itself keeps no more than the message."""

    def __init__(self, target: Writer) -> None:
        self._target = target
        self.error: BaseException | None = None

    def write(self, data: bytes) -> int:
        try:
            return self._target.write(data)
        except BaseException as error:
            self.error = error
            raise

    def flush(self) -> None:
        """The target's own commit makes it durable."""


def seal_stream(reader: Reader, writer: Writer, recipients: Sequence[Any], *, running: Hash | None = None) -> Sealed:
    """Write everything that `reader` gives into `writer` as one age file, in one pass and little memory.

    `recipients` are pyrage X25519 recipients. What `reader` or `writer` raises comes through; what was
    written by then is no whole age file and can't be opened. `running` is a SHA-256 that goes on over several
    files: the answer's `sha256` is then that of all that it has seen, and its `size` still of this file alone.
    """
    counted, remembering = _Counted(reader, running), _Remembering(writer)
    try:
        pyrage.encrypt_io(counted, remembering, list(recipients))
    except pyrage.EncryptError:
        error = counted.error or remembering.error
        if error is None:
            raise
        raise error from None
    return counted.sealed()


def open_bytes(raw_reader: SealedFile, identity: Any) -> bytes:
    """All plain bytes of an age file. Raises Tampered or WrongKey; never returns a part of a broken file."""
    with SeekableReader(raw_reader, identity) as reader:
        return reader.readall()
