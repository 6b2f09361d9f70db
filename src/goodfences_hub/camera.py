"""One camera's life: connect, record and watch, lose it, wait, connect again."""

from __future__ import annotations

import logging
import threading
from datetime import datetime

from goodfences_hub import chance
from goodfences_hub.causes import PICTURES, Causes, Cues
from goodfences_hub.clock import Clock
from goodfences_hub.errors import CameraLost
from goodfences_hub.live import Channels
from goodfences_hub.recording.recorder import Recorder
from goodfences_hub.recording.segments import SegmentStore
from goodfences_hub.settings import CameraSettings
from goodfences_hub.sources import Arrival, Feed, source_of
from goodfences_hub.state import HUB_WAS_OFF, State
from goodfences_hub.watching.beside import Beside
from goodfences_hub.watching.scores import Scores
from goodfences_hub.watching.watch import Began, Ended, Mood, Watch

logger = logging.getLogger(__name__)

FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0
SAW_EVERY = 10.0
"""Seconds between two notes that a camera is seen; a gap is known to about that."""


class CameraLoop(threading.Thread):
    """Runs until `stop()`; nothing that a camera does ends it."""

    def __init__(
        self,
        camera: CameraSettings,
        store: SegmentStore,
        state: State,
        clock: Clock,
        channels: Channels,
        cues: Cues | None = None,
        off: str = HUB_WAS_OFF,
    ) -> None:
        """`off` is why nothing was recorded since it was last seen."""
        super().__init__(name=f"camera {camera.key}", daemon=True)
        self._camera = camera
        self._store = store
        self._state = state
        self._clock = clock
        self._channels = channels
        self._cues = cues or Cues(clock)
        self._off = off
        self._stopping = threading.Event()
        self._arrived = False
        self._latest: datetime | None = None
        self._noted = 0.0

    def stop(self) -> None:
        """Ask it to end; what was recorded until then is kept."""
        self._stopping.set()

    def run(self) -> None:
        self._note_gap_since_last_time()
        wait = FIRST_WAIT
        while not self._stopping.is_set():
            self._arrived = False
            try:
                with source_of(self._camera).open(self._camera, self._clock) as feed:
                    self._record(feed)
            except CameraLost as lost:
                logger.warning("%s", lost)
                self._begin_gap(str(lost))
            except Exception:  # whatever a camera sends, the others go on
                logger.exception("camera %s: trying again", self._camera.key)
                self._begin_gap("The hub could not read what the camera sent.")
            wait = FIRST_WAIT if self._arrived else min(wait * 2, LONGEST_WAIT)
            self._stopping.wait(wait)

    def _record(self, feed: Feed) -> None:
        recorder = Recorder(self._camera, chance.hexadecimal(8), feed.streams, self._store, self._state)
        scores = Scores(self._state, self._camera.key)
        watch = Watch(feed.video, self._camera, scores)
        causes = Causes(recorder, self._cues, self._clock, self._camera.after_s)
        beside = Beside(self._camera, self._clock, self._channels, scores) if self._camera.sub else None
        if beside is not None:
            beside.start()
        try:
            with self._channels.on_air(self._camera.key, feed.video) as channel:
                feed.gathering.unless = channel.is_watched
                if beside is not None:
                    feed.gathering.rest_longer()
                for arrival in feed:
                    self._note(arrival)
                    channel.offer(arrival)
                    self._one(recorder, watch, beside, causes, arrival)
                    if self._stopping.is_set():
                        return
        finally:
            if beside is not None:
                beside.stop()
            scores.close()
            recorder.close(self._latest or self._clock.now())
            self._remember_seen()

    def _note(self, arrival: Arrival) -> None:
        """That the camera is there: for its gaps, and for its owner."""
        self._latest = arrival.at
        if not self._arrived:
            self._arrived = True
            self._end_gap(arrival.at)
        if self._clock.monotonic() - self._noted >= SAW_EVERY:
            self._remember_seen()

    def _remember_seen(self) -> None:
        self._noted = self._clock.monotonic()
        if self._latest is not None:
            self._state.note_seen(self._camera.key, self._latest)

    def _one(self, recorder: Recorder, watch: Watch, beside: Beside | None, causes: Causes, arrival: Arrival) -> None:
        # Watched before it is kept: packing a packet into a segment changes its times.
        changes = _changes(watch, beside, arrival)
        recorder.take(arrival)
        for change in changes:
            if isinstance(change, Began):
                causes.begin(PICTURES, "motion", change.at)
            else:
                causes.end(PICTURES)
        causes.hear(arrival)

    def _note_gap_since_last_time(self) -> None:
        seen = self._state.seen_at(self._camera.key)
        if seen is not None and not self._open_gap():
            self._add_gap(seen, self._off)

    def _begin_gap(self, why: str) -> None:
        if not self._open_gap():
            self._add_gap(self._state.seen_at(self._camera.key) or self._clock.now().timestamp(), why)

    def _end_gap(self, at: datetime) -> None:
        self._state.do(
            "UPDATE gap SET ends_at = MAX(?, starts_at) WHERE camera = ? AND ends_at IS NULL",
            (at.timestamp(), self._camera.key),
        )

    def _open_gap(self) -> bool:
        open_ = self._state.row("SELECT id FROM gap WHERE camera = ? AND ends_at IS NULL", (self._camera.key,))
        return open_ is not None

    def _add_gap(self, starts_at: float, why: str) -> None:
        self._state.do(
            "INSERT INTO gap (camera, starts_at, why) VALUES (?, ?, ?)", (self._camera.key, starts_at, why)
        )


def _changes(watch: Watch, beside: Beside | None, arrival: Arrival) -> list[Began | Ended]:
    """What the sub stream showed; where there is none, or while it is away, what the main one shows."""
    if beside is None:
        return list(watch.see(arrival))
    changes = beside.changes()
    if not beside.is_watching or watch.mood is Mood.MOVING:  # what the main stream began it also ends
        changes += watch.see(arrival)
    return changes
