"""Restores a backup onto an empty machine. Nothing is written before all of the backup was read and found whole.

A restore that was cut off is begun again by the same command; until it is done no program of the instance starts.
What the ledger's signer must know comes before the database: the newest checkpoint that anybody saw, so that a
database that is older never signs a second history (docs/ledger.md).
"""

from __future__ import annotations

import gzip
import tarfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyrage
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from goodfences import fresh, migrating
from goodfences.env import lines_of
from goodfences.ledger import actions as ledger
from goodfences.ledger import tree, witnesses
from goodfences.mail.actions import hold_waiting
from goodfences.operating.backups import belongings, databases, forgetting, mark, pipes, recent
from goodfences.operating.backups.shelf import (
    DATABASE,
    STATE,
    Backup,
    Kept,
    Shelf,
    Unusable,
    check,
    pieces,
    side_by_side,
)
from goodfences.vault import blobs
from goodfences.vault.errors import VaultError
from goodfences_record.notes import BadNote

Told = Callable[[str, int], None]


@dataclass(frozen=True)
class Restored:
    """What came of it. `trouble` says why the ledger isn't signed; empty where it goes on."""

    backup: Backup
    files: int
    entries: int
    brought_back: int
    forgotten: int
    held: int
    trouble: str


def identity_of(path: Path) -> Any:
    """The age identity in a file, as age-keygen writes it. Raises Unusable."""
    try:
        lines = [line.strip() for line in path.read_text().splitlines()]
        (secret,) = [line for line in lines if line and not line.startswith("#")]
        return pyrage.x25519.Identity.from_str(secret)
    except (OSError, ValueError, pyrage.IdentityError) as error:
        raise Unusable(f"{path} holds no age identity (AGE-SECRET-KEY-1…).") from error


def restore(
    shelf: Shelf, identity: Any, told: Told, *, stamp: str = "", seen: Sequence[Path] = (), unasked: bool = False
) -> Restored:
    """Restore that backup, or the newest, and what was written down since.

    `seen` are files with checkpoints that somebody else kept; `unasked` goes on where a witness can't be asked.
    Raises Unusable.
    """
    backup = shelf.find(stamp)
    _fits(backup)
    _is_empty_for(backup)
    check(shelf, backup, told)
    state, since = _opened(backup, identity), recent.read(shelf, backup.made_at, identity)
    notes = [path.read_text(encoding="utf-8") for path in seen]
    mark.put(backup.stamp)
    _keys(state, since, notes, unasked=unasked)
    files = _files(shelf, backup, told)
    _database(backup, identity)
    done = _since(backup, since, files)
    mark.remove()
    return done


def _fits(backup: Backup) -> None:
    made_on = backup.manifest["engine"]
    if made_on != databases.engine():
        raise Unusable(f"This backup was made on {made_on}, and DATABASE_URL says {databases.engine()}.")
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations or ()}
    if not set(backup.manifest["migrations"]) <= known:
        version = backup.manifest["version"]
        raise Unusable(f"This backup was made by version {version}, which is newer. Install that version first.")


def _is_empty_for(backup: Backup) -> None:
    begun = mark.stamp()
    if begun == backup.stamp:
        return
    if begun:
        raise Unusable(f"A restore of {begun} was cut off here. Finish that one first: --at {begun}.")
    found = [str(path) for path in belongings.present()]
    if not fresh.is_empty(connection):
        found.append("the database")
    if next(iter(blobs.store().everything()), None) is not None:
        found.append(str(settings.BLOBS))
    if found:
        raise Unusable(
            f"This isn't an empty machine: there is {', '.join(found)}. Move it away first; nothing was changed."
        )


def _opened(backup: Backup, identity: Any) -> bytes:
    try:
        return pipes.in_memory(backup.folder / STATE, identity, belongings.MOST)
    except VaultError as error:
        raise Unusable(f"This identity doesn't open the backup: {error}") from error
    except (gzip.BadGzipFile, EOFError) as error:
        raise Unusable(f"{STATE} is damaged: {error}") from error


