"""What a witness remembers, in a folder: its key, and each log's newest cosigned checkpoint."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
from collections.abc import Iterator
from pathlib import Path

from goodfences.ledger import durable
from goodfences_record.notes import COSIGNER, BadNote, SigningKey, VerifierKey


class Place:
    """A log's files, while the folder is locked."""

    def __init__(self, folder: Path, origin: str) -> None:
        self._stem = folder / log_id(origin)
        try:
            self.note: str | None = self._file("checkpoint").read_text(encoding="utf-8")
        except FileNotFoundError:
            self.note = None

    def keep(self, note: str) -> None:
        durable.replace(self._file("checkpoint"), note.encode())
        self.note = note

    def accuse(self, note: str) -> None:
        """Beside a copy of what was cosigned: both signed, they can't both be true."""
        digest = hashlib.sha256(note.encode()).hexdigest()[:12]
        durable.replace(self._file(f"{digest}.contradicts"), f"{note}\n\n{self.note or ''}".encode())

    def accusations(self) -> list[Path]:
        """The files that hold two checkpoints of which one is a lie."""
        return sorted(self._stem.parent.glob(f"{self._stem.name}.*.contradicts"))

    def _file(self, kind: str) -> Path:
        return self._stem.with_name(f"{self._stem.name}.{kind}")


class Folder:
    """A witness's folder. It is never restored from a backup: a witness that forgets is none."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True, mode=0o700)

    @contextlib.contextmanager
    def holding(self, origin: str) -> Iterator[Place]:
        """Of all programs and threads, this one alone reads and writes until it is left."""
        with (self.path / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield Place(self.path, origin)

    def key(self, name: str | None) -> SigningKey:
        """The witness's key, made on first use with this name. Raises BadNote where there is none, or another's."""
        path = self.path / "witness.key"
        if not path.exists():
            if name is None:
                raise BadNote("A new witness needs a name that others know it by: --name example.org/witness")
            durable.create_private(path, f"{SigningKey.new(name, COSIGNER)}\n".encode())
        key = SigningKey.parse(path.read_text(encoding="utf-8"), COSIGNER)
        if name not in (None, key.name):
            raise BadNote(f"This folder's witness is named {key.name}, and keeps that name.")
        return key

    def log_key(self, url: str, given: str | None) -> VerifierKey | None:
        """The key of the log at `url`, as it was given the first time. Raises BadNote where another is given now."""
        path = self.path / f"{log_id(url)}.log"
        if path.exists():
            known = path.read_text(encoding="utf-8").strip()
            if given is not None and given.strip() != known:
                raise BadNote(f"The log's key was {known}, and is now said to be {given.strip()}.")
            return VerifierKey.parse(known)
        if given is None:
            return None
        key = VerifierKey.parse(given)
        durable.replace(path, f"{key}\n".encode())
        return key


def log_id(name: str) -> str:
    """A name that a file can have."""
    return hashlib.sha256(name.encode()).hexdigest()[:32]
