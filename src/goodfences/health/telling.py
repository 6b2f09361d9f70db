"""What a hub tells of itself and its cameras, and what is wrong with it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from goodfences.errors import Problem

MOST_SPANS = 100
"""Of gaps, and of spans held, that are told of one camera."""
MOST_DAYS = 8
MOST_BYTES = 2**53
"""In a day; JSON's numbers are whole up to here."""
LONGEST_HELD = timedelta(days=400)
GAPS_OF = timedelta(hours=25)
"""How long ago a gap ended that is still told: a day, and what may lie between two times."""
CLOCK_SLACK = timedelta(minutes=2)
"""A hub's clock that is off by no more counts as right."""

_VERSION = re.compile(r"[0-9][0-9A-Za-z.+!-]{0,39}")


@dataclass(frozen=True)
class Gap:
    """Nothing was recorded from `starts_at` until `ends_at` (None: still). `why` is a value of models.Gap.Why."""

    starts_at: datetime
    ends_at: datetime | None
    why: str


@dataclass(frozen=True)
class DayBytes:
    """What one day (in UTC) of a camera came to, in bytes."""

    day: date
    recorded: int
    uploaded: int


@dataclass(frozen=True)
class CameraTold:
    """One camera, by its ref. All times have a zone and are by the hub's clock."""

    camera: str
    is_steady: bool
    last_frame_at: datetime | None
    gaps: Sequence[Gap]
    held: Sequence[tuple[datetime, datetime]]
    days: Sequence[DayBytes]
    clips_waiting: int


@dataclass(frozen=True)
class Told:
    """Everything that a hub tells at `sent_at`, by its own clock."""

    version: str
    sent_at: datetime
    cameras: Sequence[CameraTold]


def problems(told: Told) -> Iterator[Problem]:
    """Everything that can't be as it is told, whatever the household."""
    if not _VERSION.fullmatch(told.version):
        message = "A version begins with a digit and has at most 40 letters, digits and . + ! -"
        yield Problem("health.version", "version", message, value=told.version[:40])
    refs = Counter(camera.camera for camera in told.cameras)
    for index, camera in enumerate(told.cameras):
        field = f"cameras.{index}"
        if refs[camera.camera] > 1:
            yield Problem("health.twice", f"{field}.camera", "Tell each camera once.", value=camera.camera[:40])
        yield from _time_problems(field, camera, told.sent_at)


def _time_problems(field: str, camera: CameraTold, sent_at: datetime) -> Iterator[Problem]:
    latest = sent_at + CLOCK_SLACK
    if camera.last_frame_at is not None and camera.last_frame_at > latest:
        yield _future(f"{field}.last_frame_at", camera.last_frame_at, sent_at)
    for place, gap in enumerate(camera.gaps):
        ends_at = gap.ends_at or latest
        yield from _span_problems(f"{field}.gaps.{place}", gap.starts_at, ends_at, sent_at, None)
        if sent_at - ends_at > GAPS_OF:
            limit = f"{GAPS_OF // timedelta(hours=1)} hours"
            message = f"A gap is told until {limit} after its end."
            yield Problem(
                "health.old", f"{field}.gaps.{place}.ends_at", message, limit=limit, value=ends_at.isoformat()
            )
    for place, (starts_at, ends_at) in enumerate(camera.held):
        yield from _span_problems(f"{field}.held.{place}", starts_at, ends_at, sent_at, LONGEST_HELD)


def _span_problems(
    field: str, starts_at: datetime, ends_at: datetime, sent_at: datetime, oldest: timedelta | None
) -> Iterator[Problem]:
    if ends_at <= starts_at:
        message = "A span ends after it starts."
        yield Problem("health.span", f"{field}.ends_at", message, value=ends_at.isoformat())
    if ends_at > sent_at + CLOCK_SLACK:
        yield _future(f"{field}.ends_at", ends_at, sent_at)
    if oldest is not None and sent_at - starts_at > oldest:
        limit = f"{oldest.days} days"
        message = f"Nothing older than {limit} is told."
        yield Problem("health.old", f"{field}.starts_at", message, limit=limit, value=starts_at.isoformat())


def _future(field: str, moment: datetime, sent_at: datetime) -> Problem:
    message = f"This lies after sent_at ({sent_at.isoformat()})."
    return Problem("health.future", field, message, limit=sent_at.isoformat(), value=moment.isoformat())
