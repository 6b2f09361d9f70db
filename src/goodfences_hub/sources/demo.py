"""A recorded file that plays as if it were a camera, over and over, at its own pace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
from av.stream import Stream
from av.video.stream import VideoStream

from goodfences_hub.clock import Clock
from goodfences_hub.errors import CameraLost
from goodfences_hub.settings import CameraSettings
from goodfences_hub.sources import Arrival, chosen_streams
from goodfences_hub.sources.gathering import Gathering
from goodfences_hub.sources.streamed import reason
from goodfences_hub.sources.timing import Timing


class Demo:
    """`url` is the path of a video file."""

    @contextmanager
    def open(self, camera: CameraSettings, clock: Clock) -> Iterator[DemoFeed]:
        """See `sources.Source`."""
        try:
            container = av.open(str(Path(camera.url)))
        except (av.FFmpegError, OSError) as error:
            raise CameraLost(f"{camera.key}: the file can't be played ({reason(error)}).") from None
        with container:
            chosen = chosen_streams(container)
            if chosen is None:
                raise CameraLost(f"{camera.key}: the file holds no H.264 or H.265 video.")
            yield DemoFeed(container, *chosen, clock)


class DemoFeed:
    """The file's packets, each given out when its time has come."""

    def __init__(
        self, container: av.container.InputContainer, video: VideoStream, streams: list[Stream], clock: Clock
    ) -> None:
        self.video = video
        self.streams = streams
        self._container = container
        self._clock = clock
        self._timing = Timing(clock)
        self.gathering = Gathering(clock)

    def __iter__(self) -> Iterator[Arrival]:
        begun, played = self._clock.monotonic(), 0.0
        ticks = {stream.index: float(stream.time_base or 0) for stream in self.streams}
        while True:
            latest = played
            self._container.seek(0)
            for packet in self._container.demux(self.streams):
                if packet.dts is None or packet.pts is None:
                    continue
                tick = ticks[packet.stream_index]
                shift = round(played / tick)
                dts, pts = packet.dts + shift, packet.pts + shift
                due = dts * tick
                latest = max(latest, due + (packet.duration or 0) * tick)
                self._wait(begun + due, packet.size)
                yield Arrival(packet, self._timing.at(pts * tick), pts, dts, self._timing.drift_s)
            played = latest

    def _wait(self, until: float, size: int) -> None:
        """As a camera's packets, they come when they are due, and gather."""
        now = self._clock.monotonic()
        self.gathering.count(size, now)
        if (left := until - now) > 0:
            self._clock.sleep(left if self.gathering.unless() else max(left, self.gathering.rest_s))
