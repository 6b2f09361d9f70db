"""Chooses which parts of which pictures of an event are looked at: where most of it changed, and few of them.

Key frames come first, for they are decoded by themselves. Where they show nothing, so who hurried by between two,
pictures of two groups are asked. Works segment by segment: a long event needs no more memory than a short one.
"""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import av
import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation

from goodfences_hub.labels import Box, Found
from goodfences_hub.labels.changes import Blob, Luma, Pixels, Scene, blobs, cells, rarity, share
from goodfences_hub.labels.detector import SIDE, Picture
from goodfences_hub.outlines import inside
from goodfences_hub.recording.segments import SegmentStore
from goodfences_hub.settings import CameraSettings
from goodfences_hub.watching.watch import LARGEST_PIXELS, SIZE, WHOLE_PIXELS

PICTURES_MOST = 3
"""Of key frames, and once more of those between, that are looked at in an event."""
PARTS_MOST = 2
"""Of one picture."""
KEYS_MOST = 64
"""Key frames whose small pictures are in memory; of a longer event every second one, or fourth."""
DECODED_MOST = 512
"""Key frames that are decoded at all: an honest camera has one in a second or two, and an event lasts minutes."""
BETWEEN_S = 0.35
"""Seconds between two of the others."""
AROUND = 1.7
"""How much larger than what changed a part is, so that a thing is seen whole."""
WIDEST = 1920
PROBE = {"probesize": "5000", "analyzeduration": "1"}
"""A segment says at its begin what it holds: decoding some of it to find out takes as long as all the rest."""


@dataclass(frozen=True)
class Part:
    """A part of a picture that is looked at."""

    picture: Picture
    box: Box
    """Where it lies in the whole picture."""
    changed: Pixels
    """Of the whole picture, which pixels of it changed, at SIZE."""

    def moved(self, found: Found) -> float:
        """How much of a thing that was found in it changed, from 0 to 1."""
        left, top, right, bottom = self.box
        wide, high = right - left, bottom - top
        x, y, last_x, last_y = found.box
        return share(self.changed, (left + x * wide, top + y * high, left + last_x * wide, top + last_y * high))


@dataclass(frozen=True)
class _Moment:
    """A picture of a recording: in which segment, and its time there."""

    segment: int
    pts: int
    at: float
    """Seconds since 1970."""
    luma: Luma


