"""Follows what a box covers from picture to picture.

Points on a grid in the box are looked for in the next picture by optical flow and back again; those that come back to
where they started move and scale the box (median flow: Kalal, Mikolajczyk, Matas, ICPR 2010). Where too few do, the
thing is looked for by its looks around where it was. Where that fails too it is lost, and the box stays and grows:
what is lost stays covered.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from goodfences.clips.upright import Plane
from goodfences.redaction.film import Film
from goodfences.redaction.marks import WHOLE, Anchor, Kind, Mark
from goodfences.redaction.painting import Box

MARGIN = 0.10
"""How much of its width and height a followed box is larger on every side than what it follows."""

NEAR_MS = 700
"""Anchors that are nearer to each other than this need no following between them."""

_GRID = 9
_FEWEST = 8
_BACK_AT_MOST = 1.5
_LOOKS_LIKE, _LOOKS_SURELY = 0.55, 0.7
_GROWS, _GROWS_TO = 1.03, 1.6
_FLOW = {"winSize": (13, 13), "maxLevel": 3, "criteria": (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 15, 0.03)}


@dataclass(frozen=True)
class Followed:
    """Where a mark's box is in each picture of a film, and when what it covers was lost."""

    boxes: dict[int, Box]
    lost_ms: int | None


class Follower:
    """One box in one film, from picture to picture. Boxes are parts of the picture, 0 to 1."""

    def __init__(self, picture: Plane, box: Box) -> None:
        self.lost = False
        self._picture = picture
        self._rect = _pixels(box, picture)
        self._looks = _patch(picture, self._rect)
        self._grown = 1.0

    @property
    def box(self) -> Box:
        height, width = self._picture.shape
        x, y, w, h = self._rect
        out_x, out_y = w * (self._grown - 1) / 2, h * (self._grown - 1) / 2
        return (x - out_x) / width, (y - out_y) / height, (x + w + out_x) / width, (y + h + out_y) / height

    def step(self, picture: Plane) -> None:
        """Follow it into the next picture."""
        moved = None if self.lost else _flown(self._picture, picture, self._rect)
        if moved is not None and _likeness(picture, moved, self._looks) < _LOOKS_LIKE / 2:
            moved = None
        if moved is None:
            moved = self._seen_again(picture)
        self._picture = picture
        if moved is None:
            self.lost, self._grown = True, min(_GROWS_TO, self._grown * _GROWS)
            return
        self.lost, self._grown, self._rect = False, 1.0, moved
        if _likeness(picture, moved, self._looks) > _LOOKS_SURELY and (patch := _patch(picture, moved)) is not None:
            self._looks = patch

    def _seen_again(self, picture: Plane) -> tuple[float, float, float, float] | None:
        """Where around its last place something looks like it."""
        if self._looks is None:
            return None
        x, y, w, h = self._rect
        reach = (1.0 if self.lost else 0.5) * max(w, h)
        x0, y0 = max(0, int(x - reach)), max(0, int(y - reach))
        around = picture[y0 : int(y + h + reach) + 1, x0 : int(x + w + reach) + 1]
        looks = cv2.resize(self._looks, (max(4, round(w)), max(4, round(h))))
        if around.shape[0] < looks.shape[0] or around.shape[1] < looks.shape[1]:
            return None
        _, best, _, (dx, dy) = cv2.minMaxLoc(cv2.matchTemplate(around, looks, cv2.TM_CCOEFF_NORMED))
        if best < (_LOOKS_SURELY if self.lost else _LOOKS_LIKE):
            return None
        return float(x0 + dx), float(y0 + dy), w, h


