"""Takes in video that was recorded elsewhere: each film is one event, whole."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import av
from av.container import InputContainer
from av.stream import Stream
from av.video.stream import VideoStream

from goodfences_hub.recording.recorder import Recorder
from goodfences_hub.recording.segments import SegmentStore
from goodfences_hub.settings import CameraSettings
from goodfences_hub.sources import Arrival, chosen_streams, recordable
from goodfences_hub.state import State


def record_film(
    container: InputContainer,
    begun: datetime,
    kind: str,
    session: str,
    camera: CameraSettings,
    store: SegmentStore,
    state: State,
    label: str = "",
) -> bool:
    """Record it as an event of `kind` that began at `begun`, and shows `label`; whether it could be read to its end.

    Raises ValueError, OSError and FFmpegError where nothing of it could.
    """
    chosen = chosen_streams(container)
    if chosen is None:
        raise ValueError("no H.264 or H.265 video")
    recorder = Recorder(camera, session, chosen[1], store, state)
    latest: datetime | None = None
    is_whole = True
    try:
        for arrival in _arrivals(container, *chosen, begun):
            recorder.take(arrival)
            if latest is None:
                recorder.begin_event(kind, arrival.at, label)
            latest = arrival.at
    except (av.FFmpegError, OSError, ValueError):
        if latest is None:
            raise
        is_whole = False
    finally:
        if latest is not None:
            recorder.close(latest + timedelta(seconds=1))
            state.note_seen(camera.key, latest)
    return is_whole


def _arrivals(
    container: InputContainer, video: VideoStream, streams: list[Stream], begun: datetime
) -> Iterator[Arrival]:
    first: float | None = None
    for packet, pts, dts in recordable(container, video, streams):
        seconds = float(pts * packet.time_base)
        first = seconds if first is None else first
        yield Arrival(packet, begun + timedelta(seconds=seconds - first), pts, dts)
