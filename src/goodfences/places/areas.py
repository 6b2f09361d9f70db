"""Areas: a shape becomes cells, ranges and square meters."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from geographiclib.geodesic import Geodesic

from goodfences.errors import refuse
from goodfences.places.cells import Cells, Ranges, cells_of, coarse_all, is_number, runs_of, shown
from goodfences.places.covering import cells_in
from goodfences.places.ellipsoid import ring_square_meters
from goodfences.places.shapes import Rings, check_position, polygons_of

MAX_AREA_M2 = 25_000_000.0
MAX_RADIUS_M = 2_500.0

SQUARE_METERS_A_SQUARE_MILE = 1609.344**2

_CIRCLE_SIDES = 72


def rounded(area: float) -> float:
    """An area in square miles or kilometers as pages, the record and the map say it: 0.025, 0.12, 1.5."""
    return round(area, 3 if area < 0.1 else 2)


@dataclass(frozen=True)
class Area:
    """A covered area. `place_cells` are the resolution-8 cells it touches: all that the public sees.

    The square meters are those of the area as it was drawn, not of the cells that stand for it. Where it is
    several areas that don't touch, `parts` are the square meters of each; it is empty where it is one. Built
    again from stored fields by `Area(ranges=..., square_meters=..., place_cells=..., parts=...)`.
    """

    ranges: Ranges
    square_meters: float
    place_cells: list[int]
    parts: tuple[float, ...] = ()

    @property
    def square_miles(self) -> float:
        return self.square_meters / SQUARE_METERS_A_SQUARE_MILE

    @property
    def square_kilometers(self) -> float:
        return self.square_meters / 1_000_000

    @cached_property
    def cells(self) -> int:
        """How many resolution-11 cells the area has."""
        return sum(1 for _ in cells_of(self.ranges))


def area_from_geojson(geojson: object) -> Area:
    """Cover a GeoJSON Polygon or MultiPolygon, or a Feature that holds one.

    A cell belongs to the area if its middle does. Open rings are closed, repeated points dropped,
    overlapping or touching parts joined; a ring may cross the antimeridian, cut there or not. Raises
    `Refused` (field `area`) for what is no area, crosses itself, or is beyond the limits of this
    module, which guard the server and are far above any policy.
    """
    return _cover(polygons_of(geojson))


def area_from_circle(lat: float, lon: float, radius_m: float) -> Area:
    """Cover a circle. `radius_m` in meters, at most `MAX_RADIUS_M`. Raises `Refused` (field `area`)."""
    check_position(lon, lat)
    if not is_number(radius_m) or not 0 < radius_m <= MAX_RADIUS_M:
        raise refuse(
            "area.radius",
            "area",
            f"A radius of {shown(radius_m)} m can't be used: choose more than 0 and at most {MAX_RADIUS_M:.0f} m.",
            limit=f"{MAX_RADIUS_M:.0f} m",
            value=f"{shown(radius_m)} m",
        )
    return area_from_geojson({"type": "Polygon", "coordinates": [ring_around(lat, lon, radius_m)]})


def ring_around(lat: float, lon: float, radius_m: float) -> list[list[float]]:
    """A circle as GeoJSON draws one, open."""
    # A polygon inscribed in the circle would be smaller; this one has the circle's area.
    step = 2 * math.pi / _CIRCLE_SIDES
    radius = radius_m * math.sqrt(step / math.sin(step))
    ring = []
    for side in range(_CIRCLE_SIDES):
        point = Geodesic.WGS84.Direct(lat, lon, 360 * side / _CIRCLE_SIDES, radius)
        ring.append([point["lon2"], point["lat2"]])
    return ring


def _cover(polygons: list[Rings]) -> Area:
    sizes = [_square_meters(rings) for rings in polygons]
    square_meters = sum(sizes)
    if square_meters > MAX_AREA_M2:
        raise refuse(
            "area.size",
            "area",
            f"The area is {square_meters / 1e6:.1f} square kilometers; "
            f"no more than {MAX_AREA_M2 / 1e6:.0f} can be looked at. Draw a smaller one.",
            limit=f"{MAX_AREA_M2 / 1e6:.0f} km²",
            value=f"{square_meters / 1e6:.1f} km²",
        )
    found = [_cells(rings) for rings in polygons]
    cells = found[0] if len(found) == 1 else np.unique(np.concatenate(found))
    parts = tuple(sizes) if len(sizes) > 1 else ()
    return Area(ranges=runs_of(cells), square_meters=square_meters, place_cells=coarse_all(cells), parts=parts)


def _cells(rings: Rings) -> Cells:
    found = cells_in(rings)
    if not found.size:
        raise refuse(
            "area.thin",
            "area",
            "The area is too small or too thin: it holds the middle of no cell. Draw a larger one.",
        )
    return found


def _square_meters(rings: Rings) -> float:
    """On the WGS84 ellipsoid, holes left out."""
    shell, *holes = map(ring_square_meters, rings)
    return shell - sum(holes)
