"""What is missing of cameras' days: told for a day, kept for as long as clips."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Q

from goodfences import source
from goodfences.cameras.models import Device
from goodfences.health.models import Gap
from goodfences.health.telling import GAPS_OF

SAME_GAP = timedelta(seconds=30)
"""A gap that begins about when another does is that one: a wrong clock is put right to a second or two."""
MOST_KEPT = 3000
"""Of one camera; then the oldest go."""


class OurGap(NamedTuple):
    """One that was told, by our clock; `ends_at` is None while it goes on."""

    starts_at: datetime
    ends_at: datetime | None
    why: str


def keep(device: Device, told: Mapping[int, Sequence[OurGap]], *, heard_before: datetime | None) -> None:
    """Keep what a hub told of its cameras' gaps (by the camera's id), in the caller's transaction.

    `heard_before` is when the hub told the time before.
    """
    recent = Q(ends_at__isnull=True) | Q(ends_at__gt=source.now() - 2 * GAPS_OF)
    known: dict[int, list[Gap]] = defaultdict(list)
    for row in Gap.objects.filter(recent, device=device, camera__in=told):
        known[row.camera_id].append(row)
    for camera_id, gaps in told.items():
        _keep_one(device, camera_id, gaps, known[camera_id], heard_before)


def _keep_one(
    device: Device, camera_id: int, told: Sequence[OurGap], known: list[Gap], heard_before: datetime | None
) -> None:
    fresh = {}
    for gap in told:
        if gap.ends_at is not None and gap.ends_at <= gap.starts_at:
            continue  # it lies in what our clock calls the future
        same = min(known, key=lambda row: abs(row.starts_at - gap.starts_at), default=None)
        if same is None or abs(same.starts_at - gap.starts_at) >= SAME_GAP:
            fresh[gap.starts_at] = Gap(device=device, camera_id=camera_id, **gap._asdict())
            continue
        known.remove(same)
        if same.ends_at is None and gap.ends_at is not None:
            _end(same, gap.ends_at)
    # What went on when the hub fell silent, and ended too long ago to be told: it lasted at least until then.
    for row in known:
        if row.ends_at is None:
            _end(row, heard_before or row.starts_at)
    if fresh:
        Gap.objects.bulk_create(fresh.values(), ignore_conflicts=True)
        _drop_oldest(device, camera_id)


def _end(row: Gap, ends_at: datetime) -> None:
    row.ends_at = max(ends_at, row.starts_at + timedelta(seconds=1))
    row.save(update_fields=["ends_at"])


def _drop_oldest(device: Device, camera_id: int) -> None:
    newest_first = Gap.objects.filter(device=device, camera_id=camera_id).order_by("-starts_at")
    if over := list(newest_first.values_list("pk", flat=True)[MOST_KEPT:]):
        Gap.objects.filter(pk__in=over).delete()
