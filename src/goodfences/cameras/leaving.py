"""A camera that is erased, with everything that was told of it (people.registry.on_erase_part)."""

from __future__ import annotations

from goodfences.cameras.models import Camera
from goodfences.errors import NotFound
from goodfences.people.models import Account, Household
from goodfences.people.registry import Part


def count(_account: Account, household: Household, part: Part) -> dict[str, int]:
    if part.starts_at is not None:
        return {}
    if part.is_all:
        devices = household.devices.filter(by_hand=False)  # what stands for a browser is nothing that anyone paired
        return {"cameras": household.cameras.count(), "devices": devices.count()}
    return {"cameras": Camera.objects.filter(household=household, ref=part.camera).count()}


def erase(_account: Account, household: Household, part: Part) -> None:
    """Runs after the rooms that build on cameras. Raises NotFound for a camera of somebody else's."""
    if not part.camera:
        return
    camera = Camera.objects.filter(household=household, ref=part.camera).first()
    if camera is None:
        raise NotFound
    if part.starts_at is None:
        camera.delete()
