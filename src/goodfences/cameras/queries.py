"""Reads that other rooms and pages need."""

from __future__ import annotations

from typing import Any

from goodfences import source
from goodfences.cameras.models import Camera, Device, PairingCode
from goodfences.people.models import Account, Household


def cameras_of(household: Household) -> list[Camera]:
    """The cameras in use, in the order they were added."""
    return list(household.cameras.filter(removed_at__isnull=True).order_by("created_at", "pk"))


def devices_of(household: Household) -> list[Device]:
    """The devices that may upload, in the order they were paired."""
    return list(household.devices.filter(revoked_at__isnull=True).order_by("created_at", "pk"))


def latest_pairing(household: Household) -> PairingCode | None:
    """The household's newest pairing code: waiting, used (then with its device) or expired."""
    return (
        PairingCode.objects.select_related("device")
        .filter(household=household)
        .order_by("-created_at", "-pk")
        .first()
    )


def export(account: Account, household: Household | None) -> list[dict[str, Any]]:
    """All cameras of a household for its owner, removed ones included; tokens are not kept and not in it."""
    if household is None:
        return []
    return [
        {
            "ref": camera.ref,
            "name": camera.name,
            "looks_at": camera.looks_at,
            "may_be_asked": camera.may_be_asked,
            "cell": str(camera.cell),
            "created_at": camera.created_at,
            "removed_at": camera.removed_at,
        }
        for camera in household.cameras.order_by("created_at", "pk")
    ]


def export_devices(account: Account, household: Household | None) -> list[dict[str, Any]]:
    """All devices of a household for its owner, revoked ones included."""
    if household is None:
        return []
    return [
        {
            "ref": device.ref,
            "name": device.name,
            "created_at": device.created_at,
            "last_seen_at": device.last_seen_at,
            "revoked_at": device.revoked_at,
        }
        for device in household.devices.order_by("created_at", "pk")
    ]


def is_waiting(pairing: PairingCode) -> bool:
    """Whether a device can still pair with this code."""
    return pairing.used_at is None and pairing.expires_at > source.now()
