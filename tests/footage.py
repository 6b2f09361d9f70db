"""Video for the tests: real street clips, small ones made on the spot, and broken ones.

`street("crossing")` is the bytes of a clip of the demo town (src/goodfences/demo/footage); `make_video()` encodes
a few frames of H.264 in milliseconds, another picture for every `seed`.
"""

from __future__ import annotations

import io
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import numpy as np

FOOTAGE = Path(__file__).resolve().parent.parent / "src" / "goodfences" / "demo" / "footage"
STREETS = {
    "crossing": 12,
    "parked-van": 10,
    "footpath": 14,
    "lamp-post": 8,
    "corner": 15,
    "whole-street": 25,
    "side-road": 20,
    "crossing-hd": 10,
}
"""Names of the street clips and their length in seconds. `corner` has sound, `crossing-hd` is 1280x720."""


def street(name: str) -> bytes:
    """One of the clips of the demo town."""
    return (FOOTAGE / f"{name}.mp4").read_bytes()


@cache
def make_video(
    *,
    seconds: float = 2,
    width: int = 320,
    height: int = 180,
    rate: int = 10,
    key_frame_every: int = 10,
    b_frames: int = 0,
    audio: bool = False,
    seed: int = 1,
    codec: str = "libx264",
    container: str = "mp4",
    metadata: tuple[tuple[str, str], ...] = (),
) -> bytes:
    """A square that wanders over a gray ground, encoded for real. The same arguments give the same bytes."""
    out = io.BytesIO()
    with av.open(out, "w", format=container) as target:
        target.metadata.update(dict(metadata))
        video = target.add_stream(codec, rate=rate)
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        if codec == "libx264":
            video.options = {
                "preset": "ultrafast",
                "threads": "1",
                "x264-params": f"keyint={key_frame_every}:min-keyint={key_frame_every}:scenecut=0:bframes={b_frames}",
            }
        sound = target.add_stream("aac", rate=16_000, layout="mono") if audio else None
        frames = round(seconds * rate)
        for number in range(frames):
            target.mux(video.encode(_picture(number, width, height, rate, seed)))
        target.mux(video.encode(None))
        if sound is not None:
            for frame in _hum(seconds):
                target.mux(sound.encode(frame))
            target.mux(sound.encode(None))
    return out.getvalue()


def _picture(number: int, width: int, height: int, rate: int, seed: int) -> av.VideoFrame:
    luma = np.full((height * 3 // 2, width), 128, np.uint8)
    luma[:height] = 60 + (seed * 37) % 120
    side = max(8, height // 5)
    x, y = (number * 7 + seed * 13) % (width - side), (number * 3 + seed * 29) % (height - side)
    luma[y : y + side, x : x + side] = 235
    frame = av.VideoFrame.from_ndarray(luma, format="yuv420p")
    frame.pts, frame.time_base = number, Fraction(1, rate)
    return frame


def _hum(seconds: float) -> list[av.AudioFrame]:
    samples = (np.sin(2 * np.pi * 220 * np.arange(round(seconds * 16_000)) / 16_000) * 8_000).astype(np.int16)
    frames = []
    for start in range(0, samples.size, 1024):
        frame = av.AudioFrame.from_ndarray(samples[None, start : start + 1024], format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 16_000, start, Fraction(1, 16_000)
        frames.append(frame)
    return frames
