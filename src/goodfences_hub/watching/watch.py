"""Decides when an event begins and ends, decoding as little as that takes.

Quiet: key frames alone are decoded. One that differs makes the watch suspicious: from it on everything is decoded and
a few pictures a second are compared, until the change has lasted (an event begins). Where it is gone at once, the
pictures before the key frame are asked: who hurries by is seen there. While an event goes on, key frames alone are
decoded again, and not all of them. Of very large pictures key frames alone are decoded, whatever happens.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Literal

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter
from av.video.stream import VideoStream

from goodfences_hub.outlines import inside
from goodfences_hub.settings import CameraSettings
from goodfences_hub.sources import Arrival
from goodfences_hub.watching.background import SENSITIVITIES, Background, Luma
from goodfences_hub.watching.scores import Scores

SIZE = (320, 180)
"""Width and height at which pictures are compared, in pixels, whatever the camera's."""
LOOK_EVERY = timedelta(milliseconds=200)
"""Between two comparisons while suspicious."""
CONFIRMED_BY = 2
"""Comparisons that must agree with the first before an event begins."""
GONE_BY = 2
"""Comparisons after which it is gone if the last doesn't agree."""
GIVE_UP_AFTER = timedelta(seconds=4)
LOOK_WHILE_MOVING = timedelta(seconds=3)
"""Between two looks at whether an event still goes on."""
WHOLE_PIXELS, LARGEST_PIXELS = 9_500_000, 34_000_000
"""Of larger pictures key frames alone are decoded, of still larger ones nothing: sixteen of 8K, which the next refers
to, take 1.1 GB, and a hostile camera has them made by a few kilobytes a second."""
LOOK_BACK_BYTES = 8_000_000
"""Of packets since the last key frame that are kept in memory, at most."""


class Mood(Enum):
    QUIET = "quiet"
    SUSPICIOUS = "suspicious"
    MOVING = "moving"


@dataclass(frozen=True)
class Began:
    """Something moves, and was first seen to at `at`."""

    at: datetime


@dataclass(frozen=True)
class Ended:
    """It has been quiet for as long as the settings ask."""

    at: datetime


