"""Destroys what is covered: its pixels are replaced with one gray before anything is encoded.

Nothing of a covered pixel takes part in what replaces it, no average and no edge, so there is nothing to undo: two
clips that differ only in what is covered give the same file, byte for byte. A mosaic or a blur keeps averages, from
which moving faces were recognized again and numbers read.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from av.video.frame import VideoFrame

from goodfences.clips.upright import Plane, planes_of
from goodfences.redaction.marks import WHOLE, Area

Box = tuple[float, float, float, float]
"""Left, top, right and bottom as parts of the picture, 0 to 1; may reach out of it."""

_GRAY = (96, 128, 128)


def mask_of(areas: Sequence[Area], width: int, height: int) -> Plane | None:
    """Which blocks of 2 by 2 pixels the areas touch, as 255 in a picture of half the size; None without areas."""
    if not areas:
        return None
    half = np.zeros(((height + 1) // 2, (width + 1) // 2), np.uint8)
    for area in areas:
        points = np.array(area.points, np.float64) * (half.shape[1], half.shape[0]) / WHOLE
        cv2.fillPoly(half, [np.round(points).astype(np.int32)], 255)
    # One block more on every side: an outline that cuts through a block covers it.
    return cv2.dilate(half, np.ones((3, 3), np.uint8)).astype(np.uint8)


def cover(frame: VideoFrame, boxes: Sequence[Box], mask: Plane | None) -> VideoFrame:
    """The frame itself, with the boxes and the blocks of `mask` in gray. It is yuv420p or yuvj420p."""
    # The decoder may need its own to make the next frame of.
    frame.make_writable()
    planes = planes_of(frame, copy=False)
    half_height, half_width = planes[1].shape
    for left, top, right, bottom in boxes:
        # Outward to whole blocks of 2 by 2 pixels, which share their color.
        x0, x1 = max(0, int(np.floor(left * half_width))), min(half_width, int(np.ceil(right * half_width)))
        y0, y1 = max(0, int(np.floor(top * half_height))), min(half_height, int(np.ceil(bottom * half_height)))
        if x0 >= x1 or y0 >= y1:
            continue
        planes[0][2 * y0 : 2 * y1, 2 * x0 : 2 * x1] = _GRAY[0]
        for number in (1, 2):
            planes[number][y0:y1, x0:x1] = _GRAY[number]
    if mask is not None:
        covered = mask > 0
        for number in (1, 2):
            planes[number][covered] = _GRAY[number]
        full = np.repeat(np.repeat(covered, 2, axis=0), 2, axis=1)
        planes[0][full[: planes[0].shape[0], : planes[0].shape[1]]] = _GRAY[0]
    return frame
