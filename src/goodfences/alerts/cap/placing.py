"""Where a message's areas are, as coarse cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from goodfences import places
from goodfences.alerts.cap.message import Area, Message, Pair

Lookup = Callable[[Iterable[Pair]], list[Any]]
"""The outlines, as rings of (longitude, latitude), of those geocodes of which this instance was given the shape."""


def region_of(message: Message, lookup: Lookup) -> places.Region:
    """The cells of all areas in all languages; of none where nothing of it can be placed.

    An area that has a polygon or a circle is that: geocodes beside one are for receivers that can't draw (a county's
    code for a storm that touches its corner). Raises `Refused` (field `area`), as `places.region` does.
    """
    rings: list[Any] = []
    circles: list[places.Circle] = []
    for area in dict.fromkeys(area for info in message.infos for area in info.areas):
        rings += [[(lon, lat) for lat, lon in polygon] for polygon in area.polygons]
        circles += [(lat, lon, kilometers * 1000) for lat, lon, kilometers in area.circles]
        if not _is_drawn(area):
            rings += lookup(area.geocodes)
    return places.region(rings, circles)


def _is_drawn(area: Area) -> bool:
    return bool(area.polygons or area.circles)
