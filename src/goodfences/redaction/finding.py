"""Looks through a part of a clip for faces and whole people to suggest, in the jailed process. Knows no Django.

Every so often a picture is searched; in between, what was found is followed. One thing that is seen again and
again is one suggestion, from a little before it was first found to a little after it was last seen.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import av
import cv2
import numpy as np
from av.video.frame import VideoFrame

from goodfences.clips import cutting
from goodfences.clips.cutting import CutError
from goodfences.clips.jail import Unfit
from goodfences.clips.upright import Plane
from goodfences.redaction import detecting, tracking
from goodfences.redaction.detecting import Faces, Found, Picture, overlap
from goodfences.redaction.film import small
from goodfences.redaction.marks import SMALLEST, WHOLE, Anchor, Kind, Mark
from goodfences.redaction.painting import Box
from goodfences.redaction.tracking import Follower

LOOK_EVERY_MS = 500
STEP_MS = 50
"""What was found is followed in no more pictures than that: twenty a second."""

PEOPLE_EVERY = 2
"""Whole people are looked for in every second of the pictures that are searched."""

BEFORE_MS, AFTER_MS = 1_000, 1_000
GONE_MS = 1_600
AGAIN_MS = 2_500
"""What appears where something was lost so long ago at most is taken for the same thing."""

MOST = 40
_BEGINS = {Kind.FACE: 0.5, Kind.PERSON: 0.4}
_ONCE_IS_ENOUGH = 0.7
_SAME_PLACE = {Kind.FACE: 0.15, Kind.PERSON: 0.35}
"""How much of two boxes is in both: people stand beside each other more than faces do."""
_WIDER = {Kind.FACE: 0.14, Kind.PERSON: 0.04}
_STILL_SIDE = 160


@dataclass
class _Seen:
    """One thing on its way through the pictures."""

    kind: Kind
    follower: Follower
    places: list[tuple[int, Box]]
    found_ms: int
    times: int = 1
    sure: float = 0.0
    best_ms: int = 0
    still: bytes = b""

    @property
    def box(self) -> Box:
        return self.follower.box


@dataclass
class _Search:
    """The search through one part of a clip."""

    ends_ms: int
    faces: Faces | None = None
    open: list[_Seen] = field(default_factory=list)
    ended: list[_Seen] = field(default_factory=list)
    looked: int = 0
    next_ms: int = 0
    stepped_ms: int = -STEP_MS

    def see(self, at_ms: int, frame: VideoFrame) -> None:
        if at_ms < min(self.next_ms, self.stepped_ms + STEP_MS):
            return
        self.stepped_ms = at_ms
        gray = small(frame)
        for seen in self.open:
            seen.follower.step(gray)
        if at_ms < self.next_ms:
            return
        self.next_ms = at_ms + LOOK_EVERY_MS
        picture = _picture(frame)
        self._take(at_ms, gray, picture, self._found(picture))
        for seen in [seen for seen in self.open if at_ms - seen.found_ms > GONE_MS]:
            self.open.remove(seen)
            self.ended.append(seen)

    def _found(self, picture: Picture) -> list[Found]:
        height, width = picture.shape[:2]
        self.faces = self.faces or Faces(width, height)
        found = self.faces(picture)
        if self.looked % PEOPLE_EVERY == 0:
            found += detecting.people(picture)
        self.looked += 1
        return found

    def _take(self, at_ms: int, gray: Plane, picture: Picture, found: list[Found]) -> None:
        pairs = [
            (overlap(seen.box, one.box), s, f) for s, seen in enumerate(self.open) for f, one in enumerate(found)
        ]
        taken: set[int] = set()
        met: set[int] = set()
        for same, s, f in sorted(pairs, reverse=True):
            if same < _SAME_PLACE[found[f].kind] or s in met or f in taken or self.open[s].kind is not found[f].kind:
                continue
            met.add(s)
            taken.add(f)
            self._again(self.open[s], at_ms, gray, picture, found[f])
        for s, seen in enumerate(self.open):
            if s not in met and not seen.follower.lost:
                seen.places.append((at_ms, seen.box))
        for f, one in enumerate(found):
            if f not in taken and one.sure >= _BEGINS[one.kind]:
                self._new(at_ms, gray, picture, one)

    def _again(self, seen: _Seen, at_ms: int, gray: Plane, picture: Picture, one: Found) -> None:
        seen.follower = Follower(gray, one.box)
        seen.places.append((at_ms, one.box))
        seen.found_ms, seen.times = at_ms, seen.times + 1
        if one.sure > seen.sure:
            seen.sure, seen.best_ms, seen.still = one.sure, at_ms, _still(picture, one.box)

    def _new(self, at_ms: int, gray: Plane, picture: Picture, one: Found) -> None:
        for old in reversed(self.ended):
            near = at_ms - old.places[-1][0] <= AGAIN_MS and _close(old.places[-1][1], one.box)
            if old.kind is one.kind and near:
                self.ended.remove(old)
                self.open.append(old)
                self._again(old, at_ms, gray, picture, one)
                return
        still = _still(picture, one.box)
        places = [(at_ms, one.box)]
        self.open.append(_Seen(one.kind, Follower(gray, one.box), places, at_ms, 1, one.sure, at_ms, still))

    def suggestions(self) -> list[_Seen]:
        """What is worth a person's look, the surest first: seen twice, or once and clearly."""
        everything = [*self.ended, *self.open]
        worth = [seen for seen in everything if seen.times > 1 or seen.sure >= _ONCE_IS_ENOUGH]
        return sorted(worth, key=lambda seen: (-seen.times * seen.sure, seen.places[0][0]))[:MOST]


