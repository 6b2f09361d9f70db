"""The cells of a polygon, as H3's `polygon_to_cells` gives them, in a third of its time.

Resolution-9 cells that the outline comes nowhere near are in or out as one. Of the others each resolution-11 cell's
middle is held to the outline as H3 does it, the sides being straight in degrees, all at once. What can't be told for
certain that way is left to H3: cells at the edge of a plane of its icosahedron, outlines of very many corners, and
middles within a tenth of a millimeter of a side's line, where the last digit decides.
"""

from __future__ import annotations

import math
from itertools import pairwise

import h3
import h3.api.basic_int as h3i
import numpy as np

from goodfences.places.cells import RES, Cells, wrapped
from goodfences.places.lattice import CELLS, PARTS, Flags, Floats, Unclear, lattices_around, turned
from goodfences.places.shapes import Rings

_TOO_NEAR = 2e-11
"""Radians. H3's own middles are exact to a thousandth of that."""
_MARGIN = 1.01
_AT_ONCE = 100_000
"""Sides times middles. Beyond that H3 is as fast, and needs no memory."""


def cells_in(rings: Rings) -> Cells:
    """The resolution-11 cells whose middle is in a polygon, sorted.

    The outline comes first, then its holes: closed rings of `(longitude, latitude)` in one run of longitudes, at most
    some kilometers wide.
    """
    try:
        return _cells_in(_Outline(rings))
    except Unclear:
        return _as_h3_says(rings)


def _as_h3_says(rings: Rings) -> Cells:
    loops = [[(lat, wrapped(lon)) for lon, lat in ring[:-1]] for ring in rings]
    return np.array(sorted(h3i.h3shape_to_cells(h3.LatLngPoly(*loops), RES)), dtype=np.int64)


def _cells_in(outline: _Outline) -> Cells:
    wholes = lattices_around(*outline.middle, outline.reach)
    lattices = turned(wholes, outline.from_lon)
    parts = (PARTS.ways @ lattices).reshape(-1, 3)
    spots = outline.seen(parts)
    inside, beside = outline.tell(spots)
    kept = np.flatnonzero(inside | (near := outline.is_near(spots, beside, CELLS.reach)))
    whole, part = np.divmod(kept, len(PARTS.digits))
    crossed = near[kept]
    middles = parts[kept[crossed], None] + (CELLS.ways @ lattices)[whole[crossed]]
    inside, beside = outline.tell(outline.seen(middles))
    if beside.size and np.abs(beside).min() < _TOO_NEAR:
        raise Unclear
    chosen = np.ones((len(kept), len(CELLS.digits)), dtype=bool)
    chosen[crossed] = inside.reshape(-1, len(CELLS.digits))
    first = wholes.first[whole] | PARTS.digits[part]
    return np.asarray((first[:, None] | CELLS.digits)[chosen])


class _Outline:
    """A polygon's sides on a flat map: radians north, and radians east of its first corner, squeezed so that a length
    is about the same both ways, and not longer than on the sphere."""

    def __init__(self, rings: Rings) -> None:
        lons, lats = zip(*rings[0], strict=True)
        self.from_lon = lons[0]
        self.middle = (min(lats) + max(lats)) / 2, (min(lons) + max(lons)) / 2
        lat, lon = self.middle
        widest = 1.0 if min(lats) < 0 < max(lats) else _parallel(min(map(abs, lats)))
        self.reach = math.radians(max(math.hypot((x - lon) * widest, y - lat) for x, y in rings[0]))
        self._squeeze = _parallel(max(map(abs, lats)))
        corners = [[self._on_map(*position) for position in ring] for ring in rings]
        self._sides(np.array([(*one, *following) for ring in corners for one, following in pairwise(ring)]))

    def _on_map(self, lon: float, lat: float) -> tuple[float, float]:
        return math.radians(lon - self.from_lon) * self._squeeze, math.radians(lat)

    def _sides(self, ends: Floats) -> None:
        x, y, next_x, next_y = ends.T[:, :, None]
        east, north = next_x - x, next_y - y
        length = np.hypot(east, north)
        east, north = east / length, north / length
        self._from_y, self._to_y, self._half = y, next_y, length / 2
        upward = np.copysign(1.0, north)
        self._beside = upward * np.concatenate([-north, east, north * x - east * y], axis=1)
        self._along = np.concatenate([east, north, -east * x - north * y - self._half], axis=1)

    def seen(self, vectors: Floats) -> Floats:
        """Where these point to on the map: x, y and 1."""
        x, y, z = vectors.reshape(-1, 3).T
        if x.size * len(self._half) > _AT_ONCE:
            raise Unclear
        spots = np.ones((3, x.size))
        np.multiply(np.arctan2(y, x), self._squeeze, out=spots[0])
        np.arctan2(z, np.hypot(x, y), out=spots[1])
        return spots

    def tell(self, spots: Floats) -> tuple[Flags, Floats]:
        """Which spots are inside: those that have an odd number of sides to their east. And how far each is west of
        the line of each side."""
        beside = self._beside @ spots
        passed = (self._from_y > spots[1]) != (self._to_y > spots[1])
        return np.logical_xor.reduce(passed & (beside > 0), axis=0), beside

    def is_near(self, spots: Floats, beside: Floats, reach: float) -> Flags:
        """Which spots are within reach of a side, and a few that aren't."""
        reach *= _MARGIN
        close = (np.abs(beside) < reach) & (np.abs(self._along @ spots) < self._half + reach)
        return np.asarray(np.logical_or.reduce(close, axis=0))


def _parallel(lat: float) -> float:
    return math.cos(math.radians(lat))
