"""What every camera that FFmpeg can open has in common: opening, reading, and losing it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import av
from av.container import InputContainer
from av.stream import Stream
from av.video.stream import VideoStream

from goodfences_hub.clock import Clock
from goodfences_hub.errors import CameraLost
from goodfences_hub.sources import Arrival, NoKeyFrame, chosen_streams, recordable
from goodfences_hub.sources.gathering import Gathering
from goodfences_hub.sources.timing import Timing
from goodfences_hub.thrift import bound_ffmpeg

PACKETS_A_SECOND = 2000
"""More than any camera sends, and less than would keep the others waiting."""


class StreamedFeed:
    """The packets of an open container."""

    def __init__(
        self,
        container: InputContainer,
        video: VideoStream,
        streams: list[Stream],
        clock: Clock,
        name: str,
        *,
        gathers: bool = True,
    ) -> None:
        """Not every kind of camera `gathers` what isn't taken in at once: one on USB has room for four pictures."""
        self.video = video
        self.streams = streams
        self.timing = Timing(clock)
        self.gathering = Gathering(clock, may=gathers)
        self._clock = clock
        self._container = container
        self._name = name

    def __iter__(self) -> Iterator[Arrival]:
        second, count = 0, 0
        ticks: dict[int, float] = {}
        try:
            for packet, pts, dts in recordable(self._container, self.video, self.streams):
                arrived = self._clock.monotonic()
                second, count = int(arrived), count + 1 if int(arrived) == second else 1
                if count > PACKETS_A_SECOND:
                    raise CameraLost(f"{self._name} sends more than a camera does.")
                if (
                    tick := ticks.get(index := packet.stream_index)
                ) is None:  # fractions take longer than all else here
                    tick = ticks[index] = float(packet.time_base)
                yield Arrival(packet, self.timing.at(pts * tick), pts, dts, self.timing.drift_s)
                self.gathering.rest(dts * tick, arrived, packet.size)
        except NoKeyFrame:
            raise CameraLost(f"{self._name} sends no key frame. Let it send one every few seconds.") from None
        except (av.FFmpegError, OSError) as error:
            raise CameraLost(f"{self._name} stopped answering ({reason(error)}).") from None
        raise CameraLost(f"{self._name} ended its stream.")


@contextmanager
def opened(
    address: str, name: str, clock: Clock, *, options: dict[str, str], timeout: float
) -> Iterator[StreamedFeed]:
    """Open an address. Raises CameraLost; its text names the camera, never the address, which may hold a password."""
    bound_ffmpeg()
    try:
        container = av.open(address, options=options, timeout=(timeout, timeout))
    except (av.FFmpegError, OSError, ValueError) as error:
        raise CameraLost(f"{name} doesn't answer ({reason(error)}).") from None
    with container:
        chosen = chosen_streams(container)
        if chosen is None:
            raise CameraLost(f"{name} sends no H.264 or H.265 video. Choose one of them in the camera's settings.")
        yield StreamedFeed(container, *chosen, clock, name)


def reason(error: Exception) -> str:
    """What went wrong, without the address that FFmpeg adds to it."""
    return str(getattr(error, "strerror", "") or type(error).__name__)
