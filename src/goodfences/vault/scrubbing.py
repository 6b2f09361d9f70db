"""Reads back what the store should hold, and looks for what it shouldn't.

A blob that this instance has the key of is opened whole, which proves every byte of it, and its SHA-256 is compared
where its row tells one. One that only its agency can open is compared by the hash of the sealed file. A blob that
nobody names is an orphan: nothing can open it any more, and it only takes room.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice

from goodfences import source
from goodfences.vault import backed_up, blobs, inventory, keys, moving
from goodfences.vault.blobs import Blob
from goodfences.vault.errors import BlobMissing, KeyDestroyed, VaultError
from goodfences.vault.inventory import Named
from goodfences.vault.models import SealedKey
from goodfences.vault.seek import SeekableReader

YOUNG = timedelta(hours=1)
"""A blob gets its row within seconds; one that is younger than this may still get it."""

_STEP = 1024 * 1024
_BATCH = 500


@dataclass
class Found:
    """What a scrub found. Orphans and strangers are older than YOUNG; a stranger lies in no room's folder."""

    read: int = 0
    size: int = 0
    missing: list[str] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)
    orphans: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    mended: int = 0

    @property
    def is_well(self) -> bool:
        return not (self.missing or self.broken or self.orphans or self.strangers)


def look(named: Named, found: Found) -> None:
    """Read one blob back and note what came of it. One that ended meanwhile counts as nothing."""
    try:
        said, size = _read_back(named)
    except BlobMissing:
        if _is_still(named):
            found.missing.append(named.name)
        return
    if said and _is_still(named):
        found.broken[named.name] = said
    found.read += 1
    found.size += size


def _is_still(named: Named) -> bool:
    return bool(inventory.named([named.name]))


def _read_back(named: Named) -> tuple[str, int]:
    """What is wrong with it, and how many bytes there were."""
    if named.key_id is None:
        size = blobs.store().size(named.name) or 0
        same = moving.digest(blobs.store(), named.name) == named.sealed_sha256
        return ("" if same or not named.sealed_sha256 else "Its sealed file is another one."), size
    key = SealedKey.objects.filter(pk=named.key_id).first()
    if key is None:
        return "There is no key of it.", 0
    running, size = hashlib.sha256(), 0
    try:
        identity = keys.identity(key)
        with SeekableReader(blobs.store().open(named.name), identity) as reader:
            while piece := reader.read(_STEP):
                running.update(piece)
                size += len(piece)
    except BlobMissing:
        raise
    except KeyDestroyed:
        return "Its key was destroyed.", size
    except VaultError as error:
        return str(error), size
    same = not named.sha256 or running.hexdigest() == named.sha256
    return ("" if same else "It is whole, and another file than its row says."), size


def look_for_orphans(found: Found) -> None:
    """List the whole store and note what no row names."""
    own = inventory.folders()
    for blob in _unnamed(source.now() - YOUNG):
        (found.orphans if blob.name.partition("/")[0] in own else found.strangers).append(blob.name)


def mend(found: Found, older_than: timedelta) -> None:
    """Delete the orphans that are older than that; what lies in no room's folder stays, and while a backup is made
    everything: its database may still name it."""
    own, before, store = inventory.folders(), source.now() - older_than, blobs.store()
    listed = _unnamed(before)
    while (some := list(islice(listed, _BATCH))) and not backed_up.holds():
        names = [blob.name for blob in some if blob.name.partition("/")[0] in own]
        store.delete_many(names)
        found.mended += len(names)
        found.orphans = [name for name in found.orphans if name not in set(names)]


def _unnamed(before: datetime) -> Iterator[Blob]:
    """Blobs that are older than `before` and that no row names at the time at which they are given."""
    old = (blob for blob in blobs.store().everything() if blob.modified_at < before)
    while some := list(islice(old, _BATCH)):
        kept = inventory.named([blob.name for blob in some])
        yield from (blob for blob in some if blob.name not in kept)
