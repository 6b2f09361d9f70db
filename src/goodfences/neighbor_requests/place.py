"""Where a neighbor asks: around the patch of the map in which they live, and nowhere else."""

from __future__ import annotations

from functools import lru_cache

from goodfences import places
from goodfences.places import Ranges


@lru_cache(maxsize=256)
def around(cell: int, radius_meters: int) -> Ranges:
    """The cells within so many meters of the middle of `cell`."""
    return places.area_from_circle(*places.center(cell), radius_meters).ranges
