"""Segments: some seconds of a camera's own packets, as fragmented MP4, sealed.

Each begins with a key frame and plays by itself. Timestamps inside begin at zero; `position_us` says where in its
session a segment lies, so that segments can be put together again to the microsecond.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import av
import pyrage
from av.packet import Packet
from av.stream import Stream

from goodfences_hub.home import Home, fsync_folder, private
from goodfences_hub.sources import Arrival, copied
from goodfences_hub.state import State

MUXING = {"movflags": "frag_keyframe+empty_moov+default_base_moof+omit_tfhd_offset", "avoid_negative_ts": "disabled"}


@dataclass
class Gop:
    """A key frame and what depends on it, with the sound of that time."""

    arrivals: list[Arrival]

    def add(self, arrival: Arrival) -> None:
        """One more packet. A picture that came in two pieces, of one time, is put together."""
        last = self.arrivals[-1]
        if arrival.is_video and last.is_video and arrival.dts == last.dts:
            self.arrivals[-1] = _joined(last, arrival)
        else:
            self.arrivals.append(arrival)

    @property
    def starts_at(self) -> datetime:
        return self.arrivals[0].at

    @property
    def seconds(self) -> float:
        """From the key frame to the end of its last picture."""
        video = [arrival for arrival in self.arrivals if arrival.is_video]
        first, last = video[0], max(video, key=lambda arrival: arrival.pts)
        ticks = last.pts - first.pts + (last.packet.duration or (last.pts - first.pts) // max(1, len(video) - 1))
        return float(ticks * first.packet.time_base)

    @property
    def drift_s(self) -> float | None:
        """The least of its packets': what a packet waits on its way is no drift."""
        return min((arrival.drift_s for arrival in self.arrivals if arrival.drift_s is not None), default=None)

    @property
    def size(self) -> int:
        return sum(arrival.packet.size for arrival in self.arrivals)


def _joined(first: Arrival, rest: Arrival) -> Arrival:
    packet: Packet[Any] = Packet(bytes(first.packet) + bytes(rest.packet))
    packet.time_base, packet.duration = first.packet.time_base, first.packet.duration
    packet.pts, packet.dts, packet.is_keyframe = first.pts, first.dts, first.packet.is_keyframe
    packet.stream = first.packet.stream
    return replace(first, packet=packet)


def muxed(gops: Sequence[Gop], streams: Sequence[Stream]) -> io.BytesIO:
    """The packets as they are, in a fragmented MP4 whose video begins at zero, to read from its begin."""
    target = io.BytesIO()
    zero = gops[0].arrivals[0].seconds
    latest: dict[int, int] = {}
    with av.open(target, "w", format="mp4", options=MUXING) as container:
        outputs = {stream.index: copied(stream, container) for stream in streams}
        shifts: dict[int, int] = {}
        for gop in gops:
            for arrival in gop.arrivals:
                packet = arrival.packet
                index = packet.stream.index
                if (shift := shifts.get(index)) is None:  # fractions take longer than all else here
                    shift = shifts[index] = round(zero / packet.time_base)
                if arrival.dts < max(shift, latest.get(index, shift - 1) + 1):
                    continue  # sound from before the key frame, or a camera's time that stood still or went back
                latest[index] = arrival.dts
                # A picture late on the line may be due before it is decoded: it is shown then, and ends no recording.
                packet.dts, packet.pts = arrival.dts - shift, max(arrival.pts, arrival.dts) - shift
                packet.stream = outputs[index]
                container.mux(packet)
    target.seek(0)
    return target


class SegmentStore:
    """Where the segments of all cameras are kept, sealed to the hub's key."""

    def __init__(self, home: Home, state: State) -> None:
        self._home = home
        self._state = state

    @property
    def folder(self) -> Path:
        """Where they lie."""
        return self._home.recordings

    def keep(self, camera: str, session: str, gops: Sequence[Gop], streams: Sequence[Stream]) -> int:
        """Write one segment; returns its size in bytes once file and row are durable."""
        starts_at, seconds = gops[0].starts_at, sum(gop.seconds for gop in gops)
        position_us = round(gops[0].arrivals[0].seconds * 1_000_000)
        path = self._path(camera, starts_at)
        for folder in (path.parent.parent, path.parent):
            folder.mkdir(mode=0o700, exist_ok=True)
        try:
            with private(path) as file:  # piece by piece: the sealed whole in memory takes half as long again
                pyrage.encrypt_io(muxed(gops, streams), file, [self._home.key.to_public()])
                size = file.tell()
        except pyrage.EncryptError as error:  # the disk is full
            raise OSError(str(error)) from error
        fsync_folder(path.parent.parent)
        begun, drift_s = starts_at.timestamp(), gops[-1].drift_s
        with self._state.transaction():
            self._state.do(
                "INSERT INTO segment (camera, session, position_us, starts_at, ends_at, size, file, drift_ms)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(camera, session, position_us, begun, begun + seconds, size, self._name(path)),
                    None if drift_s is None else round(drift_s * 1000),
                ),
            )
            self._state.count_bytes(camera, starts_at.astimezone(UTC).date(), recorded=size)
        return size

    def open(self, file: str) -> bytes:
        """The MP4 of a segment."""
        return bytes(pyrage.decrypt((self._home.recordings / file).read_bytes(), [self._home.key]))

    def remove(self, segment: int, file: str) -> None:
        """File first, then row: a row without a file would be a promise."""
        (self._home.recordings / file).unlink(missing_ok=True)
        self._state.do("DELETE FROM segment WHERE id = ?", (segment,))

    def _path(self, camera: str, starts_at: datetime) -> Path:
        folder = self._home.recordings / camera / f"{starts_at:%Y-%m-%d}"
        path = folder / f"{starts_at:%H%M%S.%f}.mp4.age"
        again = 1
        while path.exists():  # the clock was set back
            path = folder / f"{starts_at:%H%M%S.%f}-{again}.mp4.age"
            again += 1
        return path

    def _name(self, path: Path) -> str:
        return path.relative_to(self._home.recordings).as_posix()
