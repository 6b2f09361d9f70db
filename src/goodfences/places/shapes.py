"""From GeoJSON of strangers to valid polygons. Everything is refused before it can cost much."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import shapely

from goodfences.errors import Refused, refuse
from goodfences.places.cells import MAX_LATITUDE, is_number, shown, wrapped

Position = tuple[float, float]
Rings = list[list[Position]]
"""A polygon: its outline and its holes, closed, `(longitude, latitude)` in one run of longitudes."""

MAX_POSITIONS = 500
MAX_SPAN_M = 10_000.0

_METERS_A_DEGREE = 111_320.0
_SAME_DEGREES = 1e-9


def polygons_of(geojson: object) -> list[Rings]:
    """The valid polygons of a GeoJSON area, which don't overlap. Raises `Refused` (field `area`)."""
    return _joined(_rings(geometry_of(geojson)))


def geometry_of(geojson: object) -> list[Any]:
    """The polygons of a geometry, as lists of rings that are still to be checked."""
    if isinstance(geojson, dict) and geojson.get("type") == "Feature":
        geojson = geojson.get("geometry")
    kind = geojson.get("type") if isinstance(geojson, dict) else None
    if not isinstance(geojson, dict) or kind not in ("Polygon", "MultiPolygon"):
        raise refuse(
            "area.type",
            "area",
            "The area must be a GeoJSON Polygon or MultiPolygon.",
            limit="Polygon or MultiPolygon",
            value=shown(kind),
        )
    coordinates = geojson.get("coordinates")
    polygons = [coordinates] if kind == "Polygon" else coordinates
    if not isinstance(polygons, list | tuple) or not polygons or not all(_is_filled(each) for each in polygons):
        raise refuse("area.empty", "area", "The area is empty: draw at least three corners.")
    return list(polygons)


def _is_filled(value: object) -> bool:
    return isinstance(value, list | tuple) and len(value) > 0


def _rings(polygons: list[Any]) -> list[Rings]:
    """Checked rings, all in one run of longitudes: neighbors on both sides of the antimeridian stay neighbors."""
    _check_count(polygons)
    near: float | None = None
    checked: list[Rings] = []
    for polygon in polygons:
        rings = []
        for raw in polygon:
            rings.append(_ring(raw, near))
            near = rings[0][0][0] if near is None else near
        checked.append(rings)
    return checked


def _check_count(polygons: list[Any]) -> None:
    count = 0
    for polygon in polygons:
        for ring in polygon:
            if not isinstance(ring, list | tuple) or len(ring) < 3:
                raise refuse("area.ring", "area", "Every ring of the area needs at least three corners.")
            count += len(ring)
    if count > MAX_POSITIONS:
        raise refuse(
            "area.positions",
            "area",
            f"The area has {count} points; at most {MAX_POSITIONS} can be used. Draw it with fewer corners.",
            limit=f"{MAX_POSITIONS} points",
            value=f"{count} points",
        )


def ring_of(raw: object) -> list[Position]:
    """One closed ring of GeoJSON. Raises `Refused` (field `area`)."""
    if not isinstance(raw, list | tuple) or len(raw) < 3:
        raise refuse("area.ring", "area", "Every ring of the area needs at least three corners.")
    return _ring(raw, None)


def _ring(raw: Sequence[Any], near: float | None) -> list[Position]:
    points: list[Position] = []
    for position in raw:
        if not isinstance(position, list | tuple) or len(position) not in (2, 3):
            raise refuse("area.position", "area", "Every point of the area is [longitude, latitude], in degrees.")
        check_position(position[0], position[1])
        points.append((float(position[0]), float(position[1])))
    return unwrapped(points, near)


def unwrapped(points: Sequence[Position], near: float | None = None) -> list[Position]:
    """One closed ring without repeated points, whose longitudes never jump by half the Earth.

    Starts within half a turn of longitude `near`, so that longitudes may lie beyond 180 degrees.
    Raises `Refused` (field `area`) for a ring around a pole or of fewer than three corners.
    """
    ring: list[Position] = []
    for lon, lat in points:
        anchor = ring[-1][0] if ring else near
        point = (wrapped(lon) if anchor is None else _beside(lon, anchor), lat)
        if not ring or not _same(ring[-1], point):
            ring.append(point)
    first, last = ring[0], ring[-1]
    if abs(_beside(first[0], last[0]) - first[0]) > 1:
        raise refuse("area.pole", "area", "The area goes around a pole; draw one that doesn't.")
    if len(ring) > 1 and _same(first, last):
        ring.pop()
    if len(ring) < 3:
        raise refuse("area.ring", "area", "Every ring of the area needs at least three different corners.")
    return [*ring, first]


