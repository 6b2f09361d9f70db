"""Where sealed files are kept: a folder, or any S3 store.

A blob is written once and never changed. `create` gives a writer whose `commit` returns only when the blob
is durable under its name; until then, and after a crash, there is nothing of that name. Names look like
`clips/2026-12-25/REF.age`; a folder that ends with a day can be dropped whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from django.conf import settings

from goodfences.vault.seek import SealedFile

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*")


class BlobWriter(AbstractContextManager["BlobWriter"], Protocol):
    """Writes one blob. Leaving the `with` block without `commit` leaves nothing behind."""

    def write(self, data: bytes, /) -> int: ...

    def commit(self) -> None:
        """Return once the blob is durable. Raises BlobExists where the name was taken meanwhile."""


@dataclass(frozen=True)
class Blob:
    """What a store knows of a blob without opening it."""

    name: str
    size: int
    modified_at: datetime


class BlobStore(Protocol):
    """A place for sealed files.

    Every method raises ValueError for a name that isn't one, and StoreTrouble (or another OSError) where the place
    itself is in trouble.
    """

    def create(self, name: str) -> BlobWriter: ...

    def open(self, name: str) -> SealedFile:
        """The sealed bytes, seekable. Raises BlobMissing."""

    def size(self, name: str) -> int | None:
        """Bytes of the blob; None where there is none."""

    def delete(self, name: str) -> None:
        """Durably; no error where there is no such blob."""

    def delete_many(self, names: list[str]) -> None:
        """`delete` for each."""

    def delete_folder(self, name: str) -> None:
        """Everything under `name/`."""

    def delete_empty_folder(self, name: str) -> None:
        """The folder itself, where nothing is in it."""

    def blobs(self, folder: str) -> Iterator[Blob]:
        """Every blob under `folder/`, in no order."""

    def everything(self) -> Iterator[Blob]:
        """Every blob, in no order, listed as they are asked for: a store may hold many millions."""

    def folders(self, folder: str) -> list[str]:
        """The full names of the folders right under `folder`, sorted. One that was emptied may stay for a while."""

    def sweep(self, before: datetime) -> int:
        """Drop what unfinished writers left behind before that time; returns how many."""


def store() -> BlobStore:
    """The store of this instance: `settings.BLOBS`, a folder or `s3://bucket/prefix`.

    While blobs move to it from `settings.BLOBS_BEFORE`, both are read (vault.both).
    """
    now, before = str(settings.BLOBS), str(settings.BLOBS_BEFORE)
    return _both(now, before) if before else at(now)


@lru_cache(maxsize=8)
def at(where: str) -> BlobStore:
    """The store at an address alone, whatever else this instance reads."""
    if where.startswith("s3://"):
        from goodfences.vault.s3 import S3Store

        return S3Store.from_url(where)
    from goodfences.vault.folder import FolderStore

    return FolderStore(Path(where))


@lru_cache(maxsize=4)
def _both(now: str, before: str) -> BlobStore:
    from goodfences.vault.both import BothStores

    return BothStores(at(now), at(before))


def forget() -> None:
    """Open every store anew when it is next asked for: what their settings or environment said has changed."""
    at.cache_clear()
    _both.cache_clear()


def checked_name(name: str) -> str:
    """`name`, or ValueError where it could lead out of the store or hide in it."""
    if not is_name(name):
        raise ValueError("A blob's name is letters, digits, '-', '_' and '.', in folders separated by '/'.")
    return name


def is_name(name: str) -> bool:
    """Whether a blob can have this name."""
    return _NAME.fullmatch(name) is not None
