"""Outlines in a camera's picture: which of its pixels lie inside."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from goodfences_hub.settings import Outline

Pixels = npt.NDArray[np.bool_]


def inside(outlines: Iterable[Outline], width: int, height: int) -> Pixels:
    """The pixels of a picture, (height, width), whose middle lies in one of the outlines (by the even-odd rule)."""
    across = (np.arange(width) + 0.5) / width
    down = ((np.arange(height) + 0.5) / height)[:, None]
    found = np.zeros((height, width), bool)
    for outline in outlines:
        odd = np.zeros((height, width), bool)
        for (x1, y1), (x2, y2) in zip(outline, (*outline[1:], outline[0]), strict=True):
            if y1 != y2:
                odd ^= ((y1 > down) != (y2 > down)) & (across < x1 + (down - y1) / (y2 - y1) * (x2 - x1))
        found |= odd
    return found
