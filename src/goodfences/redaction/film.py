"""A clip's frames as small gray pictures, for what follows and finds: a minute of them in a few dozen megabytes."""

from __future__ import annotations

from bisect import bisect_left

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
    """Pictures in the order in which they are shown, each with its milliseconds of the clip. Kept compressed."""

    def __init__(self) -> None:
        self.moments: list[int] = []
        self._kept: list[Plane] = []

    def add(self, at_ms: int, picture: Plane) -> None:
        _, coded = cv2.imencode(".jpg", picture, _QUALITY)
        self.moments.append(at_ms)
        self._kept.append(coded)

    def __len__(self) -> int:
        return len(self._kept)

    def picture(self, number: int) -> Plane:
        found: Plane = cv2.imdecode(self._kept[number], cv2.IMREAD_GRAYSCALE)  # type: ignore[assignment]
        return found

    def number_at(self, at_ms: int) -> int:
        """The picture that is shown at a moment: the last one that isn't later, or the first of all."""
        found = bisect_left(self.moments, at_ms + 1) - 1
        return max(0, found)
