"""A hub at work as its household has it: settings in hub.toml, pages that answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from goodfences_hub import editing, settings
from goodfences_hub.clock import Clock
from goodfences_hub.home import Home
from goodfences_hub.pages import doors, signing_in
from goodfences_hub.running import Hub
from goodfences_hub.settings import CameraSettings
from goodfences_hub.state import State


@dataclass
class House:
    """A running hub, and what its household's browser does."""

    home: Home
    hub: Hub

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.hub.pages.port}"

    @property
    def key(self) -> str:
        return doors.key_of(self.hub.state)

    @property
    def entrance(self) -> str:
        """The address that `goodfences-hub page` prints."""
        return f"{self.url}/?key={self.key}"

    def get(self, path: str, **headers: str) -> httpx.Response:
        return httpx.get(self.url + path, cookies={doors.COOKIE: self.key}, headers=headers)

    def post(self, path: str, **form: Any) -> httpx.Response:
        return httpx.post(
            self.url + path, data=form, cookies={doors.COOKIE: self.key}, follow_redirects=True, timeout=60
        )

    def camera(self, key: str) -> CameraSettings:
        """As hub.toml has it now."""
        return settings.load(self.home.settings).camera(key)


@contextmanager
def household(
    folder: Path, *cameras: CameraSettings, head: str = "", password: str = "", clock: Clock | None = None
) -> Iterator[House]:
    """Set up with these cameras, and running; `head` is what else hub.toml says."""
    home = Home(folder)
    home.settings.write_text(f"page_port = 0\n{head}\n")
    for camera in cameras:
        editing.add_camera(home.settings, camera)
    if password:
        state = State(home.state)
        signing_in.set_password(state, password)
        state.close()
    hub = Hub(home, settings.load(home.settings), clock)
    hub.start()
    try:
        yield House(home, hub)
    finally:
        hub.stop()
