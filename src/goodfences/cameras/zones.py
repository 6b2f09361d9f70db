"""Privacy zones: parts of a camera's picture that are covered in everything that leaves this instance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from goodfences.cameras import access
from goodfences.cameras.models import Camera, PrivacyZone
from goodfences.errors import Refused, refuse
from goodfences.people.models import Account, Household

WHOLE = 10_000
"""Points are whole ten-thousandths of the picture's width and height."""

MAX_ZONES, MAX_POINTS = 20, 40

Points = tuple[tuple[int, int], ...]


def areas_of(camera_id: int) -> list[Points]:
    """The camera's zones, each as the points of its outline."""
    found = PrivacyZone.objects.filter(camera_id=camera_id).order_by("pk").values_list("points", flat=True)
    return [tuple((int(x), int(y)) for x, y in points) for points in found]


@transaction.atomic
def replace(*, account: Account, camera_ref: str, areas: Any) -> Camera:
    """These zones take the place of those that the camera had; `areas` as a page posts them.

    For its owner alone. What was made before stays as it is. Raises Refused (field `areas`), NotFound.
    """
    camera = access.held_camera(account, camera_ref)
    checked = _checked(areas)
    PrivacyZone.objects.filter(camera=camera).delete()
    PrivacyZone.objects.bulk_create([PrivacyZone(camera=camera, points=points) for points in checked])
    return camera


def export(account: Account, household: Household | None) -> list[dict[str, Any]]:
    """The zones of a household's cameras (people.registry.on_export)."""
    del account
    if household is None:
        return []
    found = PrivacyZone.objects.filter(camera__household=household).select_related("camera").order_by("pk")
    return [{"camera": zone.camera.ref, "points": zone.points, "created_at": zone.created_at} for zone in found]


def _checked(areas: Any) -> list[list[list[int]]]:
    if not isinstance(areas, list) or len(areas) > MAX_ZONES:
        raise _unread()
    return [_outline(area) for area in areas]


def _outline(area: Any) -> list[list[int]]:
    if not isinstance(area, list) or not 3 <= len(area) <= MAX_POINTS:
        raise _unread()
    if not all(_is_point(point) for point in area) or len({tuple(point) for point in area}) < 3:
        raise _unread()
    return [list(point) for point in area]


def _is_point(point: Any) -> bool:
    return (
        isinstance(point, Sequence)
        and len(point) == 2
        and all(type(number) is int and 0 <= number <= WHOLE for number in point)
    )


def _unread() -> Refused:
    message = _("These zones can’t be read. Draw at most %(zones)d, each with 3 to %(points)d corners.")
    return refuse("zones.form", "areas", message % {"zones": MAX_ZONES, "points": MAX_POINTS})
