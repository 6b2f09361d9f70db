"""The still pictures that the check of a clip makes: its poster, and a sheet of small ones to look through.

Runs in the sandbox with `examine`.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.video.frame import VideoFrame

from goodfences.clips.upright import of_planes, planes_of, upright

POSTER_SIDE = 640
STILL_SIDE = 160
MOST_STILLS = 16
SHORTEST_STEP_MS = 1000

_SCAN = 0xDA
_TEXT_SEGMENTS = {*range(0xE1, 0xF0), 0xFE}
"""APP1 to APP15 and COM; APP0 says that it is a JFIF file."""


class Stills:
    """Takes a small still every so often from a video that lasts about `duration_ms`."""

    def __init__(self, duration_ms: int) -> None:
        self.every_ms = max(SHORTEST_STEP_MS, -(-duration_ms // MOST_STILLS))
        self._taken: list[VideoFrame] = []

    def see(self, frame: VideoFrame, elapsed_ms: int) -> None:
        """The video's next frame. A damaged one is no still, unless nothing better was seen."""
        due = len(self._taken) < MOST_STILLS and elapsed_ms >= len(self._taken) * self.every_ms
        if due and not (frame.is_corrupt and self._taken):
            self._taken.append(_small(upright(frame), STILL_SIDE))

    def sheet(self) -> tuple[bytes, dict[str, Any]]:
        """The stills side by side in one JPEG, and what is to be known to show one of them."""
        first = self._taken[0]
        # A camera that was turned while it recorded has stills of another shape; they are left out.
        alike = [each for each in self._taken if (each.width, each.height) == (first.width, first.height)]
        facts = {"count": len(alike), "width": first.width, "height": first.height, "every_ms": self.every_ms}
        return _jpeg(_side_by_side(alike), quality=(6, 9)), {"stills": facts}


def _side_by_side(pictures: list[VideoFrame]) -> VideoFrame:
    planes = zip(*(planes_of(picture) for picture in pictures), strict=True)
    return of_planes([np.hstack(alike) for alike in planes], pictures[0])


def poster(frame: VideoFrame) -> bytes:
    """A JPEG of at most POSTER_SIDE pixels, turned as a player would turn the video, without any metadata."""
    turned = upright(frame)
    return _jpeg(_small(turned, POSTER_SIDE), quality=(4, 6))


def still(frame: VideoFrame, side: int) -> tuple[VideoFrame, bytes]:
    """A frame as a player turns it, at most `side` pixels a side; and that as a JPEG without any metadata."""
    picture = _small(upright(frame), side)
    return picture, _jpeg(picture, quality=(3, 5))


def _small(frame: VideoFrame, side: int) -> VideoFrame:
    """Scaled down to at most `side` pixels a side, both even."""
    scale = min(1.0, side / max(frame.width, frame.height))
    width, height = (max(2, round(each * scale / 2) * 2) for each in (frame.width, frame.height))
    return frame.reformat(width=width, height=height, format="yuvj420p")


def _jpeg(picture: VideoFrame, quality: tuple[int, int]) -> bytes:
    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt = picture.width, picture.height, "yuvj420p"
    encoder.time_base = Fraction(1, 25)
    encoder.thread_count = 1
    encoder.options = {"flags": "+bitexact+qscale", "qmin": str(quality[0]), "qmax": str(quality[1])}
    encoder.options = {**encoder.options, "huffman": "default"}
    picture.pts, picture.time_base = 0, Fraction(1, 25)
    return _bare(b"".join(bytes(packet) for packet in [*encoder.encode(picture), *encoder.encode(None)]))


def _bare(jpeg: bytes) -> bytes:
    """A JPEG without application segments and comments: the encoder writes the video's color profile into one."""
    at, kept = 2, [jpeg[:2]]
    while jpeg[at + 1] != _SCAN:
        kind, end = jpeg[at + 1], at + 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
        if kind not in _TEXT_SEGMENTS:
            kept.append(jpeg[at:end])
        at = end
    return b"".join([*kept, jpeg[at:]])
