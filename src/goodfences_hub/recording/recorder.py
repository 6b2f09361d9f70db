"""From packets to segments and events, for one camera while its feed is open.

What isn't kept waits in a ring in memory for as long as an event may begin before its cause.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from av.stream import Stream

from goodfences_hub.labels import foremost
from goodfences_hub.recording.segments import Gop, SegmentStore
from goodfences_hub.settings import CameraSettings
from goodfences_hub.sources import Arrival
from goodfences_hub.sources.gathering import LONGEST_S
from goodfences_hub.state import State

SEGMENT_S = 4.0
"""A segment ends with the first group of pictures that makes it this long."""
SEGMENT_BYTES = 8_000_000
"""Or this large: a longer one would need more memory than a small computer has."""
RING_BYTES = 16_000_000
MOTION, PERSON = "motion", "person"


@dataclass
class _Event:
    """One that goes on."""

    id: int
    kind: str
    began: datetime
    label: str = ""


def track_of(kind: str) -> str:
    """Kinds of one track never go on at once: a person is movement that has a name."""
    return MOTION if kind == PERSON else kind


class Recorder:
    """`session` names this feed: times and codec parameters hold within one."""

    def __init__(
        self, camera: CameraSettings, session: str, streams: Sequence[Stream], store: SegmentStore, state: State
    ) -> None:
        self._camera = camera
        self._session = session
        self._streams = streams
        self._store = store
        self._state = state
        self._before = timedelta(seconds=camera.before_s)
        self._kept = self._before + timedelta(seconds=LONGEST_S if camera.sub else 0)
        """In the ring: what a sub stream shows may be seen so much later than it is recorded."""
        self._gop: Gop | None = None
        self._ring: deque[Gop] = deque()
        self._pending: list[Gop] = []
        self._events: dict[str, _Event] = {}

    def take(self, arrival: Arrival) -> None:
        """One more packet; the first has to be a key frame."""
        if arrival.is_key:
            self._close_gop()
            self._gop = Gop([arrival])
            self._split_long_events(arrival.at)
        elif self._gop is not None:
            self._gop.add(arrival)

    def begin_event(self, kind: str, at: datetime, label: str = "") -> None:
        """Keep what is in the ring, and everything from now on. `label` is what was seen, where it was told.

        Movement and a person are one event, and so is whatever is of one kind: nothing new while it goes on. A bell
        is an event of its own, whatever else goes on.
        """
        if (going := self._events.get(track_of(kind))) is not None:
            if kind != going.kind and kind != MOTION:
                self._state.do("UPDATE event SET kind = ? WHERE id = ?", (kind, going.id))
                going.kind = kind
            self._call(going, label)
            return
        self._pending.extend(self._ring)
        self._ring.clear()
        self._open_event(kind, at - self._before, label)

    def end_event(self, kind: str, at: datetime) -> None:
        """Everything that belongs to the event is durable when this returns, if `at` is a key frame's: what is
        recorded from it on belongs to no event that ends there."""
        going = self._events.pop(track_of(kind), None)
        if going is not None:
            self._flush()
            self._state.do("UPDATE event SET ends_at = ? WHERE id = ?", (at.timestamp(), going.id))

    def close(self, at: datetime) -> None:
        """The feed has ended, whatever of it is whole is kept."""
        self._close_gop()
        for going in list(self._events.values()):
            self.end_event(going.kind, at)
        if self._camera.keep_days:
            self._flush()

    def _open_event(self, kind: str, starts_at: datetime, label: str) -> None:
        id_ = self._state.do(
            "INSERT INTO event (camera, session, kind, starts_at) VALUES (?, ?, ?, ?)",
            (self._camera.key, self._session, kind, starts_at.timestamp()),
        )
        self._events[track_of(kind)] = event = _Event(id_, kind, starts_at)
        self._call(event, label)

    def _call(self, event: _Event, label: str) -> None:
        label = foremost(label, event.kind, event.label)
        if label != event.label:
            event.label = label
            self._state.call(event.id, label)

    def _split_long_events(self, at: datetime) -> None:
        """An event that goes on for too long becomes several, each with a clip that can be sent."""
        for going in list(self._events.values()):
            if (at - going.began).total_seconds() >= self._camera.longest_s:
                self._flush()
                with self._state.transaction():
                    self._state.do("UPDATE event SET ends_at = ? WHERE id = ?", (at.timestamp(), going.id))
                    self._open_event(going.kind, at, going.label)

    def _close_gop(self) -> None:
        gop, self._gop = self._gop, None
        if gop is None:
            return
        if self._events or self._camera.keep_days:
            self._pending.append(gop)
            if self._is_full():
                self._flush()
        else:
            self._ring.append(gop)
            self._trim_ring(gop)

    def _is_full(self) -> bool:
        seconds = sum(gop.seconds for gop in self._pending)
        return seconds >= SEGMENT_S or sum(gop.size for gop in self._pending) >= SEGMENT_BYTES

    def _trim_ring(self, latest: Gop) -> None:
        ends_at = latest.starts_at + timedelta(seconds=latest.seconds)
        while len(self._ring) > 1 and (
            self._ring[1].starts_at <= ends_at - self._kept or sum(gop.size for gop in self._ring) > RING_BYTES
        ):
            self._ring.popleft()

    def _flush(self) -> None:
        if self._pending:
            gops, self._pending = self._pending, []
            self._store.keep(self._camera.key, self._session, gops, self._streams)
