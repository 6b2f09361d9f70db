from __future__ import annotations

from itertools import pairwise

import h3.api.basic_int as h3i
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodfences import places
from goodfences.errors import Refused
from goodfences.places.cells import _span

LATS = st.floats(-85, 85)
LONS = st.floats(-180, 180)


@given(lat=LATS, lon=LONS)
def test_a_cell_is_a_positive_signed_64_bit_integer_of_resolution_11(lat, lon):
    cell = places.cell_at(lat, lon)
    assert 0 < cell < 2**63
    assert h3i.get_resolution(cell) == 11


@given(lat=LATS, lon=LONS)
def test_a_cell_survives_the_way_to_javascript_and_back(lat, lon):
    cell = places.cell_at(lat, lon)
    assert places.cell_from_hex(places.cell_to_hex(cell)) == cell


@given(lat=LATS, lon=LONS)
def test_longitudes_a_turn_apart_are_one_place(lat, lon):
    lon = round(lon, 6)
    turned = lon + 360 if lon < 0 else lon - 360
    # The turn costs the last bits of the number: the same cell, or one that touches it.
    assert h3i.grid_distance(places.cell_at(lat, lon), places.cell_at(lat, turned)) <= 1


@pytest.mark.parametrize(
    "lat, lon", [(90, 0), (-86, 0), (float("nan"), 0), (0, float("inf")), (0, 361), (10**400, 0), (True, 0), ("1", 2)]
)
def test_a_point_where_no_home_can_be_is_refused_with_its_limit(lat, lon):
    with pytest.raises(Refused) as refused:
        places.cell_at(lat, lon)
    (problem,) = refused.value.problems
    assert (problem.rule, problem.field) == ("place.position", "place")
    assert "±85" in problem.limit


@pytest.mark.parametrize("text", ["", "8", "zz", "88283082b9fffff", "f" * 16, "8" * 400, "8b283082b998fffx", "é"])
def test_text_that_is_no_cell_of_resolution_11_is_refused(text):
    with pytest.raises(Refused):
        places.cell_from_hex(text)


def test_a_coarse_cell_is_the_ancestor_at_resolution_8():
    cell = places.cell_at(40.4, -74.3)
    assert h3i.get_resolution(places.coarse(cell)) == 8
    assert cell in h3i.cell_to_children(places.coarse(cell), 11)


def test_the_center_of_a_cell_is_in_the_cell():
    cell = places.cell_at(40.4, -74.3)
    assert places.cell_at(*places.center(cell)) == cell


def _cells_worth_checking() -> list[int]:
    pentagons = [cell for res in range(7, 12) for cell in h3i.get_pentagons(res)]
    beside = [cell for pentagon in h3i.get_pentagons(8) for cell in h3i.grid_disk(pentagon, 1)]
    plain = [
        h3i.latlng_to_cell(lat, lon, res) for lat, lon in [(40, -74), (-33, 151), (0, 0)] for res in range(7, 12)
    ]
    return pentagons + beside + plain


def test_the_descendants_of_a_cell_fill_its_range_and_nothing_else_does():
    for cell in _cells_worth_checking():
        low, high = _span(cell)
        children = set(h3i.cell_to_children(cell, 11))
        assert (min(children), max(children)) == (low, high)
        assert list(places.cells_of([(low, high)])) == sorted(children)


def test_ranges_of_two_cells_never_overlap():
    cells = [cell for pentagon in h3i.get_pentagons(9) for cell in h3i.grid_disk(pentagon, 3)]
    spans = sorted(_span(cell) for cell in cells)
    assert all(before[1] < after[0] for before, after in pairwise(spans))


@given(
    lat=LATS,
    lon=LONS,
    keep=st.sets(st.integers(0, 90)),
    probe=st.integers(0, 200),
)
def test_ranges_hold_exactly_the_cells_they_were_made_of(lat, lon, keep, probe):
    around = sorted(h3i.grid_disk(places.cell_at(lat, lon), 8))
    cells = {around[i] for i in keep if i < len(around)}
    ranges = places.ranges_of(cells)
    assert set(places.cells_of(ranges)) == cells
    asked = around[probe % len(around)]
    assert places.contains(ranges, asked) == (asked in cells)
    assert all(low <= high for low, high in ranges)
    assert ranges == sorted(ranges)


def test_neighbors_in_order_become_one_range():
    siblings = h3i.cell_to_children(h3i.latlng_to_cell(40.4, -74.3, 9), 11)
    assert len(places.ranges_of(siblings)) == 1
    cousins = h3i.cell_to_children(h3i.latlng_to_cell(40.4, -74.3, 8), 9)
    two = [cell for parent in sorted(cousins)[2:4] for cell in h3i.cell_to_children(parent, 11)]
    assert len(places.ranges_of(two)) == 1


def test_a_whole_pentagon_is_one_range():
    (pentagon, *_) = h3i.get_pentagons(9)
    assert len(places.ranges_of(h3i.cell_to_children(pentagon, 11))) == 1


def test_no_cells_are_no_ranges():
    assert places.ranges_of([]) == []
    assert not places.contains([], places.cell_at(1, 1))
