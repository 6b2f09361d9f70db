"""The only way to fetch a camera or a device, for a person or for a device itself."""

from __future__ import annotations

from datetime import timedelta

from goodfences import source
from goodfences.cameras import rights
from goodfences.cameras.models import Camera, Device
from goodfences.errors import NotFound
from goodfences.people import access as people
from goodfences.people.models import Account
from goodfences.rows import the_row

TOUCH_EVERY = timedelta(minutes=1)


def camera(account: Account, ref: str) -> Camera:
    """A camera of the household that `account` belongs to, which they may watch."""
    found = Camera.objects.select_related("household").filter(household=people.home(account), ref=ref).first()
    if found is None:
        raise NotFound
    if found.removed_at is not None:
        raise NotFound
    if not rights.of(account, found).watch:
        raise NotFound
    return found


def own_camera(account: Account, ref: str) -> Camera:
    """A camera of the household that `account` owns, and so may change."""
    people.owned_home(account)
    return camera(account, ref)


def held_camera(account: Account, ref: str) -> Camera:
    """`own_camera`, while its household is held until the open transaction ends."""
    people.held_home(account)
    return camera(account, ref)


def kept_camera(account: Account, ref: str) -> Camera:
    """A camera of the household that `account` owns, those taken out of use included."""
    found = Camera.objects.filter(household=people.owned_home(account), ref=ref).first()
    if found is None:
        raise NotFound
    return found


def own_device(account: Account, ref: str) -> Device:
    """A device of the household that `account` owns."""
    found = Device.objects.filter(household=people.owned_home(account), ref=ref, by_hand=False).first()
    if found is None:
        raise NotFound
    if found.revoked_at is not None:
        raise NotFound
    return found


def uploader_by_hand(account: Account) -> Device:
    """What stands for the owner's own browser, once something was announced from it."""
    found = the_row(Device.objects.filter(household=people.owned_home(account), by_hand=True))
    if found is None:
        raise NotFound
    return found


def device_for_token(token: str) -> Device:
    """The device that signs in with `token`; remembers, at most once a minute, that it was in touch."""
    device = Device.objects.filter(token_digest=source.token_digest(token)).first()
    if device is None:
        raise NotFound
    if device.revoked_at is not None:
        raise NotFound
    now = source.now()
    if device.last_seen_at is None or now - device.last_seen_at >= TOUCH_EVERY:
        Device.objects.filter(pk=device.pk).update(last_seen_at=now)
        device.last_seen_at = now
    return device


def device_camera(device: Device, ref: str) -> Camera:
    """A camera that `device` uploads for: one of its own household."""
    found = Camera.objects.filter(household_id=device.household_id, ref=ref).first()
    if found is None:
        raise NotFound
    if found.removed_at is not None:
        raise NotFound
    return found
