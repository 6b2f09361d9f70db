"""Makes one clip of an ended event: its segments put together again, as one sealed file that waits for its upload.

Does nothing twice: the row of the clip and the end of the work are one statement.
"""

from __future__ import annotations

import io
import logging
import os
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

import pyrage

from goodfences_hub.errors import HubError
from goodfences_hub.home import Home, fsync_folder
from goodfences_hub.recording.joining import Joined, Part
from goodfences_hub.recording.mending import drop_damaged
from goodfences_hub.recording.segments import SegmentStore
from goodfences_hub.settings import CameraSettings, Settings
from goodfences_hub.state import State

logger = logging.getLogger(__name__)

ENDED = """
SELECT event.* FROM event LEFT JOIN clip ON clip.event = event.id
WHERE event.ends_at IS NOT NULL AND clip.event IS NULL ORDER BY event.id
"""
ITS_SEGMENTS = """
SELECT * FROM segment WHERE camera = ? AND session = ? AND starts_at < ? AND ends_at > ? ORDER BY position_us
"""


class Damaged(HubError):
    """A recording can't be read. Trying again won't help."""


@dataclass(frozen=True)
class Packed:
    """What the sealed file in the spool holds."""

    size: int
    sha256: str
    duration_ms: int


class Packer:
    """Of one hub."""

    def __init__(self, home: Home, state: State, store: SegmentStore, settings: Settings) -> None:
        self._home = home
        self._state = state
        self._store = store
        self._settings = settings
        self._failed: set[int] = set()

    def run_due(self) -> int:
        """Make a clip of every ended event that has none; returns how many. Of one with a damaged part the rest is
        made, the next time; one that can't be made holds up no other, and is tried again when the hub starts."""
        uploaded = {camera.key: camera for camera in self._settings.cameras if camera.upload_as}
        events = [event for event in self._state.rows(ENDED) if event["camera"] in uploaded]
        made = 0
        for event in (each for each in events if each["id"] not in self._failed):
            try:
                self.pack(event, uploaded[event["camera"]])
                made += 1
            except Damaged as damaged:
                if not drop_damaged(self._state, self._store, segments_of(self._state, event)):
                    logger.error("camera %s: no clip can be made of an event: %s", event["camera"], damaged)
                    self._failed.add(event["id"])
        return made

    def pack(self, event: sqlite3.Row, camera: CameraSettings) -> None:
        """Make the clip of one event; an event of which nothing was recorded is forgotten."""
        segments = segments_of(self._state, event)
        if not segments:
            self._state.do("DELETE FROM event WHERE id = ?", (event["id"],))
            return
        name = f"{event['id']}.mp4.age"
        packed = seal(self._home, name, leaving(self._store, segments, camera))
        self._state.do(
            "INSERT INTO clip (event, upload_as, starts_at, duration_ms, size, sha256, file, state, drift_ms)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, 'waiting', ?)",
            (
                *(event["id"], camera.upload_as, segments[0]["starts_at"]),
                *(packed.duration_ms, packed.size, packed.sha256, name),
                segments[-1]["drift_ms"],
            ),
        )


def leaving(
    store: SegmentStore, segments: Sequence[sqlite3.Row], camera: CameraSettings, part: Part | None = None
) -> Joined:
    """What of a camera's recording may leave the home: with the masked parts black, where its owner masked any."""
    if not camera.masks:
        return Joined(store, segments, part)
    from goodfences_hub.recording.masking import Masked  # whoever masks nothing pays no memory for it

    return Masked(store, segments, camera.masks, part)


def seal(home: Home, name: str, reader: Joined) -> Packed:
    """Write what `reader` makes into the spool, sealed; returns what it is once it is durable.

    Raises Damaged where it can't be made, and OSError where it can't be written.
    """
    path = home.spool / name
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        try:
            pyrage.encrypt_io(reader, file, [home.key.to_public()])
        except pyrage.EncryptError as error:
            path.unlink()
            raise (Damaged(reader.damage) if reader.damage else OSError(str(error))) from error
        file.flush()
        os.fsync(file.fileno())
    fsync_folder(path.parent)
    return Packed(reader.size, reader.digest.hexdigest(), reader.duration_ms)


def joined(state: State, store: SegmentStore, event: sqlite3.Row) -> io.BufferedReader | None:
    """What is kept of an event as one MP4 to read from front to back; None where nothing is."""
    segments = segments_of(state, event)
    return io.BufferedReader(Joined(store, segments)) if segments else None


def segments_of(state: State, event: sqlite3.Row) -> list[sqlite3.Row]:
    """What is kept of an event, in order."""
    return state.rows(ITS_SEGMENTS, (event["camera"], event["session"], event["ends_at"] or 1e12, event["starts_at"]))
