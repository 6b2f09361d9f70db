"""Square meters on the WGS84 ellipsoid, of what is at most some kilometers wide.

Karney's series (geographiclib) hold for half the Earth, and take 35 µs a side in Python. For sides as short as those
of a drawn area their first terms do: `tests/places/test_ellipsoid.py` holds both together.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

_EQUATOR_M = 6_378_137.0
_FLATTENING = 1 / 298.257223563
_E2 = _FLATTENING * (2 - _FLATTENING)
_E = math.sqrt(_E2)


def ring_square_meters(ring: Sequence[tuple[float, float]]) -> float:
    """What a closed ring of `(longitude, latitude)` in degrees holds, its sides geodesics, its longitudes in one run.

    With longitude and `_zone` as axes the map has true areas: sides that were straight there would make the ring a
    polygon of trapezoids. A geodesic bows toward its pole, by a parabola whose curvature Clairaut's relation gives.
    """
    from_lon, from_lat = ring[0]
    from_zone = _zone(math.radians(from_lat))
    corners = []
    for lon, lat in ring:
        latitude = math.radians(lat)
        corners.append((math.radians(lon - from_lon), latitude, _zone(latitude) - from_zone))
    total = 0.0
    for (lon, lat, zone), (next_lon, next_lat, next_zone) in pairwise(corners):
        east = next_lon - lon
        total += east * ((zone + next_zone) / 2 + _bow((lat + next_lat) / 2, east, next_lat - lat))
    return abs(total)


def _zone(latitude: float) -> float:
    """Square meters between the equator and a latitude, a radian of longitude."""
    sine = math.sin(latitude)
    return _EQUATOR_M**2 * (1 - _E2) / 2 * (sine / (1 - _E2 * sine**2) + math.atanh(_E * sine) / _E)


def _bow(latitude: float, east: float, north: float) -> float:
    """Square meters that a geodesic around a latitude adds to its trapezoid, a radian of longitude."""
    sine = math.sin(latitude)
    part = 1 - _E2 * sine**2
    parallel = _EQUATOR_M**2 * (1 - sine**2) / part
    meridian = _EQUATOR_M**2 * (1 - _E2) ** 2 / part**3
    return sine * (parallel * east**2 + 3 * meridian * north**2) / 12