def _keys(state: bytes, since: list[dict[str, Any]], notes: Sequence[str], *, unasked: bool) -> None:
    """Keys first, then what was signed by them, as far as anybody knows."""
    try:
        belongings.unpack(state)
    except (ValueError, tarfile.TarError) as error:
        raise Unusable(f"{STATE} holds something that isn't of an instance: {error}") from error
    secret = Path(settings.STATE) / belongings.SECRET
    if secret.exists():
        settings.SECRET_KEY = secret.read_text().strip()
    settings.SECRETS_BEFORE = lines_of(Path(settings.STATE) / belongings.BEFORE)
    for note in [*(one["checkpoint"] for one in since), *notes, *_witnessed(unasked=unasked)]:
        if note:
            try:
                ledger.remember_newer(note)
            except (BadNote, ledger.WouldFork) as error:
                raise Unusable(f"A checkpoint that was given isn't of this ledger: {error}") from error
    for one in since:
        belongings.put_told(one["told"])


def _witnessed(*, unasked: bool) -> list[str]:
    found = []
    for witness in witnesses.configured():
        try:
            found.append(witnesses.newest_seen(witness))
        except witnesses.Silent as error:
            if not unasked:
                raise Unusable(
                    f"The witness {witness.key.name} couldn't be asked what it saw last: {error} Without it nobody "
                    "knows whether more was signed than is in this backup. Try again, or say --without-witnesses."
                ) from error
    return found


def _files(shelf: Shelf, backup: Backup, told: Told) -> int:
    """Sealed files; one that an earlier try brought is left."""
    store, root, count = blobs.store(), shelf.folder / "blobs", 0

    def bring(kept: Kept) -> int:
        there = store.size(kept.name)
        if there == kept.size:  # a blob has its name when it is whole
            return 0
        if there is not None:
            store.delete(kept.name)
        with (root / kept.lies).open("rb") as raw, store.create(kept.name) as writer:
            for piece in pieces(raw):
                writer.write(piece)
            writer.commit()
        return kept.size

    for size in side_by_side(bring, _one_a_name(backup)):
        told("restored", size)
        count += 1
    return count


def _one_a_name(backup: Backup) -> Iterable[Kept]:
    """The last that was copied under each name. Lists of earlier versions may hold two."""
    if backup.manifest.get("blobs", {}).get("each_name_once"):
        return backup.kept()
    return {kept.name: kept for kept in backup.kept()}.values()


def _database(backup: Backup, identity: Any) -> None:
    if fresh.is_empty(connection):
        with pipes.unsealed(backup.folder / DATABASE, identity) as plain:
            databases.load(plain)
    migrating.migrate()


def _since(backup: Backup, since: list[dict[str, Any]], files: int) -> Restored:
    """What happened after the backup, as far as it was written down; mail waits for a person."""
    forgetting.expire()
    forgotten = forgetting.apply([one["gone"] for one in since])
    held = hold_waiting()  # what the lines above would send went out then, too
    brought_back, trouble = 0, ""
    try:
        brought_back = _entries(since)
        _erase_entries(since)
        ledger.sign_checkpoint()
    except ledger.WouldFork as error:
        trouble = str(error)
    return Restored(backup, files, tree.size(), brought_back, forgotten, held, trouble)


def _entries(since: list[dict[str, Any]]) -> int:
    notes = [one["checkpoint"] for one in since if one["checkpoint"]]
    if not notes:
        return 0
    entries = {entry["index"]: entry for one in since for entry in one["entries"]}
    return ledger.bring_back(list(entries.values()), notes[-1])


def _erase_entries(since: list[dict[str, Any]]) -> None:
    for index in {index for one in since for index in one["gone"]["ledger"] if index < tree.size()}:
        ledger.erase(index)
