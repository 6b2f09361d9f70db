"""What changed in a picture of an event, beside what the event's pictures show most of the time.

A car that parks there is no news, who walks past it is. Pictures are small and gray, as the watch compares them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from goodfences_hub.labels import Box

Luma = npt.NDArray[np.uint8]
Pixels = npt.NDArray[np.bool_]
_Plane = npt.NDArray[np.float32]

LEAST, DEVIATIONS = 15.0, 4.0
"""Steps of brightness, of 255, and usual differences from the scene, by which a pixel has to differ."""
BRIGHT, DARKEST = 96.0, 0.35
"""Median brightness below which a smaller difference counts, and how much smaller at most."""
LIGHT = 0.45
"""A larger share of changed pixels is the light."""
CELL, FILLED = 6, 0.38
SCENE_OF = 15
"""Pictures that the scene is made of, at most."""


@dataclass(frozen=True)
class Blob:
    """Cells that changed and touch each other. `box` in shares of the picture."""

    box: Box
    says: float
    """How much: larger, and where less changes otherwise, is more."""


class Scene:
    """What is there most of the time, and what was there first: who parks was not, who leaves was."""

    def __init__(self, pictures: Sequence[Luma], watched: Pixels) -> None:
        """`watched` are the pixels that may count as changed."""
        step = max(1, -(-len(pictures) // SCENE_OF))
        some = np.stack([each.astype(np.float32) for each in pictures[::step]])
        self._usual: _Plane = np.median(some, axis=0)
        usual_difference = np.median(np.abs(some - self._usual), axis=0)
        self._least = np.maximum(_least(self._usual), DEVIATIONS * usual_difference)
        self._scenes = [self._usual, pictures[0].astype(np.float32)]
        self._watched = watched

    def changed(self, picture: Luma) -> Pixels:
        """The pixels that differ from either."""
        found: Pixels = np.zeros(picture.shape, bool)
        for scene in self._scenes:
            differs = np.abs(_with_light_of(scene, picture) - scene) > self._least
            if differs.mean() <= LIGHT:
                found |= differs
        return found & self._watched


def cells(changed: Pixels) -> Pixels:
    """The cells of CELL pixels each way that changed: what is larger than noise."""
    height, width = changed.shape
    rows, columns = height // CELL, width // CELL
    counted = changed[: rows * CELL, : columns * CELL].reshape(rows, CELL, columns, CELL).sum(axis=(1, 3))
    found: Pixels = counted >= CELL * CELL * FILLED
    return found


def rarity(changes: Sequence[Pixels]) -> _Plane:
    """How much a change of each cell says: little where leaves move in every picture."""
    often = np.maximum(1, np.sum(changes, axis=0)).astype(np.float32)
    weights: _Plane = np.float32(1) / often
    return weights


def blobs(changed: Pixels, weights: _Plane) -> list[Blob]:
    """Which of the cells touch each other, what says most first."""
    rows, columns = changed.shape
    left = {(int(row), int(column)) for row, column in np.argwhere(changed)}
    found = []
    while left:
        touching = _touching(left)
        down, across = [row for row, _ in touching], [column for _, column in touching]
        box = min(across) / columns, min(down) / rows, (max(across) + 1) / columns, (max(down) + 1) / rows
        found.append(Blob(box, float(sum(weights[cell] for cell in touching))))
    return sorted(found, key=lambda blob: -blob.says)


def share(changed: Pixels, box: Box) -> float:
    """How much of a box changed."""
    height, width = changed.shape
    left, top, right, bottom = (min(1.0, max(0.0, each)) for each in box)
    part = changed[int(top * height) : round(bottom * height), int(left * width) : round(right * width)]
    return float(part.mean()) if part.size else 0.0


def _touching(left: set[tuple[int, int]]) -> list[tuple[int, int]]:
    """Cells with at most one between each and the next, taken out of `left`."""
    found = [left.pop()]
    for row, column in found:
        for near in [(row + down, column + across) for down in range(-2, 3) for across in range(-2, 3)]:
            if near in left:
                left.remove(near)
                found.append(near)
    return found


def _least(scene: _Plane) -> float:
    return LEAST * float(np.clip(np.median(scene) / BRIGHT, DARKEST, 1))


def _with_light_of(scene: _Plane, picture: Luma) -> _Plane:
    """The picture at the scene's brightness and contrast, so that a cloud changes nothing."""
    mine, its = np.median(scene), np.median(picture)
    spread, known = np.median(np.abs(picture - its)), np.median(np.abs(scene - mine))
    gain = np.float32(np.clip(known / spread, 0.5, 2.0)) if spread > 1 else np.float32(1)
    return (picture - np.float32(its)) * gain + np.float32(mine)
