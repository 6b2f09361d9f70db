from __future__ import annotations

import math
import random

import h3
import h3.api.basic_int as h3i
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodfences import places
from goodfences.bench import towns
from goodfences.places import covering
from goodfences.places.cells import coarse_all, runs_of
from goodfences.places.lattice import Unclear
from tests.places.shapes import METERS_A_DEGREE, star

MIDDLES_OF_PENTAGONS = [h3i.cell_to_latlng(cell) for cell in h3i.get_pentagons(0)]
"""The corners of H3's icosahedron."""


def rings_around(lat, lon, *outlines):
    return [[tuple(corner) for corner in star(lat, lon, radii)["coordinates"][0]] for radii in outlines]


def by_h3(rings):
    loops = [[(lat, math.remainder(lon, 360)) for lon, lat in ring[:-1]] for ring in rings]
    return sorted(h3i.h3shape_to_cells(h3.LatLngPoly(*loops), 11))


def drawn_in_towns(count):
    areas = towns.areas(towns.towns(1_000_000), count, "covering")
    return [[[tuple(corner) for corner in area["coordinates"][0]]] for area in areas]


@settings(deadline=None, max_examples=200)
@given(
    lat=st.floats(-84, 84),
    lon=st.floats(-180, 180),
    radii=st.lists(st.floats(60, 1_500), min_size=3, max_size=14),
    hole=st.lists(st.floats(5, 50), min_size=3, max_size=6),
)
def test_the_cells_are_those_of_h3_anywhere(lat, lon, radii, hole):
    rings = rings_around(lat, lon, radii, hole)
    assert covering.cells_in(rings).tolist() == by_h3(rings)


def test_the_cells_are_those_of_h3_where_its_planes_meet():
    chance = random.Random(20)
    for _ in range(150):
        (lat, lon), (other_lat, other_lon) = chance.sample(MIDDLES_OF_PENTAGONS, 2)
        part = chance.choice((0, chance.random() ** 4, chance.random()))
        meters = 10 ** chance.uniform(1, 5)
        lat += (other_lat - lat) * part + chance.gauss(0, meters) / METERS_A_DEGREE
        lon += (other_lon - lon) * part
        if abs(lat) < 84:
            rings = rings_around(lat, lon, [chance.uniform(100, 1_500) for _ in range(7)])
            assert covering.cells_in(rings).tolist() == by_h3(rings), (lat, lon)


def test_the_largest_areas_are_covered_as_h3_does():
    for lat, lon in ((0.1, 0.1), (47.5, 8.2), (-33.9, 151.1), (68, 179.99)):
        rings = rings_around(lat, lon, [2_800, 2_500, 2_900, 2_700, 2_600], [300, 250, 280])
        assert covering.cells_in(rings).tolist() == by_h3(rings)


def test_an_area_in_a_town_asks_h3_for_no_middle_in_it():
    left_to_h3 = 0
    for rings in drawn_in_towns(200):
        try:
            assert covering._cells_in(covering._Outline(rings)).tolist() == by_h3(rings)
        except Unclear:
            left_to_h3 += 1
    assert left_to_h3 < 10


def test_a_middle_on_the_outline_is_left_to_h3():
    lat, lon = places.center(places.cell_at(40.4, -74.3))
    ring = [(lon, lat), (lon + 0.005, lat), (lon + 0.005, lat + 0.005), (lon, lat)]
    with pytest.raises(Unclear):
        covering._cells_in(covering._Outline([ring]))
    assert covering.cells_in([ring]).tolist() == by_h3([ring])


def test_an_outline_of_hundreds_of_corners_is_covered_as_h3_does():
    rings = rings_around(40.4, -74.3, [800 + 20 * (corner % 3) for corner in range(450)])
    assert covering.cells_in(rings).tolist() == by_h3(rings)


def test_runs_of_sorted_cells_are_their_ranges():
    for rings in drawn_in_towns(40):
        cells = covering.cells_in(rings)
        assert runs_of(cells) == places.ranges_of(cells.tolist())


def test_runs_hold_a_pentagon_s_cells_and_nothing_else():
    cells = np.array(sorted(h3i.cell_to_children(h3i.get_pentagons(8)[3], 11)), dtype=np.int64)
    assert list(places.cells_of(runs_of(cells))) == cells.tolist()


def test_runs_go_on_from_one_base_cell_to_the_next():
    last, first = (0x8B0000000000FFF | base << 45 for base in (1, 2))
    cells = np.array([last | int("6" * 11, 8) << 12, first], dtype=np.int64)
    assert runs_of(cells) == places.ranges_of(cells.tolist())


def test_coarse_cells_of_many_are_the_coarse_cell_of_each():
    (rings,) = drawn_in_towns(1)
    cells = covering.cells_in(rings)
    assert coarse_all(cells) == sorted({places.coarse(cell) for cell in cells.tolist()})
