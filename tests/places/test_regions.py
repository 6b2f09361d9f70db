"""Large areas: as coarse cells, few, and nobody on the edge left out."""

from __future__ import annotations

import math

import pytest

from goodfences import places
from goodfences.errors import Refused


def square(lat: float, lon: float, degrees: float) -> list[tuple[float, float]]:
    return [(lon, lat), (lon + degrees, lat), (lon + degrees, lat + degrees), (lon, lat + degrees)]


@pytest.mark.parametrize("degrees", [0.001, 0.05, 0.5, 5, 40])
def test_a_region_is_few_cells_and_holds_all_of_its_corners_and_its_middle(degrees: float) -> None:
    found = places.region([square(30, 20, degrees)])
    assert 1 <= len(found.cells) <= 1600 and found.resolution <= places.PUBLIC_RES
    for lat, lon in ((0, 0), (0, 1), (1, 1), (1, 0), (0.5, 0.5)):
        assert places.contains(found.ranges, places.cell_at(30 + lat * degrees, 20 + lon * degrees))


def test_a_small_region_keeps_the_public_resolution() -> None:
    assert places.region([square(60.17, 24.93, 0.05)]).resolution == places.PUBLIC_RES


def test_all_of_a_circle_is_in_and_a_point_is_its_cell() -> None:
    found = places.region([], [(60.17, 24.94, 20_000)])
    for turn in range(0, 360, 5):
        lat = 60.17 + 0.1796 * math.cos(math.radians(turn))
        lon = 24.94 + 0.1796 / math.cos(math.radians(60.17)) * math.sin(math.radians(turn))
        assert places.contains(found.ranges, places.cell_at(lat, lon))
    assert not places.contains(found.ranges, places.cell_at(60.45, 24.94))
    assert places.region([], [(60.17, 24.94, 0)]).cells == [places.coarse(places.cell_at(60.17, 24.94))]


def test_a_region_over_the_antimeridian_is_on_both_sides_of_it() -> None:
    found = places.region([[(179.5, 0), (-179.5, 0), (-179.5, 1), (179.5, 1)]])
    assert places.contains(found.ranges, places.cell_at(0.5, 179.8))
    assert places.contains(found.ranges, places.cell_at(0.5, -179.8))
    assert not places.contains(found.ranges, places.cell_at(0.5, 178))


def test_nothing_is_an_empty_region() -> None:
    assert places.region([]).cells == [] and places.region([]).ranges == []


def test_a_ring_around_a_pole_is_refused() -> None:
    with pytest.raises(Refused, match="pole"):
        places.region([[(-170, 80), (-50, 80), (50, 80), (170, 80)]])


def test_a_coarser_cell_overlaps_ranges_that_hold_a_part_of_it() -> None:
    home = places.cell_at(60.17, 24.94)
    ranges = places.ranges_of([home])
    assert places.overlaps(ranges, home) and places.overlaps(ranges, places.coarse(home))
    assert not places.overlaps(ranges, places.cell_at(60.18, 24.94))
    assert not places.overlaps(ranges, places.coarse(places.cell_at(60.3, 24.94))) and not places.overlaps([], home)
