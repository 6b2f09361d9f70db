"""Sends the clips that wait, the oldest first, and remembers how far it got.

A clip's file is removed only after the network said that it has it durably. Whatever is cut off goes on where it was.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import pyrage

from goodfences_hub.clock import Clock
from goodfences_hub.errors import ServerRefused
from goodfences_hub.home import Home
from goodfences_hub.settings import Settings, quiet_span
from goodfences_hub.state import State
from goodfences_hub.uploading.network import Network

WAITING = """
SELECT clip.*, event.kind, event.camera FROM clip JOIN event ON event.id = clip.event
WHERE clip.state = 'waiting' ORDER BY event
"""


class Sender:
    """Of one hub."""

    def __init__(self, home: Home, state: State, network: Network, settings: Settings, clock: Clock) -> None:
        self._home = home
        self._state = state
        self._network = network
        self._settings = settings
        self._clock = clock

    def run_due(self) -> int:
        """Send every clip that waits; returns how many were dealt with. Raises ServerAway and Disconnected."""
        if self.is_quiet(datetime.now().astimezone()):
            return 0
        clips = self._state.rows(WAITING)
        for clip in clips:
            try:
                self.send(clip)
            except ServerRefused as refused:
                self._settle(clip, "refused", refusal=str(refused))
        return len(clips)

    def is_quiet(self, local: datetime) -> bool:
        """Whether `local`, a time of the hub's own zone, lies in its quiet hours."""
        span = quiet_span(self._settings.quiet_hours)
        if span is None:
            return False
        begins, ends = span
        minute = local.hour * 60 + local.minute
        return begins <= minute < ends if begins <= ends else minute >= begins or minute < ends

    def send(self, clip: sqlite3.Row) -> None:
        """Announce, upload, finish. Saying any of it again changes nothing in the network."""
        announced = self._network.announce(_announcement(clip))
        ref = str(announced["ref"])
        if announced["state"] == "announced":
            self._upload(clip, ref)
            self._network.finish(ref)
        self._settle(clip, "uploaded", ref=ref)

    def _upload(self, clip: sqlite3.Row, ref: str) -> None:
        name = f"upload of {clip['event']}"
        with unsealed(self._home.spool / clip["file"], self._home) as content:
            location = self._network.upload(
                ref, clip["size"], content, self._state.fact(name), partial(self._pay, clip["camera"])
            )
        self._state.remember(name, location)

    def _pay(self, camera: str, size: int) -> None:
        """Count these bytes, and wait for as long as they take at the most that uploads may use."""
        self._state.count_bytes(camera, self._clock.now().date(), uploaded=size)
        if self._settings.upload_kbit:
            time.sleep(size * 8 / (self._settings.upload_kbit * 1000))

    def _settle(self, clip: sqlite3.Row, state: str, *, ref: str = "", refusal: str = "") -> None:
        with self._state.transaction():
            self._state.do(
                "UPDATE clip SET state = ?, ref = ?, refusal = ? WHERE event = ?",
                (state, ref, refusal, clip["event"]),
            )
            self._state.do("DELETE FROM fact WHERE name = ?", (f"upload of {clip['event']}",))
        (self._home.spool / clip["file"]).unlink(missing_ok=True)


def _announcement(clip: sqlite3.Row) -> dict[str, Any]:
    return {
        "camera": clip["upload_as"],
        "starts_at": datetime.fromtimestamp(clip["starts_at"], UTC).isoformat(),
        "duration_ms": clip["duration_ms"],
        "kind": clip["kind"],
        "size": clip["size"],
        "sha256": clip["sha256"],
    }


@contextmanager
def unsealed(path: Path, home: Home) -> Iterator[BinaryIO]:
    """The contents of a sealed file, unsealed as they are read; never on the disk."""
    reading, writing = os.pipe()
    pump = threading.Thread(target=_pump, args=(path, home, writing), daemon=True)
    pump.start()
    with os.fdopen(reading, "rb") as content:
        yield content
    pump.join()


def _pump(path: Path, home: Home, writing: int) -> None:
    with os.fdopen(writing, "wb") as target, path.open("rb") as source:
        try:
            pyrage.decrypt_io(source, target, [home.key])
        except (OSError, pyrage.DecryptError):
            return  # whoever reads has left, or finds the contents shorter than the row says
