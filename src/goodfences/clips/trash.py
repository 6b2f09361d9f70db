"""Deleting a clip with a few minutes to think again.

A deleted clip is out of everyone's sight in the same statement; its key, and with it what it shows, is destroyed
when the time to take it back is over.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction

from goodfences import source
from goodfences.clips import access, retention
from goodfences.clips.models import Clip
from goodfences.errors import NotFound
from goodfences.people.models import Account

UNDO_FOR = timedelta(minutes=10)


@transaction.atomic
def delete(*, account: Account, ref: str) -> Clip:
    """Take a clip out of sight; its key is destroyed in UNDO_FOR. Raises NotFound for whoever may not delete it."""
    clip = access.clip_to_delete(account, ref)
    until = source.now() + UNDO_FOR
    Clip.objects.filter(pk=clip.pk, state=Clip.State.STORED).update(state=Clip.State.DELETED, undo_until=until)
    clip.state, clip.undo_until = Clip.State.DELETED, until
    return clip


@transaction.atomic
def undo(*, account: Account, ref: str) -> Clip:
    """Bring a deleted clip back as it was. Raises NotFound once the time is over, or the day of the clip itself."""
    clip = access.deleted_clip(account, ref)
    if clip.saved_at is None and clip.expires_on < source.now().date():
        raise NotFound
    # Compared once more in the statement that writes: of this and the end of the clip one alone happens.
    back = Clip.objects.filter(pk=clip.pk, state=Clip.State.DELETED, undo_until__gt=source.now())
    if not back.update(state=Clip.State.STORED, undo_until=None):
        raise NotFound
    clip.state, clip.undo_until = Clip.State.STORED, None
    return clip


def waiting(camera_ids: Iterable[int]) -> list[Clip]:
    """The clips of these cameras that can still be taken back, the newest deletion first."""
    found = Clip.objects.filter(undo_until__gt=source.now(), camera_id__in=list(camera_ids))
    return list(found.select_related("camera").order_by("-undo_until", "-pk"))


@transaction.atomic
def empty(limit: int) -> int:
    """End at most `limit` clips for good whose time to be taken back is over; returns how many."""
    due = Clip.objects.filter(undo_until__lte=source.now()).order_by("undo_until", "pk")
    ids = list(due.values_list("pk", flat=True)[:limit])
    retention.end(Clip.objects.filter(pk__in=ids, undo_until__lte=source.now()), Clip.State.DELETED)
    return len(ids)
