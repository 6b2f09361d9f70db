"""What is to be covered, as data: boxes that a person drew or confirmed, and areas that are always covered.

Places in a picture are whole ten-thousandths of its width and height, as a player shows it, from its top left
corner; times are milliseconds after the clip's first shown frame. Whole numbers, so that the same plan is the same
bytes everywhere. Knows no Django: the process that decodes video reads these too.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from typing import Any

from goodfences.clips.sandbox import Payload

_LENGTH = struct.Struct(">I")

WHOLE = 10_000
SMALLEST = 40
"""A box is at least so wide and high: 8 pixels of a picture 1,920 wide."""


class Kind(StrEnum):
    """Who found it. What was found by the program was confirmed by a person before it became a mark."""

    DRAWN = "drawn"
    FACE = "face"
    PERSON = "person"


class Malformed(ValueError):
    """It isn't a mark or an area; which of its fields is wrong."""


@dataclass(frozen=True)
class Anchor:
    """Where what is covered was at one moment, as a person drew it or a person confirmed it."""

    at_ms: int
    left: int
    top: int
    width: int
    height: int

    def as_data(self) -> list[int]:
        return [self.at_ms, self.left, self.top, self.width, self.height]


@dataclass(frozen=True)
class Mark:
    """One thing that is covered from `starts_ms` until `ends_ms` (exclusive); between its anchors it is followed.

    `still` ones aren't followed: they stay where they were drawn.
    """

    kind: Kind
    starts_ms: int
    ends_ms: int
    anchors: tuple[Anchor, ...]
    still: bool = False

    def as_data(self) -> dict[str, Any]:
        return {
            "kind": self.kind.value,
            "starts_ms": self.starts_ms,
            "ends_ms": self.ends_ms,
            "still": self.still,
            "anchors": [anchor.as_data() for anchor in self.anchors],
        }


@dataclass(frozen=True)
class Area:
    """A polygon that is covered in every frame: a privacy zone of the camera."""

    points: tuple[tuple[int, int], ...]

    def as_data(self) -> list[list[int]]:
        return [list(point) for point in self.points]


def before(covered: Sequence[Mark], areas: Sequence[Area], video: Payload) -> Payload:
    """What is covered, and then the video, on their way into the sandbox: its header has no room for many anchors."""
    told = {"marks": [mark.as_data() for mark in covered], "areas": [area.as_data() for area in areas]}
    text = json.dumps(told).encode()
    head = _LENGTH.pack(len(text)) + text
    return Payload(len(head) + video.size, chain([head], video.pieces))


def apart(payload: bytes) -> tuple[list[Mark], list[Area], bytes]:
    """What `before` put together. Raises Malformed."""
    (length,) = _LENGTH.unpack_from(payload)
    video_at = _LENGTH.size + length
    told = json.loads(payload[_LENGTH.size : video_at])
    return [mark(one) for one in told["marks"]], [area(one) for one in told["areas"]], payload[video_at:]


def mark(data: Any) -> Mark:
    """The mark that `as_data` wrote. Raises Malformed."""
    if not isinstance(data, Mapping):
        raise Malformed("mark")
    try:
        kind = Kind(data.get("kind", ""))
    except ValueError as error:
        raise Malformed("kind") from error
    starts, ends = _whole(data.get("starts_ms"), "starts_ms"), _whole(data.get("ends_ms"), "ends_ms")
    if not 0 <= starts < ends:
        raise Malformed("ends_ms")
    given = _listed(data.get("anchors"), "anchors")
    anchors = tuple(sorted((_anchor(one) for one in given), key=lambda anchor: anchor.at_ms))
    moments = {anchor.at_ms for anchor in anchors}
    if not anchors or len(moments) < len(anchors) or not all(starts <= at < ends for at in moments):
        raise Malformed("anchors")
    return Mark(kind, starts, ends, anchors, data.get("still") is True)


def area(data: Any) -> Area:
    """The area that `as_data` wrote. Raises Malformed."""
    points = tuple(_point(one) for one in _listed(data, "points"))
    if len(set(points)) < 3:
        raise Malformed("points")
    return Area(points)


def _anchor(data: Any) -> Anchor:
    numbers = [_whole(number, "anchors") for number in _listed(data, "anchors")]
    if len(numbers) != 5:
        raise Malformed("anchors")
    at, left, top, width, height = numbers
    inside = left >= 0 and top >= 0 and left + width <= WHOLE and top + height <= WHOLE
    if at < 0 or not inside or min(width, height) < SMALLEST:
        raise Malformed("anchors")
    return Anchor(at, left, top, width, height)


def _point(data: Any) -> tuple[int, int]:
    numbers = [_whole(number, "points") for number in _listed(data, "points")]
    if len(numbers) != 2 or not all(0 <= number <= WHOLE for number in numbers):
        raise Malformed("points")
    return numbers[0], numbers[1]


def _whole(value: Any, field: str) -> int:
    if type(value) is not int or not -(2**31) < value < 2**31:
        raise Malformed(field)
    return value


def _listed(value: Any, field: str) -> Sequence[Any]:
    if not isinstance(value, list | tuple):
        raise Malformed(field)
    return value
