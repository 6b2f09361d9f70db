"""Recordings as they may leave the home: coded anew, with the parts that their owner masked black in every picture.

The encoder never sees what lies under a mask. What was recorded stays as it is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, cast

import av
import numpy as np
import numpy.typing as npt
from av.container import OutputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.frame import PictureType, VideoFrame
from av.video.reformatter import ColorRange
from av.video.stream import VideoStream

from goodfences_hub.outlines import inside
from goodfences_hub.recording.joining import Joined, Part
from goodfences_hub.recording.segments import SegmentStore
from goodfences_hub.settings import Outline

CODING = {
    "preset": "veryfast",
    "crf": "20",
    "forced-idr": "1",
    # One thread, and no pictures held back: a small computer has neither the cores nor the memory.
    "x264-params": "threads=1:bframes=0:rc-lookahead=0:sync-lookahead=0:mbtree=0:scenecut=0",
}
BLACK, NO_COLOR = 16, 128


class Masked(Joined):
    """As `Joined`, with the masked parts black. Its pictures keep their times; its sound is the recording's own."""

    def __init__(
        self, store: SegmentStore, segments: Sequence[sqlite3.Row], masks: Sequence[Outline], part: Part | None = None
    ) -> None:
        super().__init__(store, segments, part)
        self._masks = masks
        self._planes: dict[tuple[int, int], list[npt.NDArray[np.bool_]]] = {}
        self._lasting: dict[int, int] = {}
        self._pictures = 0
        self._shown = -1

    def _open(self, stream: Stream, output: OutputContainer) -> None:
        if not isinstance(stream, VideoStream):
            super()._open(stream, output)
            return
        given = stream.codec_context
        self._decoder = cast(av.VideoCodecContext, av.CodecContext.create(given.name, "r"))
        self._decoder.extradata = given.extradata
        self._decoder.thread_count = 1
        coded: VideoStream = output.add_stream("libx264", rate=stream.average_rate or 25, options=dict(CODING))
        context = coded.codec_context
        context.width, context.height, context.pix_fmt = given.width // 2 * 2, given.height // 2 * 2, "yuv420p"
        context.time_base = stream.time_base or Fraction(1, 90_000)
        context.sample_aspect_ratio = given.sample_aspect_ratio or Fraction(1)
        context.color_range = ColorRange.MPEG
        context.colorspace, context.color_primaries = given.colorspace, given.color_primaries
        context.color_trc = given.color_trc
        self._coded = coded

    def _put(self, packet: Packet[Any], stream: Stream, output: OutputContainer) -> None:
        if stream.type != "video":
            super()._put(packet, stream, output)
            return
        assert packet.pts is not None
        self._lasting[packet.pts] = packet.duration or 0
        try:
            frames = self._decoder.decode(packet)
        except av.FFmpegError:  # a damaged packet: its picture is left out, never let through
            return
        self._code(frames, output)

    def _end(self, output: OutputContainer) -> None:
        self._code(self._decoder.decode(None), output)
        self._write(self._coded.encode(None), output)
        if not self._pictures:
            raise ValueError("none of its pictures can be read")

    def _code(self, frames: Sequence[VideoFrame], output: OutputContainer) -> None:
        for frame in frames:
            self._pictures += 1
            self._write(self._coded.encode(self._black(frame)), output)

    def _write(self, packets: Sequence[Packet[Any]], output: OutputContainer) -> None:
        for packet in packets:
            packet.duration = self._lasting.pop(packet.pts or 0, 0)
            output.mux(packet)

    def _black(self, frame: VideoFrame) -> VideoFrame:
        """A copy of the picture: the decoder still needs its own."""
        width, height = self._coded.codec_context.width, self._coded.codec_context.height
        picture = frame.reformat(width, height, "yuv420p", dst_color_range=ColorRange.MPEG).to_ndarray()
        light, *colors = _planes(cast(npt.NDArray[np.uint8], picture), width, height)
        light_mask, color_mask = self._masks_of(width, height)
        light[light_mask] = BLACK
        for color in colors:
            color[color_mask] = NO_COLOR
        black = VideoFrame.from_ndarray(picture, "yuv420p")
        # Where segments overlap, two pictures may be due at once; the encoder takes no two.
        self._shown = max(frame.pts or 0, self._shown + 1)
        black.pts, black.time_base = self._shown, self._coded.codec_context.time_base
        black.pict_type = PictureType.I if frame.key_frame else PictureType.NONE
        return black

    def _masks_of(self, width: int, height: int) -> list[npt.NDArray[np.bool_]]:
        """Pixels of the planes of brightness and of color: all that a mask touches, and one of color around it."""
        if (width, height) not in self._planes:
            color = _wider(inside(self._masks, width // 2, height // 2))
            self._planes[width, height] = [color.repeat(2, axis=0).repeat(2, axis=1), color]
        return self._planes[width, height]


def _planes(picture: npt.NDArray[np.uint8], width: int, height: int) -> list[npt.NDArray[np.uint8]]:
    """Views of the three planes of a picture in yuv420p."""
    flat, size = picture.reshape(-1), width * height
    quarter = (height // 2, width // 2)
    return [
        flat[:size].reshape(height, width),
        flat[size : size * 5 // 4].reshape(quarter),
        flat[size * 5 // 4 :].reshape(quarter),
    ]


def _wider(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """With the pixels next to it, so that no pixel that an outline cuts through shows what is behind it."""
    height, width = mask.shape
    around = np.pad(mask, 1)
    wider: npt.NDArray[np.bool_] = np.logical_or.reduce(
        [around[y : y + height, x : x + width] for y in range(3) for x in range(3)]
    )
    return wider
