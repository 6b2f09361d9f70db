"""The files of a household's clips, for its owner's archive (people.registry.on_export_files)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from functools import partial

from django.db.models import QuerySet
from django.utils.text import slugify

from goodfences.clips import playback
from goodfences.clips.models import Clip
from goodfences.errors import NotFound
from goodfences.people.models import Account, Household
from goodfences.people.registry import File

_STEP = 1024 * 1024
_BATCH = 200


def count(_account: Account, household: Household | None) -> int:
    """How many clips there are to take."""
    return 0 if household is None else _kept(household).count()


def files(_account: Account, household: Household | None, after: str) -> Iterator[File]:
    """Each clip as it is kept, byte for byte."""
    if household is None:
        return
    last = int(after or 0)
    while batch := list(_kept(household).filter(pk__gt=last).order_by("pk")[:_BATCH]):
        for clip in batch:
            yield File(_path(clip), str(clip.pk), partial(_bytes, clip.pk), clip.sha256)
        last = batch[-1].pk


def _kept(household: Household) -> QuerySet[Clip]:
    kept = Clip.objects.filter(camera__household=household, state=Clip.State.STORED, checked_at__isnull=False)
    return kept.select_related("camera")


def _path(clip: Clip) -> str:
    camera = slugify(clip.camera.name) or f"camera-{clip.camera.ref}"
    return f"clips/{camera}/{clip.starts_at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{clip.ref}.mp4"


def _bytes(clip_id: int) -> Iterator[bytes]:
    """Looked up anew: it may have been deleted since it was listed, and its key with it."""
    clip = Clip.objects.select_related("key").filter(pk=clip_id).first()
    if clip is None:
        raise NotFound
    with playback.open_clip(clip) as reader:
        for start in range(0, reader.size, _STEP):
            yield reader.read_range(start, _STEP)
