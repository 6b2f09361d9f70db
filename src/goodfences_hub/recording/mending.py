"""What a power cut or a failing disk damaged becomes a gap that says so, and no file that won't play is left."""

from __future__ import annotations

import io
import logging
import sqlite3
from collections.abc import Iterable
from pathlib import Path

import av
import pyrage

from goodfences_hub.home import Home
from goodfences_hub.recording.segments import SegmentStore
from goodfences_hub.state import State

logger = logging.getLogger(__name__)

DAMAGED = "What was recorded then is damaged."
NEWEST = 3
"""Segments a camera, and days, that are looked at when the hub starts: what was under way when the power went."""

_WAITED_FOR = "SELECT file FROM clip WHERE state = 'waiting' UNION SELECT file FROM cut"
_NEWEST = "SELECT * FROM segment WHERE camera = ? ORDER BY id DESC LIMIT ?"


def mend_newest(state: State, store: SegmentStore) -> int:
    """Look at the newest segments of every camera that has any; returns how many were damaged."""
    cameras = [row["camera"] for row in state.rows("SELECT DISTINCT camera FROM segment")]
    return sum(drop_damaged(state, store, state.rows(_NEWEST, (camera, NEWEST))) for camera in cameras)


def drop_strays(state: State, store: SegmentStore) -> int:
    """Delete files that no row names, of the days that were written to last: the power went between file and row."""
    strays = [file for day in _newest_days(store) for file in day.iterdir() if not _is_named(state, store, file)]
    for file in strays:
        file.unlink()
    return len(strays)


def drop_unsent_strays(home: Home, state: State) -> int:
    """Delete files of the spool that nothing waits for: the power went while one was made."""
    waited_for = {row["file"] for row in state.rows(_WAITED_FOR)}
    strays = [file for file in home.spool.iterdir() if file.name not in waited_for]
    for file in strays:
        file.unlink()
    return len(strays)


def _newest_days(store: SegmentStore) -> list[Path]:
    days = [day for camera in store.folder.iterdir() for day in camera.iterdir()]
    return sorted(days, key=lambda day: day.stat().st_mtime_ns)[-NEWEST:]


def _is_named(state: State, store: SegmentStore, file: Path) -> bool:
    name = file.relative_to(store.folder).as_posix()
    return state.row("SELECT 1 FROM segment WHERE file = ?", (name,)) is not None


def drop_damaged(state: State, store: SegmentStore, segments: Iterable[sqlite3.Row]) -> int:
    """Delete those of the segments that can't be read, and note their time as a gap; returns how many."""
    damaged = [segment for segment in segments if not is_whole(store, segment)]
    for segment in damaged:
        logger.error("camera %s: a part of its recording is damaged, and was taken out.", segment["camera"])
        store.remove(segment["id"], segment["file"])
        state.do(
            "INSERT INTO gap (camera, starts_at, ends_at, why) VALUES (?, ?, ?, ?)",
            (segment["camera"], segment["starts_at"], segment["ends_at"], DAMAGED),
        )
    return len(damaged)


def is_whole(store: SegmentStore, segment: sqlite3.Row) -> bool:
    """Whether a segment can be unsealed, which proves every byte of it (age), and opened as video."""
    try:
        with av.open(io.BytesIO(store.open(segment["file"])), "r"):
            return True
    except (pyrage.DecryptError, av.FFmpegError, ValueError, FileNotFoundError):
        return False
