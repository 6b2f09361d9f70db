from __future__ import annotations

import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st

from goodfences.places.ellipsoid import ring_square_meters
from tests.places.shapes import star


def karney(ring):
    traverse = Geodesic.WGS84.Polygon()
    for lon, lat in ring[:-1]:
        traverse.AddPoint(lat, lon)
    return abs(traverse.Compute(False, True)[2])


def rings(latitude, radius):
    """Outlines of three and more corners, some as thin as can be drawn."""
    return st.builds(
        lambda lat, lon, radii: star(lat, lon, radii)["coordinates"][0],
        st.floats(-latitude, latitude),
        st.floats(-180, 180),
        st.lists(st.floats(radius / 500, radius), min_size=3, max_size=12),
    )


@settings(deadline=None)
@given(rings(75, 1_000))
def test_what_an_agency_may_draw_measures_what_karney_says_to_a_hundredth_of_a_square_meter(ring):
    assert ring_square_meters(ring) == pytest.approx(karney(ring), rel=0, abs=0.01)


@settings(deadline=None)
@given(rings(84.95, 5_000))
def test_the_largest_area_measures_what_karney_says_to_three_square_meters(ring):
    assert ring_square_meters(ring) == pytest.approx(karney(ring), rel=0, abs=3)


@pytest.mark.parametrize("lat", [-84.9, 0, 84.9])
@pytest.mark.parametrize("bearing", range(0, 180, 15))
def test_a_side_of_ten_kilometers_may_point_anywhere(lat, bearing):
    ends = [
        Geodesic.WGS84.Direct(lat, 30, turn, length)
        for turn, length in ((bearing, 5_000), (bearing + 90, 2_000), (bearing + 180, 5_000))
    ]
    ring = [(point["lon2"], min(85.0, max(-85.0, point["lat2"]))) for point in ends]
    ring.append(ring[0])
    assert ring_square_meters(ring) == pytest.approx(karney(ring), rel=0, abs=3)
