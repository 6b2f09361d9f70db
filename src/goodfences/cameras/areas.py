"""Which cameras look at an area: integer ranges on one B-tree, whatever the total (docs/architecture.md)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from django.db import connection

# Each range is a query of its own with its bounds beside it, so that every planner walks the covering partial
# index `camera_askable_by_cell` and never the table; SQLite joins at most 500 in one statement.
_RANGES_AT_ONCE = 100
_ONE_RANGE = (
    "SELECT household_id, id FROM cameras_camera "
    "WHERE may_be_asked AND removed_at IS NULL AND cell BETWEEN %s AND %s AND household_id > %s"
)


class Match(NamedTuple):
    """One camera that may be asked about."""

    household_id: int
    camera_id: int


def matching_cameras(ranges: Sequence[Sequence[int]], *, after_household: int, households: int) -> list[Match]:
    """The askable cameras in the ranges of the next households, in the order of household and camera.

    Holds every such camera of at most `households` households whose number is above `after_household`; of
    fewer, only if there are no more. `ranges` are inclusive H3 bounds at resolution 11 (goodfences.places).
    """
    found = sorted(match for part in _found(ranges, after_household) for match in part)
    taken: list[Match] = []
    number = 0
    for match in found:
        if not taken or match.household_id != taken[-1].household_id:
            number += 1
            if number > households:
                break
        taken.append(match)
    return taken


def homes_in(ranges: Sequence[Sequence[int]], at_least: int) -> bool:
    """Whether at least so many households have an askable camera in the ranges."""
    homes: set[int] = set()
    for part in _found(ranges, 0):
        homes.update(match.household_id for match in part)
        if len(homes) >= at_least:
            return True
    return len(homes) >= at_least


def _found(ranges: Sequence[Sequence[int]], after_household: int) -> Iterator[list[Match]]:
    for start in range(0, len(ranges), _RANGES_AT_ONCE):
        some = ranges[start : start + _RANGES_AT_ONCE]
        bounds = [bound for low, high in some for bound in (low, high, after_household)]
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join([_ONE_RANGE] * len(some)), bounds)
            yield [Match(*row) for row in cursor.fetchall()]
