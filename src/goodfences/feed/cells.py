"""How coarse a post's place is, and which places lie around a reader's. All distances are between coarse cells.

A post's cell holds at least LEAST_HOMES homes at the density that the operator set, and so does what somebody can
find out from its size: the cells of one parent are split all together or not at all, so a large cell never says
that the home lies in that part of it which was too small to stand alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import h3
import h3.api.basic_int as h3i
from django.conf import settings

from goodfences import places

LEAST_HOMES = 500
FINEST, COARSEST = places.PUBLIC_RES, 5
_SPACING_KM = {8: 0.85, 7: 2.2, 6: 5.9, 5: 15.5}
"""Between the middles of neighboring cells, in kilometers; a little less than usual, as no cell may be missed."""


@dataclass(frozen=True)
class Around:
    """The cells within a radius, with the distance of each in kilometers, and the widest cells that hold them."""

    distances: dict[int, float]
    areas: tuple[int, ...]


def coarse(cell: int) -> int:
    """The cell that stands for a home: the finest of resolution 8 or less with at least LEAST_HOMES homes.

    `cell` is finer than, or already, such a cell. Never coarser than resolution 5.
    """
    return _coarse(cell, settings.HOMES_PER_KM2)


def from_hex(text: str) -> int | None:
    """A coarse cell as H3 writes it; None for anything else."""
    if len(text) > 16 or not h3.is_valid_cell(text):
        return None
    return int(h3.str_to_int(text)) if COARSEST <= h3.get_resolution(text) <= FINEST else None


def is_town_wide(cell: int, beside: int) -> bool:
    """Whether a cell is so much wider than another that a map of both would show nothing of that one."""
    return int(h3i.get_resolution(cell)) < int(h3i.get_resolution(beside)) - 1


def outline(cell: int) -> dict[str, Any]:
    """GeoJSON of a coarse cell's hexagon."""
    return places.coarse_outline([cell])


def area_of(cell: int) -> int:
    """The resolution-5 cell around a post's: what an index of a wide radius goes by."""
    return int(h3i.cell_to_parent(cell, COARSEST))


def kilometers(one: int, other: int) -> float:
    """Between the middles of two coarse cells; 0 where one holds the other."""
    finer = min(h3i.get_resolution(one), h3i.get_resolution(other))
    if h3i.cell_to_parent(one, finer) == h3i.cell_to_parent(other, finer):
        return 0.0
    return float(h3.great_circle_distance(places.center(one), places.center(other), unit="km"))


def around(cell: int, radius_km: int) -> Around:
    """What lies within `radius_km` of a coarse cell. Posts written under another density are found, too."""
    return _around(cell, radius_km)


@lru_cache(maxsize=65_536)
def _coarse(cell: int, homes_a_square_km: int) -> int:
    found = int(h3i.cell_to_parent(cell, COARSEST))
    for resolution in range(COARSEST + 1, min(FINEST, h3i.get_resolution(cell)) + 1):
        if not all(_holds_enough(each, homes_a_square_km) for each in h3i.cell_to_children(found, resolution)):
            break
        found = int(h3i.cell_to_parent(cell, resolution))
    return found


def _holds_enough(cell: int, homes_a_square_km: int) -> bool:
    return float(h3i.cell_area(cell, unit="km^2")) * homes_a_square_km >= LEAST_HOMES


@lru_cache(maxsize=1024)
def _around(cell: int, radius_km: int) -> Around:
    distances = {}
    for resolution in range(COARSEST, FINEST + 1):
        for middle in _seen_from(cell, resolution):
            rings = math.ceil(radius_km / _SPACING_KM[resolution]) + 1
            for each in h3i.grid_disk(middle, rings):
                if each not in distances and (away := kilometers(cell, each)) <= radius_km:
                    distances[int(each)] = away
    areas = sorted({int(h3i.cell_to_parent(each, COARSEST)) for each in distances})
    return Around(distances, tuple(areas))


def _seen_from(cell: int, resolution: int) -> list[int]:
    """Where to begin to look from at a resolution: the cell that holds this one, or those that it holds."""
    if resolution <= h3i.get_resolution(cell):
        return [int(h3i.cell_to_parent(cell, resolution))]
    return [int(each) for each in h3i.cell_to_children(cell, resolution)]
