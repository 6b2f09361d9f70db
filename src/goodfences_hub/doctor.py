"""Tries for real what a hub needs, and says what to do where it doesn't work."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from goodfences_hub.clock import Clock
from goodfences_hub.errors import CameraLost, HubError
from goodfences_hub.home import Home
from goodfences_hub.labels.detector import SIDE
from goodfences_hub.pages.signing_in import has_password
from goodfences_hub.recording.retention import GB
from goodfences_hub.settings import CameraSettings, Settings
from goodfences_hub.sources import source_of
from goodfences_hub.state import TOKEN, State
from goodfences_hub.triggers import trigger_of
from goodfences_hub.uploading.network import Network


@dataclass(frozen=True)
class Finding:
    well: bool
    words: str


def examine(home: Home, settings: Settings) -> list[Finding]:
    """Disk, network, each camera, who else begins its events, and what looks at them."""
    return [
        *_disk(home, settings),
        *_pages(home, settings),
        *_network(home, settings),
        *_cameras(settings),
        *_triggers(settings),
        *_labels(settings),
    ]


def try_camera(camera: CameraSettings) -> str:
    """What was found, in a sentence, once a key frame has come. Raises CameraLost."""
    if camera.source == "folder":
        if not Path(camera.url).is_dir():
            raise CameraLost(f"{camera.key}: there is no folder {camera.url}.")
        return f"files in {camera.url} become events."
    if camera.source == "frigate":
        from goodfences_hub.frigate import Frigate

        return Frigate(camera).examine()
    pictures = f"pictures of {_size(camera)}"
    return f"{pictures}, watched at {_size(replace(camera, url=camera.sub))}." if camera.sub else f"{pictures}."


def _size(camera: CameraSettings) -> str:
    """Of the pictures at its address, once a key frame has come."""
    with source_of(camera).open(camera, Clock()) as feed:
        next(iter(feed))
        return f"{feed.video.width}×{feed.video.height}"


def _disk(home: Home, settings: Settings) -> Iterator[Finding]:
    free = shutil.disk_usage(home.folder).free / GB
    room = free - settings.reserve_gb
    words = f"{free:.1f} GB free in {home.folder}, {settings.reserve_gb:g} GB of it in reserve."
    yield Finding(room > 0, words if room > 0 else f"{words} Nothing more can be recorded: make room.")


def _pages(home: Home, settings: Settings) -> Iterator[Finding]:
    if settings.listen != "home":
        return
    state = State(home.state)
    is_set = has_password(state)
    state.close()
    how = "with a password." if is_set else "but have no password: goodfences-hub page --password"
    yield Finding(is_set, f"The pages are open to your home's network, {how}")


def _network(home: Home, settings: Settings) -> Iterator[Finding]:
    state = State(home.state)
    token = state.fact(TOKEN)
    state.close()
    if not token:
        yield Finding(True, "Not paired with a network; everything stays at home.")
        return
    try:
        names = ", ".join(camera["name"] for camera in Network(settings.server, token).cameras())
        yield Finding(True, f"The network answers and knows this hub. Cameras of your home there: {names or 'none'}.")
    except HubError as error:
        yield Finding(False, str(error))


def _cameras(settings: Settings) -> Iterator[Finding]:
    if not settings.cameras:
        yield Finding(False, "No camera yet. Run: goodfences-hub add rtsp://…")
    for camera in settings.cameras:
        try:
            yield Finding(True, f"{camera.key}: {try_camera(camera)}")
        except HubError as error:
            yield Finding(False, str(error))


def _triggers(settings: Settings) -> Iterator[Finding]:
    for trigger in settings.triggers:
        try:
            yield Finding(True, f"{trigger.camera}: {trigger_of(trigger).examine(trigger)}")
        except HubError as error:
            yield Finding(False, str(error))


def _labels(settings: Settings) -> Iterator[Finding]:
    if not (keys := [camera.key for camera in settings.cameras if camera.labels]):
        return
    from goodfences_hub.labels.aside import Aside

    names = ", ".join(keys)
    try:
        with Aside() as eyes:
            eyes.look(np.zeros((SIDE, SIDE, 3), np.uint8))
        yield Finding(True, f"Events of {names} are looked at for people and vehicles.")
    except (HubError, OSError) as problem:
        yield Finding(False, f"Events of {names} get no labels: {problem}")
