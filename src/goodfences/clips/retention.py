"""How clips end: its people delete one (`clips.trash`), its day of expiry comes, or its household leaves.

What ends a clip is that its key is destroyed, in the transaction that says so (P7). Its sealed file, which nobody
can open from then on, goes after the commit, and whatever a crash leaves is swept with its day's folder.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from goodfences import source
from goodfences.clips import access, room
from goodfences.clips.models import FILES, Clip, Upload
from goodfences.people.archive import asking
from goodfences.people.models import Account, Household
from goodfences.vault import blobs, keys
from goodfences.vault.keeping import delete_all

FOLDER = "clips"
"""Sealed clips lie in `clips/YYYY-MM-DD/`, the day on which they expire."""

_COUNTS = ("expires_on", "state", "size", "announced_size", "checked_at", "undo_until", "camera__household")
_NOTHING: dict[str, Any] = {
    **dict.fromkeys((*FILES, "label", "note"), ""),
    **dict.fromkeys(("words", "starred_at", "saved_at", "undo_until")),
    "facts": {},
}
"""What is left of a clip that ended."""

_BATCH = 500
"""Clips that one statement names: databases limit how many parameters it has."""


@transaction.atomic
def delete(*, account: Account, ref: str) -> None:
    """End a clip for good, at once. Raises NotFound for whoever may not delete it."""
    end(Clip.objects.filter(pk=access.clip_to_delete(account, ref).pk), Clip.State.DELETED)


@transaction.atomic
def delete_for_good(*, account: Account, ref: str) -> None:
    """End a clip at once that was deleted and could still be taken back."""
    found = access.deleted_clip(account, ref)
    # Unless somebody takes it back at this moment.
    end(Clip.objects.filter(pk=found.pk, undo_until__isnull=False), Clip.State.DELETED)


def expire(limit: int) -> int:
    """End at most `limit` clips whose day is over, then drop the folders of such days. Returns how many ended."""
    today = source.now().date()
    ended = _expire_rows(today, limit)
    if ended < limit:
        _drop_folders(today)
    return ended


@transaction.atomic
def forget_household(_account: Account, household: Household | None) -> None:
    """A household leaves: destroy the keys of all of its clips (people.registry.on_erase)."""
    if household is not None:
        end(Clip.objects.filter(camera__household=household), Clip.State.DELETED)


def tell_household(_account: Account, household: Household | None) -> list[dict[str, Any]]:
    """What is kept about a household's clips (people.registry.on_export)."""
    if household is None:
        return []
    found = Clip.objects.filter(camera__household=household).select_related("camera", "upload")
    return [
        {
            "ref": clip.ref,
            "camera": clip.camera.name,
            "kind": clip.kind,
            "state": clip.state,
            "starts_at": clip.starts_at,
            "ends_at": clip.ends_at,
            "sha256": clip.sha256,
            "size": clip.size,
            "sha256_as_recorded": clip.announced_sha256,
            "size_as_recorded": clip.announced_size,
            "facts": clip.facts,
            "clock_off_ms": clip.clock_off_ms,
            "camera_drift_ms": clip.camera_drift_ms,
            "created_at": clip.created_at,
            "stored_at": clip.stored_at,
            "checked_at": clip.checked_at,
            "expires_on": clip.expires_on.isoformat(),
            "refusal": clip.refusal,
            "label": clip.label,
            "note": clip.note,
            "starred_at": clip.starred_at,
            "saved_at": clip.saved_at,
            "undo_until": clip.undo_until,
            "upload": _tell_upload(clip.upload) if hasattr(clip, "upload") else None,
        }
        for clip in found.order_by("starts_at", "pk")
    ]


def _tell_upload(upload: Upload) -> dict[str, Any]:
    """An upload that isn't over."""
    return {
        "ref": upload.ref,
        "received": upload.received,
        "sha256": upload.sha256,
        "created_at": upload.created_at,
        "expires_at": upload.expires_at,
    }


@transaction.atomic
def _expire_rows(today: date, limit: int) -> int:
    kept = (Clip.State.ANNOUNCED, Clip.State.STORED)
    due = Clip.objects.filter(expires_on__lt=today, state__in=kept, saved_at__isnull=True)
    ids = list(due.order_by("expires_on", "pk").values_list("pk", flat=True)[:limit])
    end(Clip.objects.filter(pk__in=ids), Clip.State.EXPIRED)
    return len(ids)


def end(clips: QuerySet[Clip], state: Clip.State, *, at_once: int = 500) -> None:
    """Destroy keys, files and all that was told of these clips, in the caller's transaction.

    The clips are held first: a check that ends now must not give one a new key. Of more clips than `at_once`
    the worker deletes the files, as it does after a crash: nobody can open them, and the page needn't wait. Files of
    clips that expired go with the folder of their day, as one.
    """
    what = ("key", "ref", *FILES, *_COUNTS)
    held = list(clips.select_related("camera").select_for_update(of=("self",)).only(*what).order_by("pk"))
    for start in range(0, len(held), _BATCH):
        some = held[start : start + _BATCH]
        keys.destroy_many([clip.key_id for clip in some if clip.key_id is not None])
        Clip.objects.filter(pk__in=[clip.pk for clip in some]).update(state=state, **_NOTHING)
    room.give_back_all(held)
    if state == Clip.State.DELETED and held:
        asking.drop_holding({clip.camera.household_id for clip in held}, {clip.ref for clip in held})
    if len(held) > at_once:
        return
    names = [name for clip in held for field in FILES if (name := getattr(clip, field))]
    if state == Clip.State.EXPIRED:
        days = {f"{FOLDER}/{clip.expires_on}" for clip in held}
        names = [name for name in names if name.rpartition("/")[0] not in days]
    transaction.on_commit(lambda: delete_all(names))


def _drop_folders(today: date) -> None:
    """Delete the folders of days that are over, with whatever a crash left in them."""
    store = blobs.store()
    for folder in store.folders(FOLDER):
        if day_of(folder) < today:
            store.delete_folder(folder)


def day_of(folder: str) -> date:
    """The day in a folder's name; the last of all days for a folder that isn't a day's."""
    try:
        return date.fromisoformat(folder.rpartition("/")[2])
    except ValueError:
        return date.max
