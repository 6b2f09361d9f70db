"""Makes a backup beside a running instance.

The order is what makes it whole. Sealed files are copied first, which takes long. Then no file is deleted for a
moment (`backed_up.deleting_nothing`), the database's moment is taken, and the files that came meanwhile are copied:
so every file that the database names is there, also one that a check was replacing. What ends meanwhile is written
down beside it (`recent`) all along, by a lock of its own.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pyrage
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

import goodfences
from goodfences import source
from goodfences.ledger import keys as ledger_keys
from goodfences.operating.backups import belongings, databases, pipes, recent, register
from goodfences.operating.backups.register import Register
from goodfences.operating.backups.shelf import (
    DATABASE,
    FORMAT,
    LIST,
    STATE,
    Backup,
    Kept,
    Shelf,
    Unusable,
    lies_at,
    pieces,
    side_by_side,
    write_list,
)
from goodfences.vault import backed_up, blobs
from goodfences.vault.blobs import Blob
from goodfences.vault.errors import BlobExists, BlobMissing, HoldLapsed

Told = Callable[[str, int], None]


@dataclass(frozen=True)
class Made:
    """A backup, and how many sealed files were new to the folder."""

    backup: Backup
    copied: int


def recipients(texts: Sequence[str]) -> list[Any]:
    """The age recipients that backups are sealed to. Raises Unusable."""
    if not texts:
        raise Unusable(
            "Say to whom the backup is sealed: --to age1… or GOODFENCES_BACKUP_RECIPIENTS. "
            "`goodfences backup --new-identity FILE` makes one; keep that file away from this machine."
        )
    try:
        return [pyrage.x25519.Recipient.from_str(text) for text in texts]
    except pyrage.RecipientError as error:
        raise Unusable(f"That is no age recipient (age1…): {error}") from error


def make(shelf: Shelf, to: Sequence[str], told: Told) -> Made:
    """One backup. Raises Unusable; whatever it raises, nothing that looks whole is left."""
    sealed_to = recipients(to)
    shelf.set_up()
    with shelf.alone(), register.opened(shelf.folder) as held:
        earlier = shelf.whole()
        with shelf.naming():
            if earlier:
                # What ended between the two belongs to the older one.
                recent.write_down(shelf, sealed_to)
            now = source.now()
            folder = shelf.begin(now)
        files = _Files(shelf, held, told)
        if earlier:
            held.know(earlier[-1].kept())
        files.copy()
        try:
            with backed_up.deleting_nothing():
                with databases.dumped(told) as raw:
                    database = pipes.seal(folder / DATABASE, pipes.Pressed(raw), sealed_to)
                files.copy()
        except HoldLapsed as error:
            raise Unusable(f"This backup may lack files. {error} Make it again.") from error
        state = pipes.seal(folder / STATE, pipes.Pressed(io.BytesIO(belongings.packed())), sealed_to)
        kept = write_list(folder / LIST, held.held())
        count, size = held.counted()
        manifest = {
            "format": FORMAT,
            "made_at": now.isoformat(timespec="seconds"),
            "version": goodfences.__version__,
            "engine": databases.engine(),
            "migrations": sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations()),
            "sealed_to": list(to),
            "ledger": {"origin": ledger_keys.origin()},
            "files": {DATABASE: database, STATE: state, LIST: kept},
            "blobs": {"count": count, "bytes": size, "each_name_once": True},
        }
        return Made(shelf.finish(folder, manifest), files.copied)


class _Files:
    """The instance's sealed files, brought to the shelf. `copy` again takes what is new since."""

    def __init__(self, shelf: Shelf, held: Register, told: Told) -> None:
        self._shelf, self._held, self._told = shelf.blobs, held, told
        self._store = blobs.store()
        self.copied = 0

    def copy(self) -> None:
        new = (blob for blob in self._store.everything() if not self._holds(blob))
        for kept in side_by_side(self._keep, new):
            if kept is not None:
                self._held.hold(kept)
                self._told("files", kept.size)
                self.copied += 1

    def _holds(self, blob: Blob) -> bool:
        """Whether this very file is there already, from before or from this backup."""
        found = self._held.find(blob.name)
        if found is None or (found[0].size, found[0].modified) != (blob.size, blob.modified_at.isoformat()):
            return False
        kept, held = found
        if not held and self._shelf.size(kept.lies) == kept.size:
            self._held.hold(kept)
            return True
        return held

    def _keep(self, blob: Blob) -> Kept | None:
        lies = lies_at(blob.name, blob.modified_at)
        try:
            raw = self._store.open(blob.name)
        except BlobMissing:  # it ended since it was listed
            return None
        running, size = hashlib.sha256(), 0
        self._shelf.delete(lies)
        try:
            with self._shelf.create(lies) as writer:
                for piece in pieces(raw):
                    writer.write(piece)
                    running.update(piece)
                    size += len(piece)
                writer.commit()
        except BlobExists as error:
            raise Unusable("Somebody else writes into this folder.") from error
        finally:
            raw.close()
        return Kept(blob.name, lies, size, blob.modified_at.isoformat(), running.hexdigest())
