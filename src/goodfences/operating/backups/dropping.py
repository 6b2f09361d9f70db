"""Drops backups that are older than those that are kept, and the sealed files that only they held."""

from __future__ import annotations

import shutil
from itertools import islice

from goodfences.operating.backups import register
from goodfences.operating.backups.shelf import PART, Backup, Shelf, is_ours, parse_stamp
from goodfences.vault.durable import fsync_folder

_BATCH = 500


def keep(shelf: Shelf, newest: int) -> int:
    """Drop all but the newest backups, and what only older ones need. Returns how many were dropped.

    Inside `shelf.alone()`.
    """
    backups = shelf.whole()
    kept, dropped = backups[-newest:], backups[:-newest]
    for backup in dropped:
        gone = backup.folder.with_name(f"{backup.stamp}{PART}")
        backup.folder.rename(gone)
        shutil.rmtree(gone)
        fsync_folder(gone.parent)
    for path in shelf.recent.glob("*.age"):
        if kept and parse_stamp(path.stem) < kept[0].made_at:
            path.unlink()
    _drop_files(shelf, kept)
    return len(dropped)


def _drop_files(shelf: Shelf, kept: list[Backup]) -> None:
    store = shelf.blobs
    with register.opened(shelf.folder) as needed:
        for backup in kept:
            needed.need(backup.kept())
        names = (blob.name for blob in store.everything())
        over = (name for name in names if is_ours(name) and not needed.needs(name))
        while some := list(islice(over, _BATCH)):
            store.delete_many(some)
