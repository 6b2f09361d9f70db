"""Reads that other rooms and pages need."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet

from goodfences.clips.models import Clip


def in_window(camera_ids: Collection[int], starts_at: datetime, ends_at: datetime) -> list[Clip]:
    """The checked, stored clips of these cameras that overlap the window, in order of time."""
    found = _overlapping(camera_ids, starts_at, ends_at).select_related("camera")
    return list(found.order_by("starts_at", "pk"))


def to_check() -> int:
    """How many stored clips wait for their check."""
    return Clip.objects.filter(state=Clip.State.STORED, checked_at__isnull=True).count()


def cameras_with_clips(camera_ids: Collection[int], starts_at: datetime, ends_at: datetime) -> set[int]:
    """Those of the cameras that have a checked, stored clip that overlaps the window."""
    return set(_overlapping(camera_ids, starts_at, ends_at).values_list("camera_id", flat=True).distinct())


def _overlapping(camera_ids: Collection[int], starts_at: datetime, ends_at: datetime) -> QuerySet[Clip]:
    # No clip is longer than the limit, so that the index on camera and start is read in the window alone.
    longest = timedelta(seconds=settings.CLIP_MAX_SECONDS)
    return Clip.objects.filter(
        camera_id__in=camera_ids,
        starts_at__gte=starts_at - longest,
        starts_at__lt=ends_at,
        ends_at__gt=starts_at,
        state=Clip.State.STORED,
        checked_at__isnull=False,
    )


def newest_with_still(camera_id: int) -> Clip | None:
    """The camera's newest checked clip that has a still."""
    found = Clip.objects.filter(camera_id=camera_id, state=Clip.State.STORED, checked_at__isnull=False)
    return found.exclude(poster_blob="").select_related("camera", "key").order_by("-starts_at", "-pk").first()
