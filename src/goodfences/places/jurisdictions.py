"""Jurisdictions: a town's, city's or county's outline, as an agency draws it. Public, and kept as it was drawn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import h3.api.basic_int as h3i
import shapely
from geographiclib.geodesic import Geodesic

from goodfences.errors import refuse
from goodfences.places.cells import PUBLIC_RES, cells_of, wrapped
from goodfences.places.regions import region
from goodfences.places.shapes import MAX_POSITIONS, geometry_of, ring_of, unwrapped

MAX_JURISDICTION_M2 = 100_000_000_000.0
"""Larger than the largest county of the United States that isn't mostly empty, and smaller than most states."""
MAX_CIRCLE_M = 150_000.0
_DECIMALS = 5
"""Of a degree: about a meter."""


def jurisdiction(geojson: object) -> dict[str, Any]:
    """A GeoJSON Polygon or MultiPolygon, or a Feature that holds one, as it is published: closed rings, about a meter
    exact. Raises `Refused` (field `area`) for holes, crossings, too many corners and more than a county."""
    polygons = geometry_of(geojson)
    if any(len(polygon) > 1 for polygon in polygons):
        raise refuse("area.hole", "area", "A jurisdiction is drawn without holes: draw its outline alone.")
    rings = [ring_of(polygon[0]) for polygon in polygons]
    if sum(map(len, rings)) > MAX_POSITIONS:
        message = f"Draw the jurisdiction with at most {MAX_POSITIONS} corners."
        raise refuse("area.positions", "area", message, limit=f"{MAX_POSITIONS} points")
    region(rings)
    size = sum(_square_meters(ring) for ring in rings)
    if size > MAX_JURISDICTION_M2:
        raise refuse(
            "area.size",
            "area",
            f"This is {size / 1e6:,.0f} square kilometers. Partners are local: draw a town, a city or a county.",
            limit=f"{MAX_JURISDICTION_M2 / 1e6:,.0f} km²",
            value=f"{size / 1e6:,.0f} km²",
        )
    closed = [[[round(lon, _DECIMALS), round(lat, _DECIMALS)] for lon, lat in ring] for ring in rings]
    if len(closed) == 1:
        return {"type": "Polygon", "coordinates": closed}
    return {"type": "MultiPolygon", "coordinates": [[ring] for ring in closed]}


def middle(area: dict[str, Any]) -> int:
    """A resolution-8 cell well inside what `jurisdiction` answered."""
    inside = shapely.geometry.shape(area).representative_point()
    return int(h3i.latlng_to_cell(inside.y, wrapped(inside.x), PUBLIC_RES))


def outside(area: dict[str, Any], ranges: Iterable[Sequence[int]]) -> list[int]:
    """The resolution-11 cells of the ranges whose middle isn't in what `jurisdiction` answered; sorted.

    By their middles, as an area has the cells that it has: what crosses the edge by less than half a cell doesn't.
    """
    cells = list(cells_of(ranges))
    middles = [h3i.cell_to_latlng(cell) for cell in cells]
    lats = [lat for lat, _lon in middles]
    inside = [False] * len(cells)
    for turn in _turns(area):
        found = shapely.contains_xy(_shape(area), [lon + turn for _lat, lon in middles], lats)
        inside = [before or now for before, now in zip(inside, found, strict=True)]
    return [cell for cell, within in zip(cells, inside, strict=True) if not within]


def meets(area: dict[str, Any], cells: Iterable[int]) -> bool:
    """Whether each of the cells, of whatever resolution, meets what `jurisdiction` answered."""
    shape, turns = _shape(area), _turns(area)
    for cell in cells:
        ring = unwrapped([(lon, lat) for lat, lon in h3i.cell_to_boundary(cell)])
        if not any(shape.intersects(shapely.Polygon([(lon + turn, lat) for lon, lat in ring])) for turn in turns):
            return False
    return True


def _shape(area: dict[str, Any]) -> Any:
    shape = shapely.geometry.shape(area)
    shapely.prepare(shape)
    return shape


def _turns(area: dict[str, Any]) -> tuple[int, ...]:
    """How far to move longitudes of -180 to 180 to meet an outline that goes on beyond the antimeridian."""
    west, _south, east, _north = shapely.geometry.shape(area).bounds
    return tuple(turn for turn in (-360, 0, 360) if west < 180 + turn and east > -180 + turn)


def _square_meters(ring: list[tuple[float, float]]) -> float:
    traverse = Geodesic.WGS84.Polygon()
    for lon, lat in ring[:-1]:
        traverse.AddPoint(lat, lon)
    return abs(float(traverse.Compute(False, True)[2]))
