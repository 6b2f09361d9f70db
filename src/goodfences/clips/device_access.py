"""The only way to fetch a clip or an upload for a device."""

from __future__ import annotations

from goodfences.cameras.models import Device
from goodfences.clips.models import Clip, Upload
from goodfences.errors import NotFound


def clip(device: Device, ref: str) -> Clip:
    """A clip of a camera of the device's household, in any state: a device is told what became of it."""
    found = (
        Clip.objects.select_related("camera", "upload")
        .filter(ref=ref, camera__household_id=device.household_id)
        .first()
    )
    if found is None:
        raise NotFound
    return found


def upload(device: Device, ref: str) -> Upload:
    """An upload under way for a camera of the device's household."""
    found = (
        Upload.objects.select_related("clip__camera", "clip__key")
        .filter(ref=ref, clip__camera__household_id=device.household_id)
        .first()
    )
    if found is None:
        raise NotFound
    if found.clip.camera.removed_at is not None:
        raise NotFound
    return found
