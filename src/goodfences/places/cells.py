"""Single cells, and the integer ranges that hold many."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

import h3
import h3.api.basic_int as h3i
import numpy as np
from numpy.typing import NDArray

from goodfences.errors import refuse

Ranges = list[tuple[int, int]]
Cells = NDArray[np.int64]

RES = 11
PUBLIC_RES = 8
WIDEST_RES = 5
TOWN_RES = 6
"""About 36 square kilometers: a town, for whoever follows what is asked in theirs."""
NEIGHBORHOOD_RES = 9
MAX_LATITUDE = 85.0

_DIGIT_SHIFT = 3 * (15 - RES)
_RES_SHIFT = 52
_BASE_CELL_SHIFT = 45
_CARRIED = np.array([((8**digits) - 1) << _DIGIT_SHIFT for digits in range(RES + 1)])
"""The bits of the last so many digits."""
_STEPS = np.array([(8**digits - 6 * (8**digits - 1) // 7) << _DIGIT_SHIFT for digits in range(RES + 1)])
"""To the next cell, where so many digits go from 6 to 0."""


def cell_at(lat: float, lon: float) -> int:
    """The resolution-11 cell around a point. Raises `Refused` (field `place`) for a point
    that is not on Earth, or within 5 degrees of a pole, where web maps end."""
    if not (is_number(lat) and is_number(lon) and abs(lat) <= MAX_LATITUDE and abs(lon) <= 360):
        raise refuse(
            "place.position",
            "place",
            f"Latitude {shown(lat)}, longitude {shown(lon)} is not a place that can be used.",
            limit=f"latitude ±{MAX_LATITUDE:.0f}, longitude ±360",
            value=f"{shown(lat)}, {shown(lon)}",
        )
    return int(h3i.latlng_to_cell(lat, wrapped(lon), RES))


def cell_from_hex(text: str) -> int:
    """A resolution-11 cell written as H3 writes it. Raises `Refused` (field `place`) for anything else."""
    if len(text) <= 16 and h3.is_valid_cell(text) and h3.get_resolution(text) == RES:
        return int(h3.str_to_int(text))
    raise refuse("place.cell", "place", f"The place is not an H3 cell of resolution {RES}.", value=text[:20])


def wide_cell_from_hex(text: str) -> int:
    """A part of town (resolution 8) or all around it (down to 5), written as H3 writes it. Raises ValueError."""
    if len(text) <= 16 and h3.is_valid_cell(text) and WIDEST_RES <= h3.get_resolution(text) <= PUBLIC_RES:
        return int(h3.str_to_int(text))
    raise ValueError(f"{text[:20]!r} is not an H3 cell of a resolution from {WIDEST_RES} to {PUBLIC_RES}.")


def widened(cell: int, resolution: int) -> int:
    """The cell of this resolution around a finer one, or the cell itself."""
    return int(h3i.cell_to_parent(cell, resolution))


def is_within(cell: int, wide: int) -> bool:
    """Whether a cell lies in a wider one, or is it."""
    return widened(cell, int(h3i.get_resolution(wide))) == wide


def cell_to_hex(cell: int) -> str:
    """A cell as H3 writes it; JavaScript's numbers are too small for the integer."""
    return str(h3.int_to_str(cell))


def coarse(cell: int) -> int:
    """The resolution-8 cell around a cell: about 0.7 square kilometers, fit for public pages."""
    return int(h3i.cell_to_parent(cell, PUBLIC_RES))


def coarse_around(cell: int, rings: int) -> list[int]:
    """The resolution-8 cell around a cell with `rings` rings of its neighbors, sorted: 1, 7, 19 cells."""
    return sorted(int(each) for each in h3i.grid_disk(coarse(cell), rings))


def neighborhood(cell: int) -> int:
    """The resolution-9 cell around a cell: about 0.1 square kilometers, some streets."""
    return int(h3i.cell_to_parent(cell, NEIGHBORHOOD_RES))


