"""A word for what an event shows: a person, a vehicle or an animal. Never who, never which one.

Others tell it, who saw it anyway (Frigate, ONVIF cameras); where an owner switched it on, the hub looks by itself.
Of faces and number plates nothing is listened to and nothing is kept.
"""

from __future__ import annotations

from dataclasses import dataclass

PERSON, VEHICLE, ANIMAL = "person", "vehicle", "animal"
LABELS = (PERSON, VEHICLE, ANIMAL)
"""The one that an event with several is called first."""
Box = tuple[float, float, float, float]

# As Frigate's models and COCO name them.
_NAMES = {
    PERSON: ("person",),
    VEHICLE: ("car", "truck", "bus", "motorcycle", "motorbike", "bicycle", "vehicle"),
    ANIMAL: (
        *("animal", "bird", "cat", "dog", "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe"),
        *("deer", "fox", "goat", "rabbit", "raccoon", "skunk", "squirrel"),
    ),
}
_LABEL_OF = {name: label for label, names in _NAMES.items() for name in names}


def label_of(name: object) -> str:
    """What the hub calls one of those; empty for everything else: a face, a plate, a parcel."""
    return _LABEL_OF.get(name, "") if isinstance(name, str) else ""


def foremost(*labels: str) -> str:
    """The one of LABELS that an event is called in which all of these were seen; empty where there is none."""
    return min((label for label in labels if label in LABELS), key=LABELS.index, default="")


@dataclass(frozen=True)
class Found:
    """A thing in a picture. `box` is left, top, right, bottom in shares of it; `sure` from 0 to 1."""

    label: str
    sure: float
    box: Box
