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
from goodfences.health import gaps
from goodfences.health.models import CameraHealth, Gap, HubHealth, Silence
from goodfences.health.telling import CLOCK_SLACK, CameraTold, Told, problems


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
    off = _clock_off(told.sent_at)
    hub, heard_before = _keep_hub(device, told, off)
    by_camera = {known[each.camera].pk: each for each in told.cameras}
    _keep_cameras(hub, by_camera, off)
    gaps.keep(device, {pk: _gaps(each, off) for pk, each in by_camera.items()}, heard_before=heard_before)
    cameras.replace_held(device=device, held={known[each.camera]: each.held for each in told.cameras})
    return hub


def forget_old(limit: int) -> int:
    """Delete at most `limit` gaps and as many silences that are over for longer than clips are kept; how many."""
    over = source.now() - timedelta(days=settings.CLIP_KEPT_DAYS)
    old = list(Gap.objects.filter(ends_at__lt=over).values_list("pk", flat=True)[:limit])
    silences = list(Silence.objects.filter(over_at__lt=over).values_list("pk", flat=True)[:limit])
    return Gap.objects.filter(pk__in=old).delete()[0] + Silence.objects.filter(pk__in=silences).delete()[0]


def _keep_hub(device: Device, told: Told, off: timedelta) -> tuple[HubHealth, datetime | None]:
    """The hub's own row, and when it was heard before."""
    hub = HubHealth.objects.filter(device=device).first() or HubHealth(device=device)
    heard_before: datetime | None = hub.heard_at
    hub.version, hub.heard_at, hub.clock_off_s = told.version, source.now(), round(off.total_seconds())
    hub.save()
    return hub, heard_before


def _keep_cameras(hub: HubHealth, told: dict[int, CameraTold], off: timedelta) -> None:
    rows = {row.camera_id: row for row in hub.cameras.all()}
    if gone := [row.pk for camera_id, row in rows.items() if camera_id not in told]:
        CameraHealth.objects.filter(pk__in=gone).delete()
    for camera_id, each in told.items():
        row = rows.get(camera_id) or CameraHealth(hub=hub, camera_id=camera_id)
        facts = _facts(each, off)
        if row.pk is None or any(getattr(row, name) != value for name, value in facts.items()):
            for name, value in facts.items():
                setattr(row, name, value)
            row.save()


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


def _gaps(told: CameraTold, off: timedelta) -> list[gaps.OurGap]:
    return [
        gaps.OurGap(_ours(gap.starts_at, off), None if gap.ends_at is None else _ours(gap.ends_at, off), gap.why)
        for gap in told.gaps
    ]


def _facts(told: CameraTold, off: timedelta) -> dict[str, Any]:
    return {
        "is_steady": told.is_steady,
        "last_frame_at": None if told.last_frame_at is None else _ours(told.last_frame_at, off),
        "days": [[each.day.isoformat(), each.recorded, each.uploaded] for each in told.days],
        "clips_waiting": told.clips_waiting,
    }
