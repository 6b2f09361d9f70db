"""A camera at this computer's own USB (Video4Linux): copied where it codes H.264 by itself, else coded once, here.

The hub codes no camera's pictures but these: what comes from most of them are single JPEGs or raw pictures. They are
coded in a thread of their own, and read back as any other camera's.
"""

from __future__ import annotations

import errno
import logging
import os
import select
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import BinaryIO, cast
from urllib.parse import parse_qsl

import av
from av.container import InputContainer, OutputContainer
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream

from goodfences_hub.clock import Clock
from goodfences_hub.errors import CameraLost, HubError
from goodfences_hub.settings import CameraSettings
from goodfences_hub.sources import chosen_streams
from goodfences_hub.sources.streamed import StreamedFeed, reason
from goodfences_hub.thrift import bound_ffmpeg

logger = logging.getLogger(__name__)

OPTIONS = {"size": "video_size", "rate": "framerate"}
TICKS = 1000
"""A second, in the coded pictures' units of time."""
USUAL_RATE = 15
KEY_FRAME_EVERY_S = 2
ANSWER_WITHIN = 10.0
PROBE = {"analyzeduration": "300000", "fpsprobesize": "1"}
THROUGH = "nut"
"""A container whose packets come out at once."""


@dataclass(frozen=True)
class Usb:
    """`url` is `/dev/video0`, or `/dev/video0?size=1280x720&rate=15`."""

    format: str = "v4l2"

    @contextmanager
    def open(self, camera: CameraSettings, clock: Clock) -> Iterator[StreamedFeed]:
        """See `sources.Source`."""
        device = self._device(camera)
        with device if chosen_streams(device) else _coded(device, camera.key) as container:
            chosen = chosen_streams(container)
            if chosen is None:
                raise CameraLost(f"{camera.key} gives no pictures.")
            yield StreamedFeed(container, *chosen, clock, camera.key, gathers=False)

    def _device(self, camera: CameraSettings) -> InputContainer:
        """Opened as it codes best."""
        bound_ffmpeg()
        path, options = asked(camera)
        for coding in ("h264", "mjpeg", ""):
            try:
                more = {"input_format": coding} if coding else {}
                return av.open(path, "r", format=self.format, options={**PROBE, **options, **more})
            except (av.FFmpegError, OSError, ValueError) as error:
                why = reason(error)
        hint = " Is this user in the group video?" if why == os.strerror(errno.EACCES) else ""
        raise CameraLost(f"{camera.key}: the camera {path} can't be used ({why}).{hint}")


def asked(camera: CameraSettings) -> tuple[str, dict[str, str]]:
    """Path, and what the device is asked for. Raises HubError."""
    path, _, query = camera.url.partition("?")
    told = dict(parse_qsl(query))
    if set(told) - set(OPTIONS):
        raise HubError(f"camera {camera.key}: url is written as /dev/video0?size=1280x720&rate=15.")
    return path, {OPTIONS[name]: value for name, value in told.items()}


class _Pipe:
    """What the coder writes, for a reader that doesn't wait for ever."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def read(self, count: int) -> bytes:
        if not select.select([self._descriptor], [], [], ANSWER_WITHIN)[0]:
            raise TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))
        return os.read(self._descriptor, count)


@contextmanager
def _coded(device: InputContainer, name: str) -> Iterator[InputContainer]:
    """The device's pictures as H.264. Raises CameraLost where none comes. The coder, which knows by its next picture
    that nobody reads any more, closes the device."""
    reading, writing = os.pipe()
    target = os.fdopen(writing, "wb")
    threading.Thread(target=_code, args=(device, target, name), name=f"code {name}", daemon=True).start()
    try:
        try:
            container = av.open(cast(BinaryIO, _Pipe(reading)), "r", format=THROUGH, options=PROBE)
        except (av.FFmpegError, OSError, ValueError) as error:
            raise CameraLost(f"{name} gives no pictures ({reason(error)}).") from None
        with container:
            yield container
    finally:
        os.close(reading)


def _code(device: InputContainer, target: BinaryIO, name: str) -> None:
    """Until the device gives no more, or nobody reads any more."""
    try:
        with device, target, av.open(target, "w", format=THROUGH, options={"flush_packets": "1"}) as output:
            stream: VideoStream | None = None
            latest = -1
            for frame in device.decode(video=0):
                stream = stream or _coder(output, device.streams.video[0], frame)
                moment = int((frame.time or 0.0) * TICKS)
                if moment <= latest:
                    continue
                latest = moment
                picture = frame.reformat(format="yuv420p")
                picture.pts, picture.time_base = moment, Fraction(1, TICKS)
                picture.pict_type = PictureType.NONE  # each was a key picture to the camera, and the coder would obey
                output.mux(stream.encode(picture))
    except (av.FFmpegError, OSError, ValueError) as error:
        logger.info("camera %s: no more pictures (%s)", name, reason(error))


def _coder(output: OutputContainer, source: VideoStream, frame: VideoFrame) -> VideoStream:
    rate = min(60, max(1, round(float(source.average_rate or source.guessed_rate or USUAL_RATE))))
    stream = output.add_stream("libx264", rate=rate)
    stream.width, stream.height, stream.pix_fmt = frame.width // 2 * 2, frame.height // 2 * 2, "yuv420p"
    stream.time_base = stream.codec_context.time_base = Fraction(1, TICKS)
    every = rate * KEY_FRAME_EVERY_S
    stream.options = {
        "preset": "ultrafast",
        "tune": "zerolatency",
        "crf": "24",
        "threads": "1",
        "x264-params": f"keyint={every}:min-keyint={every}:scenecut=0",
    }
    return stream
