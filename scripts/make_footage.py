"""Make the street clips of the demo town and of the tests from OpenCV's `vtest.avi`.

    apt-get download opencv-doc && dpkg-deb -x opencv-doc_*.deb opencv-doc
    python scripts/make_footage.py opencv-doc/usr/share/doc/opencv-doc/examples/data/vtest.avi

Each clip is another crop and another stretch of the same recording, encoded as cameras do it: H.264, ten
frames a second, a key frame every second. The result is kept in the repository, so nobody has to run this.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.filter import Graph

FOLDER = Path(__file__).resolve().parent.parent / "src" / "goodfences" / "demo" / "footage"
RATE = 10
AUDIO_RATE = 16_000


@dataclass(frozen=True)
class Cut:
    """Frames `first` up to `first + seconds * RATE` of the crop (x, y, width, height), scaled to `size`."""

    name: str
    first: int
    seconds: int
    crop: tuple[int, int, int, int]
    size: tuple[int, int] = (640, 360)
    crf: int = 33
    b_frames: int = 0
    audio: bool = False


CUTS = (
    Cut("crossing", 0, 12, (0, 10, 768, 432)),
    Cut("parked-van", 60, 10, (384, 0, 384, 216)),
    Cut("footpath", 130, 14, (0, 0, 512, 288)),
    Cut("lamp-post", 210, 8, (192, 60, 448, 252), b_frames=2),
    Cut("corner", 300, 15, (300, 90, 464, 261), audio=True),
    Cut("whole-street", 400, 25, (0, 0, 768, 432)),
    Cut("side-road", 500, 20, (416, 20, 352, 198)),
    Cut("crossing-hd", 640, 10, (64, 20, 704, 396), size=(1280, 720), crf=36),
)


def frames_of(source: Path, cut: Cut) -> list[av.VideoFrame]:
    """The cropped and scaled frames of `cut`."""
    with av.open(str(source)) as container:
        stream = container.streams.video[0]
        graph = Graph()
        x, y, width, height = cut.crop
        graph.link_nodes(
            graph.add_buffer(template=stream),
            graph.add("crop", f"{width}:{height}:{x}:{y}"),
            graph.add("scale", f"{cut.size[0]}:{cut.size[1]}:flags=lanczos"),
            graph.add("format", "pix_fmts=yuv420p"),
            graph.add("buffersink"),
        ).configure()
        frames = []
        for number, frame in enumerate(container.decode(stream)):
            if number < cut.first:
                continue
            if number >= cut.first + cut.seconds * RATE:
                break
            graph.push(frame)
            frames.append(graph.pull())
    return frames


def murmur(seconds: int) -> list[av.AudioFrame]:
    """A made-up street: low noise that swells and fades. The recording itself has no sound."""
    rng = np.random.default_rng(7)
    noise = np.convolve(rng.normal(size=seconds * AUDIO_RATE), np.ones(24) / 24, mode="same")
    swell = 0.4 + 0.3 * np.sin(2 * np.pi * np.arange(noise.size) / AUDIO_RATE / 5)
    samples = (noise * swell * 12_000).clip(-32_000, 32_000).astype(np.int16)
    frames = []
    for start in range(0, samples.size, 1024):
        frame = av.AudioFrame.from_ndarray(samples[None, start : start + 1024], format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = AUDIO_RATE, start, Fraction(1, AUDIO_RATE)
        frames.append(frame)
    return frames


def write(source: Path, cut: Cut, target: Path) -> None:
    """Encode `cut` as an MP4 that starts to play before it is whole."""
    with av.open(str(target), "w", options={"movflags": "+faststart"}) as container:
        video = container.add_stream("libx264", rate=RATE)
        video.width, video.height = cut.size
        video.pix_fmt = "yuv420p"
        video.time_base = Fraction(1, RATE)
        video.options = {
            "crf": str(cut.crf),
            "preset": "veryslow",
            "profile": "main",
            "threads": "1",
            "x264-params": f"keyint={RATE}:min-keyint={RATE}:scenecut=0:bframes={cut.b_frames}",
        }
        sound = container.add_stream("aac", rate=AUDIO_RATE, layout="mono", bit_rate=24_000) if cut.audio else None
        for number, frame in enumerate(frames_of(source, cut)):
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            frame.pict_type = av.video.frame.PictureType.NONE
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if sound is not None:
            for sample in murmur(cut.seconds):
                container.mux(sound.encode(sample))
            container.mux(sound.encode(None))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("source", type=Path, help="vtest.avi from OpenCV's examples")
    source = parser.parse_args().source
    FOLDER.mkdir(parents=True, exist_ok=True)
    for cut in CUTS:
        target = FOLDER / f"{cut.name}.mp4"
        write(source, cut, target)
        print(f"{target.name}: {target.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
