"""Making the file system keep its word."""

from __future__ import annotations

import os
from pathlib import Path


def fsync_folder(folder: Path) -> None:
    """Return once the names in `folder` are on disk: a file that was renamed into it is there after a power loss."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


_durable: set[Path] = set()
"""Folders whose own names this process has seen onto the disk."""


def make_folders(folder: Path, root: Path) -> None:
    """Make `folder` and those between it and `root`, durably. `root` itself exists.

    One that is there already may have been made by somebody who hasn't come to its fsync yet.
    """
    if folder == root or (folder in _durable and folder.is_dir()):
        return
    make_folders(folder.parent, root)
    folder.mkdir(exist_ok=True, mode=0o700)
    fsync_folder(folder.parent)
    _durable.add(folder)
