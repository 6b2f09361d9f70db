"""A home buffer that was recorded in the past: a real film played over and over, without waiting for its pace."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import av

from goodfences_hub.clock import Clock
from goodfences_hub.home import Home
from goodfences_hub.recording.recorder import Recorder
from goodfences_hub.recording.segments import SegmentStore
from goodfences_hub.settings import CameraSettings
from goodfences_hub.sources import Arrival, chosen_streams
from goodfences_hub.sources.demo import DemoFeed
from goodfences_hub.state import State


class Loops(DemoFeed):
    """A film over and over, each picture at its moment, until the span is full."""

    starts_at: datetime
    seconds: float

    def __iter__(self) -> Iterator[Arrival]:
        length = float(self._container.duration or 0) / 1_000_000
        for turn in count():
            self._container.seek(0)
            for packet in self._container.demux(self.streams):
                if packet.dts is None or packet.pts is None:
                    continue
                shift = round(turn * length / packet.time_base)
                pts, dts = packet.pts + shift, packet.dts + shift
                seconds = float(pts * packet.time_base)
                if seconds >= self.seconds:
                    return
                yield Arrival(packet, self.starts_at + timedelta(seconds=seconds), pts, dts)


def fill(home: Home, camera: CameraSettings, film: Path, starts_at: datetime, seconds: float) -> None:
    """Record `seconds` of `film` into the hub's folder, as if they had been from `starts_at` on."""
    state = State(home.state)
    with av.open(str(film)) as container:
        chosen = chosen_streams(container)
        assert chosen is not None
        feed = Loops(container, *chosen, Clock())
        feed.starts_at, feed.seconds = starts_at, seconds
        recorder = Recorder(camera, "of-the-past", feed.streams, SegmentStore(home, state), state)
        for arrival in feed:
            recorder.take(arrival)
        recorder.close(starts_at + timedelta(seconds=seconds))
    state.close()
