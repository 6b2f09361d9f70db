"""Small real H.264 clips whose every frame can be told apart, for tests of cutting."""

from __future__ import annotations

import io
from functools import cache

import av
import numpy as np

WIDTH, HEIGHT, FPS = 320, 192, 15
_BITS = 10


def clip(
    frames: int = 75,
    *,
    gop: int = 15,
    bframes: int = 0,
    open_gop: bool = False,
    audio: bool = False,
    notes: dict[str, str] | None = None,
    pixels: str = "yuv420p",
    codec: str = "h264",
) -> bytes:
    """An MP4 (H.264, or H.265 with `codec="hevc"`) of `frames` frames at 15 a second, coded once a process.

    Frame n carries n as ten black or white squares.
    """
    told = tuple(sorted((notes or {}).items()))
    return _coded(frames, gop, bframes, open_gop, audio, told, pixels, codec)


@cache
def _coded(
    frames: int,
    gop: int,
    bframes: int,
    open_gop: bool,
    audio: bool,
    notes: tuple[tuple[str, str], ...],
    pixels: str,
    codec: str,
) -> bytes:
    sink = io.BytesIO()
    with av.open(sink, "w", format="mp4") as target:
        target.metadata.update(notes)
        settings = f"keyint={gop}:min-keyint={gop}:scenecut=0:bframes={bframes}:b-adapt=0:open-gop={int(open_gop)}"
        encoder, key = {"h264": ("libx264", "x264-params"), "hevc": ("libx265", "x265-params")}[codec]
        quiet = ":log-level=none" if codec == "hevc" else ""
        video = target.add_stream(encoder, rate=FPS, options={key: settings + quiet, "preset": "veryfast"})
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, pixels
        sound = target.add_stream("aac", rate=16000) if audio else None
        if sound is not None:
            sound.layout = "mono"
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(_picture(number), "rgb24")
            frame.pts = number
            target.mux(video.encode(frame))
        target.mux(video.encode(None))
        if sound is not None:
            wave = (np.sin(np.arange(16000 * frames // FPS) * 0.05) * 9000).astype(np.int16)[None]
            tone = av.AudioFrame.from_ndarray(wave, "s16", "mono")
            tone.sample_rate, tone.pts = 16000, 0
            target.mux(sound.encode(tone))
            target.mux(sound.encode(None))
    return sink.getvalue()


def _picture(number: int) -> np.ndarray:
    picture = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    for bit in range(_BITS):
        picture[:64, bit * 32 : bit * 32 + 32] = 235 if number >> bit & 1 else 16
    left = number * 5 % (WIDTH - 24)
    picture[100:150, left : left + 24] = (200, 120, 40)
    return picture


def numbers(data: bytes) -> list[int]:
    """Which frames of `clip` a player shows, in order, with edit lists ignored so that nothing hides."""
    with av.open(io.BytesIO(data), options={"ignore_editlist": "1"}) as source:
        return [_number(frame) for frame in source.decode(video=0)]


def _number(frame: av.VideoFrame) -> int:
    luma = frame.to_ndarray(format="gray")
    return sum(int(luma[8:56, bit * 32 + 8 : bit * 32 + 24].mean() > 128) << bit for bit in range(_BITS))


def packets(data: bytes, kind: str = "video") -> list[bytes]:
    """The coded packets of the first track of `kind`, in decoding order."""
    with av.open(io.BytesIO(data), options={"ignore_editlist": "1"}) as source:
        tracks = source.streams.video if kind == "video" else source.streams.audio
        return [bytes(packet) for packet in source.demux(tracks[0]) if packet.size] if tracks else []
