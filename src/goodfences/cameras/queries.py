"""Reads that other rooms and pages need."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connections, router
from django.db.models import QuerySet

from goodfences import source
from goodfences.cameras.models import Camera, Device, Held, PairingCode
from goodfences.people.models import Account, Household

_RANGES_A_QUERY = 100
_ONE_RANGE = """SELECT household_id, id FROM cameras_camera
    WHERE may_be_asked AND cell BETWEEN %s AND %s AND household_id > %s AND household_id <= %s"""
_ALL_RANGES = """SELECT camera.household_id, camera.id FROM unnest(%s::bigint[], %s::bigint[]) AS part (low, high),
    LATERAL (SELECT household_id, id FROM cameras_camera
        WHERE may_be_asked AND cell BETWEEN part.low AND part.high AND household_id > %s AND household_id <= %s
        OFFSET 0) AS camera"""
_NO_END = 2**63 - 1

Ranges = Sequence[Sequence[int]]


class Match(NamedTuple):
    """A camera in an area that may be asked about, and its household."""

    household_id: int
    camera_id: int


def matching_cameras(ranges: Ranges, *, after_household: int = 0, through: int | None = None) -> list[Match]:
    """The cameras in the ranges that may be asked about, household by household.

    Of the households whose id is above `after_household` and at most `through`.
    """
    return list(map(Match._make, sorted(_matches(ranges, after_household, through))))


def homes_in(ranges: Ranges, at_least: int, *, but: int | None = None) -> bool:
    """Whether at least so many households have a camera in the ranges that may be asked about, `but` not counted."""
    homes: set[int] = set()
    for household_id, _camera_id in _matches(ranges):
        if household_id != but:
            homes.add(household_id)
        if len(homes) >= at_least:
            return True
    return at_least <= 0


def _matches(ranges: Ranges, after_household: int = 0, through: int | None = None) -> Iterator[tuple[int, int]]:
    """Households and cameras in no order, read from the index `camera_askable_by_cell` alone: one scan of it a range.

    Neither SQLite nor PostgreSQL finds that way by itself where ranges are joined by OR: each guesses a hundredth of
    the table a range, and reads all of it at ten million rows. SQLite is given a UNION ALL of statements. PostgreSQL
    would plan sixty of them for longer than it runs them, so it is given the ranges as rows, and by OFFSET 0 no
    other order to take them in.
    """
    connection = connections[router.db_for_read(Camera)]
    end = _NO_END if through is None else through
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            lows, highs = _array([low for low, _ in ranges]), _array([high for _, high in ranges])
            cursor.execute(_ALL_RANGES, [lows, highs, after_household, end])
            yield from cursor.fetchall()
            return
        for start in range(0, len(ranges), _RANGES_A_QUERY):
            chunk = ranges[start : start + _RANGES_A_QUERY]
            values = [value for low, high in chunk for value in (low, high, after_household, end)]
            cursor.execute(" UNION ALL ".join([_ONE_RANGE] * len(chunk)), values)
            yield from cursor.fetchall()


def _array(numbers: list[int]) -> str:
    """As PostgreSQL reads an array. The driver writes the same, number by number, in ten times the time."""
    return f"{{{','.join(map(str, numbers))}}}"


def cameras_holding(camera_ids: Collection[int], starts_at: datetime, ends_at: datetime) -> set[int]:
    """Those of the cameras of which a hub at home still holds video of any moment in [starts_at, ends_at)."""
    return set(_holding(camera_ids, starts_at, ends_at).values_list("camera_id", flat=True).distinct())


def held_in(camera_ids: Collection[int], starts_at: datetime, ends_at: datetime) -> list[Held]:
    """What hubs at home still hold of the cameras in [starts_at, ends_at), in order of time, the camera with each."""
    held = _holding(camera_ids, starts_at, ends_at).select_related("camera")
    return list(held.order_by("starts_at", "camera_id"))


def _holding(camera_ids: Collection[int], starts_at: datetime, ends_at: datetime) -> QuerySet[Held]:
    return Held.objects.filter(camera_id__in=camera_ids, ends_at__gt=starts_at, starts_at__lt=ends_at)


def cameras_of(household: Household) -> list[Camera]:
    """The cameras in use, in the order they were added."""
    return list(household.cameras.filter(removed_at__isnull=True).order_by("created_at", "pk"))


def devices_of(household: Household) -> list[Device]:
    """The devices that may upload, in the order they were paired."""
    return list(household.devices.filter(revoked_at__isnull=True, by_hand=False).order_by("created_at", "pk"))


def latest_pairing(household: Household) -> PairingCode | None:
    """The household's newest pairing code: waiting, used (then with its device) or expired."""
    return (
        PairingCode.objects.select_related("device")
        .filter(household=household)
        .order_by("-created_at", "-pk")
        .first()
    )


def all_cameras_of(household: Household) -> list[Camera]:
    """Every camera of the household, those taken out of use included, by name."""
    return list(household.cameras.order_by("name", "pk"))


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


def export_held(account: Account, household: Household | None) -> list[dict[str, Any]]:
    """What the household's hubs said that they hold at home."""
    if household is None:
        return []
    found = Held.objects.filter(camera__household=household).select_related("camera", "device")
    return [
        {"camera": span.camera.ref, "device": span.device.ref, "starts_at": span.starts_at, "ends_at": span.ends_at}
        for span in found.order_by("camera", "starts_at")
    ]


def export_devices(account: Account, household: Household | None) -> list[dict[str, Any]]:
    """All devices of a household for its owner, revoked ones included."""
    if household is None:
        return []
    return [
        {
            "ref": device.ref,
            "name": device.name,
            "decision_key": device.decision_key,
            "created_at": device.created_at,
            "last_seen_at": device.last_seen_at,
            "revoked_at": device.revoked_at,
        }
        for device in household.devices.order_by("created_at", "pk")
    ]


def export_pairings(account: Account, household: Household | None) -> list[dict[str, Any]]:
    """Every code that was asked for to pair a device, without the code, of which only a digest is kept."""
    if household is None:
        return []
    found = PairingCode.objects.filter(household=household).select_related("device").order_by("created_at", "pk")
    return [
        {
            "by_you": code.created_by_id == account.pk,
            "created_at": code.created_at,
            "expires_at": code.expires_at,
            "used_at": code.used_at,
            "device": code.device.ref if code.device else None,
        }
        for code in found
    ]


def is_waiting(pairing: PairingCode) -> bool:
    """Whether a device can still pair with this code."""
    return pairing.used_at is None and pairing.expires_at > source.now()
