"""GeoJSON outlines of cells, for maps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import h3.api.basic_int as h3i
import shapely

from goodfences.places.cells import cells_of
from goodfences.places.shapes import unwrapped


def outline(ranges: Iterable[Sequence[int]]) -> dict[str, Any]:
    """GeoJSON MultiPolygon around the cells of the ranges, cut at the antimeridian (RFC 7946, 3.1.9)."""
    return _outline(list(cells_of(ranges)))


def coarse_outline(place_cells: Iterable[int]) -> dict[str, Any]:
    """GeoJSON MultiPolygon around coarse cells, all of one resolution."""
    return _outline(list(place_cells))


def coarse_place(place_cells: Iterable[int]) -> dict[str, Any]:
    """GeoJSON Feature of the outline around coarse cells, as a place that a map draws."""
    return {"type": "Feature", "properties": {"kind": "place"}, "geometry": coarse_outline(place_cells)}


def _outline(cells: list[int]) -> dict[str, Any]:
    if not cells:
        return {"type": "MultiPolygon", "coordinates": []}
    shape = h3i.cells_to_h3shape(cells, tight=False)
    polygons = []
    for polygon in shape:
        rings = [[(lon, lat) for lat, lon in ring] for ring in (polygon.outer, *polygon.holes)]
        shell, *holes = [unwrapped(ring, rings[0][0][0]) for ring in rings]
        polygons.append(shapely.Polygon(shell, holes))
    return {"type": "MultiPolygon", "coordinates": [part for each in polygons for part in _cut(each)]}


def _cut(polygon: Any) -> list[list[list[list[float]]]]:
    """GeoJSON coordinates of a polygon, cut where it crosses the antimeridian."""
    parts = []
    for turn in (-360, 0, 360):
        world = shapely.box(-180 + turn, -90, 180 + turn, 90)
        piece = polygon if world.contains(polygon) else polygon.intersection(world)
        for each in getattr(piece, "geoms", [piece]):
            if each.geom_type == "Polygon" and not each.is_empty:
                parts.append(
                    [
                        [[round(lon - turn, 7), round(lat, 7)] for lon, lat in ring.coords]
                        for ring in (each.exterior, *each.interiors)
                    ]
                )
    return parts
