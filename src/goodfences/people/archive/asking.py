"""Asking for one's archive, following it, opening it, and throwing it away."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import timedelta
from itertools import accumulate

from django.db import transaction
from django.db.models import Q

from goodfences import passes, source
from goodfences.errors import NotFound
from goodfences.people import access, limits, registry
from goodfences.people.models import Account, Archive, ArchivePart, Household
from goodfences.vault import blobs, keys
from goodfences.vault.errors import BlobMissing, KeyDestroyed
from goodfences.vault.seek import SeekableReader

KEPT = timedelta(days=7)
"""How long a finished archive can be downloaded."""

PASS_LASTS = timedelta(hours=12)
"""Long enough to go on with a download of many gigabytes that was cut off."""

A_DAY = 5
_SALT = "goodfences.people.archive"


def ask(*, account: Account) -> Archive:
    """Have one's archive made by the worker. One that is being made is the answer; one that was made is replaced.

    Raises NotFound for anyone but a resident, limits.TooOften.
    """
    if account.kind != Account.Kind.RESIDENT:
        raise NotFound
    under_way = Archive.objects.filter(account=account, state=Archive.State.PREPARING).first()
    if under_way is not None:
        return under_way
    limits.count("archive", str(account.pk), limit=A_DAY, period=timedelta(days=1))
    return _begin(account)


@transaction.atomic
def _begin(account: Account) -> Archive:
    access.hold(account)
    under_way = Archive.objects.filter(account=account, state=Archive.State.PREPARING).first()
    if under_way is not None:
        return under_way
    drop(Archive.objects.filter(account=account))
    owned = owned_home(account)
    count = sum(count(account, owned) for count, _files in registry.files.values())
    return Archive.objects.create(account=account, key=keys.new_key("archive"), files=count, due_at=source.now())


@transaction.atomic
def discard(*, account: Account) -> None:
    """Stop making one's archive, or destroy the one that was made. Nothing happens where there is none."""
    access.hold(account)
    drop(Archive.objects.filter(account=account))


def drop_of(household: Household) -> None:
    """Destroy the archives that hold clips of `household`, in the caller's transaction: some of them are to go."""
    drop(Archive.objects.filter(account__memberships__household=household))


def drop_holding(household_ids: Collection[int], refs: Collection[str]) -> None:
    """Destroy archives that hold one of these things, in the caller's transaction: it is to be gone for good (P7)."""
    found = Archive.objects.filter(account__memberships__household__in=household_ids)
    for archive in found.prefetch_related("parts"):
        names = {ref for part in archive.parts.all() for path, *_ in part.files for ref in _refs(path)}
        if not names.isdisjoint(refs):
            drop([archive])


def _refs(path: str) -> list[str]:
    """What may be an identifier at the end of a file's name: `20261124T120000Z-REF.mp4`."""
    return [path.rpartition("/")[2].rpartition(".")[0][-source.REF_LENGTH :]]


def drop(archives: Iterable[Archive]) -> None:
    """Destroy archives in the caller's transaction: their keys first, their sealed parts after its commit."""
    found = list(archives)
    keys.destroy_many([archive.key_id for archive in found])
    Archive.objects.filter(pk__in=[archive.pk for archive in found]).delete()
    folders = [archive.folder for archive in found]
    transaction.on_commit(lambda: _delete(folders))


def _delete(folders: Iterable[str]) -> None:
    for folder in folders:
        blobs.store().delete_folder(folder)


@transaction.atomic
def expire(limit: int) -> int:
    """Destroy at most `limit` archives whose time is over, and failed ones of last week; returns how many."""
    now = source.now()
    over = Archive.objects.filter(
        Q(expires_at__lte=now) | Q(state=Archive.State.FAILED, created_at__lte=now - KEPT)
    ).select_for_update(no_key=True)
    found = list(over.order_by("pk")[:limit])
    drop(found)
    return len(found)


def sweep() -> int:
    """Delete the folders of archives that are no more, such as a crash leaves; returns how many."""
    store = blobs.store()
    folders = store.folders("archives")
    kept = {archive.folder for archive in Archive.objects.only("ref")}
    left = [folder for folder in folders if folder not in kept]
    for folder in left:
        store.delete_folder(folder)
    return len(left)


def of(account: Account) -> Archive | None:
    """The account's archive, in whatever state."""
    return Archive.objects.filter(account=account).first()


def owned_home(account: Account) -> Household | None:
    """The household that the account owns, and takes along."""
    household = access.household_of(account)
    return household if household is not None and access.is_owner(account, household) else None


def pass_for(archive: Archive, account: Account) -> str:
    """What `account`'s browser shows to download the archive, for PASS_LASTS."""
    return passes.give(_SALT, archive.ref, account.pk, lasts=PASS_LASTS)


def archive_of_pass(pass_: str, account: Account) -> Archive:
    """The archive behind a pass, if it is this account's own, not too old, and ready."""
    ref, account_id = passes.read(_SALT, pass_)
    if account_id != account.pk:
        raise NotFound
    found = Archive.objects.select_related("key").filter(ref=ref, account=account).first()
    if found is None:
        raise NotFound
    if found.state != Archive.State.READY:
        raise NotFound
    if found.expires_at is None or found.expires_at <= source.now():
        raise NotFound
    return found


class ArchiveReader:
    """The plain bytes of a finished archive, unsealed chunk by chunk, over all of its parts."""

    def __init__(self, archive: Archive) -> None:
        self._key = archive.key
        self._parts: list[ArchivePart] = list(archive.parts.order_by("number").defer("files"))
        self._starts = list(accumulate((part.size for part in self._parts), initial=0))
        self.size = self._starts[-1]
        self._open: tuple[int, SeekableReader] | None = None

    def read_range(self, start: int, length: int) -> bytes:
        """Up to `length` bytes from `start` on; fewer only at the end. Raises NotFound where a part is gone."""
        pieces = []
        for number, part in enumerate(self._parts):
            begins = max(start - self._starts[number], 0)
            ends = min(start + length - self._starts[number], part.size)
            if begins < ends:
                pieces.append(self._reader(number).read_range(begins, ends - begins))
        return b"".join(pieces)

    def close(self) -> None:
        if self._open is not None:
            self._open[1].close()
        self._open = None

    def _reader(self, number: int) -> SeekableReader:
        if self._open is None or self._open[0] != number:
            self.close()
            self._open = number, self._unsealed(self._parts[number].blob)
        return self._open[1]

    def _unsealed(self, blob: str) -> SeekableReader:
        try:
            return SeekableReader(blobs.store().open(blob), keys.identity(self._key))
        except (KeyDestroyed, BlobMissing) as error:
            raise NotFound from error
