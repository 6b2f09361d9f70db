"""Every change to what is known of a hub's health."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from goodfences import source
from goodfences.cameras import actions as cameras
from goodfences.cameras.models import Camera, Device
from goodfences.errors import NotFound, Problem, Refused
from goodfences.health.models import CameraHealth, Gap, HubHealth, Silence
from goodfences.health.telling import CLOCK_SLACK, MOST_SPANS, CameraTold, Told, problems

SAME_GAP = timedelta(seconds=30)
"""A gap that begins about when another does is that one: a wrong clock is put right to a second or two."""


@transaction.atomic
def keep(*, device: Device, told: Told) -> HubHealth:
    """Put what a hub tells in the place of all that it told before; telling it again changes nothing.

    Raises `Refused` with everything that is wrong, cameras included that aren't (or are no longer) of the hub's
    household: whether there is such a camera elsewhere reads alike. `NotFound` for a hub that was disconnected.
    """
    # Its row is held, so that of two that are told at once neither is half kept.
    if Device.objects.select_for_update(no_key=True).filter(pk=device.pk, revoked_at__isnull=True).first() is None:
        raise NotFound
    known = {
        camera.ref: camera
        for camera in Camera.objects.filter(household_id=device.household_id, removed_at__isnull=True)
    }
    if found := [*problems(told), *_unknown(told, known)]:
        raise Refused(*found)
    before = HubHealth.objects.filter(device=device).first()
    off = _clock_off(told.sent_at)
    hub: HubHealth
    hub, _created = HubHealth.objects.update_or_create(
        device=device,
        defaults={"version": told.version, "heard_at": source.now(), "clock_off_s": round(off.total_seconds())},
    )
    hub.cameras.exclude(camera__ref__in=[each.camera for each in told.cameras]).delete()
    for each in told.cameras:
        camera = known[each.camera]
        CameraHealth.objects.update_or_create(hub=hub, camera=camera, defaults=_facts(each, off))
        _keep_gaps(device, camera, each, off, before)
    cameras.replace_held(device=device, held={known[each.camera]: each.held for each in told.cameras})
    return hub


def forget_old(limit: int) -> int:
    """Delete at most `limit` gaps and as many silences that are over for longer than clips are kept; how many."""
    over = source.now() - timedelta(days=settings.CLIP_KEPT_DAYS)
    gaps = list(Gap.objects.filter(ends_at__lt=over).values_list("pk", flat=True)[:limit])
    silences = list(Silence.objects.filter(over_at__lt=over).values_list("pk", flat=True)[:limit])
    return Gap.objects.filter(pk__in=gaps).delete()[0] + Silence.objects.filter(pk__in=silences).delete()[0]


def _keep_gaps(device: Device, camera: Camera, told: CameraTold, off: timedelta, before: HubHealth | None) -> None:
    known = list(Gap.objects.filter(camera=camera, device=device).order_by("-starts_at")[: 2 * MOST_SPANS])
    told_again = set()
    for gap in told.gaps:
        starts_at, ends_at = _ours(gap.starts_at, off), None if gap.ends_at is None else _ours(gap.ends_at, off)
        if ends_at is not None and ends_at <= starts_at:
            continue  # it lies in what our clock calls the future
        row = next((one for one in known if abs(one.starts_at - starts_at) < SAME_GAP), None)
        if row is None:
            Gap.objects.create(camera=camera, device=device, starts_at=starts_at, ends_at=ends_at, why=gap.why)
            continue
        told_again.add(row.pk)
        if row.ends_at is None and ends_at is not None:
            row.ends_at = max(ends_at, row.starts_at + timedelta(seconds=1))
            row.save(update_fields=["ends_at"])
    # What went on when the hub fell silent, and ended too long ago to be told: it lasted at least until then.
    for row in known:
        if row.ends_at is None and row.pk not in told_again:
            row.ends_at = max(before.heard_at if before else row.starts_at, row.starts_at + timedelta(seconds=1))
            row.save(update_fields=["ends_at"])


def _unknown(told: Told, known: dict[str, Camera]) -> list[Problem]:
    message = "Your home has no such camera in use. GET cameras lists those that it has."
    return [
        Problem("health.camera", f"cameras.{index}.camera", message, value=each.camera[:40])
        for index, each in enumerate(told.cameras)
        if each.camera not in known
    ]


def _clock_off(sent_at: datetime) -> timedelta:
    """What has to be added to the hub's times to get ours; nothing for what the way to us may have taken."""
    off = source.now() - sent_at
    return off if abs(off) > CLOCK_SLACK else timedelta()


def _ours(moment: datetime, off: timedelta) -> datetime:
    """A hub's moment by our clock; never in the future."""
    return min(moment + off, source.now())


def _facts(told: CameraTold, off: timedelta) -> dict[str, Any]:
    return {
        "is_steady": told.is_steady,
        "last_frame_at": None if told.last_frame_at is None else _ours(told.last_frame_at, off),
        "days": [[each.day.isoformat(), each.recorded, each.uploaded] for each in told.days],
        "clips_waiting": told.clips_waiting,
    }
