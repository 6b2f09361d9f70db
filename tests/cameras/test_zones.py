"""Privacy zones of a camera: its owner draws them, and nobody else."""

from __future__ import annotations

from typing import Any

import pytest

from goodfences.cameras import zones
from goodfences.cameras.models import Camera, PrivacyZone
from goodfences.errors import NotFound, Refused
from goodfences.people.models import Account, Household

pytestmark = pytest.mark.django_db
ZONE = [[0, 0], [2000, 0], [2000, 3000]]


def test_new_zones_take_the_place_of_the_old(olive: Account, street_camera: Camera) -> None:
    zones.replace(account=olive, camera_ref=street_camera.ref, areas=[ZONE, ZONE])
    zones.replace(account=olive, camera_ref=street_camera.ref, areas=[ZONE])
    assert zones.areas_of(street_camera.pk) == [((0, 0), (2000, 0), (2000, 3000))]


def test_only_the_owner_draws_them(hugo: Account, nadia: Account, stranger: Account, street_camera: Camera) -> None:
    for account in (hugo, nadia, stranger):
        with pytest.raises(NotFound):
            zones.replace(account=account, camera_ref=street_camera.ref, areas=[])


@pytest.mark.parametrize(
    "areas",
    [
        "all",
        [ZONE] * 21,
        [ZONE[:2]],
        [[[0, 0]] * 3],
        [[[0, 0], [1, 1], [10_001, 0]]],
        [[[0, 0], [1, 1], [2.5, 0]]],
        [[[0, 0], [1, 1], "no"]],
        [3],
    ],
)
def test_what_is_no_zone_is_refused_and_the_old_stay(olive: Account, street_camera: Camera, areas: Any) -> None:
    zones.replace(account=olive, camera_ref=street_camera.ref, areas=[ZONE])
    with pytest.raises(Refused, match="can’t be read"):
        zones.replace(account=olive, camera_ref=street_camera.ref, areas=areas)
    assert PrivacyZone.objects.count() == 1


def test_they_are_in_the_owners_export_alone(olive: Account, street_camera: Camera, olives_home: Household) -> None:
    zones.replace(account=olive, camera_ref=street_camera.ref, areas=[ZONE])
    assert [zone["points"] for zone in zones.export(olive, olives_home)] == [ZONE]
    assert zones.export(olive, None) == []
