"""Sends a sealed file of the spool as a clip, and goes on where it was cut off."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import pyrage

from goodfences_hub.clock import Clock
from goodfences_hub.errors import HubError
from goodfences_hub.home import Home
from goodfences_hub.settings import Settings
from goodfences_hub.state import State
from goodfences_hub.uploading.network import PIECE, Network, Upload


@dataclass(frozen=True)
class Clip:
    """A file in the spool, and what is announced of it."""

    file: str
    camera: str
    """Its key here, for the count of what was sent."""
    upload_as: str
    starts_at: float
    """Seconds since 1970, UTC."""
    duration_ms: int
    kind: str
    size: int
    sha256: str
    label: str = ""
    """What it shows, in a word, where it is known."""
    drift_ms: int | None = None
    """By which our clock was ahead of the camera's own time in the end, where the camera has a time of its own."""


class Files:
    """Of one hub."""

    def __init__(self, home: Home, state: State, network: Network, settings: Settings, clock: Clock) -> None:
        self._home = home
        self._state = state
        self._network = network
        self._settings = settings
        self._clock = clock
        self._under_way: set[str] = set()
        """Hashes of files whose upload this program began."""

    def send(self, clip: Clip) -> str:
        """Announce, upload, finish; returns the clip's ref once the network has it durably.

        Saying any of it again changes nothing there. Raises as `Network` does.
        """
        upload = self._begun(clip)
        if upload.received < clip.size:
            upload = self._rest(clip, upload)
        if upload.state == "announced":
            self._network.finish(upload.clip)
        self._under_way.discard(clip.sha256)
        return upload.clip

    def _begun(self, clip: Clip) -> Upload:
        if clip.sha256 in self._under_way:  # the line was cut: what the network has already isn't sent again
            return self._network.resume(_announcement(clip, self._clock.now()))
        self._under_way.add(clip.sha256)
        with unsealed(self._home.spool / clip.file, self._home) as content:
            return self._network.begin(_announcement(clip, self._clock.now()), self._next(clip, content))

    def _rest(self, clip: Clip, upload: Upload) -> Upload:
        with unsealed(self._home.spool / clip.file, self._home) as content:
            _skip(content, upload.received)
            while upload.received < clip.size:
                upload = self._network.go_on(upload, self._next(clip, content))
        return upload

    def _next(self, clip: Clip, content: BinaryIO) -> bytes:
        """The next bytes, once they may be sent."""
        if not (piece := content.read(PIECE)):
            raise HubError("The clip's file is shorter than its row says.")
        self._pay(clip.camera, len(piece))
        return piece

    def drop(self, file: str) -> None:
        """Delete a file that need not be sent any more."""
        (self._home.spool / file).unlink(missing_ok=True)

    def _pay(self, camera: str, size: int) -> None:
        """Count these bytes, and wait for as long as they take at the most that uploads may use."""
        self._state.count_bytes(camera, self._clock.now().date(), uploaded=size)
        if self._settings.upload_kbit:
            time.sleep(size * 8 / (self._settings.upload_kbit * 1000))


def _announcement(clip: Clip, now: datetime) -> dict[str, object]:
    return {
        "camera": clip.upload_as,
        "starts_at": datetime.fromtimestamp(clip.starts_at, UTC).isoformat(),
        "duration_ms": clip.duration_ms,
        "kind": clip.kind,
        "size": clip.size,
        "sha256": clip.sha256,
        "sent_at": now.isoformat(),
        **({"label": clip.label} if clip.label else {}),
        **({"camera_drift_ms": clip.drift_ms} if clip.drift_ms is not None else {}),
    }


def _skip(content: BinaryIO, count: int) -> None:
    """Read past what has been sent before."""
    while count > 0 and (passed := content.read(min(count, PIECE))):
        count -= len(passed)


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
