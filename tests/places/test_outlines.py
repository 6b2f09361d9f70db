from __future__ import annotations

import json
import math

import h3.api.basic_int as h3i
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from goodfences import places
from tests.places.shapes import box, box_ring, polygon


def shape_of(outline):
    assert outline["type"] == "MultiPolygon"
    return shapely.from_geojson(json.dumps(outline))


def test_an_outline_goes_around_the_cells():
    area = places.area_from_geojson(box(40.4, -74.3, 800))
    shape = shape_of(places.outline(area.ranges))
    assert shape.is_valid
    assert len(shape.geoms) == 1
    for cell in places.cells_of(area.ranges):
        lat, lon = places.center(cell)
        assert shape.contains(shapely.Point(lon, lat))


def test_a_hole_stays_a_hole():
    area = places.area_from_geojson(polygon(box_ring(40.4, -74.3, 1000), box_ring(40.4, -74.3, 500)))
    outline = places.outline(area.ranges)
    assert len(outline["coordinates"][0]) == 2


def test_rings_are_closed_and_longitude_comes_first():
    outline = places.coarse_outline([places.coarse(places.cell_at(40.4, -74.3))])
    ring = outline["coordinates"][0][0]
    assert ring[0] == ring[-1]
    assert ring[0] == pytest.approx([-74.3, 40.4], abs=0.02)
    assert len(ring) == 7


def test_nothing_has_an_empty_outline():
    assert places.outline([]) == {"type": "MultiPolygon", "coordinates": []}


@settings(deadline=None)
@given(lat=st.floats(-80, 80), lon=st.sampled_from([179.999, -179.999, 180.0, 179.99]))
def test_an_outline_is_cut_at_the_antimeridian(lat, lon):
    area = places.area_from_geojson(box(lat, lon, 900))
    shape = shape_of(places.outline(area.ranges))
    west, _, east, _ = shape.bounds
    assert (west, east) == (-180, 180) or shape.geoms[0].bounds[2] - shape.geoms[0].bounds[0] < 1
    assert all(part.bounds[2] - part.bounds[0] < 1 for part in shape.geoms)
    covered = sum(h3i.cell_area(cell, unit="m^2") for cell in places.cells_of(area.ranges))
    drawn = shape.area * 111_320**2

    assert drawn * math.cos(math.radians(lat)) == pytest.approx(covered, rel=0.03)


def test_coarse_cells_across_the_antimeridian_are_cut_too():
    cell = places.coarse(places.cell_at(-16.8, 180.0))
    shape = shape_of(places.coarse_outline([cell]))
    assert all(part.bounds[2] - part.bounds[0] < 1 for part in shape.geoms)