def follow(film: Film, mark: Mark) -> Followed:
    """Where the mark's box is while it lasts: followed from each anchor both ways, halfway to the next and beyond.

    Between two anchors the box covers both what was followed forward from the one and backward from the other.
    """
    first, last = film.number_at(mark.starts_ms), film.number_at(mark.ends_ms - 1)
    numbers = [film.number_at(anchor.at_ms) for anchor in mark.anchors]
    boxes: dict[int, Box] = {}
    lost: list[int] = []
    for number, anchor in zip(numbers, mark.anchors, strict=True):
        _widen(boxes, number, _box(anchor))
    if mark.still:
        return Followed(_standing(mark, numbers, first, last), None)
    for (a, from_), (b, to) in zip(
        zip(numbers, mark.anchors, strict=True), list(zip(numbers, mark.anchors, strict=True))[1:], strict=False
    ):
        for number, box in _between(film, a, from_, b, to, lost):
            _widen(boxes, number, box)
    for number, box, gone in _run(film, numbers[0], first, mark.anchors[0]):
        _widen(boxes, number, box)
        if gone:
            lost.append(film.moments[number])
    for number, box, gone in _run(film, numbers[-1], last, mark.anchors[-1]):
        _widen(boxes, number, box)
        if gone:
            lost.append(film.moments[number])
    return Followed({number: _with_margin(box) for number, box in boxes.items()}, min(lost, default=None))


def needed(mark: Mark) -> list[tuple[int, int]]:
    """From when to when, its end exclusive, pictures are needed to follow it: not between anchors that are near."""
    if mark.still:
        return []
    moments = [anchor.at_ms for anchor in mark.anchors]
    gaps = [(a, b + 1) for a, b in pairwise(moments) if b - a > NEAR_MS]
    return [(mark.starts_ms, moments[0] + 1), *gaps, (moments[-1], mark.ends_ms)]


def warm_up() -> None:
    """Follow a box over something with a pattern, and lose it."""
    pattern = np.random.default_rng(0).integers(0, 255, (90, 160)).astype(np.uint8)
    film = Film([0, 100, 200, 300])
    for number in range(3):
        film.add(number * 100, np.roll(pattern, number, axis=1))
    film.add(300, np.zeros_like(pattern))
    follow(film, Mark(Kind.DRAWN, 0, 400, (Anchor(0, 2000, 2000, 4000, 4000),)))


def _between(film: Film, a: int, from_: Anchor, b: int, to: Anchor, lost: list[int]) -> Iterator[tuple[int, Box]]:
    if to.at_ms - from_.at_ms <= NEAR_MS:
        for number in range(a + 1, b):
            part = (number - a) / (b - a)
            yield number, _mixed(_box(from_), _box(to), part)
        return
    forward = {number: (box, gone) for number, box, gone in _run(film, a, b - 1, from_)}
    backward = {number: (box, gone) for number, box, gone in _run(film, b, a + 1, to)}
    for number in range(a + 1, b):
        (one, one_gone), (other, other_gone) = forward[number], backward[number]
        if not one_gone or other_gone:
            yield number, one
        if not other_gone or one_gone:
            yield number, other
        if one_gone and other_gone:
            yield number, _mixed(_box(from_), _box(to), (number - a) / (b - a))
            lost.append(film.moments[number])


def _run(film: Film, start: int, stop: int, anchor: Anchor) -> Iterator[tuple[int, Box, bool]]:
    """From picture `start`, where the anchor is, to `stop`, either way; the start itself left out."""
    if start == stop:
        return
    seen = film.picture(start)
    follower = None if seen is None else Follower(seen, _box(anchor))
    way = 1 if stop > start else -1
    for number in range(start + way, stop + way, way):
        picture = film.picture(number)
        if picture is not None and follower is not None:
            follower.step(picture)
        elif picture is not None:  # the anchor's own picture can't be decoded
            follower = Follower(picture, _box(anchor))
        yield number, follower.box if follower else _box(anchor), follower is None or follower.lost


def _standing(mark: Mark, numbers: list[int], first: int, last: int) -> dict[int, Box]:
    """A box that isn't followed stands at its last anchor's place until the next one."""
    boxes = {}
    for number in range(first, last + 1):
        passed = [anchor for at, anchor in zip(numbers, mark.anchors, strict=True) if at <= number]
        boxes[number] = _box(passed[-1] if passed else mark.anchors[0])
    return boxes


