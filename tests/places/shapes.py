"""Shapes that the tests of places, policy and matching share."""

from __future__ import annotations

import math
from typing import Any

METERS_A_DEGREE = 111_320.0


def polygon(*rings: list[list[float]]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def box(lat: float, lon: float, width_m: float, height_m: float | None = None) -> dict[str, Any]:
    """A closed box around a point, counterclockwise."""
    return polygon(box_ring(lat, lon, width_m, height_m))


def box_ring(lat: float, lon: float, width_m: float, height_m: float | None = None) -> list[list[float]]:
    dy = (height_m or width_m) / 2 / METERS_A_DEGREE
    dx = width_m / 2 / METERS_A_DEGREE / math.cos(math.radians(lat))
    return [
        [lon - dx, lat - dy],
        [lon + dx, lat - dy],
        [lon + dx, lat + dy],
        [lon - dx, lat + dy],
        [lon - dx, lat - dy],
    ]


def star(lat: float, lon: float, radii_m: list[float]) -> dict[str, Any]:
    """A star-shaped polygon with one corner a radius, at equal angles: never crosses itself."""
    ring = []
    for corner, radius in enumerate(radii_m):
        angle = 2 * math.pi * corner / len(radii_m)
        ring.append(
            [
                lon + radius * math.cos(angle) / METERS_A_DEGREE / math.cos(math.radians(lat)),
                lat + radius * math.sin(angle) / METERS_A_DEGREE,
            ]
        )
    return polygon([*ring, ring[0]])
