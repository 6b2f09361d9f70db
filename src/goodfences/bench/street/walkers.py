"""People of a recording by a camera that stands still, cut out picture by picture.

What differs from the median of all pictures is cut out, along its edges softly; patches of following pictures that
are near each other and of one size are one walker. Two who walk side by side are one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame

Picture = npt.NDArray[np.uint8]
"""Height, width, 3: brightness and both colors at full size."""
Cover = npt.NDArray[np.float32]

GRID = 4
"""Side, in pixels, of the squares in which patches are found."""
SOFT_FROM, SOFT_TO = 14.0, 40.0
"""Difference from the scene at which cutting out begins, and at which it is whole."""
PATCH_LEAST = 8
"""Squares of a patch, at least: less is noise."""
MARGIN = 6
LEAST_STEPS = 20
LEAST_HEIGHT = 30.0
"""In pixels of the recording."""
LEAST_TRAVEL = 0.6
"""How far a walker comes at least, in its own heights: who stands isn't one."""
NEAR = 14.0
"""Pixels between a walker's places in two following pictures, at most."""
GROWTH = 1.6
"""And how its size may change between them."""


@dataclass(frozen=True, eq=False)
class Step:
    """A walker in one picture, and where its upper left corner was in it."""

    picture: Picture
    cover: Cover
    x: int
    y: int

    @property
    def center(self) -> tuple[float, float]:
        height, width = self.cover.shape
        return self.x + width / 2, self.y + height / 2


@dataclass
class Walker:
    """Someone, or some who walk together, for as long as they could be followed."""

    steps: list[Step] = field(default_factory=list)

    @property
    def height(self) -> float:
        """In pixels of the recording, without the margin."""
        return float(np.median([step.cover.shape[0] for step in self.steps])) - 2 * MARGIN

    @property
    def travel(self) -> float:
        """From its first place to its last, in its own heights."""
        (x, y), (last_x, last_y) = self.steps[0].center, self.steps[-1].center
        return float(np.hypot(last_x - x, last_y - y)) / max(1.0, self.height)

    @property
    def size(self) -> int:
        return self.steps[-1].cover.size

    def mirrored(self) -> Walker:
        """The same, from right to left."""
        return Walker(
            [
                Step(step.picture[:, ::-1], step.cover[:, ::-1], -step.x - step.cover.shape[1], step.y)
                for step in self.steps
            ]
        )


def walkers(recording: Path, first: int, last: int) -> list[Walker]:
    """Who walks through the pictures `first` up to `last`, in the order in which they were first seen."""
    scene = _scene(recording)
    done: list[Walker] = []
    followed: list[Walker] = []
    for picture in _pictures(recording, first, last):
        found = list(_patches(picture, scene))
        still = []
        for walker in followed:
            step = _next_step(walker, found)
            if step is None:
                done.append(walker)
            else:
                found.remove(step)
                walker.steps.append(step)
                still.append(walker)
        followed = [*still, *(Walker([step]) for step in found)]
    return [
        each
        for each in [*done, *followed]
        if len(each.steps) >= LEAST_STEPS and each.height >= LEAST_HEIGHT and each.travel >= LEAST_TRAVEL
    ]


def _pictures(recording: Path, first: int, last: int | None = None, every: int = 1) -> Iterator[Picture]:
    with av.open(str(recording)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if last is not None and number >= last:
                return
            if number >= first and number % every == 0:
                yield planes(frame)


def planes(frame: VideoFrame) -> Picture:
    """Brightness and colors of a picture, at full size."""
    return np.ascontiguousarray(np.moveaxis(frame.reformat(format="yuv444p").to_ndarray(), 0, -1))


def _scene(recording: Path) -> npt.NDArray[np.int16]:
    some = np.stack(list(_pictures(recording, 0, every=8)))
    middle: npt.NDArray[np.int16] = np.partition(some, len(some) // 2, axis=0)[len(some) // 2].astype(np.int16)
    return middle


def _patches(picture: Picture, scene: npt.NDArray[np.int16]) -> Iterator[Step]:
    differs = _blurred(np.abs(picture.astype(np.int16) - scene).sum(axis=2).astype(np.float32))
    cover = np.clip((differs - SOFT_FROM) / (SOFT_TO - SOFT_FROM), 0, 1)
    height, width = (side // GRID for side in cover.shape)
    squares = cover[: height * GRID, : width * GRID].reshape(height, GRID, width, GRID).mean(axis=(1, 3)) > 0.25
    named = _named(squares)
    for name in np.unique(named[named > 0]):
        mine = named == name
        if mine.sum() < PATCH_LEAST:
            continue
        rows, columns = np.flatnonzero(mine.any(axis=1)), np.flatnonzero(mine.any(axis=0))
        top, bottom = int(rows[0]) * GRID - MARGIN, (int(rows[-1]) + 1) * GRID + MARGIN
        left, right = int(columns[0]) * GRID - MARGIN, (int(columns[-1]) + 1) * GRID + MARGIN
        if top < 0 or left < 0 or bottom > cover.shape[0] or right > cover.shape[1]:
            continue  # cut off by the edge of the picture
        part = np.s_[top:bottom, left:right]
        own = np.kron(_grown(mine), np.ones((GRID, GRID), bool))[part]
        yield Step(picture[part].copy(), _blurred(cover[part] * own), left, top)


def _named(squares: npt.NDArray[np.bool_]) -> npt.NDArray[np.int32]:
    """Each patch of touching squares under a number of its own; 0 between them."""
    named = np.where(squares, np.arange(1, squares.size + 1, dtype=np.int32).reshape(squares.shape), 0)
    while True:
        spread = np.where(squares, _most(named), 0)
        if np.array_equal(spread, named):
            return named
        named = spread


def _most(values: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """The largest of each value and its eight neighbors."""
    padded = np.pad(values, 1)
    height, width = values.shape
    most: npt.NDArray[np.int32] = np.max(
        [padded[y : y + height, x : x + width] for y in range(3) for x in range(3)], axis=0
    )
    return most


def _grown(squares: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    return _most(squares.astype(np.int32)) > 0


def _blurred(values: Cover) -> Cover:
    """The mean of each value and its eight neighbors."""
    padded = np.pad(values, 1, mode="edge")
    height, width = values.shape
    total = sum(padded[y : y + height, x : x + width] for y in range(3) for x in range(3))
    return np.asarray(total / 9, np.float32)


def _next_step(walker: Walker, found: list[Step]) -> Step | None:
    x, y = walker.steps[-1].center
    near = [
        (distance, step)
        for step in found
        if (distance := float(np.hypot(step.center[0] - x, step.center[1] - y))) <= NEAR
        and 1 / GROWTH <= step.cover.size / walker.size <= GROWTH
    ]
    return min(near, key=lambda pair: pair[0])[1] if near else None
