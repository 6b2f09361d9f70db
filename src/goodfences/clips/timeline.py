"""What a household's day page reads."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q, QuerySet

from goodfences.clips.models import Clip

_KEPT = Q(state=Clip.State.STORED)
_WATCHABLE = Q(state=Clip.State.STORED, checked_at__isnull=False)
_REFUSED = Q(state=Clip.State.DELETED) & ~Q(refusal="")


def between(camera_ids: Collection[int], starts_at: datetime, ends_at: datetime) -> list[Clip]:
    """Clips of these cameras that begin in [starts_at, ends_at), oldest first.

    Those still to be checked and those refused (with their `refusal`) are among them: their owner is told.
    """
    found = Clip.objects.filter(_KEPT | _REFUSED, camera_id__in=camera_ids)
    found = found.filter(starts_at__gte=starts_at, starts_at__lt=ends_at)
    return list(found.select_related("camera").order_by("starts_at", "pk"))


def latest_start(camera_ids: Collection[int]) -> datetime | None:
    """When the newest clip of these cameras that can be watched begins."""
    newest = _watchable().filter(camera_id__in=camera_ids).order_by("-starts_at").first()
    return newest.starts_at if newest else None


def before(clip: Clip) -> Clip | None:
    """The same camera's clip that can be watched just before this one."""
    earlier = Q(starts_at__lt=clip.starts_at) | Q(starts_at=clip.starts_at, pk__lt=clip.pk)
    return _watchable().filter(earlier, camera_id=clip.camera_id).order_by("-starts_at", "-pk").first()


def after(clip: Clip) -> Clip | None:
    """The same camera's clip that can be watched just after this one."""
    later = Q(starts_at__gt=clip.starts_at) | Q(starts_at=clip.starts_at, pk__gt=clip.pk)
    return _watchable().filter(later, camera_id=clip.camera_id).order_by("starts_at", "pk").first()


def _watchable() -> QuerySet[Clip]:
    return Clip.objects.filter(_WATCHABLE)
