"""What each sensitivity would have seen over the last day, beside the events as they were."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import log2

from goodfences_hub.pages.timeline import Span, spans_of
from goodfences_hub.settings import SENSITIVITIES, CameraSettings
from goodfences_hub.state import State
from goodfences_hub.watching.scores import SLOT_S

COLUMNS = 288
MOST_CELLS = 1590
"""Of a picture of 320 by 180 in cells of 6."""
_SCORES = "SELECT at, low, normal, high FROM score WHERE camera = ? AND at >= ? AND at < ? ORDER BY at"


@dataclass(frozen=True)
class Bar:
    """Five minutes: where on the line, and how much of the picture had changed at most; percent."""

    left: float
    height: float


@dataclass(frozen=True)
class Lane:
    """One sensitivity."""

    sensitivity: str
    bars: list[Bar]
    times: int
    """How many times something would have been looked at more closely."""
    is_set: bool


@dataclass(frozen=True)
class Tuned:
    """The last 24 hours of a camera."""

    lanes: list[Lane]
    events: list[Span]
    gaps: list[Span]
    hours: list[tuple[float, str]]


def last_day(state: State, camera: CameraSettings, now: datetime) -> Tuned:
    """`now` is of the hub's own time zone."""
    begins = now - timedelta(days=1)
    rows = state.rows(_SCORES, (camera.key, begins.timestamp(), now.timestamp()))
    events, gaps = spans_of(state, camera, begins, now)
    lanes = [
        Lane(
            each,
            _bars(rows, each, begins.timestamp()),
            _times(rows, each, camera.after_s),
            camera.sensitivity == each,
        )
        for each in SENSITIVITIES
    ]
    return Tuned(lanes, events, gaps, list(_hours(begins)))


def _bars(rows: list, sensitivity: str, begins: float) -> list[Bar]:  # type: ignore[type-arg]
    highest: dict[int, int] = {}
    for row in rows:
        column = int((row["at"] - begins) / 86400 * COLUMNS)
        highest[column] = max(highest.get(column, 0), row[sensitivity])
    return [
        Bar(round(column * 100 / COLUMNS, 3), round(100 * log2(1 + cells) / log2(1 + MOST_CELLS), 1))
        for column, cells in sorted(highest.items())
        if cells
    ]


def _times(rows: list, sensitivity: str, after_s: float) -> int:  # type: ignore[type-arg]
    """What is no further apart than an event takes to end is one."""
    moved = [row["at"] for row in rows if row[sensitivity]]
    apart = after_s + SLOT_S
    return sum(later - before > apart for before, later in zip([-1e12, *moved], moved, strict=False))


def _hours(begins: datetime) -> list[tuple[float, str]]:
    first = begins.replace(minute=0, second=0, microsecond=0) + timedelta(hours=6 - begins.hour % 6)
    marks = [first + timedelta(hours=6 * number) for number in range(4)]
    return [
        (round((mark - begins).total_seconds() / 864, 3), mark.strftime("%H:%M"))
        for mark in marks
        if mark < begins + timedelta(hours=23)
    ]
