"""Makes the films of a part once, and keeps them: what a camera sends, its main stream and its sub stream."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation
from av.video.stream import VideoStream

from goodfences.bench.street.plan import HEIGHT, RATE, WIDTH, Film, Lamp, Part, Place, Walk, as_json, lamps_of, walks
from goodfences.bench.street.walkers import MARGIN, Cover, Picture, Step, Walker, planes, walkers

RECORDING, LEAVES = "vtest.avi", "tree.avi"
VERSION = 3
"""Counts up with every change of what the films show."""
SUB = (640, 360)
KEY_EVERY = 2 * RATE
MAIN_KBIT, SUB_KBIT = 2500, 400
CODING = {"preset": "superfast", "crf": "25", "bf": "0", "sc_threshold": "0", "threads": "2"}
"""As cameras do it: no B-frames, a key frame every two seconds and at no other time."""
LEAVES_SIZE = (480, 360)
FADE = 3
"""Pictures in which a walker steps out of cover, and into it."""
GRAIN = 2.5
NOISES = 6

Plane = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Filmed:
    """A film on disk with its labels."""

    name: str
    main: Path
    sub: Path
    seconds: float
    walks: list[dict[str, Any]]
    lamps: list[float]


def films(part: Part, material: Path, cache: Path, minutes: float, *, only: Sequence[str] = ()) -> Iterator[Filmed]:
    """The films of a part (those named in `only`), each of `minutes`, made where the cache lacks them."""
    cache.mkdir(parents=True, exist_ok=True)
    found: list[Walker] | None = None
    for number, film in enumerate(part.films):
        if only and film.name not in only:
            continue
        told = json.dumps([VERSION, asdict(film), part.walkers, part.leaves, part.seed, minutes], sort_keys=True)
        stem = f"{part.name}-{film.name}-{hashlib.sha256(told.encode()).hexdigest()[:10]}"
        labels = cache / f"{stem}.json"
        if not labels.exists():
            found = found or walkers(material / RECORDING, *part.walkers)
            _make(film, part, number, found, material, cache, stem, minutes * 60)
        yield _read(labels, film.name)


def _read(labels: Path, name: str) -> Filmed:
    told = json.loads(labels.read_text())
    main, sub = labels.with_suffix(".mp4"), labels.with_name(f"{labels.stem}-sub.mp4")
    return Filmed(name, main, sub, told["seconds"], told["walks"], told["lamps"])


def _make(
    film: Film, part: Part, number: int, people: list[Walker], material: Path, cache: Path, stem: str, seconds: float
) -> None:
    rng = np.random.default_rng([part.seed, number])
    lengths, travels = [len(each.steps) for each in people], [each.travel for each in people]
    planned = list(walks(film, seconds, lengths, travels, rng))
    lamps = lamps_of(film, seconds)
    shooting = Shooting(film, lamps, [_Passing(walk, people[walk.walker]) for walk in planned], material, part, rng)
    unfinished = [cache / f"{stem}.part-{os.getpid()}{ending}.mp4" for ending in ("", "-sub")]
    with _Coder(unfinished[0], (WIDTH, HEIGHT), MAIN_KBIT) as main, _Coder(unfinished[1], SUB, SUB_KBIT) as sub:
        for count in range(round(seconds * RATE)):
            frame = shooting.picture(count)
            main.add(frame, count)
            sub.add(frame.reformat(*SUB, interpolation=Interpolation.AREA), count)
    unfinished[0].replace(cache / f"{stem}.mp4")
    unfinished[1].replace(cache / f"{stem}-sub.mp4")
    told = {"seconds": seconds, "walks": [as_json(walk) for walk in planned], "lamps": [lamp.at for lamp in lamps]}
    labels = cache / f"{stem}.json.{os.getpid()}"
    labels.write_text(json.dumps(told))
    labels.replace(cache / f"{stem}.json")


def _coding(kbit: int) -> dict[str, str]:
    return {**CODING, "maxrate": str(kbit * 1000), "bufsize": str(kbit * 2000)}


class _Coder:
    """An H.264 film as it is made."""

    def __init__(self, path: Path, size: tuple[int, int], kbit: int) -> None:
        self._container: OutputContainer = av.open(str(path), "w", options={"movflags": "faststart"})
        self._stream: VideoStream = self._container.add_stream("libx264", rate=RATE, options=_coding(kbit))
        self._stream.width, self._stream.height = size
        self._stream.pix_fmt = "yuv420p"
        self._stream.codec_context.gop_size = KEY_EVERY

    def add(self, frame: VideoFrame, count: int) -> None:
        frame.pts, frame.time_base = count, Fraction(1, RATE)
        self._container.mux(self._stream.encode(frame))

    def __enter__(self) -> _Coder:
        return self

    def __exit__(self, *error: object) -> None:
        self._container.mux(self._stream.encode(None))
        self._container.close()


class _Passing:
    """A walk, picture by picture."""

    def __init__(self, walk: Walk, walker: Walker) -> None:
        self.walk = walk
        self._steps = (walker.mirrored() if walk.mirrored else walker).steps
        self._scale = walk.height / max(1.0, walker.height)
        used = [self._at(self._place(count)) for count in range(self.pictures)]
        self._middle = (min(x for x, _ in used) + max(x for x, _ in used)) / 2
        self._lowest = max(y for _, y in used)

    @property
    def first(self) -> int:
        return round(self.walk.starts_s * RATE)

    @property
    def pictures(self) -> int:
        return round((self.walk.ends_s - self.walk.starts_s) * RATE)

    def step(self, count: int) -> tuple[Plane, Cover, int, int]:
        """The cut-out of the `count`th picture of the walk, and where its upper left corner is in the film."""
        place = self._place(count)
        step: Step = self._steps[min(int(place), len(self._steps) - 1)]
        picture, cover = _scaled(step.picture.astype(np.float32), self._scale), _scaled(step.cover, self._scale)
        fade = min(1.0, (count + 1) / FADE, (self.pictures - count) / FADE)
        x, y = self._at(place)
        left = self.walk.x * WIDTH + (x - self._middle) - picture.shape[1] / 2
        bottom = self.walk.foot * HEIGHT + (y - self._lowest) + MARGIN * self._scale
        picture *= np.array([self.walk.shade, 1, 1], np.float32)
        return picture, cover * np.float32(fade), _even(left), _even(bottom - picture.shape[0])

    def _place(self, count: int) -> float:
        return min(count * self.walk.pace, len(self._steps) - 1)

    def _at(self, place: float) -> tuple[float, float]:
        """Center and feet at a place between two steps, in pixels of the film."""
        one, share = int(place), place - int(place)
        two = min(one + 1, len(self._steps) - 1)
        feet = [(step.center[0], step.y + step.cover.shape[0]) for step in (self._steps[one], self._steps[two])]
        x, y = (a + (b - a) * share for a, b in zip(*feet, strict=True))
        return x * self._scale, y * self._scale


class Shooting:
    """A camera at a place: gives its pictures one after another."""

    def __init__(
        self,
        film: Film,
        lamps: list[Lamp],
        passing: list[_Passing],
        material: Path,
        part: Part,
        rng: np.random.Generator,
    ) -> None:
        self._film = film
        self._lamps = lamps
        self._passing = passing
        self._rng = rng
        self._scene = _scene(material, film.place)
        self._scene[0] += _grain(rng, GRAIN, (HEIGHT, WIDTH))
        self._noises = [_grain(rng, film.noise, (HEIGHT + 64, WIDTH + 64)) for _ in range(NOISES)]
        self._leaves = _leaves(material, part.leaves) if film.leaves else []
        self._columns = np.arange(WIDTH, dtype=np.float32) / WIDTH
        self._phase = float(rng.uniform(0, 6))

    def picture(self, count: int) -> VideoFrame:
        """The `count`th."""
        luma, colors = self._scene[0].copy(), [plane.copy() for plane in self._scene[1:]]
        if self._leaves:
            self._add_leaves(luma, colors, count)
        for passing in self._passing:
            if 0 <= count - passing.first < passing.pictures:
                _add(luma, colors, *passing.step(count - passing.first))
        luma -= 16
        luma *= self._light(count / RATE)
        luma += 16
        noise = self._noises[int(self._rng.integers(NOISES))]
        y, x = self._rng.integers(0, 64, 2)
        luma += noise[y : y + HEIGHT, x : x + WIDTH]
        pale = np.float32(min(1.0, 0.3 + 0.7 * self._film.light))
        planes_ = [luma, *((plane - 128) * pale + 128 for plane in colors)]
        flat: npt.NDArray[np.uint8] = np.concatenate(
            [np.clip(plane, 0, 255).astype(np.uint8).reshape(-1, WIDTH) for plane in planes_]
        )
        return VideoFrame.from_ndarray(flat, format="yuv420p")

    def _light(self, seconds: float) -> Plane:
        """Of each column."""
        light = np.full(WIDTH, self._film.light, np.float32)
        if self._film.clouds:
            slow, slower = np.sin(seconds / 9 + self._phase), np.sin(seconds / 23 + 2 * self._phase)
            light *= np.float32(1 - self._film.clouds * (0.5 + 0.25 * slow + 0.25 * slower))
        for number, lamp in enumerate(self._lamps):
            if number % 2 == 0 and lamp.at <= seconds < self._lamps[number + 1].at:
                light *= 1 + np.float32(lamp.gain - 1) * self._near(lamp.x)
        return light

    def _near(self, x: float | None) -> Plane:
        """How much of a lamp's light reaches each column."""
        if x is None:
            return np.ones(WIDTH, np.float32)
        near: Plane = np.exp(-(((self._columns - np.float32(x)) / np.float32(0.22)) ** 2))
        return near

    def _add_leaves(self, luma: Plane, colors: list[Plane], count: int) -> None:
        there_and_back = 2 * len(self._leaves) - 2
        place = count % there_and_back
        picture = self._leaves[place if place < len(self._leaves) else there_and_back - place]
        _add(luma, colors, picture.astype(np.float32), _leaves_cover(), WIDTH - LEAVES_SIZE[0], 0)


