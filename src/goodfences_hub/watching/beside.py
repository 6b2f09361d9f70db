"""Watches a camera's sub stream, whose small pictures cost little to decode, while its main stream is recorded."""

from __future__ import annotations

import logging
import queue
import threading
from dataclasses import replace
from datetime import datetime

from goodfences_hub.clock import Clock
from goodfences_hub.errors import CameraLost
from goodfences_hub.live import Channels
from goodfences_hub.settings import CameraSettings
from goodfences_hub.sources import source_of
from goodfences_hub.watching.scores import Scores
from goodfences_hub.watching.watch import Began, Ended, Mood, Watch

logger = logging.getLogger(__name__)

FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0


class Beside(threading.Thread):
    """Runs until `stop()`. While the sub stream is away, `is_watching` is False and the main stream has to do."""

    def __init__(
        self, camera: CameraSettings, clock: Clock, channels: Channels, scores: Scores | None = None
    ) -> None:
        super().__init__(name=f"watch {camera.key}", daemon=True)
        self.is_watching = False
        self._camera = replace(camera, url=camera.sub)
        self._clock = clock
        self._channels = channels
        self._scores = scores
        self._changes: queue.SimpleQueue[Began | Ended] = queue.SimpleQueue()
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Ask it to end; it does with the next packet."""
        self._stopping.set()

    def changes(self) -> list[Began | Ended]:
        """What began and ended since the last time."""
        found = []
        while not self._changes.empty():
            found.append(self._changes.get())
        return found

    def run(self) -> None:
        wait = FIRST_WAIT
        while not self._stopping.is_set():
            began = self._clock.monotonic()
            try:
                self._watch()
            except CameraLost as lost:
                logger.warning("The sub stream of %s The main stream is watched until it is back.", lost)
            except Exception:  # whatever a camera sends, recording goes on
                logger.exception("camera %s: trying its sub stream again", self._camera.key)
            wait = FIRST_WAIT if self._clock.monotonic() - began > LONGEST_WAIT else min(wait * 2, LONGEST_WAIT)
            self._stopping.wait(wait)

    def _watch(self) -> None:
        latest: datetime | None = None
        with (
            source_of(self._camera).open(self._camera, self._clock) as feed,
            self._channels.on_air(self._camera.key, feed.video, small=True) as channel,
        ):
            watch = Watch(feed.video, self._camera, self._scores)
            feed.gathering.unless = channel.is_watched
            feed.gathering.rest_longer()
            try:
                for arrival in feed:
                    latest = arrival.at
                    self.is_watching = True
                    channel.offer(arrival)
                    for change in watch.see(arrival):
                        self._changes.put(change)
                    if self._stopping.is_set():
                        return
            finally:
                self.is_watching = False
                if watch.mood is Mood.MOVING and latest is not None:
                    self._changes.put(Ended(latest))
