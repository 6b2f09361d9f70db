"""In the demo town Nadia can ask, and Olive is among those who are asked."""

from __future__ import annotations

from goodfences import places, policy
from goodfences.demo import town
from goodfences.neighbor_requests.place import around
from goodfences.neighbor_requests.rules import FARTHEST_METERS


def test_enough_homes_stand_around_nadia() -> None:
    ranges = around(places.cell_from_hex(town.NADIAS_CELL), FARTHEST_METERS)
    near = [places.contains(ranges, places.cell_at(home.lat, home.lon)) for home in town.homes()]
    assert near[0] and sum(near) >= policy.in_force().min_homes