def _scene(material: Path, place: Place) -> list[Plane]:
    with av.open(str(material / place.photograph)) as container:
        frame = next(iter(container.decode(video=0)))
    picture: Picture = frame.reformat(format="rgb24").to_ndarray().astype(np.uint8, copy=False)
    width = int(picture.shape[1] * place.width)
    height = min(width * HEIGHT // WIDTH, picture.shape[0])
    left = int(picture.shape[1] * place.left)
    top = min(int(picture.shape[1] * place.top), picture.shape[0] - height)
    part = picture[top : top + height, left : left + width]
    if place.mirrored:
        part = part[:, ::-1]
    large = VideoFrame.from_ndarray(part.copy(), format="rgb24").reformat(
        WIDTH, HEIGHT, "yuv420p", interpolation=Interpolation.LANCZOS
    )
    flat = large.to_ndarray().astype(np.float32)
    quarter = (HEIGHT // 2, WIDTH // 2)
    return [
        flat[:HEIGHT].copy(),
        flat[HEIGHT : HEIGHT * 5 // 4].reshape(quarter),
        flat[HEIGHT * 5 // 4 :].reshape(quarter),
    ]


def _grain(rng: np.random.Generator, deviation: float, shape: tuple[int, int]) -> Plane:
    """Noise as it leaves a camera, whose colors were put together of neighbors and smoothed: neighbors are alike."""
    rough = rng.normal(0, deviation, (shape[0] // 2, shape[1] // 2)).astype(np.float32)
    return rough.repeat(2, axis=0).repeat(2, axis=1)


def _leaves(material: Path, pictures: tuple[int, int]) -> list[Picture]:
    """A tree in the wind, ten pictures a second of its fifteen."""
    with av.open(str(material / LEAVES)) as container:
        return [
            planes(frame.reformat(*LEAVES_SIZE, interpolation=Interpolation.BICUBIC))
            for number, frame in enumerate(container.decode(video=0))
            if pictures[0] <= number < pictures[1] and number % 3 != 2
        ]


def _leaves_cover() -> Cover:
    """Whole at the upper right, none at the lower left."""
    across = np.clip(np.linspace(0, 6, LEAVES_SIZE[0], dtype=np.float32), 0, 1)
    down = np.clip(np.linspace(6, 0, LEAVES_SIZE[1], dtype=np.float32), 0, 1)
    return down[:, None] * across[None, :]


def _scaled(values: npt.NDArray[np.float32], scale: float) -> npt.NDArray[np.float32]:
    """A picture or a cover, larger or smaller, bilinearly; its sides are even."""
    for axis in (0, 1):
        size = values.shape[axis]
        wanted = max(2, _even(size * scale))
        at = np.clip((np.arange(wanted) + 0.5) * size / wanted - 0.5, 0, size - 1)
        one = at.astype(int)
        shape = [1] * values.ndim
        shape[axis] = wanted
        share = (at - one).astype(np.float32).reshape(shape)
        first, second = np.take(values, one, axis), np.take(values, np.minimum(one + 1, size - 1), axis)
        values = first + (second - first) * share
    return values


def _even(value: float) -> int:
    return round(value / 2) * 2


def _add(
    luma: Plane, colors: list[Plane], picture: npt.NDArray[np.float32], cover: Cover, left: int, top: int
) -> None:
    """Lay a cut-out over a picture; what hangs over its edges is cut off."""
    height, width = luma.shape
    skip_x, skip_y = max(0, -left), max(0, -top)
    picture, cover = picture[skip_y:, skip_x:], cover[skip_y:, skip_x:]
    left, top = left + skip_x, top + skip_y
    picture, cover = (
        picture[: max(0, height - top), : max(0, width - left)],
        cover[: max(0, height - top), : max(0, width - left)],
    )
    rows, columns = cover.shape
    if not rows or not columns:
        return
    luma[top : top + rows, left : left + columns] += cover * (
        picture[..., 0] - luma[top : top + rows, left : left + columns]
    )
    thin = cover[::2, ::2]
    for number, plane in enumerate(colors, start=1):
        part = plane[top // 2 : top // 2 + thin.shape[0], left // 2 : left // 2 + thin.shape[1]]
        part += thin * (picture[::2, ::2, number] - part)
