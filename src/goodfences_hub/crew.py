"""The threads that record cameras and listen to who else begins events; they change while the hub runs."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from goodfences_hub.camera import CameraLoop
from goodfences_hub.causes import Cues
from goodfences_hub.clock import Clock
from goodfences_hub.folder import FolderLoop
from goodfences_hub.live import Channels
from goodfences_hub.recording.segments import SegmentStore
from goodfences_hub.settings import CameraSettings, Settings, TriggerSettings
from goodfences_hub.state import HUB_WAS_OFF, SETTINGS_CHANGED, State
from goodfences_hub.triggers import TriggerLoop

logger = logging.getLogger(__name__)

PATIENCE_S = 15.0
"""A camera that doesn't answer holds its thread for up to ten seconds."""


class Loop(Protocol):
    """A thread that records one camera."""

    def start(self) -> None: ...

    def stop(self) -> None:
        """Ask it to end."""

    def join(self, timeout: float | None = None) -> None: ...

    def is_alive(self) -> bool: ...


@dataclass(frozen=True)
class _Post:
    """A camera and the thread that records it."""

    camera: CameraSettings
    loop: Loop


class Crew:
    """Of one hub. Nobody works before the first `take_up`."""

    def __init__(self, store: SegmentStore, state: State, clock: Clock, channels: Channels) -> None:
        self.cues: dict[str, Cues] = {}
        """By key of the camera; the same for as long as the hub runs."""
        self._store = store
        self._state = state
        self._clock = clock
        self._channels = channels
        self._posts: dict[str, _Post] = {}
        self._listeners: list[tuple[TriggerSettings, TriggerLoop]] = []
        self._lock = threading.Lock()
        self._is_over = False

    def take_up(self, settings: Settings) -> None:
        """Begin what is new, end what isn't there any more, and begin what changed anew. Others notice nothing."""
        with self._lock:
            if self._is_over:
                return
            wanted = {camera.key: camera for camera in settings.cameras}
            kept = {key: post for key, post in self._posts.items() if _is_the_same(post.camera, wanted.get(key))}
            self._relieve([post for key, post in self._posts.items() if key not in kept])
            for key, camera in wanted.items():
                cues = self.cues.setdefault(key, Cues(self._clock))
                if key not in kept:
                    why = SETTINGS_CHANGED if key in self._posts else HUB_WAS_OFF
                    kept[key] = _Post(camera, self._loop(camera, cues, why))
                    kept[key].loop.start()
            self._posts = kept
            self._listen(settings.triggers)

    def stop(self) -> None:
        """End, keeping what was recorded."""
        with self._lock:
            self._is_over = True
            self._listen(())
            self._relieve(list(self._posts.values()))
            self._posts = {}

    def _relieve(self, posts: Sequence[_Post]) -> None:
        for post in posts:
            post.loop.stop()
        for post in posts:
            post.loop.join(PATIENCE_S)
            if post.loop.is_alive():
                logger.error("camera %s: its thread doesn't end.", post.camera.key)

    def _listen(self, triggers: Sequence[TriggerSettings]) -> None:
        for told, loop in self._listeners:
            if told not in triggers:
                loop.stop()
        kept = [(told, loop) for told, loop in self._listeners if told in triggers]
        heard = [told for told, _ in kept]
        for trigger in triggers:
            if trigger not in heard:
                loop = TriggerLoop(trigger, self.cues[trigger.camera])
                loop.start()
                kept.append((trigger, loop))
        self._listeners = kept

    def _loop(self, camera: CameraSettings, cues: Cues, why: str) -> Loop:
        if camera.source == "folder":
            return FolderLoop(camera, self._store, self._state, self._clock)
        if camera.source == "frigate":
            from goodfences_hub.frigate import FrigateLoop

            return FrigateLoop(camera, self._store, self._state, self._clock)
        return CameraLoop(camera, self._store, self._state, self._clock, self._channels, cues, why)


def _is_the_same(camera: CameraSettings, other: CameraSettings | None) -> bool:
    """Whether they are recorded and watched alike."""
    return other is not None and _as_recorded(camera) == _as_recorded(other)


def _as_recorded(camera: CameraSettings) -> CameraSettings:
    return replace(camera, name="", upload_as="", keep_gb=0.0, masks=(), labels=False)
