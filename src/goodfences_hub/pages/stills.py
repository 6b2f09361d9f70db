"""One picture of a camera as JPEG."""

from __future__ import annotations

import io
from typing import cast

import av
from av.packet import Packet
from av.video.stream import VideoStream

from goodfences_hub import live
from goodfences_hub.clock import Clock
from goodfences_hub.live import Channel
from goodfences_hub.settings import CameraSettings
from goodfences_hub.sources import source_of

WIDEST = 960


def of_channel(channel: Channel) -> bytes | None:
    """The newest key picture; None where there is none or it is damaged."""
    coded = channel.key_picture()
    return _decoded(live.packet_of(coded, channel.video), channel.video) if coded is not None else None


def of_camera(camera: CameraSettings) -> tuple[bytes | None, str]:
    """Its first picture, and how large its pictures are. Connects once; raises CameraLost."""
    with source_of(camera).open(camera, Clock()) as feed:
        first = next(arrival for arrival in feed if arrival.is_key)
        return _decoded(first.packet, feed.video), f"{feed.video.width}×{feed.video.height}"


def _decoded(packet: Packet, video: VideoStream) -> bytes | None:  # type: ignore[type-arg]
    context = cast(av.VideoCodecContext, av.CodecContext.create(video.codec_context.name, "r"))
    context.extradata = video.codec_context.extradata
    try:
        frames = [*context.decode(packet), *context.decode(None)]
    except av.FFmpegError:
        return None
    return _jpeg(frames[0]) if frames else None


def _jpeg(frame: av.VideoFrame) -> bytes:
    width = min(WIDEST, frame.width)
    height = round(frame.height * width / frame.width / 2) * 2
    target = io.BytesIO()
    with av.open(target, "w", format="mjpeg") as container:
        stream = container.add_stream("mjpeg", rate=1)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuvj420p"
        small = frame.reformat(width, height, format="yuvj420p")
        small.pts = None
        for packet in [*stream.encode(small), *stream.encode(None)]:
            container.mux(packet)
    return target.getvalue()
