"""Tells the network, every minute, how this hub and its cameras do: when, how much, and which hours are still here.

Never what a camera shows, where it is, or what went wrong in words: an error may quote an address.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import goodfences_hub
from goodfences_hub import updates
from goodfences_hub.clock import Clock
from goodfences_hub.errors import ServerRefused
from goodfences_hub.reach import Reach
from goodfences_hub.settings import CameraSettings, Settings
from goodfences_hub.state import OWN_GAPS, State
from goodfences_hub.uploading.network import Network

GAPS_OF = timedelta(days=1)
DAYS = 8
MOST_GAPS = 100
SOONEST, LATEST = 30.0, 3600.0
"""Seconds until the next time, whatever the network says."""

_GAPS = """
SELECT * FROM gap WHERE camera = ? AND starts_at < ? AND (ends_at IS NULL OR ends_at > ? AND ends_at >= starts_at + 1)
ORDER BY starts_at DESC LIMIT ?
"""


class Reporter:
    """Of one hub."""

    def __init__(
        self,
        state: State,
        network: Network,
        settings: Settings,
        clock: Clock,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        """`wake` is called when the owner waits for what this hub holds."""
        self._state = state
        self._network = network
        self._clock = clock
        self._settings = settings
        self._reach = Reach(state, clock)
        self._wake = wake
        self._next = clock.monotonic()
        self._told_away: set[str] = set()

    @property
    def _cameras(self) -> dict[str, CameraSettings]:
        """By their ref in the network. Two that upload as one camera: the first speaks for it."""
        return {camera.upload_as: camera for camera in reversed(self._settings.cameras) if camera.upload_as}

    def run_due(self) -> bool:
        """Tell, if it is time or a camera was lost or came back; whether it did. Raises as `Network` does."""
        away = {camera.key for camera in self._cameras.values() if self._is_away(camera)}
        if self._clock.monotonic() < self._next and away == self._told_away:
            return False
        answer = self._tell()
        self._told_away = away
        self._next = self._clock.monotonic() + min(LATEST, max(SOONEST, float(answer["again_after_s"])))
        updates.note(self._state, str(answer["version"]))
        if answer.get("wanted"):
            self._wake()
        return True

    def _tell(self) -> dict[str, Any]:
        try:
            return self._network.tell_health(self.words(self._cameras))
        except ServerRefused:
            # Its owner has removed a camera there: of the others the network wants to know.
            there = {camera["ref"] for camera in self._network.cameras()}
            if there >= set(self._cameras):
                raise
            return self._network.tell_health(self.words(there & set(self._cameras)))

    def words(self, refs: Any) -> dict[str, Any]:
        """What is told of these cameras."""
        now = self._clock.now()
        cameras = [self._camera(ref, camera, now) for ref, camera in self._cameras.items() if ref in refs]
        return {"version": goodfences_hub.__version__, "sent_at": now.isoformat(), "cameras": cameras}

    def _camera(self, ref: str, camera: CameraSettings, now: datetime) -> dict[str, Any]:
        seen = self._state.seen_at(camera.key)
        waiting = self._state.row(
            "SELECT COUNT(*) AS count FROM clip WHERE upload_as = ? AND state = 'waiting'", (ref,)
        )
        return {
            "camera": ref,
            "steady": camera.is_steady,
            "last_frame_at": _text(min(seen, now.timestamp())) if seen is not None else None,
            "gaps": self._gaps(camera, now),
            "held": [{"starts_at": _text(begin), "ends_at": _text(end)} for begin, end in self._held(camera)],
            "days": [dict(row) for row in self._state.bytes_by_day(camera.key, DAYS)],
            "clips_waiting": waiting["count"] if waiting else 0,
        }

    def _held(self, camera: CameraSettings) -> list[tuple[float, float]]:
        """Of a camera that keeps events alone nothing: spans would tell when something moved."""
        return [span for span in self._reach.of(camera.key) if span[1] - span[0] >= 1] if camera.keep_days else []

    def _gaps(self, camera: CameraSettings, now: datetime) -> list[dict[str, Any]]:
        found = self._state.rows(_GAPS, (camera.key, now.timestamp() - 1, (now - GAPS_OF).timestamp(), MOST_GAPS))
        return [
            {
                "starts_at": _text(gap["starts_at"]),
                "ends_at": _text(min(gap["ends_at"], now.timestamp())) if gap["ends_at"] is not None else None,
                "why": "hub" if gap["why"] in OWN_GAPS else "camera",
            }
            for gap in reversed(found)
        ]

    def _is_away(self, camera: CameraSettings) -> bool:
        return self._state.row("SELECT 1 FROM gap WHERE camera = ? AND ends_at IS NULL", (camera.key,)) is not None


def _text(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
