"""What of an area lies outside of a jurisdiction, and which parts of town it has to do with."""

from __future__ import annotations

import pytest

from goodfences import places
from tests.places.shapes import box

LAT, LON = 60.17, 24.94


def town(lat: float = LAT, lon: float = LON, half_meters: float = 3000) -> dict:
    return places.jurisdiction(box(lat, lon, 2 * half_meters))


def area(lat: float = LAT, lon: float = LON, meters: float = 800) -> places.Area:
    return places.area_from_geojson(box(lat, lon, meters))


def test_an_area_inside_has_nothing_outside():
    assert places.outside(town(), area().ranges) == []


def test_an_area_elsewhere_is_outside_with_every_cell():
    far = area(LAT + 1)
    assert places.outside(town(), far.ranges) == list(places.cells_of(far.ranges))


def test_an_area_across_the_edge_is_outside_with_the_cells_whose_middle_is():
    north_edge = max(lat for _lon, lat in town()["coordinates"][0])
    crossing = area(north_edge)
    beyond = places.outside(town(), crossing.ranges)
    assert beyond == [cell for cell in places.cells_of(crossing.ranges) if places.center(cell)[0] > north_edge]
    assert 0.4 < len(beyond) / crossing.cells < 0.6


@pytest.mark.parametrize("beside", [-0.002, 0.0, 0.002])
@pytest.mark.parametrize("middle", [180.0, -180.0, 179.99, -179.99])
def test_the_antimeridian_is_no_edge(middle: float, beside: float):
    assert places.outside(town(0.0, middle), area(0.0, middle + beside).ranges) == []
    assert places.meets(town(0.0, middle), [places.coarse(places.cell_at(0.0, middle + beside))])


def test_each_part_of_several_counts():
    two = {
        "type": "MultiPolygon",
        "coordinates": [town()["coordinates"], town(LAT + 0.2)["coordinates"]],
    }
    assert places.outside(two, area(LAT + 0.2).ranges) == []
    assert len(places.outside(two, area(LAT + 0.1).ranges)) == area(LAT + 0.1).cells


def test_a_part_of_town_may_lie_across_the_edge_but_not_beyond():
    north_edge = max(lat for _lon, lat in town()["coordinates"][0])
    on_it, beyond = (places.coarse(places.cell_at(lat, LON)) for lat in (north_edge, north_edge + 0.02))
    assert places.meets(town(), [on_it])
    assert not places.meets(town(), [on_it, beyond])
