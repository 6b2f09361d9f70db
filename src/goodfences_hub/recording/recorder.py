"""From packets to segments and events, for one camera while its feed is open.

What isn't kept waits in a ring in memory for as long as an event may begin before its cause.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta

from av.stream import Stream

from goodfences_hub.recording.segments import Gop, SegmentStore
from goodfences_hub.settings import CameraSettings
from goodfences_hub.sources import Arrival
from goodfences_hub.state import State

SEGMENT_S = 4.0
"""A segment ends with the first group of pictures that makes it this long."""
SEGMENT_BYTES = 8_000_000
"""Or this large: a longer one would need more memory than a small computer has."""
RING_BYTES = 16_000_000


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
        self._gop: Gop | None = None
        self._ring: deque[Gop] = deque()
        self._pending: list[Gop] = []
        self._event: int | None = None
        self._event_began: datetime | None = None

    def take(self, arrival: Arrival) -> None:
        """One more packet; the first has to be a key frame."""
        if arrival.is_key:
            self._close_gop()
            self._gop = Gop([arrival])
            self._split_long_event(arrival.at)
        elif self._gop is not None:
            self._gop.arrivals.append(arrival)

    def begin_event(self, kind: str, at: datetime) -> None:
        """Keep what is in the ring, and everything from now on. Nothing new while an event goes on."""
        if self._event is not None:
            return
        self._pending.extend(self._ring)
        self._ring.clear()
        self._open_event(kind, at - self._before)

    def end_event(self, at: datetime) -> None:
        """Everything that belongs to the event is durable when this returns."""
        if self._event is None:
            return
        self._close_gop()
        self._flush()
        self._state.do("UPDATE event SET ends_at = ? WHERE id = ?", (at.timestamp(), self._event))
        self._event = None

    def close(self, at: datetime) -> None:
        """The feed has ended, whatever of it is whole is kept."""
        self.end_event(at)
        if self._camera.keep_days:
            self._close_gop()
            self._flush()

    def _open_event(self, kind: str, starts_at: datetime) -> None:
        self._event_began = starts_at
        self._event = self._state.do(
            "INSERT INTO event (camera, session, kind, starts_at) VALUES (?, ?, ?, ?)",
            (self._camera.key, self._session, kind, starts_at.timestamp()),
        )

    def _split_long_event(self, at: datetime) -> None:
        """An event that goes on for too long becomes several, each with a clip that can be sent."""
        if self._event is None or self._event_began is None:
            return
        if (at - self._event_began).total_seconds() >= self._camera.longest_s:
            self._flush()
            with self._state.transaction():
                self._state.do("UPDATE event SET ends_at = ? WHERE id = ?", (at.timestamp(), self._event))
                self._open_event("motion", at)

    def _close_gop(self) -> None:
        gop, self._gop = self._gop, None
        if gop is None:
            return
        if self._event is not None or self._camera.keep_days:
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
            self._ring[1].starts_at <= ends_at - self._before or sum(gop.size for gop in self._ring) > RING_BYTES
        ):
            self._ring.popleft()

    def _flush(self) -> None:
        if self._pending:
            gops, self._pending = self._pending, []
            self._store.keep(self._camera.key, self._session, gops, self._streams)