class Watch:
    """Of one camera, for as long as its feed is open."""

    def __init__(self, stream: VideoStream, settings: CameraSettings, scores: Scores | None = None) -> None:
        """`scores` is told of every comparison."""
        self.mood = Mood.QUIET
        self._after = timedelta(seconds=settings.after_s)
        self._scores = scores
        self._least = timedelta(seconds=settings.least_s)
        zone = inside(settings.zones, *SIZE) if settings.zones else None
        self._background = Background((SIZE[1], SIZE[0]), SENSITIVITIES[settings.sensitivity], zone)
        self._context = stream.codec_context
        self._context.thread_count = 1
        self._context.skip_frame = "NONKEY"
        is_whole = stream.width * stream.height <= WHOLE_PIXELS
        self._everything: Literal["DEFAULT", "NONKEY"] = "DEFAULT" if is_whole else "NONKEY"
        self._context.options = {
            **self._context.options,
            "skip_loop_filter": "all",  # for pictures that are made small
            "max_pixels": str(WHOLE_PIXELS if is_whole else LARGEST_PIXELS),
        }
        self._scale = VideoReformatter()
        self._stands_at: Arrival | None = None
        """The key frame that the decoder could go on from."""
        self._suspected_at: datetime | None = None
        self._agreed = 0
        self._looks = 0
        self._looked_at: datetime | None = None
        self._moved_at: datetime | None = None
        self._before_key: list[Arrival] = []
        self._since_key: list[Arrival] = []
        self._since_key_bytes = 0

    def see(self, arrival: Arrival) -> Iterator[Began | Ended]:
        """What follows from one more packet."""
        if not arrival.is_video:
            return
        if arrival.is_key:
            yield from self._key(arrival)
            self._before_key = self._since_key if self._since_key_bytes <= LOOK_BACK_BYTES else []
            self._since_key, self._since_key_bytes = [arrival], arrival.packet.size
            return
        self._since_key_bytes += arrival.packet.size
        if self._since_key_bytes <= LOOK_BACK_BYTES:
            self._since_key.append(arrival)
        if self.mood is Mood.SUSPICIOUS:
            yield from self._suspect(arrival)

    def _key(self, arrival: Arrival) -> Iterator[Began | Ended]:
        if self.mood is Mood.MOVING and self._has_just_looked(arrival.at):
            return
        self._looked_at = arrival.at
        luma = self._only(arrival)
        if luma is None:
            return
        moved = self._compared(luma, arrival.at)
        if self.mood is Mood.MOVING:
            yield from self._go_on(arrival.at, moved)
        elif self.mood is Mood.SUSPICIOUS:
            yield from self._decide(arrival, moved)
        elif moved:
            self._become_suspicious(arrival)

    def _compared(self, luma: Luma, at: datetime, *, learn: bool = True) -> bool:
        moved = self._background.compare(luma, learn=learn).moved
        if self._scores is not None:
            self._scores.note(at, self._background.would())
        return moved

    def _has_just_looked(self, at: datetime) -> bool:
        return self._looked_at is not None and timedelta(0) <= at - self._looked_at < LOOK_WHILE_MOVING

    def _go_on(self, at: datetime, moved: bool) -> Iterator[Ended]:
        if moved or self._moved_at is None:
            self._moved_at = at
        elif at - self._moved_at >= self._after:
            self.mood = Mood.QUIET
            yield Ended(at)

    def _moving_before(self) -> datetime | None:
        """Since when what a key frame shows had moved, by the pictures before it; None where they don't agree."""
        self._context.skip_frame = self._everything
        self._context.flush_buffers()
        looked_at, agreed = None, []
        for arrival in self._before_key:
            frames = self._frames(arrival)
            if frames and not arrival.is_key and (looked_at is None or arrival.at - looked_at >= LOOK_EVERY):
                looked_at = arrival.at
                if self._background.compare(self._luma(frames[-1]), learn=False).moved:
                    agreed.append(arrival.at)
        self._context.skip_frame = "NONKEY"
        self._context.flush_buffers()
        return agreed[0] if len(agreed) >= CONFIRMED_BY else None

    def _become_suspicious(self, arrival: Arrival) -> None:
        self.mood = Mood.SUSPICIOUS
        self._suspected_at = self._looked_at = arrival.at
        self._agreed = self._looks = 0
        self._context.skip_frame = self._everything
        self._stand_at(arrival)

    def _suspect(self, arrival: Arrival) -> Iterator[Began]:
        frames = self._frames(arrival)
        assert self._looked_at is not None
        if not frames or arrival.at - self._looked_at < LOOK_EVERY:
            return
        self._looked_at = arrival.at
        moved = self._compared(self._luma(frames[-1]), arrival.at, learn=False)
        yield from self._decide(arrival, moved)

    def _decide(self, arrival: Arrival, moved: bool) -> Iterator[Began]:
        assert self._suspected_at is not None
        self._agreed += moved
        self._looks += 1
        gone = self._looks >= GONE_BY and not moved and self._agreed < CONFIRMED_BY
        since, until = (self._moving_before(), self._suspected_at) if gone else (self._suspected_at, arrival.at)
        is_sure = gone or (moved and self._agreed >= CONFIRMED_BY)
        if since is not None and is_sure and until - since >= self._least:
            self._calm_down(Mood.MOVING)
            self._moved_at = arrival.at
            yield Began(since)
        elif gone or arrival.at - self._suspected_at > GIVE_UP_AFTER + self._least:
            self._calm_down(Mood.QUIET)
        elif arrival.is_key:
            self._stand_at(arrival)

    def _calm_down(self, mood: Mood) -> None:
        self.mood = mood
        self._context.skip_frame = "NONKEY"
        self._context.flush_buffers()

    def _only(self, arrival: Arrival) -> Luma | None:
        """The picture of a key frame, decoded by itself; None where it is damaged."""
        self._context.flush_buffers()
        frames = self._frames(arrival)
        self._stands_at = arrival
        if not frames:
            self._stands_at = None
            try:
                frames = list(self._context.decode(None))
            except (av.FFmpegError, EOFError):
                frames = []
            self._context.flush_buffers()
        return self._luma(frames[0]) if frames else None

    def _stand_at(self, arrival: Arrival) -> None:
        """Let the decoder go on from a key frame. A decoder that gave its picture at once stands there already, and a
        key frame takes several times as long as the pictures after it."""
        if self._stands_at is not arrival:
            self._frames(arrival)

    def _frames(self, arrival: Arrival) -> list[VideoFrame]:
        try:
            return list(self._context.decode(arrival.packet))
        except av.FFmpegError:  # a damaged packet; the next key frame is whole again
            return []

    def _luma(self, frame: VideoFrame) -> Luma:
        small = self._scale.reformat(frame, *SIZE, format="gray", interpolation=Interpolation.AREA)
        return small.to_ndarray().astype(np.uint8, copy=False)
