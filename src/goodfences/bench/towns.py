"""Synthetic towns: homes that stand in neighborhoods as real ones do, the same in every run."""

from __future__ import annotations

import math
import random  # noqa: TID251 - a bench repeats itself; nothing here is secret
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

CAMERAS_A_TOWN = 25_000

_NEIGHBORHOODS = 12
_TOWN_SPREAD_M = 2_600.0
_NEIGHBORHOOD_SPREAD_M = 1_500.0
_METERS_A_DEGREE = 111_320.0
_HALF_SQUARE_MILE_M2 = 0.5 * 1609.344**2
_ON_THE_GROUND = 0.998
"""A flat map's degrees show an area up to a thousandth smaller than it is, and nobody is asked in more than that."""


class Home(NamedTuple):
    """A household: where it is, and for each of its cameras whether it may be asked about."""

    lat: float
    lon: float
    cameras: tuple[bool, ...]


@dataclass(frozen=True)
class Town:
    """The town of one agency, with the middles of its neighborhoods."""

    number: int
    lat: float
    lon: float
    neighborhoods: tuple[tuple[float, float], ...]


def towns(cameras: int) -> list[Town]:
    """As many towns as hold so many cameras: 400 for 10 million. A town is the same whatever their number."""
    return [_town(number) for number in range(max(1, cameras // CAMERAS_A_TOWN))]


def _town(number: int) -> Town:
    chance = random.Random(f"town {number}")  # noqa: S311
    lat, lon = chance.uniform(26, 48), chance.uniform(-122, -70)
    middles = tuple(_beside(chance, lat, lon, _TOWN_SPREAD_M) for _ in range(_NEIGHBORHOODS))
    return Town(number, lat, lon, middles)


def _beside(chance: random.Random, lat: float, lon: float, spread_m: float) -> tuple[float, float]:
    north, east = chance.gauss(0, spread_m), chance.gauss(0, spread_m)
    return lat + north / _METERS_A_DEGREE, lon + east / _METERS_A_DEGREE / math.cos(math.radians(lat))


def homes(town: Town, cameras: int) -> Iterator[Home]:
    """Homes with so many cameras altogether: one to three each, nine of ten of which may be asked about."""
    chance = random.Random(f"homes {town.number}")  # noqa: S311
    left = cameras
    while left > 0:
        middle = town.neighborhoods[int(chance.random() * _NEIGHBORHOODS)]
        lat, lon = _beside(chance, *middle, _NEIGHBORHOOD_SPREAD_M)
        count = min(left, 1 + int(chance.random() * 3))
        left -= count
        yield Home(lat, lon, tuple(chance.random() < 0.9 for _ in range(count)))


def areas(among: list[Town], count: int, seed: str) -> list[dict[str, Any]]:
    """Drawn areas of half a square mile around homes: five to twelve corners, as GeoJSON polygons."""
    chance = random.Random(seed)  # noqa: S311
    return [_area(chance, chance.choice(among)) for _ in range(count)]


def _area(chance: random.Random, town: Town) -> dict[str, Any]:
    lat, lon = _beside(chance, *chance.choice(town.neighborhoods), _NEIGHBORHOOD_SPREAD_M)
    corners = chance.randint(5, 12)
    angles = [2 * math.pi * (corner + chance.uniform(-0.3, 0.3)) / corners for corner in range(corners)]
    radii = [chance.uniform(0.7, 1.3) for _ in range(corners)]
    plane = [
        (radius * math.cos(angle), radius * math.sin(angle)) for radius, angle in zip(radii, angles, strict=True)
    ]
    scale = math.sqrt(_HALF_SQUARE_MILE_M2 * _ON_THE_GROUND / _plane_area(plane))
    ring = [
        [
            lon + x * scale / _METERS_A_DEGREE / math.cos(math.radians(lat)),
            lat + y * scale / _METERS_A_DEGREE,
        ]
        for x, y in plane
    ]
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


def _plane_area(ring: list[tuple[float, float]]) -> float:
    following = [*ring[1:], ring[0]]
    return abs(sum(x * b - a * y for (x, y), (a, b) in zip(ring, following, strict=True))) / 2
