"""Lossless video: two takes differ in nothing but what must not be found, what is covered and other times."""

from __future__ import annotations

import io
import struct
from fractions import Fraction
from functools import cache

import av
import numpy as np

from goodfences.clips.faststart import boxes
from tests.clips import streams

FPS, FRAMES = streams.FPS, 75
STARTS_MS, ENDS_MS = 1400, 3400
"""The part that leaves: it begins and ends in the middle of a group of pictures."""

HIDDEN = (96, 80, 160, 176)
"""Left, top, right, bottom of what is covered, in pixels of 320 by 192."""

_TURNED = struct.pack(">9i", 0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000)


@cache
def take(seed: int, *, codec: str = "h264", turned: bool = False) -> bytes:
    """Five seconds with sound, B-frames and open groups. `seed` makes what is hidden; frame numbers stand on top."""
    sink = io.BytesIO()
    noise = np.random.default_rng(seed)
    ground = np.random.default_rng(0)
    coders = {
        "h264": ("libx264", "x264-params", "qp=0:bframes=3:b-adapt=0:open-gop=1:keyint=15:min-keyint=15:scenecut=0"),
        "hevc": ("libx265", "x265-params", "lossless=1:bframes=3:open-gop=1:keyint=15:min-keyint=15:log-level=none"),
    }
    coder, option, settings = coders[codec]
    with av.open(sink, "w", format="mp4") as target:
        video = target.add_stream(coder, rate=FPS, options={option: settings, "preset": "ultrafast"})
        video.width, video.height, video.pix_fmt = streams.WIDTH, streams.HEIGHT, "yuv420p"
        sound = target.add_stream("aac", rate=16_000, layout="mono")
        shown = ground.integers(40, 200, (streams.HEIGHT * 3 // 2, streams.WIDTH)).astype(np.uint8)
        for number in range(FRAMES):
            picture = _picture(shown, number, noise)
            frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            target.mux(video.encode(frame))
        target.mux(video.encode(None))
        wave = (np.sin(np.arange(16_000 * 5) * 0.05) * 9000).astype(np.int16)[None]
        tone = av.AudioFrame.from_ndarray(wave, "s16", "mono")
        tone.sample_rate, tone.pts = 16_000, 0
        target.mux([*sound.encode(tone), *sound.encode(None)])
    return _on_its_side(sink.getvalue()) if turned else sink.getvalue()


def is_inside(number: int) -> bool:
    return STARTS_MS <= number * 1000 / FPS < ENDS_MS


def _picture(ground: np.ndarray, number: int, noise: np.random.Generator) -> np.ndarray:
    picture = ground.copy()
    if not is_inside(number):
        picture[:] = noise.integers(16, 235, picture.shape)
        return picture
    for bit in range(10):
        picture[:64, bit * 32 : bit * 32 + 32] = 235 if number >> bit & 1 else 16
    left, top, right, bottom = HIDDEN
    picture[top:bottom, left:right] = noise.integers(16, 235, (bottom - top, right - left))
    # Color: two planes of half the size, one after the other.
    for color in picture[streams.HEIGHT :].reshape(2, streams.HEIGHT // 2, streams.WIDTH // 2):
        shape = (bottom - top) // 2, (right - left) // 2
        color[top // 2 : bottom // 2, left // 2 : right // 2] = noise.integers(16, 235, shape)
    return picture


def _on_its_side(data: bytes) -> bytes:
    """The file with a note that a player turns it by a quarter, as telephones write one."""
    moov = next(box for box in boxes(data) if box.kind == b"moov")
    trak = next(box for box in boxes(data, moov.body, moov.end) if box.kind == b"trak")
    tkhd = next(box for box in boxes(data, trak.body, trak.end) if box.kind == b"tkhd")
    at = tkhd.body + 40
    return data[:at] + _TURNED + data[at + len(_TURNED) :]
