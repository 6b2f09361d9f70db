"""Brings the blobs of one store over to another, while the site goes on.

Each blob is written there, read back whole and compared by SHA-256 before it counts. What counts stands in a
journal, so that a move that was killed goes on where it was; the second before the kill is done again. Nothing is
deleted where the site still writes (`drop`), and nothing ever that wasn't seen whole in the new place.
"""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path

from goodfences.vault.blobs import Blob, BlobStore
from goodfences.vault.errors import BlobExists, BlobMissing

_STEP = 4 * 1024 * 1024
_BATCH = 64
_COMMIT_SECONDS = 1.0
_WHOLE, _GONE = "whole", "gone"
CLAIMS = "claims"


@dataclass
class Progress:
    """How far a move is. `failed` are names, and why; `gone` ended while they were to be moved."""

    blobs: int = 0
    size: int = 0
    moved: int = 0
    moved_size: int = 0
    known: int = 0
    gone: int = 0
    failed: dict[str, str] = field(default_factory=dict)

    def count(self, some: list[Blob], said: dict[Blob, str]) -> None:
        """Add a batch: what is `said` of each that didn't come over before."""
        for blob in some:
            outcome = said.get(blob)
            if outcome is None:
                self.known += 1
            elif outcome == _WHOLE:
                self.moved += 1
                self.moved_size += blob.size
            elif outcome == _GONE:
                self.gone += 1
            else:
                self.failed[blob.name] = outcome


class Journal:
    """Which blobs were seen whole in their new place: names, sizes and times, durable within about a second."""

    def __init__(self, path: Path, origin: str, target: str) -> None:
        """Raises ValueError where the journal at `path` is another move's."""
        self.path = path
        self._lines = sqlite3.connect(path)
        self._lines.execute("PRAGMA synchronous=FULL")
        self._lines.execute("CREATE TABLE IF NOT EXISTS move (origin TEXT, target TEXT)")
        self._lines.execute("CREATE TABLE IF NOT EXISTS whole (name TEXT PRIMARY KEY, size INTEGER, changed TEXT)")
        if not self._lines.execute("SELECT 1 FROM move").fetchone():
            self._lines.execute("INSERT INTO move VALUES (?, ?)", (origin, target))
        self._lines.commit()
        self._last = time.monotonic()
        was: tuple[str, str] = self._lines.execute("SELECT origin, target FROM move").fetchone()
        if was != (origin, target):
            self.close()
            raise ValueError(f"A move from {was[0]} to {was[1]} is under way. End it first, or delete {path}.")

    def knows(self, blob: Blob) -> bool:
        """Whether this very blob came over: one of the same name that was made anew has another time."""
        found = self._lines.execute("SELECT size, changed FROM whole WHERE name = ?", (blob.name,)).fetchone()
        return bool(found == (blob.size, blob.modified_at.isoformat()))

    def add(self, some: Iterable[Blob]) -> None:
        self._lines.executemany(
            "INSERT OR REPLACE INTO whole VALUES (?, ?, ?)",
            [(blob.name, blob.size, blob.modified_at.isoformat()) for blob in some],
        )
        if time.monotonic() - self._last >= _COMMIT_SECONDS:
            self._lines.commit()
            self._last = time.monotonic()

    def close(self) -> None:
        self._lines.commit()
        self._lines.close()

    def remove(self) -> None:
        self.close()
        self.path.unlink()


@dataclass
class Move:
    """From `origin` to `target`. With `drop` blobs are deleted at `origin` once they are over."""

    origin: BlobStore
    target: BlobStore
    journal: Journal
    drop: bool
    at_once: int = 4
    tell: Callable[[Progress], None] = lambda progress: None

    def run(self) -> Progress:
        """One pass over everything that is there now. Raises OSError where a store is in trouble."""
        progress = Progress()
        for blob in self.origin.everything():
            progress.blobs += 1
            progress.size += blob.size
        self.target.delete_folder(CLAIMS)
        listed = self.origin.everything()
        with ThreadPoolExecutor(self.at_once) as pool:
            while some := list(islice(listed, _BATCH)):
                fresh = [blob for blob in some if not self._is_over(blob)]
                said = dict(zip(fresh, pool.map(self._bring, fresh), strict=True))
                over = [blob for blob in fresh if said[blob] == _WHOLE]
                self.journal.add(over)
                if self.drop:
                    self.origin.delete_many([blob.name for blob in some if said.get(blob, _WHOLE) == _WHOLE])
                progress.count(some, said)
                self.tell(progress)
        return progress

    def _is_over(self, blob: Blob) -> bool:
        if not self.journal.knows(blob):
            return False
        return not self.drop or self.target.size(blob.name) == blob.size

    def _bring(self, blob: Blob) -> str:
        try:
            return self._brought(blob.name)
        except BlobMissing:
            return _GONE

    def _brought(self, name: str) -> str:
        for _ in range(2):
            try:
                here = self._copy(name)
            except BlobExists:
                here = digest(self.origin, name)
            if digest(self.target, name) == here:
                return self._looked_after(name, here)
            self._clear(name, partial(self._is_another, name, here))
        return "It doesn't come over whole: what is read back differs."

    def _is_another(self, name: str, here: str, found: str) -> bool:
        """A copy that was cut short, or an older blob of that name: the site writes none there that is here, too."""
        return found != here and self.origin.size(name) is not None

    def _looked_after(self, name: str, here: str) -> str:
        """A blob that ended here while it came over must not stay there, in the way of another of its name."""
        if self.origin.size(name) is not None:
            return _WHOLE
        self._clear(name, lambda found: found == here)
        return _GONE

    def _clear(self, name: str, is_old: Callable[[str], bool]) -> None:
        """Delete a blob in the new place whose SHA-256 `is_old`, and never one that the site writes there meanwhile.

        No store deletes on a condition. So the name is claimed first: a writer that finds the claim, or finds its
        blob gone once the claim is, has not written (vault.both).
        """
        claim = claim_on(name)
        with self.target.create(claim) as writer:
            writer.commit()
        with suppress(BlobMissing):
            if is_old(digest(self.target, name)):
                self.target.delete(name)
        self.target.delete(claim)

    def _copy(self, name: str) -> str:
        """Write it there; the answer is its SHA-256 as it was read here."""
        running = hashlib.sha256()
        with closing(self.origin.open(name)) as reader, self.target.create(name) as writer:
            while piece := reader.read(_STEP):
                running.update(piece)
                writer.write(piece)
            writer.commit()
        return running.hexdigest()


def claim_on(name: str) -> str:
    """The name of the empty blob that says in the new place: what lies there as `name` is being cleared away."""
    return f"{CLAIMS}/{name}"


def digest(store: BlobStore, name: str) -> str:
    """The SHA-256 of a blob as it lies, in hexadecimal, read whole. Raises BlobMissing."""
    running = hashlib.sha256()
    with closing(store.open(name)) as reader:
        while piece := reader.read(_STEP):
            running.update(piece)
    return running.hexdigest()
