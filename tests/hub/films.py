"""A film's packets as a camera's, without waiting for its pace."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av

from goodfences_hub.clock import Clock
from goodfences_hub.sources import Arrival, chosen_streams
from goodfences_hub.sources.demo import DemoFeed

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


class Film(DemoFeed):
    """All at once, and once."""

    def __iter__(self) -> Iterator[Arrival]:
        for packet in self._container.demux(self.streams):
            if packet.dts is not None and packet.pts is not None:
                at = NOON + timedelta(seconds=float(packet.pts * packet.time_base))
                yield Arrival(packet, at, packet.pts, packet.dts)


@contextmanager
def film(path: Path) -> Iterator[Film]:
    with av.open(str(path)) as container:
        chosen = chosen_streams(container)
        assert chosen is not None
        yield Film(container, *chosen, Clock())


def pictures(data: bytes) -> list[bytes]:
    """The coded pictures of a file, in the order of decoding: what has to be the camera's own, bit by bit."""
    with av.open(io.BytesIO(data), "r") as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


def frames(data: bytes) -> list[str]:
    """What is seen in a file: the hash of every picture, decoded. The same where only metadata was taken out."""
    with av.open(io.BytesIO(data), "r") as container:
        return [hashlib.sha256(frame.to_ndarray().tobytes()).hexdigest() for frame in container.decode(video=0)]
