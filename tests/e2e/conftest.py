"""A demo town that runs for all of these tests, and the windows of its people. Its end is a test too: see `town`."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from goodfences.demo import launcher
from goodfences.demo.processes import free_port
from tests.browser import open_browser
from tests.environment import ROOT, child_environment
from tests.instance import wait_until


@dataclass
class Town:
    """A running demo town."""

    url: str
    folder: Path
    process: subprocess.Popen[bytes]

    def answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", int(self.url.rpartition(":")[2]))) == 0


@pytest.fixture(scope="package")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """`goodfences demo`, from nothing until every clip is in. Ctrl-C has to stop everything that it started."""
    folder, port = tmp_path_factory.mktemp("town"), free_port()
    command = [sys.executable, "-m", "goodfences.cli", "demo", "--port", str(port), "--data", str(folder)]
    with (folder / "demo.log").open("wb") as output:
        process = subprocess.Popen(command, env=child_environment(), stdout=output, stderr=output, cwd=ROOT)
    started = Town(launcher.address(port), folder, process)
    try:
        wait_until(
            lambda: "The demo town is open" in (folder / "demo.log").read_text(), "opening the town", seconds=120
        )
        wait_until(lambda: "clips are in." in httpx.get(f"{started.url}/demo/").text, "uploading", seconds=240)
        yield started
        _close(started)
    finally:
        process.kill()


def _close(town: Town) -> None:
    children = _children(town.process.pid)
    assert len(children) >= 3  # web, worker and mailbox
    town.process.send_signal(signal.SIGINT)
    assert town.process.wait(90) == 0
    assert not town.answers()
    assert not [child for child in children if Path(f"/proc/{child}").exists()]


def _children(pid: int) -> list[str]:
    return subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True).stdout.split()


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with open_browser() as opened:
        yield opened


class People:
    """Windows of the people of the town, each with a sign-in of its own."""

    def __init__(self, town: Town, browser: Browser, **window: Any) -> None:
        self.town = town
        self._browser = browser
        self._options = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce", **window}
        self._windows: dict[str, BrowserContext] = {}

    def window(self, name: str) -> Page:
        """A fresh page of the person's window; of nobody's, where `name` is no person of the demo."""
        if name not in self._windows:
            self._windows[name] = self._browser.new_context(**self._options)
        return self._windows[name].new_page()

    def sign_in(self, name: str) -> Page:
        page = self.window(name)
        page.goto(f"{self.town.url}/demo/")
        page.get_by_role("button", name=f"Be {name}").click()
        page.wait_for_load_state()
        return page

    def leave(self) -> None:
        for window in self._windows.values():
            window.close()


@pytest.fixture
def people(town: Town, browser: Browser) -> Iterator[People]:
    arrived = People(town, browser)
    yield arrived
    arrived.leave()
