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

FILE, FRIGATE = "file", "frigate"
"""What a session begins with whose film is there still after a power cut, and is taken in again."""


def drop_interrupted(state: State, store: SegmentStore) -> int:
    """Forget films that were being taken in when the hub died. Returns how many.

    Else a part would become a clip, and the film another. What of a long one was a clip by then is the very same
    again, and so the same to the network.
    """
    open_sessions = state.rows(
        "SELECT DISTINCT camera, session FROM event WHERE ends_at IS NULL AND (session GLOB ? OR session GLOB ?)",
        (f"{FILE} *", f"{FRIGATE} *"),
    )
    for film in map(tuple, open_sessions):
        for segment in state.rows("SELECT id, file FROM segment WHERE camera = ? AND session = ?", film):
            store.remove(segment["id"], segment["file"])
        with state.transaction():
            state.do("DELETE FROM clip WHERE event IN (SELECT id FROM event WHERE camera = ? AND session = ?)", film)
            state.do("DELETE FROM event WHERE camera = ? AND session = ?", film)
    return len(open_sessions)


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
