"""What of a day a camera has: when it was recorded, when something moved, when there is nothing and why."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from goodfences_hub.clock import local
from goodfences_hub.settings import CameraSettings
from goodfences_hub.state import State


@dataclass(frozen=True)
class Span:
    """A part of the day: where it begins and how long it is, as shares of the day, and what it says."""

    left: float
    width: float
    label: str


@dataclass(frozen=True)
class Event:
    """Something that was recorded, for the list under the line."""

    id: int
    kind: str
    label: str
    """What it shows, where the kind doesn't say so already."""
    starts_at: datetime
    ends_at: datetime | None
    is_kept: bool


@dataclass(frozen=True)
class Day:
    """A camera's day in the hub's own time zone."""

    date: date
    events: list[Event]
    marks: list[Span]
    gaps: list[Span]
    missing: list[str]


def day_of(state: State, camera: CameraSettings, day: date) -> Day:
    """What the hub knows of this day."""
    begins = datetime.combine(day, time()).astimezone()
    ends = datetime.combine(day + timedelta(days=1), time()).astimezone()
    span = (camera.key, ends.timestamp(), begins.timestamp())
    events = [_event(state, row) for row in state.rows(_EVENTS, span)]
    gaps = state.rows(_GAPS, span)
    return Day(
        date=day,
        events=events,
        marks=_spans(begins, ends, ((e.starts_at.timestamp(), _until(e), _clock(e.starts_at)) for e in events)),
        gaps=_spans(begins, ends, ((g["starts_at"], g["ends_at"], g["why"]) for g in gaps)),
        missing=[_words(gap) for gap in gaps],
    )


def spans_of(state: State, camera: CameraSettings, begins: datetime, ends: datetime) -> tuple[list[Span], list[Span]]:
    """Events and gaps on a line from `begins` to `ends`."""
    during = (camera.key, ends.timestamp(), begins.timestamp())
    events = (
        (row["starts_at"], row["ends_at"], _clock(local(row["starts_at"]))) for row in state.rows(_EVENTS, during)
    )
    gaps = ((row["starts_at"], row["ends_at"], row["why"]) for row in state.rows(_GAPS, during))
    return _spans(begins, ends, events), _spans(begins, ends, gaps)


_EVENTS = """
SELECT event.*, COALESCE(label.label, '') AS label FROM event LEFT JOIN label ON label.event = event.id
WHERE camera = ? AND starts_at < ? AND COALESCE(ends_at, starts_at) >= ? ORDER BY starts_at
"""
_GAPS = "SELECT * FROM gap WHERE camera = ? AND starts_at < ? AND COALESCE(ends_at, 1e12) >= ? ORDER BY starts_at"
_KEPT = "SELECT 1 FROM segment WHERE camera = ? AND session = ? AND starts_at < ? AND ends_at > ? LIMIT 1"


def _event(state: State, row: sqlite3.Row) -> Event:
    ends = row["ends_at"] or 1e12
    kept = state.row(_KEPT, (row["camera"], row["session"], ends, row["starts_at"])) is not None
    return Event(
        id=row["id"],
        kind=row["kind"],
        label=row["label"] if row["label"] != row["kind"] else "",
        starts_at=local(row["starts_at"]),
        ends_at=local(row["ends_at"]) if row["ends_at"] else None,
        is_kept=kept,
    )


def _until(event: Event) -> float | None:
    return event.ends_at.timestamp() if event.ends_at else None


def _spans(begins: datetime, ends: datetime, parts: Iterable[tuple[float, float | None, str]]) -> list[Span]:
    first, length = begins.timestamp(), (ends - begins).total_seconds()
    now = min(datetime.now().astimezone().timestamp(), ends.timestamp())
    spans = []
    for starts_at, ends_at, label in parts:
        left = max(0.0, (starts_at - first) / length)
        right = min(1.0, ((ends_at if ends_at is not None else now) - first) / length)
        spans.append(Span(round(left * 100, 3), round(max(0.0, right - left) * 100, 3), label))
    return spans


def _clock(moment: datetime) -> str:
    return moment.strftime("%H:%M:%S")


def _words(gap: sqlite3.Row) -> str:
    until = f"to {local(gap['ends_at']):%H:%M}" if gap["ends_at"] else "until now"
    return f"Nothing was recorded from {local(gap['starts_at']):%H:%M} {until}. {gap['why']}"
