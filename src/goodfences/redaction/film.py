"""A clip's frames as small gray pictures, for what follows and finds: a minute of them in a few dozen megabytes."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

import cv2
import numpy as np
from av.video.frame import VideoFrame

from goodfences.clips.upright import Plane

WIDEST = 640
_QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 90]


def small(frame: VideoFrame, widest: int = WIDEST) -> Plane:
    """The frame's brightness, at most `widest` pixels a side."""
    plane = frame.planes[0]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[: plane.height, : plane.width]
    factor = min(1.0, widest / max(plane.width, plane.height))
    if factor == 1.0:
        return rows.copy()
    size = (max(16, round(plane.width * factor)), max(16, round(plane.height * factor)))
    shrunk: Plane = cv2.resize(rows, size, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    return shrunk


class Film:
    """When each picture is shown, in milliseconds of the clip and in order, and those pictures that were added.

    They are kept compressed.
    """

    def __init__(self, moments: Sequence[int]) -> None:
        self.moments = list(moments)
        self._kept: dict[int, Plane] = {}

    def add(self, at_ms: int, picture: Plane) -> None:
        _, coded = cv2.imencode(".jpg", picture, _QUALITY)
        self._kept[at_ms] = coded

    def __len__(self) -> int:
        return len(self.moments)

    def picture(self, number: int) -> Plane | None:
        """None for one that wasn't added, because nothing is followed there or because it can't be decoded."""
        coded = self._kept.get(self.moments[number])
        return None if coded is None else cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE)  # type: ignore[return-value]

    def number_at(self, at_ms: int) -> int:
        """The picture that is shown at a moment: the last one that isn't later, or the first of all."""
        found = bisect_left(self.moments, at_ms + 1) - 1
        return max(0, found)