def find(data: bytes, starts_ms: int, ends_ms: int) -> tuple[list[dict[str, Any]], list[bytes]]:
    """What could be covered: each a mark as data with `at_ms` and `sure`, and a still (JPEG). Raises CutError."""
    search = _Search(ends_ms)
    try:
        for at_ms, frame in cutting.frames_of(data, starts_ms, ends_ms):
            search.see(at_ms, frame)
    except (av.FFmpegError, ValueError) as error:
        raise CutError(f"The video couldn't be read as planned ({type(error).__name__}).") from error
    worth = search.suggestions()
    told = [
        {"mark": _mark(seen, starts_ms, ends_ms).as_data(), "at_ms": seen.best_ms, "sure": round(seen.sure, 3)}
        for seen in worth
    ]
    return told, [seen.still for seen in worth]


def find_in_jail(header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """`find` as an operation of the sandbox. `header`: `starts_ms` and `ends_ms`."""
    try:
        told, stills = find(payload, header["starts_ms"], header["ends_ms"])
    except CutError as error:
        raise Unfit(str(error)) from error
    return {"found": told}, stills


def warm_up() -> None:
    cv2.setNumThreads(1)
    detecting.warm_up()
    tracking.warm_up()
    cutting.warm_up()
    search = _Search(1000)
    pattern = np.random.default_rng(0).integers(0, 255, (192, 256, 3)).astype(np.uint8)
    gray = cv2.cvtColor(pattern, cv2.COLOR_BGR2GRAY).astype(np.uint8)
    search._take(0, gray, pattern, [Found(Kind.FACE, (0.2, 0.2, 0.5, 0.5), 0.9)])
    search._take(400, gray, pattern, [Found(Kind.FACE, (0.2, 0.2, 0.5, 0.5), 0.95)])
    _mark(search.suggestions()[0], 0, 1000)
    find(cutting.gray_clip(), 0, 1000)


def _mark(seen: _Seen, starts_ms: int, ends_ms: int) -> Mark:
    first, last = seen.places[0][0], seen.places[-1][0]
    anchors = tuple(_anchor(at, box, _WIDER[seen.kind]) for at, box in seen.places)
    return Mark(seen.kind, max(starts_ms, first - BEFORE_MS), min(ends_ms, last + 1 + AFTER_MS), anchors)


def _anchor(at_ms: int, box: Box, wider: float) -> Anchor:
    across, down = (box[2] - box[0]) * wider, (box[3] - box[1]) * wider
    left, right = (_inside(side) for side in (box[0] - across, box[2] + across))
    top, bottom = (_inside(side) for side in (box[1] - down, box[3] + down))
    left, top = min(left, WHOLE - SMALLEST), min(top, WHOLE - SMALLEST)
    return Anchor(at_ms, left, top, max(SMALLEST, right - left), max(SMALLEST, bottom - top))


def _inside(side: float) -> int:
    return min(max(round(side * WHOLE), 0), WHOLE)


def _close(one: Box, other: Box) -> bool:
    """Whether the middle of each is at most a box away from the other's."""
    across = abs((one[0] + one[2]) - (other[0] + other[2])) / 2
    down = abs((one[1] + one[3]) - (other[1] + other[3])) / 2
    wide, high = max(one[2] - one[0], other[2] - other[0]), max(one[3] - one[1], other[3] - other[1])
    return across <= 1.5 * wide and down <= 1.5 * high


def _picture(frame: VideoFrame) -> Picture:
    """Blue, green and red, no larger than what is searched."""
    factor = min(1.0, detecting.LONGEST / max(frame.width, frame.height))
    size = {"width": round(frame.width * factor), "height": round(frame.height * factor)}
    return frame.reformat(format="bgr24", **size).to_ndarray().astype(np.uint8, copy=False)


def _still(picture: Picture, box: Box) -> bytes:
    height, width = picture.shape[:2]
    left, top, right, bottom = box[0] * width, box[1] * height, box[2] * width, box[3] * height
    side = 0.8 * max(right - left, bottom - top)
    x, y = (left + right) / 2, (top + bottom) / 2
    part = picture[max(0, int(y - side)) : int(y + side) + 1, max(0, int(x - side)) : int(x + side) + 1]
    factor = _STILL_SIDE / max(part.shape[:2])
    shown = cv2.resize(part, (max(1, round(part.shape[1] * factor)), max(1, round(part.shape[0] * factor))))
    return cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes()
