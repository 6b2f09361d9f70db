"""Why an event begins and how long it goes on: pictures that move, a bell, a message from another program.

An event begins with the first cause of its kind and ends with the last, at a key frame.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, replace
from datetime import datetime

from goodfences_hub.clock import Clock
from goodfences_hub.recording.recorder import Recorder, track_of
from goodfences_hub.sources import Arrival

PICTURES = "pictures"
"""The cause that the hub sees by itself."""
KINDS = ("motion", "person", "doorbell", "manual")
LONGEST_S = 600.0
"""A cause whose end was never said is over after as long."""
WAITING_MOST = 64


@dataclass(frozen=True)
class Cue:
    """That a cause goes on, until then by the clock that never jumps."""

    cause: str
    kind: str
    until: float
    label: str = ""
    """What was seen, where it was told."""


class Cues:
    """What others say of one camera, from any thread; heard by the camera's own."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: list[Cue] = []

    def begin(self, cause: str, kind: str, seconds: float = LONGEST_S, *, label: str = "") -> None:
        """`cause` names what began among all that may go on. Said again, it goes on for longer."""
        self._say(Cue(cause, kind, self._clock.monotonic() + min(seconds, LONGEST_S), label))

    def end(self, cause: str) -> None:
        """It is over; harmless where it never began."""
        self._say(Cue(cause, "", 0.0))

    def _say(self, cue: Cue) -> None:
        with self._lock:  # nobody listens while the camera is away
            self._waiting = [*self._waiting[1 - WAITING_MOST :], cue]

    def taken(self) -> list[Cue]:
        """What was said since the last time."""
        if not self._waiting:
            return []
        with self._lock:
            waiting, self._waiting = self._waiting, []
        return waiting


class Causes:
    """Of one camera, for as long as its feed is open."""

    def __init__(self, recorder: Recorder, cues: Cues, clock: Clock, after_s: float) -> None:
        self._recorder = recorder
        self._cues = cues
        self._clock = clock
        self._after_s = after_s
        self._going: dict[str, Cue] = {}

    def begin(self, cause: str, kind: str, at: datetime, until: float = math.inf, label: str = "") -> None:
        """Begin an event where none of its kind goes on."""
        self._going[cause] = Cue(cause, kind, until, label)
        self._recorder.begin_event(kind, at, label)

    def end(self, cause: str, after_s: float = 0.0) -> None:
        """The cause is over in so many seconds; its event ends with the next key frame then, if it was the last."""
        if (going := self._going.get(cause)) is not None:
            self._going[cause] = replace(going, until=self._clock.monotonic() + after_s)

    def hear(self, arrival: Arrival) -> None:
        """What others said since the last packet; call it with each, once it is recorded."""
        for cue in self._cues.taken():
            if not cue.kind:
                self.end(cue.cause, self._after_s)
            elif cue.until > self._clock.monotonic():
                self.begin(cue.cause, cue.kind, arrival.at, cue.until, cue.label)
        if arrival.is_key:
            self._forget_past(arrival.at)

    def _forget_past(self, at: datetime) -> None:
        now = self._clock.monotonic()
        past = {going.kind for going in self._going.values() if going.until <= now}
        self._going = {cause: going for cause, going in self._going.items() if going.until > now}
        for track in {track_of(kind) for kind in past} - {track_of(going.kind) for going in self._going.values()}:
            self._recorder.end_event(track, at)
