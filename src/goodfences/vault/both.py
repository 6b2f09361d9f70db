"""Two stores as one, while blobs move from the one to the other and the site goes on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from types import TracebackType

from goodfences.vault.blobs import Blob, BlobStore, BlobWriter
from goodfences.vault.errors import BlobExists, BlobMissing
from goodfences.vault.moving import claim_on
from goodfences.vault.seek import SealedFile


class BothStores:
    """A `BlobStore`: what is new goes to `now`; what still lies in `before` is read, listed and deleted there."""

    def __init__(self, now: BlobStore, before: BlobStore) -> None:
        self._now, self._before = now, before

    def create(self, name: str) -> BlobWriter:
        return _Writer(self._now, self._before, name)

    def open(self, name: str) -> SealedFile:
        return _Followed(self, name)

    def find(self, name: str) -> SealedFile:
        """Where the blob lies now. Raises BlobMissing."""
        # The old one first: what lies there counts, and what is gone there has come over.
        try:
            return self._before.open(name)
        except BlobMissing:
            return self._now.open(name)

    def size(self, name: str) -> int | None:
        size = self._before.size(name)
        return self._now.size(name) if size is None else size

    def delete(self, name: str) -> None:
        self.delete_many([name])

    def delete_many(self, names: list[str]) -> None:
        # The old one first: what is gone there can't come over any more.
        self._before.delete_many(names)
        self._now.delete_many(names)

    def delete_folder(self, name: str) -> None:
        self._before.delete_folder(name)
        self._now.delete_folder(name)

    def delete_empty_folder(self, name: str) -> None:
        self._before.delete_empty_folder(name)
        self._now.delete_empty_folder(name)

    def blobs(self, folder: str) -> Iterator[Blob]:
        return _merged(self._before.blobs(folder), self._now.blobs(folder))

    def everything(self) -> Iterator[Blob]:
        return _merged(self._before.everything(), self._now.everything())

    def folders(self, folder: str) -> list[str]:
        return sorted({*self._before.folders(folder), *self._now.folders(folder)})

    def sweep(self, before: datetime) -> int:
        return self._before.sweep(before) + self._now.sweep(before)


def _merged(before: Iterator[Blob], now: Iterator[Blob]) -> Iterator[Blob]:
    """Each blob once. The old store is listed first, so that what comes over meanwhile is in one of the lists."""
    seen = set[str]()
    for blob in before:
        seen.add(blob.name)
        yield blob
    for blob in now:
        if blob.name not in seen:
            yield blob


class _Writer:
    """A writer to the new store that knows of the names in the old one."""

    def __init__(self, now: BlobStore, before: BlobStore, name: str) -> None:
        self._now, self._before, self._name = now, before, name
        self._writer = now.create(name)

    def write(self, data: bytes, /) -> int:
        return self._writer.write(data)

    def commit(self) -> None:
        if self._before.size(self._name) is not None:
            raise BlobExists("The store holds a blob of this name already.")
        self._writer.commit()
        # In this order: a claim that is gone may have ended with this blob.
        if self._now.size(claim_on(self._name)) is not None or self._now.size(self._name) is None:
            raise BlobExists("An older blob of this name is being cleared away. Try again.")

    def __enter__(self) -> _Writer:
        self._writer.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return self._writer.__exit__(kind, error, trace)


class _Followed:
    """A blob that may come over to the other store while it is read."""

    def __init__(self, stores: BothStores, name: str) -> None:
        self._stores, self._name = stores, name
        self._file = stores.find(name)
        self._position = 0

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        self._position = self._file.seek(offset, whence)
        return self._position

    def read(self, size: int = -1, /) -> bytes:
        try:
            data = self._file.read(size)
        except BlobMissing:
            self._file.close()
            self._file = self._stores.find(self._name)
            self._file.seek(self._position)
            data = self._file.read(size)
        self._position += len(data)
        return data

    def close(self) -> None:
        self._file.close()
