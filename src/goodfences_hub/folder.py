"""A folder in which a camera, a phone or a person puts video files: each file becomes an event.

Files are read once they have stopped growing, and are never changed or deleted. When one was recorded: its own
`creation_time` where it has one, else its time on the disk, which is when the recording ended.
"""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime
from pathlib import Path

import av
from av.container import InputContainer

from goodfences_hub import chance
from goodfences_hub.clock import Clock
from goodfences_hub.recording.films import FILE, record_film
from goodfences_hub.recording.recorder import MOTION
from goodfences_hub.recording.segments import SegmentStore
from goodfences_hub.settings import CameraSettings
from goodfences_hub.sources.streamed import reason
from goodfences_hub.state import State

logger = logging.getLogger(__name__)

ENDINGS = {".mp4", ".m4v", ".mov", ".mkv", ".avi", ".ts"}
LOOK_EVERY_S = 2.0
STILL_FOR_S = 4.0
"""A file that hasn't changed for as long is whole."""
OPTIONS = {"protocol_whitelist": "file", "format_whitelist": "mov,matroska,avi,mpegts"}
"""Whatever a file says it is, it leads to no other file and to no address."""
IN_FILE = ("creation_time", "date", "com.apple.quicktime.creationdate")


class FolderLoop(threading.Thread):
    """Takes in what lies in `camera.url` and its subfolders, until `stop()`."""

    def __init__(self, camera: CameraSettings, store: SegmentStore, state: State, clock: Clock) -> None:
        super().__init__(name=f"folder {camera.key}", daemon=True)
        self._camera = camera
        self._folder = Path(camera.url)
        self._store = store
        self._state = state
        self._clock = clock
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Ask it to end, after the file that is being read."""
        self._stopping.set()

    def run(self) -> None:
        while not self._stopping.is_set():
            for path in self._new_files():
                self._take_in(path)
                if self._stopping.is_set():
                    return
            self._stopping.wait(LOOK_EVERY_S)

    def _new_files(self) -> list[Path]:
        """Whole files that weren't read before, the oldest first."""
        if not self._folder.is_dir():
            logger.warning("camera %s: there is no folder %s", self._camera.key, self._folder)
            return []
        found = [path for path in self._folder.rglob("*") if path.suffix.lower() in ENDINGS and path.is_file()]
        whole = [path for path in found if self._clock.now().timestamp() - path.stat().st_mtime >= STILL_FOR_S]
        return sorted((path for path in whole if not self._state.fact(_mark(path))), key=lambda p: p.stat().st_mtime)

    def _take_in(self, path: Path) -> None:
        """Record one file as one event. A file that can't be read is named once, and left alone."""
        mark, outcome = _mark(path), "taken in"
        try:
            with av.open(str(path), "r", options=OPTIONS, metadata_errors="ignore") as container:
                if not self._record(container, path):
                    outcome = "taken in as far as it can be read"
        except (av.FFmpegError, OSError, ValueError) as error:
            outcome = reason(error)
            logger.warning("camera %s: %s can't be played (%s)", self._camera.key, path.name, outcome)
        self._state.remember(mark, outcome)

    def _record(self, container: InputContainer, path: Path) -> bool:
        begun, session = began(container, path), f"{FILE} {chance.hexadecimal(8)}"
        return record_film(container, begun, MOTION, session, self._camera, self._store, self._state)


def began(container: InputContainer, path: Path) -> datetime:
    """When the file's first picture was taken, in UTC. A time without a zone is this computer's."""
    for name in IN_FILE:
        try:
            told = datetime.fromisoformat(container.metadata.get(name, ""))
        except ValueError:
            continue
        if told.year > 1970:
            return told.astimezone(UTC)
    length = (container.duration or 0) / av.time_base
    return datetime.fromtimestamp(path.stat().st_mtime - length, UTC)


def _mark(path: Path) -> str:
    """What is remembered of a file: another file of the same name is another file."""
    stat = path.stat()
    return f"file {path} {stat.st_size} {stat.st_mtime_ns}"
