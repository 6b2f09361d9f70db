"""Files that are there, whole, or not at all, also after a power loss."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path


def replace(path: Path, content: bytes) -> None:
    """Put `content` in `path`, in one step and durably (file, then folder, fsynced)."""
    with _beside(path, content) as made:
        made.replace(path)
        _sync_folder(path.parent)


def create_private(path: Path, content: bytes) -> bool:
    """As `replace`, but only where there is no such file yet; False where there is. Readable by its owner alone."""
    with _beside(path, content) as made:
        try:
            path.hardlink_to(made)
        except FileExistsError:
            return False
        _sync_folder(path.parent)
        return True


@contextlib.contextmanager
def _beside(path: Path, content: bytes) -> Iterator[Path]:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # mkstemp makes the file 0600, and never one that is there already.
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    made = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield made
    finally:
        made.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
