"""The hub's own folder: settings, state, key and recordings. Nothing of it is readable by other users."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from pyrage import x25519

VARIABLE = "GOODFENCES_HUB_HOME"


class Home:
    """Where a hub keeps everything; made at first use, for this user alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for each in (folder, self.recordings, self.spool):
            each.mkdir(mode=0o700, parents=True, exist_ok=True)

    @classmethod
    def default(cls) -> Home:
        """GOODFENCES_HUB_HOME, else `~/.local/share/goodfences-hub`."""
        named = os.environ.get(VARIABLE)
        return cls(Path(named) if named else Path.home() / ".local" / "share" / "goodfences-hub")

    @property
    def settings(self) -> Path:
        return self.folder / "hub.toml"

    @property
    def state(self) -> Path:
        return self.folder / "hub.sqlite3"

    @property
    def recordings(self) -> Path:
        """Sealed segments, a folder a camera and a folder a day."""
        return self.folder / "recordings"

    @property
    def spool(self) -> Path:
        """Sealed clips that wait for their upload."""
        return self.folder / "spool"

    @cached_property
    def key(self) -> x25519.Identity:
        """The key that recordings are sealed to. Whoever has it and the folder has the footage."""
        path = self.folder / "key.age"
        if not path.exists():
            write_private(path, str(x25519.Identity.generate()).encode())
        return x25519.Identity.from_str(path.read_text())

    @property
    def decision_key(self) -> Path:
        """The key that the owner's decisions are signed with."""
        return self.folder / "decision.key"


def write_private(path: Path, data: bytes) -> None:
    """Replace a file, durably and in one step; only this user can read it."""
    with private(path) as file:
        file.write(data)


@contextmanager
def private(path: Path) -> Iterator[BinaryIO]:
    """Replace a file by what is written into this one: durably and in one step, once all of it was."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    fsync_folder(path.parent)


def fsync_folder(folder: Path) -> None:
    """A new name in a folder outlives a power cut only once the folder itself is on disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
