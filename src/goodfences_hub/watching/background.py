"""What a quiet picture looks like, and whether a new one differs by something that moved.

Pictures are 8-bit luma, small. The background is a running mean with a running mean deviation for every pixel
(as in W. Wren et al., "Pfinder", 1997, with the deviation in place of the variance: it needs no square root).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Luma = npt.NDArray[np.uint8]
_Plane = npt.NDArray[np.float32]

LEARN = 0.06
"""How far the background follows a quiet pixel at each comparison."""
LEARN_CHANGED = 0.012
"""And a changed one: who stands still for minutes becomes background."""
LEARN_RESTLESS = 0.03
"""How far the deviation of a changed pixel follows: leaves in the wind are expected to move after a while."""
SETTLE = 4
"""Comparisons that it takes to know a scene."""
LIGHT = 0.45
"""A larger share of changed pixels is the light, not a thing."""
LAMP = 0.02
"""A larger one may be a lamp: it is, if what changed kept its texture."""
LIKE = 0.5
"""How alike, from 0 to 1, the texture before and after has to be for that."""
BRIGHT = 96.0
"""Median brightness from which on a change has to be of full size to count; in the dark, less does."""
DARKEST = 0.35
THIN = 4
"""Every so manieth pixel, each way, says enough of a picture's brightness."""
STEP = 0.18
"""So is a larger jump of the median brightness from one picture to the next, as a share of it."""
STEP_LEAST = 8.0
"""In steps of brightness, of 255: in the dark a share says little."""
CELL = 6
"""Side, in pixels, of the cells in which changed pixels are counted."""


@dataclass(frozen=True)
class Sensitivity:
    """What counts as changed."""

    deviations: float
    """How many mean deviations a pixel must differ by."""
    least: float
    """And by how many steps of brightness, of 255."""
    filled: float
    """Share of a cell that must have changed for the cell to count."""


SENSITIVITIES = {
    "low": Sensitivity(6.0, 22.0, 0.5),
    "normal": Sensitivity(5.0, 15.0, 0.38),
    "high": Sensitivity(4.0, 10.0, 0.3),
}


@dataclass(frozen=True)
class Verdict:
    """What a comparison found."""

    moved: bool
    light: bool
    """The light changed: a lamp, a cloud, infra-red. Nothing moved that could be told apart from it."""
    cells: int
    """How many cells changed."""


QUIET = Verdict(moved=False, light=False, cells=0)
LIT = Verdict(moved=False, light=True, cells=0)


