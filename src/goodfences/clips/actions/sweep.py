"""Clears away what uploads leave behind: those that nobody went on with, and sealed files that no row names."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import F

from goodfences import source
from goodfences.clips import room
from goodfences.clips.actions.check import FOLDER as CLIPS
from goodfences.clips.actions.finish import discard, drop_parts, finish_upload
from goodfences.clips.actions.receive import FOLDER as UPLOADS
from goodfences.clips.actions.receive import UPLOAD_LASTS
from goodfences.clips.models import FILES, Clip, Upload
from goodfences.clips.retention import day_of
from goodfences.errors import Refused
from goodfences.vault import blobs
from goodfences.vault.orphans import Orphans

LEFT_BEHIND = timedelta(hours=1)
"""A file gets its row within seconds; one that has none after so long never will."""

ANNOUNCED_LASTS = timedelta(days=7)


def finish_complete(limit: int) -> int:
    """Store at most `limit` clips whose bytes are all there, but whose device never said that it was done."""
    complete = Upload.objects.filter(
        clip__state=Clip.State.ANNOUNCED, received=F("clip__announced_size"), expires_at__lt=_untouched()
    )
    uploads = list(complete.select_related("clip__key").order_by("pk")[:limit])
    for upload in uploads:
        try:
            finish_upload(upload)
        except Refused:
            continue  # another file than announced: it is dropped, and the device may announce it again
    return len(uploads)


def drop_stale(limit: int) -> int:
    """Drop at most `limit` uploads that ran out, or whose clip ended otherwise; and forget old announcements."""
    now = source.now()
    stale = Upload.objects.filter(clip__state=Clip.State.ANNOUNCED, expires_at__lt=now)
    uploads = list(stale.select_related("clip__key").order_by("pk")[:limit])
    for upload in uploads:
        discard(upload)
    ended = Upload.objects.filter(clip__state__in=(Clip.State.EXPIRED, Clip.State.DELETED))
    over = list(ended.select_related("clip").order_by("pk")[:limit])
    for upload in over:
        drop_parts(upload.clip)
    return len(uploads) + len(over) + _forget_announced(limit)


@transaction.atomic
def _forget_announced(limit: int) -> int:
    """Forget clips of which nothing ever came. They are held, so that no upload of theirs begins meanwhile."""
    old = Clip.objects.filter(
        state=Clip.State.ANNOUNCED, key__isnull=True, created_at__lt=source.now() - ANNOUNCED_LASTS
    )
    held = list(old.select_related("camera").select_for_update(of=("self",)).order_by("pk")[:limit])
    room.give_back_all(held)
    Clip.objects.filter(pk__in=[clip.pk for clip in held]).delete()
    return len(held)


def drop_orphans() -> int:
    """Delete sealed files of clips and uploads that no row names, seen so twice; returns how many."""
    before = source.now() - LEFT_BEHIND
    store = blobs.store()
    dropped = store.sweep(before)
    dropped += sum(_seen.drop(folder, before) for folder in (CLIPS, UPLOADS))
    _drop_empty_days(store)
    return dropped


def _drop_empty_days(store: blobs.BlobStore) -> None:
    """Drop the folders of days in which nothing is left, once nothing more comes: a part is named when it begins."""
    over = source.now().date() - UPLOAD_LASTS
    for folder in store.folders(UPLOADS):
        if day_of(folder) < over:
            store.delete_empty_folder(folder)


def _named(names: list[str]) -> set[str]:
    """Those of the files that a row names."""
    kept = set[str]()
    for field in FILES:
        kept |= set(Clip.objects.filter(**{f"{field}__in": names}).values_list(field, flat=True))
    return kept | {part["blob"] for parts in Upload.objects.values_list("parts", flat=True) for part in parts}


_seen = Orphans(_named)


def _untouched() -> object:
    """The expiry of an upload that got its last byte a minute ago: its device had time to finish it."""
    return source.now() + UPLOAD_LASTS - timedelta(minutes=1)
