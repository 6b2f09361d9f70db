"""Clips of a camera or a span of time that is erased (people.registry.on_erase_part)."""

from __future__ import annotations

from django.db.models import QuerySet

from goodfences.clips import retention
from goodfences.clips.models import Clip
from goodfences.people.models import Account, Household
from goodfences.people.registry import Part

_BATCH = 500
_WITH_FOOTAGE = (Clip.State.ANNOUNCED, Clip.State.STORED)


def clips_of(household: Household, part: Part) -> QuerySet[Clip]:
    """The clips of a part, whatever became of them."""
    found = Clip.objects.filter(camera__household=household)
    if part.camera:
        found = found.filter(camera__ref=part.camera)
    if part.starts_at is not None and part.ends_at is not None:
        found = found.filter(starts_at__lt=part.ends_at, ends_at__gt=part.starts_at)
    return found


def count(_account: Account, household: Household, part: Part) -> dict[str, int]:
    found = clips_of(household, part).filter(state__in=_WITH_FOOTAGE)
    return {"clips": found.count()}


def erase(_account: Account, household: Household, part: Part) -> None:
    """Destroy keys and files, then forget that there was a clip.

    The row of a clip that is still on its way stays, empty: its hub would else announce it anew.
    """
    found = clips_of(household, part)
    arrived = list(found.exclude(state=Clip.State.ANNOUNCED).values_list("pk", flat=True))
    retention.end(found, Clip.State.DELETED)
    for start in range(0, len(arrived), _BATCH):
        Clip.objects.filter(pk__in=arrived[start : start + _BATCH]).delete()