def coarse_all(cells: Cells) -> list[int]:
    """The resolution-8 cells around sorted resolution-11 cells, sorted: `coarse` by its bits."""
    wide = cells - ((RES - PUBLIC_RES) << _RES_SHIFT) | (1 << 3 * (15 - PUBLIC_RES)) - 1
    first = np.append(True, wide[1:] != wide[:-1])
    return [int(cell) for cell in wide[first]]


def is_public(cell: int) -> bool:
    """Whether a cell is of resolution 8."""
    return int(h3i.get_resolution(cell)) == PUBLIC_RES


def center(cell: int) -> tuple[float, float]:
    """Latitude and longitude of a cell's middle, in degrees."""
    lat, lon = h3i.cell_to_latlng(cell)
    return float(lat), float(lon)


def contains(ranges: Sequence[Sequence[int]], cell: int) -> bool:
    """Whether a resolution-11 cell lies in sorted, merged ranges."""
    before = bisect_right(ranges, cell, key=lambda pair: pair[0])
    return before > 0 and cell <= ranges[before - 1][1]


def overlaps(ranges: Sequence[Sequence[int]], cell: int) -> bool:
    """Whether any resolution-11 cell of a cell, of resolution 11 or coarser, lies in sorted, merged ranges."""
    low, high = _span(cell)
    before = bisect_right(ranges, high, key=lambda pair: pair[0])
    return before > 0 and low <= ranges[before - 1][1]


def cells_of(ranges: Iterable[Sequence[int]]) -> Iterator[int]:
    """Every resolution-11 cell in the ranges, in order."""
    for low, high in ranges:
        cell = low
        while cell <= high:
            if h3i.is_valid_cell(cell):
                yield cell
            cell = _after(cell)


def ranges_of(cells: Iterable[int]) -> Ranges:
    """Sorted, merged, inclusive ranges that hold exactly these resolution-11 cells."""
    merged: Ranges = []
    compacted = sorted(_span(cell) for cell in h3i.compact_cells(set(cells)))
    for low, high in compacted:
        if merged and low <= _after(merged[-1][1]):
            merged[-1] = (merged[-1][0], high)
        else:
            merged.append((low, high))
    return merged


def runs_of(cells: Cells) -> Ranges:
    """`ranges_of` for cells that are sorted, in a tenth of its time; only in a pentagon its ranges may touch."""
    steps = cells[1:] - cells[:-1]
    carried = np.searchsorted(_STEPS, steps) % len(_STEPS)
    goes_on = (_STEPS[carried] == steps) & (cells[1:] & _CARRIED[carried] == 0)
    ends = np.flatnonzero(~goes_on)
    lows, highs = cells[np.concatenate([[0], ends + 1])], cells[np.concatenate([ends, [-1]])]
    return list(zip(lows.tolist(), highs.tolist(), strict=True))


def _span(cell: int) -> tuple[int, int]:
    """The first and last resolution-11 descendant of a cell."""
    res = h3i.get_resolution(cell)
    low = cell
    high = cell
    for level in range(res + 1, RES + 1):
        shift = 3 * (15 - level)
        low &= ~(7 << shift)
        high = high & ~(7 << shift) | 6 << shift
    new_res = (RES - res) << _RES_SHIFT
    return low + new_res, high + new_res


def _after(cell: int) -> int:
    """The next index of resolution 11 whose digits are all below 7 (there is no digit 7)."""
    cell += 1 << _DIGIT_SHIFT
    shift = _DIGIT_SHIFT
    while (cell >> shift) & 7 == 7 and shift < _BASE_CELL_SHIFT:
        cell += 1 << shift
        shift += 3
    return cell


def is_number(value: object) -> bool:
    """Whether a value from outside is a finite number of a sane size."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9


def shown(value: object) -> str:
    """A value from outside, short enough for a message."""
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, int) and abs(value) > 1e9:
        return "a huge number"
    return str(value)[:20] if isinstance(value, int | str) else f"a {type(value).__name__}"


def wrapped(lon: float) -> float:
    """A longitude from -180 to 180."""
    return math.remainder(lon, 360)
