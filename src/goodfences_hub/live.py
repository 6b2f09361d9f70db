"""Live pictures for the household: who is watching a camera gets its packets as they come, not coded again.

They stay at home. Nothing here knows the network, and the network has no call that could ask for it.
"""

from __future__ import annotations

import io
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import av
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from goodfences_hub.sources import Arrival, copied

WAITING_MOST = 150
"""Packets that wait for a slow viewer before it misses some and goes on at the next key frame."""
MUXING = {"movflags": "frag_every_frame+empty_moov+default_base_moof+omit_tfhd_offset"}
_END = None


@dataclass(slots=True)
class Coded:
    """A packet of video and its own times: muxing changes those of a packet, and several watch."""

    packet: Packet[Any]
    pts: int
    dts: int
    duration: int
    is_key: bool


class Channel:
    """A camera's live pictures, while its feed is open."""

    def __init__(self, video: VideoStream, *, keeps: bool = True) -> None:
        """One that `keeps` what came since the last key picture gives it to whoever begins to watch, at once; of
        another they wait for the next, and while nobody watches it costs nothing."""
        self.video = video
        self._keeps = keeps
        self._since_key: list[Coded] = []
        self._viewers: list[queue.Queue[Coded | None]] = []
        self._lock = threading.Lock()

    def offer(self, arrival: Arrival) -> None:
        """Give a packet to everyone who watches; never waits."""
        if not (self._keeps or self._viewers) or not arrival.is_video:
            return
        packet = arrival.packet
        coded = Coded(packet, arrival.pts, arrival.dts, packet.duration or 0, arrival.is_key)
        with self._lock:
            if self._keeps:
                if coded.is_key:
                    self._since_key.clear()
                self._since_key.append(coded)
            for viewer in self._viewers:
                if coded.is_key and viewer.qsize() >= WAITING_MOST:
                    _empty(viewer)
                if viewer.qsize() < WAITING_MOST:
                    viewer.put_nowait(coded)

    def is_watched(self) -> bool:
        """Whether somebody wants each packet as it comes."""
        return bool(self._viewers)

    def key_picture(self) -> Coded | None:
        """The newest picture that can be decoded by itself."""
        with self._lock:
            return self._since_key[0] if self._since_key else None

    def close(self) -> None:
        """The camera is gone: everyone's pictures end."""
        with self._lock:
            for viewer in self._viewers:
                _empty(viewer)
                viewer.put_nowait(_END)

    @contextmanager
    def watched(self) -> Iterator[queue.Queue[Coded | None]]:
        """What comes from now on, after what is needed to begin at once; None at the end."""
        viewer: queue.Queue[Coded | None] = queue.Queue()
        with self._lock:
            for coded in self._since_key:
                viewer.put_nowait(coded)
            self._viewers.append(viewer)
        try:
            yield viewer
        finally:
            with self._lock:
                self._viewers.remove(viewer)


class Channels:
    """Of all cameras of a hub, by key."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, bool], Channel] = {}

    @contextmanager
    def on_air(self, key: str, video: VideoStream, *, small: bool = False) -> Iterator[Channel]:
        """A channel for as long as the camera's feed is open, or that of its `small` stream."""
        channel = self._open[key, small] = Channel(video, keeps=not small)
        try:
            yield channel
        finally:
            del self._open[key, small]
            channel.close()

    def of(self, key: str) -> Channel | None:
        """None while the camera isn't there."""
        return self._open.get((key, False))

    def smallest_of(self, key: str) -> Channel | None:
        """Of its small stream, where it has one that is there: for a wall of many."""
        return self._open.get((key, True)) or self.of(key)


def _empty(viewer: queue.Queue[Coded | None]) -> None:
    while not viewer.empty():
        viewer.get_nowait()


def fragments(channel: Channel, viewer: queue.Queue[Coded | None]) -> Iterator[bytes]:
    """Fragmented MP4 for Media Source Extensions: first what describes the video, then a fragment a picture."""
    target = io.BytesIO()
    with av.open(target, "w", format="mp4", options=MUXING) as container:
        output = copied(channel.video, container)
        container.start_encoding()
        yield _taken(target)
        is_begun = False
        while (coded := viewer.get()) is not _END:
            is_begun = is_begun or coded.is_key
            if not is_begun:
                continue
            container.mux(packet_of(coded, channel.video, output))
            if data := _taken(target):
                yield data


def packet_of(coded: Coded, video: VideoStream, stream: Stream | None = None) -> Packet[Any]:
    """A packet again, for a muxer or a decoder."""
    packet: Packet[Any] = Packet(bytes(coded.packet))
    assert video.time_base is not None
    packet.time_base = video.time_base
    packet.pts, packet.dts, packet.duration = coded.pts, coded.dts, coded.duration
    packet.is_keyframe = coded.is_key
    if stream is not None:
        packet.stream = stream
    return packet


def codec_of(described: bytes) -> str:
    """As browsers name the codec of what begins so (RFC 6381), by the box that holds its parameters (ISO/IEC
    14496-15): of H.264 profile, constraints and level; of H.265 (annex E) also what it is compatible with."""
    if (at := described.find(b"hvcC")) > 0:
        box = described[at + 4 : at + 17]
        space, tier, profile = box[1] >> 6, "LH"[box[1] >> 5 & 1], box[1] & 31
        fits = int(f"{int.from_bytes(box[2:6], 'big'):032b}"[::-1], 2)
        constraints = [f"{byte:X}" for byte in box[6:12].rstrip(b"\0")]
        return ".".join(["hvc1", f"{' ABC'[space].strip()}{profile}", f"{fits:X}", f"{tier}{box[12]}", *constraints])
    at = described.find(b"avcC")
    return f"avc1.{described[at + 5 : at + 8].hex()}" if at > 0 else "avc1.42e01e"


def _taken(target: io.BytesIO) -> bytes:
    data = target.getvalue()
    target.seek(0)
    target.truncate()
    return data
