"""What a camera's watch saw of movement, in short: for an owner who wonders which sensitivity is right.

For every ten seconds with any movement, how many cells of the picture had changed at most, for each sensitivity. Kept
for two days and written every five minutes, in one transaction: it costs a disk nothing to speak of.
"""

from __future__ import annotations

import threading
from datetime import datetime

from goodfences_hub.state import State

SLOT_S = 10
WRITE_EVERY_S = 300.0
KEPT_S = 2 * 86400.0

_ADD = """
INSERT INTO score (camera, at, low, normal, high) VALUES (?, ?, ?, ?, ?) ON CONFLICT (camera, at) DO UPDATE SET
low = MAX(low, excluded.low), normal = MAX(normal, excluded.normal), high = MAX(high, excluded.high)
"""


class Scores:
    """Of one camera; `note` may be called by several threads."""

    def __init__(self, state: State, camera: str) -> None:
        self._state = state
        self._camera = camera
        self._lock = threading.Lock()
        self._waiting: dict[int, tuple[int, ...]] = {}
        self._write_at = 0.0

    def note(self, at: datetime, cells: tuple[int, ...]) -> None:
        """How many cells changed at low, normal and high sensitivity."""
        seconds = at.timestamp()
        with self._lock:
            if any(cells):
                slot = int(seconds) // SLOT_S * SLOT_S
                before = self._waiting.get(slot, cells)
                self._waiting[slot] = tuple(map(max, before, cells))
            if self._waiting and abs(seconds - self._write_at) >= WRITE_EVERY_S:
                self._write_at = seconds
                self._write(seconds)

    def close(self) -> None:
        """Write what waits."""
        with self._lock:
            if self._waiting:
                self._write(max(self._waiting))

    def _write(self, now: float) -> None:
        waiting, self._waiting = self._waiting, {}
        with self._state.transaction():
            for slot, cells in waiting.items():
                self._state.do(_ADD, (self._camera, slot, *cells))
            self._state.do("DELETE FROM score WHERE camera = ? AND at < ?", (self._camera, now - KEPT_S))
