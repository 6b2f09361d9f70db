"""Large areas of others, such as an official warning's: the coarse cells that they touch, at the finest resolution
at which these are still few.

An `Area` is what somebody asks for and is judged by the cell; a region only ever says whom something reaches, so that
whoever lives on its edge is in it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import h3
import h3.api.basic_int as h3i
import shapely
from geographiclib.geodesic import Geodesic

from goodfences.errors import refuse
from goodfences.places.cells import PUBLIC_RES, Ranges, cell_at, ranges_of, shown, wrapped
from goodfences.places.shapes import Position, check_position, crossing, unwrapped

MAX_REGION_POSITIONS = 5_000
MAX_REGION_RADIUS_M = 2_000_000.0
FEW = 800
"""Cells that a region is aimed at, at most."""
COARSEST = 1
_WIDEST_DEGREES = 120.0
_CIRCLE_SIDES = 72

Circle = tuple[float, float, float]
"""Latitude, longitude, and a radius in meters, which may be 0."""


@dataclass(frozen=True)
class Region:
    """Cells of one resolution, at most 8, sorted."""

    cells: list[int]

    @property
    def resolution(self) -> int:
        return int(h3i.get_resolution(self.cells[0])) if self.cells else PUBLIC_RES

    @cached_property
    def ranges(self) -> Ranges:
        """As `places.contains` reads them: every resolution-11 cell in the region's cells."""
        return ranges_of(self.cells)


def region(rings: Iterable[Sequence[Position]], circles: Iterable[Circle] = ()) -> Region:
    """The cells that any of these touch. A ring is a polygon's outline, `(longitude, latitude)` in degrees.

    Raises `Refused` (field `area`) for outlines that cross themselves, have no inside, go around a pole or are wider
    than a third of the Earth, for circles that can't be, and for more points than anybody needs.
    """
    shapes = [*_polygons(rings), *(_round(circle) for circle in circles)]
    if not shapes:
        return Region([])
    lone = [cell for cell in shapes if isinstance(cell, int)]
    polygons = [shape for shape in shapes if not isinstance(shape, int)]
    resolution = _resolution(polygons)
    while True:
        cells = {int(h3i.cell_to_parent(cell, resolution)) for cell in lone}
        for polygon in polygons:
            cells.update(_touched(polygon, resolution))
        if len(cells) <= 2 * FEW or resolution == COARSEST:
            return Region(sorted(cells))
        resolution -= 1


def _polygons(rings: Iterable[Sequence[Position]]) -> list[Any]:
    found, count = [], 0
    for ring in rings:
        count += len(ring)
        if count > MAX_REGION_POSITIONS:
            raise refuse(
                "area.positions",
                "area",
                f"The area has more than {MAX_REGION_POSITIONS} points. Draw it with fewer corners.",
                limit=f"{MAX_REGION_POSITIONS} points",
            )
        if len(ring) < 3:
            raise refuse("area.ring", "area", "Every ring of the area needs at least three corners.")
        for lon, lat in ring:
            check_position(lon, lat)
        found.append(_polygon(unwrapped(ring)))
    return found


def _polygon(ring: list[Position]) -> Any:
    polygon = shapely.Polygon(ring)
    west, _south, east, _north = polygon.bounds
    if east - west > _WIDEST_DEGREES:
        raise refuse(
            "area.span",
            "area",
            f"The area is {east - west:.0f} degrees wide; at most {_WIDEST_DEGREES:.0f} can be used. "
            "Latitude and longitude may be swapped.",
            limit=f"{_WIDEST_DEGREES:.0f} degrees",
            value=f"{east - west:.0f} degrees",
        )
    if polygon.convex_hull.area == 0:
        raise refuse("area.empty", "area", "The area is empty: its corners lie on one line.")
    if not polygon.is_valid:
        raise crossing(shapely.is_valid_reason(polygon))
    return polygon


def _round(circle: Circle) -> Any:
    """A polygon around the circle, so that nobody in it is left out; of a point, its cell."""
    lat, lon, radius = circle
    check_position(lon, lat)
    if not 0 <= radius <= MAX_REGION_RADIUS_M:
        raise refuse(
            "area.radius",
            "area",
            f"A radius of {shown(radius)} m can't be used: choose at most {MAX_REGION_RADIUS_M:.0f} m.",
            limit=f"{MAX_REGION_RADIUS_M:.0f} m",
            value=f"{shown(radius)} m",
        )
    if radius == 0:
        return cell_at(lat, lon)
    around = radius / math.cos(math.pi / _CIRCLE_SIDES)
    ring = []
    for side in range(_CIRCLE_SIDES):
        point = Geodesic.WGS84.Direct(lat, lon, 360 * side / _CIRCLE_SIDES, around)
        check_position(point["lon2"], point["lat2"])
        ring.append((point["lon2"], point["lat2"]))
    return _polygon(unwrapped(ring))


def _resolution(polygons: Iterable[Any]) -> int:
    """The finest at which about `FEW` cells do: by area, and by outline, since every cell that it crosses counts."""
    area = outline = 0.0
    for polygon in polygons:
        traverse = Geodesic.WGS84.Polygon()
        for lon, lat in polygon.exterior.coords[:-1]:
            traverse.AddPoint(lat, lon)
        _number, around, inside = traverse.Compute(False, True)
        area, outline = area + abs(inside), outline + around
    for resolution in range(PUBLIC_RES, COARSEST, -1):
        cell = h3.average_hexagon_area(resolution, unit="m^2")
        edge = h3.average_hexagon_edge_length(resolution, unit="m")
        if area / cell + outline / edge <= FEW:
            return resolution
    return COARSEST


def _touched(polygon: Any, resolution: int) -> set[int]:
    shape = h3.LatLngPoly([(lat, wrapped(lon)) for lon, lat in polygon.exterior.coords[:-1]])
    return set(h3i.h3shape_to_cells_experimental(shape, resolution, contain="overlap"))
