"""Segments put together again: a whole session, or a part of it that begins and ends with key frames.

Works piece by piece, so that a long video needs no more memory than one segment.
"""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import av
import pyrage
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Stream

from goodfences_hub.recording.segments import MUXING, SegmentStore
from goodfences_hub.sources import copied


@dataclass(frozen=True)
class Part:
    """A part of a session, from one key frame to before another; microseconds of the session's own time."""

    from_us: int
    to_us: int
    audio: bool = True


class Joined(io.RawIOBase):
    """Segments of one session as one fragmented MP4, made as it is read.

    `size` in bytes, `digest` and `duration_ms` are of what was read so far; `damage` says why reading it failed.
    """

    def __init__(self, store: SegmentStore, segments: Sequence[sqlite3.Row], part: Part | None = None) -> None:
        import hashlib  # and with it OpenSSL: a hub that sends nothing pays no memory for it

        super().__init__()
        self.size = 0
        self.digest = hashlib.sha256()
        self.duration_ms = 0
        self.damage = ""
        self._latest: dict[str, int] = {}
        self._store = store
        self._segments = segments
        self._part = part or Part(segments[0]["position_us"], 2**62)
        self._made = self._make()
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        while not self._left:
            try:
                self._left = next(self._made)
            except StopIteration:
                return 0
            except (av.FFmpegError, pyrage.DecryptError, ValueError, FileNotFoundError) as damage:
                self.damage = str(damage) or type(damage).__name__
                raise
        count = min(len(buffer), len(self._left))
        buffer[:count] = self._left[:count]
        self.digest.update(self._left[:count])
        self.size += count
        self._left = self._left[count:]
        return count

    def _make(self) -> Iterator[bytes]:
        target = _Written()
        with av.open(target, "w", format="mp4", options=MUXING) as output:
            for segment in self._segments:
                with av.open(io.BytesIO(self._store.open(segment["file"])), "r") as part:
                    if not output.streams:
                        for stream in part.streams:
                            if stream.type == "video" or self._part.audio:
                                self._open(stream, output)
                    self._add(part, output, segment["position_us"])
                yield target.taken()
            self._end(output)
        yield target.taken()

    def _open(self, stream: Stream, output: OutputContainer) -> None:
        """Make the output's stream for one of the recording's."""
        copied(stream, output)

    def _put(self, packet: Packet[Any], stream: Stream, output: OutputContainer) -> None:
        """Write a packet, whose times are the output's, to its stream of the output."""
        packet.stream = stream
        output.mux(packet)

    def _end(self, output: OutputContainer) -> None:
        """Write what was held back."""

    def _place(self, packet: Packet[Any], shift: int) -> None:
        """Give a packet its time in the output. A segment may begin a little before the last one's end, where a
        camera's time went back between them: what overlaps follows at once, and no picture is lost."""
        kind = packet.stream.type
        assert packet.dts is not None
        assert packet.pts is not None
        packet.dts = max(packet.dts + shift, self._latest.get(kind, packet.dts + shift - 1) + 1)
        packet.pts = max(packet.pts + shift, packet.dts)
        self._latest[kind] = packet.dts

    def _add(self, part: InputContainer, output: OutputContainer, position_us: int) -> None:
        streams = {stream.type: stream for stream in output.streams}
        for packet in part.demux():
            if packet.dts is None or packet.pts is None or packet.stream.type not in streams:
                continue
            shown_us = position_us + _microseconds(packet, packet.pts)
            if packet.stream.type == "video" and packet.is_keyframe and shown_us >= self._part.to_us:
                break  # in the order of decoding: what follows belongs to pictures after the part
            if not self._part.from_us <= shown_us < self._part.to_us:
                continue
            shift = round((position_us - self._part.from_us) / 1_000_000 / packet.time_base)
            self._place(packet, shift)
            if packet.stream.type == "video":
                ends = (packet.pts + (packet.duration or 0)) * packet.time_base
                self.duration_ms = max(self.duration_ms, int(ends * 1000))
            self._put(packet, streams[packet.stream.type], output)


def key_frames_us(store: SegmentStore, segment: sqlite3.Row) -> list[int]:
    """When the key frames of a segment are shown, in microseconds of its session."""
    with av.open(io.BytesIO(store.open(segment["file"])), "r") as container:
        return [
            segment["position_us"] + _microseconds(packet, packet.pts)
            for packet in container.demux(video=0)
            if packet.pts is not None and packet.is_keyframe
        ]


def _microseconds(packet: Packet, ticks: int) -> int:  # type: ignore[type-arg]
    return round(ticks * packet.time_base * 1_000_000)


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
