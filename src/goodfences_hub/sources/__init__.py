"""Where video comes from. One module a kind of camera, all behind one protocol."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any, Protocol

import av
from av.container import OutputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from goodfences_hub.clock import Clock
from goodfences_hub.errors import HubError
from goodfences_hub.settings import CameraSettings
from goodfences_hub.sources.gathering import Gathering


@dataclass(slots=True)
class Arrival:
    """A packet as the camera coded it, and when by the wall clock its picture is shown."""

    packet: Packet[Any]
    at: datetime
    pts: int
    dts: int
    """As the camera stamped them, in units of the packet's `time_base`: the packet's own change as it is muxed."""
    drift_s: float | None = None
    """See `Timing`; None of what was recorded elsewhere."""
    is_video: bool = field(init=False)
    is_key: bool = field(init=False)
    """Whether decoding can begin here."""

    def __post_init__(self) -> None:
        self.is_video = self.packet.stream.type == "video"
        self.is_key = self.is_video and self.packet.is_keyframe

    @property
    def seconds(self) -> Fraction:
        """When decoding it is due, by the camera's own time."""
        return self.dts * self.packet.time_base


class Feed(Protocol):
    """A camera that is being received."""

    video: VideoStream
    streams: list[Stream]
    """The video and, where there is sound, one of audio. Living as long as the feed is open."""
    gathering: Gathering

    def __iter__(self) -> Iterator[Arrival]:
        """Packets in the order of decoding. Raises CameraLost once they stop."""


class Source(Protocol):
    """A kind of camera, able to connect to one of them."""

    def open(self, camera: CameraSettings, clock: Clock) -> AbstractContextManager[Feed]:
        """Connect. Raises CameraLost where the camera doesn't answer or sends nothing that can be recorded."""


def source_of(camera: CameraSettings) -> Source:
    """The module of `camera.source`. Raises HubError for a kind that there isn't."""
    from goodfences_hub.sources import demo, rtsp, usb

    kinds: dict[str, Source] = {"rtsp": rtsp.Rtsp(), "usb": usb.Usb(), "demo": demo.Demo()}
    try:
        return kinds[camera.source]
    except KeyError:
        raise HubError(f"camera {camera.key}: there is no source {camera.source!r}.") from None


def chosen_streams(container: av.container.InputContainer) -> tuple[VideoStream, list[Stream]] | None:
    """The first video that an MP4 can hold as it is, and it with the first such sound; None without video."""
    video = next((stream for stream in container.streams.video if stream.codec_context.name in VIDEO), None)
    if video is None:
        return None
    sound = [stream for stream in container.streams.audio if stream.codec_context.name in AUDIO]
    return video, [video, *sound[:1]]


def copied(stream: Stream, output: OutputContainer) -> Stream:
    """The output's stream for one whose packets are copied into an MP4. Safari plays no H.265 but what is called
    `hvc1` there."""
    made = output.add_stream_from_template(stream)
    if stream.codec_context.name == "hevc":
        made.codec_tag = "hvc1"
    return made


class NoKeyFrame(ValueError):
    """For longer than can be kept in memory."""


def recordable(
    container: av.container.InputContainer, video: VideoStream, streams: list[Stream]
) -> Iterator[tuple[Packet[Any], int, int]]:
    """Packets from the first key frame on, with `pts` and `dts`. One without a time of its own is left out.

    Raises NoKeyFrame where none comes any more: what comes after one waits in memory for the next.
    """
    begun, size, count = False, 0, 0
    for packet in container.demux(streams):
        if packet.dts is None or packet.pts is None or packet.size == 0:
            continue
        if packet.stream is video and packet.is_keyframe:
            begun, size, count = True, 0, 0
        size, count = size + packet.size, count + 1
        if size > GOP_BYTES or count > GOP_PACKETS:
            raise NoKeyFrame
        if begun:
            yield packet, packet.pts, packet.dts


GOP_BYTES, GOP_PACKETS = 32_000_000, 10_000
"""The most from one key frame to the next: half a minute of the best of pictures."""
VIDEO = {"h264", "hevc"}
AUDIO = {"aac"}
"""Coded so, sound is copied; cameras' G.711 has no place in MP4 and is left out."""
