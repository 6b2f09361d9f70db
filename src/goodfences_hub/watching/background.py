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
    """Of one camera. `shape` is (height, width) of the pictures, in pixels.

    Planes are worked on in place: memory for each step's result, fetched anew, takes longer than the steps.
    """

    def __init__(
        self, shape: tuple[int, int], sensitivity: Sensitivity, zone: npt.NDArray[np.bool_] | None = None
    ) -> None:
        self._sensitivity = sensitivity
        self._watched = zone
        self._pixels = shape[0] * shape[1] if zone is None else max(1, int(zone.sum()))
        self._mean: _Plane = np.zeros(shape, np.float32)
        self._deviation: _Plane = np.full(shape, 3.0, np.float32)
        self._known = 0
        self._level = 0.0
        self._picture: _Plane = np.empty(shape, np.float32)
        self._difference: _Plane = np.empty(shape, np.float32)
        self._room: _Plane = np.empty(shape, np.float32)
        """For what is forgotten at once."""
        self._is_compared = False

    def compare(self, luma: Luma, *, learn: bool = True) -> Verdict:
        """Compare a picture with the background, and let the background follow it if `learn`."""
        picture, difference = self._picture, self._difference
        np.copyto(picture, luma)
        brightness = _Brightness(luma[::THIN, ::THIN])
        self._is_compared = False
        if self._known < SETTLE:
            self._begin(picture, brightness)
            return QUIET
        if self._is_step(brightness, learn=learn):
            if learn:
                self._mean[:] = picture
            return LIT
        self._take_its_light(picture, brightness)
        np.abs(np.subtract(picture, self._mean, out=difference), out=difference)
        changed = self._changed(self._sensitivity)
        share = float(np.count_nonzero(changed)) / self._pixels
        if share > LIGHT or (share > LAMP and self._likeness(picture, changed) > LIKE):
            if learn:
                self._mean[:] = picture
            return LIT
        cells = self._cells(changed, self._sensitivity.filled)
        self._is_compared = True
        if learn:
            self._follow(picture, changed)
        return Verdict(moved=cells > 0, light=False, cells=cells)

    def would(self) -> tuple[int, ...]:
        """How many cells of the picture that was compared last changed, or nearly so, by each of SENSITIVITIES."""
        most = SENSITIVITIES["high"]
        if not self._is_compared or not self._cells(self._changed(most), most.filled):
            return (0,) * len(SENSITIVITIES)
        return tuple(self._cells(self._changed(each), each.filled) for each in SENSITIVITIES.values())

    def _changed(self, sensitivity: Sensitivity) -> npt.NDArray[np.bool_]:
        least = sensitivity.least * min(max(self._level / BRIGHT, DARKEST), 1)
        needed = np.multiply(self._deviation, np.float32(sensitivity.deviations), out=self._room)
        changed: npt.NDArray[np.bool_] = self._difference > np.maximum(needed, np.float32(least), out=needed)
        if self._watched is not None:
            changed &= self._watched
        return changed

    def _begin(self, picture: _Plane, brightness: _Brightness) -> None:
        self._known += 1
        if self._known == 1:
            self._mean[:] = picture
            self._level = brightness.median
            return
        self._deviation += (np.abs(picture - self._mean) - self._deviation) / self._known
        self._mean += (picture - self._mean) / self._known

    def _is_step(self, brightness: _Brightness, *, learn: bool) -> bool:
        """Whether a lamp was switched. The scene is learned anew; the noise of the camera is still known."""
        before, level = self._level, brightness.median
        if learn:
            self._level = level
        return abs(level - before) > max(STEP_LEAST, STEP * before)

    def _likeness(self, picture: _Plane, changed: npt.NDArray[np.bool_]) -> float:
        """How alike the texture of what changed is to what was there: a lamp keeps it, a thing covers it."""
        part = changed[:, 1:]
        now, before = np.diff(picture, axis=1)[part], np.diff(self._mean, axis=1)[part]
        return float((now @ before) / (np.sqrt((now @ now) * (before @ before)) + 1e-6))

    def _take_its_light(self, picture: _Plane, brightness: _Brightness) -> None:
        """Bring the picture to the background's brightness and contrast, so that a cloud changes nothing."""
        thin = self._mean[::THIN, ::THIN].ravel()
        mine, its = _median(thin.copy()), brightness.median
        spread, known = brightness.spread(), _median(np.abs(thin - np.float32(mine)))
        gain = min(max(known / spread, 0.5), 2.0) if spread > 1 else 1.0
        picture -= np.float32(its)
        picture *= np.float32(gain)
        picture += np.float32(mine)

    def _follow(self, picture: _Plane, changed: npt.NDArray[np.bool_]) -> None:
        """`picture` is of no use any more then."""
        rate = self._room
        rate.fill(LEARN)
        np.putmask(rate, changed, LEARN_CHANGED)
        picture -= self._mean
        picture *= rate
        self._mean += picture
        np.putmask(rate, changed, LEARN_RESTLESS)
        np.subtract(self._difference, self._deviation, out=picture)
        picture *= rate
        self._deviation += picture

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


class _Brightness:
    """How bright the pixels of a picture are: of bytes, counted faster than sorted."""

    def __init__(self, thin: Luma) -> None:
        self._counts = np.bincount(thin.ravel(), minlength=256)
        self.median = self._middle(np.arange(256, dtype=np.float32), self._counts)

    def spread(self) -> float:
        """The median of how far they are from the median."""
        far = np.abs(np.arange(256, dtype=np.float32) - np.float32(self.median))
        order = np.argsort(far, kind="stable")
        return self._middle(far[order], self._counts[order])

    def _middle(self, values: _Plane, counts: npt.NDArray[np.intp]) -> float:
        below = np.cumsum(counts)
        half = int(below[-1]) // 2
        low, high = np.searchsorted(below, (half - 1 + int(below[-1]) % 2, half), side="right")
        return float(values[low] + values[high]) / 2


def _median(plane: _Plane) -> float:
    """Of one row of pixels, whose order is lost."""
    half = plane.size // 2
    plane.partition((half - 1 + plane.size % 2, half))
    return float(plane[half - 1 + plane.size % 2] + plane[half]) / 2
