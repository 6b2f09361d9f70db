"""Deletes what need not be kept: the oldest first, never a segment that an event without a clip still needs."""

from __future__ import annotations

import shutil
from datetime import timedelta

from goodfences_hub.clock import Clock
from goodfences_hub.home import Home
from goodfences_hub.recording.segments import SegmentStore
from goodfences_hub.settings import CameraSettings, Settings
from goodfences_hub.state import State

GB = 1_000_000_000
EVENTS_STAY = timedelta(days=1)
"""Of a camera that keeps events alone and uploads none: how long its events stay at home."""

FREE = """
SELECT * FROM segment WHERE camera = ? AND NOT EXISTS (
    SELECT 1 FROM event LEFT JOIN clip ON clip.event = event.id
    WHERE event.camera = segment.camera AND event.session = segment.session
      AND event.starts_at < segment.ends_at AND (event.ends_at IS NULL OR event.ends_at > segment.starts_at)
      AND clip.event IS NULL AND ? <> ''
) ORDER BY starts_at LIMIT ?
"""


class Retention:
    """Of one hub."""

    def __init__(self, home: Home, state: State, store: SegmentStore, settings: Settings, clock: Clock) -> None:
        self._home = home
        self._state = state
        self._store = store
        self._settings = settings
        self._clock = clock

    def run_due(self, limit: int = 200) -> int:
        """Delete at most `limit` segments a camera; returns how many."""
        return sum(self._trim(camera, limit) for camera in self._settings.cameras)

    def make_room(self) -> bool:
        """Where the disk is down to its reserve, delete the oldest segments of all; whether there is room now."""
        while shutil.disk_usage(self._home.folder).free < self._settings.reserve_gb * GB:
            oldest = [row for camera in self._settings.cameras for row in self._free(camera, 8)]
            if not oldest:
                return False
            for row in sorted(oldest, key=lambda row: row["starts_at"])[:8]:
                self._store.remove(row["id"], row["file"])
        return True

    def _trim(self, camera: CameraSettings, limit: int) -> int:
        kept = (
            timedelta(days=camera.keep_days)
            if camera.keep_days
            else EVENTS_STAY
            if not camera.upload_as
            else timedelta()
        )
        before = (self._clock.now() - kept).timestamp()
        size = self._state.row("SELECT COALESCE(SUM(size), 0) AS size FROM segment WHERE camera = ?", (camera.key,))
        over = (size["size"] if size else 0) - camera.keep_gb * GB
        removed = 0
        for row in self._free(camera, limit):
            if row["ends_at"] >= before and over <= 0:
                break
            self._store.remove(row["id"], row["file"])
            over -= row["size"]
            removed += 1
        return removed

    def _free(self, camera: CameraSettings, limit: int) -> list:  # type: ignore[type-arg]
        return self._state.rows(FREE, (camera.key, camera.upload_as, limit))
