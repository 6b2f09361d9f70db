"""What was deleted for good since a backup was made, and must not come back with it (P7, P12).

`collect` reads it from the database as it is now; it is sealed and kept beside the backups. `apply` does it again to
a database that was restored: keys, shares that were taken back or whose time was over, and what people had erased.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from goodfences import source
from goodfences.appeals import handing
from goodfences.appeals.models import HandIn
from goodfences.cameras.models import Camera
from goodfences.clips import retention
from goodfences.clips.models import Clip
from goodfences.evidence.models.shared_video import SharedVideo
from goodfences.evidence.owner import actions as shares
from goodfences.ledger.models import LedgerEntry
from goodfences.people import erased, erasure
from goodfences.people.models import Account, Erased, Household, Membership
from goodfences.redaction import actions as redaction
from goodfences.redaction.models import Copy
from goodfences.vault import blobs, keys
from goodfences.vault.models import SealedKey

Gone = dict[str, list[Any]]
_BATCH = 500
_SEALED_ANEW = ("clip", "hand_in")
"""Their first key is destroyed when their check seals them to another: that alone ends nothing."""


def collect(since: datetime) -> Gone:
    """What ended since then, by names that no other row ever has."""
    destroyed = SealedKey.objects.filter(destroyed_at__gte=since).exclude(purpose__in=_SEALED_ANEW)
    clips = Clip.objects.filter(state__in=(Clip.State.DELETED, Clip.State.EXPIRED), key__destroyed_at__gte=since)
    videos = SharedVideo.objects
    return {
        "keys": list(destroyed.values_list("recipient", flat=True)),
        "clips": list(clips.values_list("ref", flat=True)),
        "hand_ins": list(HandIn.objects.filter(ended_at__gte=since).values_list("ref", flat=True)),
        "taken_back": list(videos.filter(withdrawn_at__gte=since).values_list("ref", flat=True)),
        "over": list(videos.filter(destroyed_at__gte=since).values_list("ref", flat=True)),
        "ledger": list(LedgerEntry.objects.filter(body=None).values_list("index", flat=True)),
        "erased": list(Erased.objects.filter(at__gte=since).order_by("at", "pk").values_list("what", flat=True)),
    }


def apply(notes: Sequence[Gone]) -> int:
    """Do again all that was written down. Returns how much there was to do; a second time there is nothing."""
    done = _erase_all(_told(notes, "erased"))
    with transaction.atomic():
        done += _destroy_keys(_told(notes, "keys")) + _end_clips(_told(notes, "clips"))
        done += _end_hand_ins(_told(notes, "hand_ins")) + shares.take_back_again(_told(notes, "taken_back"))
    return done + _end_videos(_told(notes, "over"))


def _told(notes: Sequence[Gone], what: str) -> list[Any]:
    """Each once, in the order in which it was written down: one note overlaps the next."""
    found: list[Any] = []
    seen = set[str]()
    for one in (one for gone in notes for one in gone[what]):
        if (known := repr(one)) not in seen:
            seen.add(known)
            found.append(one)
    return found


def expire() -> None:
    """End everything whose day came while the backup lay: nobody sees it for a moment."""
    while retention.expire(_BATCH):
        pass


def _destroy_keys(recipients: list[str]) -> int:
    done = 0
    for some in _batches(recipients):
        found = SealedKey.objects.filter(recipient__in=some, destroyed_at__isnull=True)
        ids = list(found.values_list("pk", flat=True))
        keys.destroy_many(ids)
        redaction.discard(list(Copy.objects.filter(key__in=ids)))
        done += len(ids)
    return done


def _end_clips(refs: list[str]) -> int:
    done = 0
    for some in _batches(refs):
        there = Clip.objects.filter(ref__in=some, state__in=(Clip.State.ANNOUNCED, Clip.State.STORED))
        done += there.count()
        retention.end(there, Clip.State.DELETED)
    return done


def _end_hand_ins(refs: list[str]) -> int:
    there = [held for some in _batches(refs) for held in HandIn.objects.filter(ref__in=some, ended_at=None)]
    for held in there:
        handing.end(held, HandIn.State.WITHDRAWN)
    return len(there)


def _end_videos(refs: list[str]) -> int:
    """Their files go now; the worker writes their receipts, as it does when a video's time is over."""
    store, done = blobs.store(), 0
    for some in _batches(refs):
        found = SharedVideo.objects.filter(ref__in=some, destroyed_at__isnull=True, withdrawn_at__isnull=True)
        for video in found:
            store.delete(video.blob)
            done += 1
        found.update(keep_until=source.now())
    return done


def _erase_all(notes: list[dict[str, Any]]) -> int:
    """Accounts and parts of homes, in order. All rows are read once, however many digests are looked for."""
    accounts = Account.objects.filter(kind=Account.Kind.RESIDENT).only("pk", "created_at")
    people = _those(accounts, erased.of_account, {what["account"] for what in notes if "account" in what})
    wanted = {what["household"] for what in notes if "account" not in what}
    homes = _those(Household.objects.only("pk", "ref"), erased.of_household, wanted)
    return sum(
        _erase_account(people.get(what["account"])) if "account" in what else _erase_part(what, homes)
        for what in notes
    )


def _those(rows: QuerySet[Any], digest_of: Callable[[Any], str], wanted: set[str]) -> dict[str, int]:
    """The keys of the rows whose digests are wanted."""
    if not wanted:
        return {}
    return {digest: row.pk for row in rows.iterator() if (digest := digest_of(row)) in wanted}


def _erase_account(pk: int | None) -> int:
    if pk is None or (account := Account.objects.filter(pk=pk).first()) is None:
        return 0
    erasure.erase_again(account=account)
    return 1


def _erase_part(what: dict[str, Any], homes: dict[str, int]) -> int:
    pk = homes.get(what["household"])
    if pk is None or (household := Household.objects.filter(pk=pk).first()) is None:
        return 0
    refs = Camera.objects.filter(household=household).values_list("ref", flat=True)
    camera = next((ref for ref in refs if erased.of_camera(ref) == what["camera"]), "")
    if what["camera"] and not camera:
        return 0
    owner = Membership.objects.select_related("account").get(household=household, role=Membership.Role.OWNER)
    erasure.erase_part_again(account=owner.account, part=erased.part_of(what, camera))
    return 1


def _batches(items: Iterable[str]) -> Iterator[list[str]]:
    left = iter(items)
    while some := list(islice(left, _BATCH)):
        yield some