def _beside(lon: float, anchor: float) -> float:
    """The same longitude, written within half a turn of `anchor`."""
    return lon + 360 * round((anchor - lon) / 360)


def _same(a: Position, b: Position) -> bool:
    """Whether two points are one, to a tenth of a millimeter."""
    return abs(a[0] - b[0]) < _SAME_DEGREES and abs(a[1] - b[1]) < _SAME_DEGREES


def check_position(lon: object, lat: object) -> None:
    """Raises `Refused` (field `area`) unless these are degrees where an area may be."""
    if not is_number(lon) or not is_number(lat):
        raise refuse(
            "area.position",
            "area",
            "Every point of the area is [longitude, latitude], two finite numbers in degrees.",
            value=f"{shown(lon)}, {shown(lat)}",
        )
    assert isinstance(lon, int | float) and isinstance(lat, int | float)
    if abs(lat) > 90 and abs(lon) <= 90:
        raise refuse(
            "area.axis_order",
            "area",
            f"Latitude {shown(lat)} is impossible; longitude and latitude look swapped. "
            "GeoJSON writes longitude first.",
            limit="latitude -90 to 90",
            value=shown(lat),
        )
    if abs(lat) > MAX_LATITUDE or abs(lon) > 360:
        raise refuse(
            "area.position",
            "area",
            f"Longitude {shown(lon)}, latitude {shown(lat)} can't be in an area: "
            f"latitude goes from -{MAX_LATITUDE:.0f} to {MAX_LATITUDE:.0f}, longitude from -360 to 360.",
            limit=f"latitude ±{MAX_LATITUDE:.0f}, longitude ±360",
            value=f"{shown(lon)}, {shown(lat)}",
        )


def _joined(polygons: list[Rings]) -> list[Rings]:
    """Polygons that don't overlap. Refuses rings that cross, and shapes too wide to look at."""
    parts = []
    for rings in polygons:
        _check_span([position for ring in rings for position in ring])
        parts.append(_valid(rings))
    if len(parts) == 1:
        return polygons
    shape = shapely.union_all(parts)
    west, south, east, north = shape.bounds
    _check_span([(west, south), (east, north)])
    return [_rings_of(part) for part in (shape.geoms if hasattr(shape, "geoms") else [shape])]


def _valid(rings: Rings) -> Any:
    polygon = shapely.Polygon(rings[0], rings[1:])
    if polygon.is_valid:
        return polygon
    if polygon.convex_hull.area == 0:
        raise refuse("area.empty", "area", "The area is empty: its corners lie on one line.")
    raise crossing(shapely.is_valid_reason(polygon))


def _rings_of(polygon: Any) -> Rings:
    return [ring.coords[:] for ring in (polygon.exterior, *polygon.interiors)]


def _check_span(positions: list[Position]) -> None:
    lons = [lon for lon, _ in positions]
    lats = [lat for _, lat in positions]
    middle = math.radians((min(lats) + max(lats)) / 2)
    width = (max(lons) - min(lons)) * _METERS_A_DEGREE * math.cos(middle)
    span = math.hypot(width, (max(lats) - min(lats)) * _METERS_A_DEGREE)
    if span > MAX_SPAN_M:
        raise refuse(
            "area.span",
            "area",
            f"The area is {span / 1000:.1f} km from end to end; at most {MAX_SPAN_M / 1000:.0f} km can be used. "
            "If that is not what you drew, longitude and latitude may be swapped.",
            limit=f"{MAX_SPAN_M / 1000:.0f} km",
            value=f"{span / 1000:.1f} km",
        )


def crossing(reason: str) -> Refused:
    """Words for shapely's reason, such as `Self-intersection[24.94 60.17]`."""
    what, _, where = reason.partition("[")
    said = {
        "Self-intersection": "Its outline crosses itself",
        "Ring Self-intersection": "Its outline touches itself",
        "Hole lies outside shell": "A hole lies outside of it",
        "Holes are nested": "A hole lies in another hole",
        "Interior is disconnected": "Its holes cut it in two",
    }.get(what, "Its outline has no clear inside")
    at = where.rstrip("]").split()
    place = f" near longitude {float(at[0]):.5f}, latitude {float(at[1]):.5f}" if len(at) == 2 else ""
    return refuse("area.crossing", "area", f"The area can't be used. {said}{place}. Draw it again.")