class Background:
    """Of one camera. `shape` is (height, width) of the pictures, in pixels."""

    def __init__(
        self, shape: tuple[int, int], sensitivity: Sensitivity, zone: npt.NDArray[np.bool_] | None = None
    ) -> None:
        self._sensitivity = sensitivity
        self._watched = np.ones(shape, bool) if zone is None else zone
        self._pixels = max(1, int(self._watched.sum()))
        self._mean: _Plane = np.zeros(shape, np.float32)
        self._deviation: _Plane = np.full(shape, 3.0, np.float32)
        self._known = 0
        self._level = 0.0
        self._difference: _Plane | None = None

    def compare(self, luma: Luma, *, learn: bool = True) -> Verdict:
        """Compare a picture with the background, and let the background follow it if `learn`."""
        picture = luma.astype(np.float32)
        self._difference = None
        if self._known < SETTLE:
            self._begin(picture)
            return QUIET
        if self._is_step(picture, learn=learn):
            if learn:
                self._mean[:] = picture
            return LIT
        picture = self._with_its_light(picture)
        difference = np.abs(picture - self._mean)
        changed = self._changed(difference, self._sensitivity)
        share = float(np.count_nonzero(changed)) / self._pixels
        if share > LIGHT or (share > LAMP and self._likeness(picture, changed) > LIKE):
            if learn:
                self._mean[:] = picture
            return LIT
        cells = self._cells(changed, self._sensitivity.filled)
        self._difference = difference
        if learn:
            self._follow(picture, difference, changed)
        return Verdict(moved=cells > 0, light=False, cells=cells)

    def would(self) -> tuple[int, ...]:
        """How many cells of the picture that was compared last changed, or nearly so, by each of SENSITIVITIES."""
        difference, most = self._difference, SENSITIVITIES["high"]
        if difference is None or not self._cells(self._changed(difference, most), most.filled):
            return (0,) * len(SENSITIVITIES)
        return tuple(self._cells(self._changed(difference, each), each.filled) for each in SENSITIVITIES.values())

    def _changed(self, difference: _Plane, sensitivity: Sensitivity) -> npt.NDArray[np.bool_]:
        least = sensitivity.least * np.clip(self._level / BRIGHT, DARKEST, 1)
        changed: npt.NDArray[np.bool_] = difference > np.maximum(
            self._deviation * sensitivity.deviations, np.float32(least)
        )
        changed &= self._watched
        return changed

    def _begin(self, picture: _Plane) -> None:
        self._known += 1
        if self._known == 1:
            self._mean[:] = picture
            self._level = _median(picture)
            return
        self._deviation += (np.abs(picture - self._mean) - self._deviation) / self._known
        self._mean += (picture - self._mean) / self._known

    def _is_step(self, picture: _Plane, *, learn: bool) -> bool:
        """Whether a lamp was switched. The scene is learned anew; the noise of the camera is still known."""
        before, level = self._level, _median(picture)
        if learn:
            self._level = level
        return abs(level - before) > max(STEP_LEAST, STEP * before)

    def _likeness(self, picture: _Plane, changed: npt.NDArray[np.bool_]) -> float:
        """How alike the texture of what changed is to what was there: a lamp keeps it, a thing covers it."""
        part = changed[:, 1:]
        now, before = np.diff(picture, axis=1)[part], np.diff(self._mean, axis=1)[part]
        return float((now @ before) / (np.sqrt((now @ now) * (before @ before)) + 1e-6))

    def _with_its_light(self, picture: _Plane) -> _Plane:
        """The picture at the background's brightness and contrast, so that a cloud changes nothing."""
        mine, its = _median(self._mean), _median(picture)
        spread = _median(np.abs(picture[::THIN, ::THIN] - its), thin=1)
        known = _median(np.abs(self._mean[::THIN, ::THIN] - mine), thin=1)
        gain = float(np.clip(known / spread, 0.5, 2.0)) if spread > 1 else 1.0
        return (picture - np.float32(its)) * np.float32(gain) + np.float32(mine)

    def _follow(self, picture: _Plane, difference: _Plane, changed: npt.NDArray[np.bool_]) -> None:
        rate = np.where(changed, np.float32(LEARN_CHANGED), np.float32(LEARN))
        self._mean += rate * (picture - self._mean)
        restless = np.where(changed, np.float32(LEARN_RESTLESS), np.float32(LEARN))
        self._deviation += restless * (difference - self._deviation)

    def _cells(self, changed: npt.NDArray[np.bool_], filled: float) -> int:
        """Cells that a thing fills, counted on two grids of which one is moved by half a cell."""
        if np.count_nonzero(changed) < CELL * CELL * filled:
            return 0
        half = CELL // 2
        return max(self._filled(changed, filled), self._filled(changed[half:, half:], filled))

    def _filled(self, changed: npt.NDArray[np.bool_], filled: float) -> int:
        height, width = (side // CELL for side in changed.shape)
        ones = changed[: height * CELL, : width * CELL].view(np.uint8)
        # One way after the other, in bytes: five times as fast as both at once.
        rows = np.add.reduce(ones.reshape(height, CELL, width * CELL), axis=1, dtype=np.uint8)
        counted = np.add.reduce(rows.reshape(height, width, CELL), axis=2, dtype=np.uint8)
        return int(np.count_nonzero(counted >= CELL * CELL * filled))


def _median(plane: _Plane, thin: int = THIN) -> float:
    return float(np.median(plane[::thin, ::thin]))