def _flown(
    before: Plane, after: Plane, rect: tuple[float, float, float, float]
) -> tuple[float, float, float, float] | None:
    """Where the rectangle went, by optical flow; None where too few points can be trusted."""
    x, y, w, h = rect
    across, down = np.meshgrid(np.linspace(0.1, 0.9, _GRID), np.linspace(0.1, 0.9, _GRID))
    points = np.stack([x + across.ravel() * w, y + down.ravel() * h], axis=1).astype(np.float32)[:, None]
    there, found, _ = cv2.calcOpticalFlowPyrLK(before, after, points, None, **_FLOW)  # type: ignore[call-overload]
    back, came, _ = cv2.calcOpticalFlowPyrLK(after, before, there, None, **_FLOW)  # type: ignore[call-overload]
    off = np.linalg.norm(points - back, axis=2).ravel()
    good = (found.ravel() == 1) & (came.ravel() == 1) & (off < _BACK_AT_MOST)
    if good.sum() < _FEWEST:
        return None
    good &= off <= np.median(off[good])
    old, new = points[good, 0], there[good, 0]
    if len(old) < _FEWEST // 2:
        return None
    dx, dy = np.median(new - old, axis=0)
    apart_old = np.linalg.norm(old[:, None] - old[None], axis=2)
    apart_new = np.linalg.norm(new[:, None] - new[None], axis=2)
    far = apart_old > max(2.0, 0.2 * min(w, h))
    scale = float(np.clip(np.median(apart_new[far] / apart_old[far]), 0.95, 1.05)) if far.any() else 1.0
    wide, high = max(4.0, w * scale), max(4.0, h * scale)
    moved = float(x + dx + (w - wide) / 2), float(y + dy + (h - high) / 2), wide, high
    height, width = after.shape
    # Out of the picture with its middle: it left, and what comes next in that corner isn't it.
    if not (0 <= moved[0] + wide / 2 <= width and 0 <= moved[1] + high / 2 <= height):
        return None
    return moved


def _patch(picture: Plane, rect: tuple[float, float, float, float]) -> Plane | None:
    x, y, w, h = rect
    height, width = picture.shape
    found = picture[max(0, round(y)) : min(height, round(y + h)), max(0, round(x)) : min(width, round(x + w))]
    return found.copy() if min(found.shape) >= 4 else None


def _likeness(picture: Plane, rect: tuple[float, float, float, float], looks: Plane | None) -> float:
    """From -1 to 1, how much what is in the rectangle looks like `looks`; 1 where nothing can be said."""
    patch = _patch(picture, rect)
    if patch is None or looks is None:
        return 1.0
    same = cv2.resize(patch, (looks.shape[1], looks.shape[0]))
    return float(cv2.matchTemplate(same, looks, cv2.TM_CCOEFF_NORMED)[0, 0])


def _box(anchor: Anchor) -> Box:
    left, top = anchor.left / WHOLE, anchor.top / WHOLE
    return left, top, left + anchor.width / WHOLE, top + anchor.height / WHOLE


def _pixels(box: Box, picture: Plane) -> tuple[float, float, float, float]:
    height, width = picture.shape
    left, top, right, bottom = box
    return left * width, top * height, (right - left) * width, (bottom - top) * height


def _mixed(one: Box, other: Box, part: float) -> Box:
    a, b, c, d = ((1 - part) * first + part * second for first, second in zip(one, other, strict=True))
    return a, b, c, d


def _widen(boxes: dict[int, Box], number: int, box: Box) -> None:
    """So that the box of a picture covers this one too."""
    had = boxes.get(number, box)
    boxes[number] = min(had[0], box[0]), min(had[1], box[1]), max(had[2], box[2]), max(had[3], box[3])


def _with_margin(box: Box) -> Box:
    left, top, right, bottom = box
    across, down = (right - left) * MARGIN, (bottom - top) * MARGIN
    return left - across, top - down, right + across, bottom + down
