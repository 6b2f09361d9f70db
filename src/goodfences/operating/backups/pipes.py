"""Bytes that go through a step while they are read: pressed, or counted. age pulls, so everything here is pulled."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from goodfences.operating.backups.shelf import STEP, Readable, Unusable
from goodfences.vault import sealing
from goodfences.vault.seek import SeekableReader

_GZIP = 31
"""zlib's word for a gzip header, so that `age -d … | gunzip` opens it without this program."""


class Pressed:
    """Reads of another reader, gzipped."""

    def __init__(self, raw: Readable, told: Callable[[int], None] = lambda _size: None) -> None:
        self._raw, self._told = raw, told
        self._zip = zlib.compressobj(1, zlib.DEFLATED, _GZIP)
        self._held, self._over = b"", False

    def read(self, size: int = -1, /) -> bytes:
        while not self._over and (size < 0 or len(self._held) < size):
            piece = self._raw.read(STEP)
            self._told(len(piece))
            self._over = not piece
            self._held += self._zip.compress(piece) if piece else self._zip.flush()
        size = len(self._held) if size < 0 else size
        piece, self._held = self._held[:size], self._held[size:]
        return piece


class _File:
    """Hashes what is written to a file."""

    def __init__(self, file: Any) -> None:
        self._file, self._hash, self.size = file, hashlib.sha256(), 0

    def write(self, data: bytes) -> int:
        self._hash.update(data)
        self.size += len(data)
        written: int = self._file.write(data)
        return written

    def facts(self) -> dict[str, Any]:
        return {"size": self.size, "sha256": self._hash.hexdigest()}


def seal(path: Path, raw: Readable, recipients: Sequence[Any]) -> dict[str, Any]:
    """Seal a new file from `raw`; on the disk when this returns. Its size and SHA-256."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        counted = _File(file)
        sealing.seal_stream(raw, counted, recipients)
        file.flush()
        os.fsync(file.fileno())
    return counted.facts()


@contextmanager
def unsealed(path: Path, identity: Any) -> Iterator[gzip.GzipFile]:
    """The plain bytes of what `seal` made from a `Pressed`. Raises vault.errors.WrongKey, Tampered."""
    with (
        SeekableReader(path.open("rb", buffering=0), identity) as raw,
        gzip.GzipFile(fileobj=io.BufferedReader(raw, STEP)) as plain,
    ):
        yield plain


def in_memory(path: Path, identity: Any, most: int) -> bytes:
    """All of what `unsealed` opens. Raises Unusable where it is longer than anything that was sealed so."""
    with unsealed(path, identity) as plain:
        content = plain.read(most + 1)
    if len(content) > most:
        raise Unusable(f"{path} unpacks to more than {most >> 20} MB, which nothing of ours does.")
    return content
