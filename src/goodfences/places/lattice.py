"""H3's lattice as vectors: where the middles of many cells are, without asking H3 for each.

H3 lays its cells out regularly on the twenty planes of an icosahedron around a sphere of radius 1. So where a
resolution-7 cell lies on one of them with all that is in it, the vectors to the middles of its descendants are sums
of three: that to its own middle and a step each way of the lattice. H3 tells these three.

Lengths are on a plane, which are never shorter than on the sphere.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations, product
from typing import Any, NamedTuple

import h3.api.basic_int as h3i
import numpy as np
from numpy.typing import NDArray

from goodfences.places.cells import Cells, wrapped

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_WHOLE_RES = 7
_UNIT = 0.381966011250105 / 7**4
"""Between neighboring middles of resolution 8 (from H3's RES0_U_GNOMONIC)."""
_NARROWEST = 0.63
"""How much of a length is left on the sphere at the corners of a plane: cos² 37.4°."""
_BETWEEN_FACES = 0.7137
"""From the middle of a plane to those of the three beside it."""
_BEARINGS = {1: 240, 2: 120, 3: 180, 4: 0, 5: 300, 6: 60}
"""Where the children of a cell lie, by their digits; in degrees."""
_TWIST = math.asin(math.sqrt(3 / 28))
"""How far the lattices of odd resolutions are turned against those of even ones."""
_ASKED_FOR = (0, 4, 2, 3)
"""The children that H3 tells: the one in the middle, a step each way, and one to try the steps on."""
_UNTRUE = 1e-13
_ONE_RES = 1 << 52
_LAST_DIGITS = 0o777 << 12
"""Those of the resolutions 9 to 11."""


class Unclear(Exception):
    """Only H3 can tell."""


class Lattices(NamedTuple):
    """Resolution-7 cells: the first resolution-11 cell in each, sorted, and of each the three vectors."""

    first: Cells
    vectors: Floats


def lattices_around(lat: float, lon: float, reach: float) -> Lattices:
    """The resolution-7 cells that have a resolution-11 cell whose middle is within reach (in radians) of a place.

    Raises `Unclear` where one of them lies on more than one plane, as all pentagons do.
    """
    # In spacings: from a place to its cell's middle 0.58, from a middle to those in its cell 0.60; a ring adds 0.87.
    rings = math.ceil((reach / _NARROWEST / (_UNIT * math.sqrt(7)) + 1.18) / math.sqrt(0.75) - 1)
    disk = sorted(h3i.grid_disk(h3i.latlng_to_cell(lat, wrapped(lon), _WHOLE_RES), max(1, rings)))
    shift = _shift(_WHOLE_RES + 1)
    centers = [(cell + _ONE_RES) & ~(7 << shift) for cell in disk]
    told = _directions([[h3i.cell_to_latlng(cell | digit << shift) for digit in _ASKED_FOR] for cell in centers])
    reached = told[:, 0] @ _directions([lat, lon]) >= math.cos(reach + _WHOLE_REACH)
    return Lattices(_first_of(np.array(centers, dtype=np.int64)[reached]), _vectors(told[reached]))


def turned(lattices: Lattices, from_lon: float) -> Floats:
    """Their vectors, with longitude counted from `from_lon` degrees on."""
    cosine, sine = math.cos(math.radians(from_lon)), math.sin(math.radians(from_lon))
    turn = np.array([(cosine, -sine, 0), (sine, cosine, 0), (0, 0, 1)])
    return np.asarray(lattices.vectors @ turn)


def _vectors(told: Floats) -> Floats:
    by_face = told[:, 0] @ _FACES.T
    nearest = np.sort(by_face, axis=1)
    if (nearest[:, -1] - nearest[:, -2]).min() < _BETWEEN_FACES * _WHOLE_REACH:
        raise Unclear
    told = told / (told @ _FACES[by_face.argmax(axis=1)][:, :, None])
    steps = told[:, 1:] - told[:, :1]
    if np.abs(steps[:, 0] + steps[:, 2]).max() > _UNTRUE:
        raise Unclear
    return np.concatenate([told[:, :1], steps[:, :2]], axis=1)


def _first_of(centers: Cells) -> Cells:
    """The first resolution-11 cell in each cell, of which these are the middle children."""
    return (centers + 3 * _ONE_RES) & ~_LAST_DIGITS


def _directions(degrees: Sequence[Any]) -> Floats:
    """Unit vectors, of `(latitude, longitude)` along the last axis."""
    radians = np.radians(degrees)
    cosines, sines = np.cos(radians), np.sin(radians)
    found = np.empty((*radians.shape[:-1], 3))
    found[..., 0] = cosines[..., 0] * cosines[..., 1]
    found[..., 1] = cosines[..., 0] * sines[..., 1]
    found[..., 2] = sines[..., 0]
    return found


def _shift(resolution: int) -> int:
    return 3 * (15 - resolution)


def _faces() -> Floats:
    """The middles of the planes. The corners of the icosahedron are the middles of the pentagons."""
    corners = _directions([h3i.cell_to_latlng(cell) for cell in h3i.get_pentagons(0)])
    near = corners @ corners.T > 0.4
    planes = [each for each in combinations(range(12), 3) if all(near[pair] for pair in combinations(each, 2))]
    sums = np.array([corners[list(plane)].sum(axis=0) for plane in planes])
    return np.asarray(sums / np.linalg.norm(sums, axis=1, keepdims=True))


class Descendants:
    """What is in a cell some resolutions down, in order: the bits of its `digits`, and its `way` from the middle, as
    how often to take each of the cell's three vectors; `reach` is the longest way."""

    def __init__(self, *resolutions: int, middle: int) -> None:
        ways, digits = [], []
        for each in product(range(7), repeat=len(resolutions)):
            ways.append(sum(map(self._step, each, resolutions)))
            digits.append(
                sum(digit << _shift(resolution) for digit, resolution in zip(each, resolutions, strict=True))
            )
        second = [way.imag / math.sin(math.radians(120)) for way in ways]
        self.digits = np.array(digits, dtype=np.int64)
        self.ways = np.array([(middle, way.real + part / 2, part) for way, part in zip(ways, second, strict=True)])
        self.reach = max(map(abs, ways)) * _UNIT

    @staticmethod
    def _step(digit: int, resolution: int) -> complex:
        """From a cell's middle to that of its child; 1 is a step at resolution 8, the real axis is digit 4's."""
        if not digit:
            return 0j
        bearing = math.radians(_BEARINGS[digit]) + (_TWIST if resolution % 2 else 0)
        length = 7 ** ((_WHOLE_RES + 1 - resolution) / 2)
        return complex(length * math.cos(bearing), length * math.sin(bearing))


PARTS = Descendants(8, 9, middle=1)
"""The resolution-9 cells in one of resolution 7."""
CELLS = Descendants(10, 11, middle=0)
"""The resolution-11 cells in one of resolution 9; their ways are to be added to its vector."""
_WHOLE_REACH = PARTS.reach + CELLS.reach
_FACES = _faces()
