"""Every change to what is known of a hub's health."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from goodfences import source
from goodfences.cameras import actions as cameras
from goodfences.cameras.models import Camera, Device
from goodfences.errors import NotFound, Problem, Refused
from goodfences.health.models import CameraHealth, HubHealth
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
    hub: HubHealth
    hub, _created = HubHealth.objects.update_or_create(
        device=device,
        defaults={"version": told.version, "heard_at": source.now(), "clock_off_s": round(off.total_seconds())},
    )
    hub.cameras.exclude(camera__ref__in=[each.camera for each in told.cameras]).delete()
    for each in told.cameras:
        CameraHealth.objects.update_or_create(hub=hub, camera=known[each.camera], defaults=_facts(each, off))
    cameras.replace_held(device=device, held={known[each.camera]: each.held for each in told.cameras})
    return hub


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


def _facts(told: CameraTold, off: timedelta) -> dict[str, Any]:
    def ours(moment: datetime | None) -> datetime | None:
        return None if moment is None else min(moment + off, source.now())

    def text(moment: datetime | None) -> str | None:
        found = ours(moment)
        return None if found is None else found.astimezone(source.now().tzinfo).isoformat(timespec="seconds")

    return {
        "is_steady": told.is_steady,
        "last_frame_at": ours(told.last_frame_at),
        "gaps": [[text(gap.starts_at), text(gap.ends_at), gap.why] for gap in told.gaps],
        "days": [[each.day.isoformat(), each.recorded, each.uploaded] for each in told.days],
        "clips_waiting": told.clips_waiting,
    }
