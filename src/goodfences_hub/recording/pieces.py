"""A camera's buffer in pieces of some minutes, to look through: each plays by itself and begins at a known moment."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from goodfences_hub.clock import local
from goodfences_hub.recording.joining import Joined
from goodfences_hub.recording.segments import SegmentStore
from goodfences_hub.state import State

LONGEST_US = 10 * 60 * 1_000_000

_SEGMENTS = """
SELECT id, session, position_us, starts_at, ends_at FROM segment
WHERE camera = ? AND starts_at < ? AND ends_at > ? ORDER BY starts_at, position_us
"""
_EVENTS = "SELECT 1 FROM event WHERE camera = ? AND starts_at < ? AND COALESCE(ends_at, 1e12) > ? LIMIT 1"
_OF_PIECE = """
SELECT segment.* FROM segment, segment AS first WHERE first.id = ? AND first.camera = ?
AND segment.camera = first.camera AND segment.session = first.session
AND segment.position_us >= first.position_us AND segment.position_us < first.position_us + ?
ORDER BY segment.position_us
"""


@dataclass(frozen=True)
class Piece:
    """At most ten minutes of one session."""

    first: int
    """Id of its first segment, which names it."""
    starts_at: datetime
    ends_at: datetime
    moved: bool
    """Whether something moved in it."""


def pieces(state: State, camera: str, starts_at: datetime, ends_at: datetime) -> list[Piece]:
    """What is kept of the camera in a span, in order of time. Between two of different sessions there is nothing."""
    rows = state.rows(_SEGMENTS, (camera, ends_at.timestamp(), starts_at.timestamp()))
    return [
        _piece(state, camera, part)
        for _, session in groupby(rows, key=lambda row: row["session"])
        for part in _parts(list(session))
    ]


def played(state: State, store: SegmentStore, camera: str, first: int) -> io.BufferedReader | None:
    """A piece as MP4, to read from front to back; None where it isn't kept any more."""
    segments = state.rows(_OF_PIECE, (first, camera, LONGEST_US))
    return io.BufferedReader(Joined(store, segments)) if segments else None


def _parts(rows: list) -> Iterator[list]:  # type: ignore[type-arg]
    part = [rows[0]]
    for row in rows[1:]:
        if row["position_us"] >= part[0]["position_us"] + LONGEST_US:
            yield part
            part = []
        part.append(row)
    yield part


def _piece(state: State, camera: str, part: list) -> Piece:  # type: ignore[type-arg]
    first, last = part[0], part[-1]
    moved = state.row(_EVENTS, (camera, last["ends_at"], first["starts_at"])) is not None
    return Piece(first["id"], local(first["starts_at"]), local(last["ends_at"]), moved)
