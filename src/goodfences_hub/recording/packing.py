"""Makes one clip of an ended event: its segments put together again, as one sealed file that waits for its upload.

Works piece by piece, so that a long clip needs no more memory than one segment. Does nothing twice: the row of the
clip and the end of the work are one statement.
"""

from __future__ import annotations

import hashlib
import io
import os
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import av
import pyrage

from goodfences_hub.home import Home, fsync_folder
from goodfences_hub.recording.segments import MUXING, SegmentStore
from goodfences_hub.settings import Settings
from goodfences_hub.state import State

ENDED = """
SELECT event.* FROM event LEFT JOIN clip ON clip.event = event.id
WHERE event.ends_at IS NOT NULL AND clip.event IS NULL ORDER BY event.id
"""
ITS_SEGMENTS = """
SELECT * FROM segment WHERE camera = ? AND session = ? AND starts_at < ? AND ends_at > ? ORDER BY position_us
"""


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
        self._upload_as = {camera.key: camera.upload_as for camera in settings.cameras}

    def run_due(self) -> int:
        """Make a clip of every ended event that has none; returns how many."""
        events = [event for event in self._state.rows(ENDED) if self._upload_as.get(event["camera"])]
        for event in events:
            self.pack(event)
        return len(events)

    def pack(self, event: sqlite3.Row) -> None:
        """Make the clip of one event; an event of which nothing was recorded is forgotten."""
        segments = _segments_of(self._state, event)
        if not segments:
            self._state.do("DELETE FROM event WHERE id = ?", (event["id"],))
            return
        name = f"{event['id']}.mp4.age"
        packed = self._write(name, segments)
        self._state.do(
            "INSERT INTO clip (event, upload_as, starts_at, duration_ms, size, sha256, file, state)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, 'waiting')",
            (
                *(event["id"], self._upload_as[event["camera"]], segments[0]["starts_at"]),
                *(packed.duration_ms, packed.size, packed.sha256, name),
            ),
        )

    def _write(self, name: str, segments: Sequence[sqlite3.Row]) -> Packed:
        reader = _Joined(self._store, segments)
        path = self._home.spool / name
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            pyrage.encrypt_io(reader, file, [self._home.key.to_public()])
            file.flush()
            os.fsync(file.fileno())
        fsync_folder(path.parent)
        return Packed(reader.size, reader.digest.hexdigest(), reader.duration_ms)


def joined(state: State, store: SegmentStore, event: sqlite3.Row) -> io.BufferedReader | None:
    """What is kept of an event as one MP4 to read from front to back; None where nothing is."""
    segments = _segments_of(state, event)
    return io.BufferedReader(_Joined(store, segments)) if segments else None


def _segments_of(state: State, event: sqlite3.Row) -> list[sqlite3.Row]:
    return state.rows(ITS_SEGMENTS, (event["camera"], event["session"], event["ends_at"] or 1e12, event["starts_at"]))


class _Joined(io.RawIOBase):
    """Segments of one session as one fragmented MP4, made as it is read."""

    def __init__(self, store: SegmentStore, segments: Sequence[sqlite3.Row]) -> None:
        super().__init__()
        self.size = 0
        self.digest = hashlib.sha256()
        self.duration_ms = 0
        self._made = self._make(store, segments)
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        while not self._left:
            try:
                self._left = next(self._made)
            except StopIteration:
                return 0
        count = min(len(buffer), len(self._left))
        buffer[:count] = self._left[:count]
        self.digest.update(self._left[:count])
        self.size += count
        self._left = self._left[count:]
        return count

    def _make(self, store: SegmentStore, segments: Sequence[sqlite3.Row]) -> Iterator[bytes]:
        target = _Written()
        begun = segments[0]["position_us"]
        with av.open(target, "w", format="mp4", options=MUXING) as output:
            for segment in segments:
                with av.open(io.BytesIO(store.open(segment["file"])), "r") as part:
                    if not output.streams:
                        for stream in part.streams:
                            output.add_stream_from_template(stream)
                    self._add(part, output, segment["position_us"] - begun)
                yield target.taken()
        yield target.taken()

    def _add(self, part: av.container.InputContainer, output: av.container.OutputContainer, later_us: int) -> None:
        for packet in part.demux():
            if packet.dts is None or packet.pts is None:
                continue
            shift = round(later_us / 1_000_000 / packet.time_base)
            packet.dts, packet.pts = packet.dts + shift, packet.pts + shift
            if packet.stream.type == "video":
                ends = (packet.pts + (packet.duration or 0)) * packet.time_base
                self.duration_ms = max(self.duration_ms, int(ends * 1000))
            packet.stream = output.streams[packet.stream.index]
            output.mux(packet)


class _Written:
    """Takes what a muxer writes, front to back."""

    def __init__(self) -> None:
        self._data = bytearray()

    def write(self, data: bytes) -> int:
        self._data += data
        return len(data)

    def taken(self) -> bytes:
        data, self._data = bytes(self._data), bytearray()
        return data