class Looks:
    """At one event."""

    def __init__(
        self, store: SegmentStore, event: sqlite3.Row, segments: Sequence[sqlite3.Row], camera: CameraSettings
    ) -> None:
        """`segments` are those of `event`, in order."""
        self._store = store
        self._segments = segments
        self._starts_at, self._ends_at = event["starts_at"], event["ends_at"]
        self._began = event["starts_at"] + camera.before_s
        self._masks = camera.masks
        watched = inside(camera.zones, *SIZE) if camera.zones else np.ones((SIZE[1], SIZE[0]), bool)
        self._watched = watched & ~inside(camera.masks, *SIZE)

    def keys(self) -> Iterator[Part]:
        """What is to be looked at of key frames, the most promising first. Raises FFmpegError and ValueError."""
        for at in sorted(range(len(self._keys)), key=lambda each: -self._says[each])[:PICTURES_MOST]:
            key = self._keys[at]
            frame = next((each for each in self._frames(key.segment, "NONKEY") if each.pts == key.pts), None)
            if frame is not None and self._says[at]:
                yield from self._parts(self._picture(frame), self._changes[at])

    def between(self) -> Iterator[Part]:
        """And of the pictures around the key frame of which most changed, or around the event's cause."""
        if not self._keys:
            return
        most = max(
            range(len(self._keys)), key=lambda each: (self._says[each], -abs(self._keys[each].at - self._began))
        )
        best: list[tuple[float, Picture, Pixels]] = []
        for key in self._keys[max(0, most - 1) : most + 1]:
            for frame in self._after(key):
                changed = self._scene.changed(_luma(frame))
                says = self._all_of(changed)
                if says and (len(best) < PICTURES_MOST or says > best[-1][0]):
                    best = sorted([*best, (says, self._picture(frame), changed)], key=lambda each: -each[0])
                    best = best[:PICTURES_MOST]
        for _, picture, changed in best:
            yield from self._parts(picture, changed)

    @cached_property
    def _keys(self) -> list[_Moment]:
        found: list[_Moment] = []
        every, count = 1, 0
        for number in range(len(self._segments)):
            for frame in self._frames(number, "NONKEY"):
                at = self._at(number, frame)
                if not self._starts_at <= at <= self._ends_at:
                    continue  # segments are whole, and may hold what was before and after
                if count % every == 0:
                    found.append(_Moment(number, frame.pts or 0, at, _luma(frame)))
                count += 1
                if len(found) > KEYS_MOST:
                    found, every = found[::2], every * 2
                if count >= DECODED_MOST:
                    return found
        return found

    @cached_property
    def _scene(self) -> Scene:
        return Scene([key.luma for key in self._keys], self._watched)

    @cached_property
    def _changes(self) -> list[Pixels]:
        return [self._scene.changed(key.luma) for key in self._keys]

    @cached_property
    def _rarity(self) -> npt.NDArray[np.float32]:
        return rarity([cells(changed) for changed in self._changes])

    @cached_property
    def _says(self) -> list[float]:
        """How much of each key frame changed."""
        return [self._all_of(changed) for changed in self._changes]

    def _all_of(self, changed: Pixels) -> float:
        return float(self._rarity[cells(changed)].sum())

    def _after(self, key: _Moment) -> Iterator[VideoFrame]:
        """The pictures between a key frame and the next, some of them."""
        latest: float | None = None
        for frame in self._frames(key.segment, "DEFAULT"):
            if frame.pts is None or frame.pts <= key.pts:
                continue
            at = self._at(key.segment, frame)
            if frame.key_frame or at > self._ends_at:
                return
            if latest is None or at - latest >= BETWEEN_S:
                latest = at
                yield frame

    def _frames(self, number: int, which: Literal["NONKEY", "DEFAULT"]) -> Iterator[VideoFrame]:
        data = io.BytesIO(self._store.open(self._segments[number]["file"]))
        with av.open(data, "r", options=PROBE) as container:
            video = container.streams.video[0]
            if video.width * video.height > WHOLE_PIXELS and which == "DEFAULT":
                return
            video.codec_context.thread_count = 1
            video.codec_context.skip_frame = which
            video.codec_context.options = {"max_pixels": str(LARGEST_PIXELS)}
            yield from container.decode(video)

    def _at(self, number: int, frame: VideoFrame) -> float:
        return float(self._segments[number]["starts_at"]) + (frame.time or 0)

    def _parts(self, picture: Picture, changed: Pixels) -> Iterator[Part]:
        for blob in blobs(cells(changed), self._rarity)[:PARTS_MOST]:
            yield _part(picture, blob, changed)

    def _picture(self, frame: VideoFrame) -> Picture:
        """In color, what is masked black: what an owner hides is looked at by nobody."""
        width = min(WIDEST, frame.width)
        height = round(frame.height * width / frame.width)
        picture = frame.reformat(width, height, format="bgr24").to_ndarray().astype(np.uint8, copy=False)
        if self._masks:
            picture[inside(self._masks, width, height)] = 0
        return picture


def _part(picture: Picture, blob: Blob, changed: Pixels) -> Part:
    """What changed and what is around it, no smaller than the detector sees it."""
    height, width = picture.shape[:2]
    left, top, right, bottom = (
        *(blob.box[0] * width, blob.box[1] * height),
        *(blob.box[2] * width, blob.box[3] * height),
    )
    side = max(AROUND * max(right - left, bottom - top), SIDE)
    wide, high = round(min(side, width)), round(min(side, height))
    x = round(min(max(0.0, (left + right - wide) / 2), width - wide))
    y = round(min(max(0.0, (top + bottom - high) / 2), height - high))
    box = x / width, y / height, (x + wide) / width, (y + high) / height
    return Part(picture[y : y + high, x : x + wide], box, changed)


def _luma(frame: VideoFrame) -> Luma:
    small = frame.reformat(*SIZE, format="gray", interpolation=Interpolation.AREA)
    return small.to_ndarray().astype(np.uint8, copy=False)
