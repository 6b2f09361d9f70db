"""A real network, a real RTSP camera that plays real street video, and a hub's folder."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from goodfences.demo.processes import Processes, free_port
from goodfences.demo.recording import FOOTAGE
from tests.environment import ROOT, child_environment
from tests.instance import Instance


@pytest.fixture(scope="package")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """A running instance with Olive's home in it, which wants to hear from hubs often: a test waits for that."""
    instance = Instance(tmp_path_factory.mktemp("network"), GOODFENCES_HEALTH_SECONDS="30")
    instance.start()
    instance.run("tests.hub.town", "build")
    yield instance
    instance.stop()


class RtspCamera:
    """An RTSP server (aio-rtsp-toolkit) in a process of its own, that plays one file over and over."""

    def __init__(self, folder: Path, film: Path) -> None:
        shutil.copy(film, folder / "street.mp4")
        self.port = free_port()
        self.url = f"rtsp://127.0.0.1:{self.port}/street.mp4"
        self._folder = folder
        self._processes = Processes({}, folder)

    def start(self) -> None:
        program = str(Path(sys.executable).with_name("rtsp-server"))
        command = [program, "-d", str(self._folder), "-H", "127.0.0.1", "-p", str(self.port), "-cp", str(free_port())]
        self._processes.start("camera", command)
        self._processes.wait_for_port("camera", self.port)

    def stop(self) -> None:
        self._processes.stop_all()


@pytest.fixture
def rtsp_camera(tmp_path: Path) -> Iterator[RtspCamera]:
    folder = tmp_path / "camera"
    folder.mkdir()
    camera = RtspCamera(folder, FOOTAGE / "whole-street.mp4")
    camera.start()
    yield camera
    camera.stop()


@dataclass
class HubProgram:
    """`goodfences-hub` as its owner runs it."""

    home: Path
    running: subprocess.Popen[bytes] | None = None

    def do(self, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self._command(*arguments), env=child_environment(), capture_output=True, text=True, cwd=ROOT, input=typed
        )

    def start(self) -> None:
        settings = self.home / "hub.toml"
        settings.write_text(settings.read_text().replace("page_port = 8480", "page_port = 0"))  # others run beside it
        with (self.home.parent / "hub.log").open("ab") as log:
            self.running = subprocess.Popen(
                self._command("run"), env=child_environment(), stdout=log, stderr=log, cwd=ROOT
            )

    def stop(self) -> int:
        """Ask it to end, as systemd does."""
        assert self.running is not None
        self.running.terminate()
        return self.running.wait(30)

    def kill(self) -> None:
        if self.running is not None:
            self.running.kill()
            self.running.wait()

    def log(self) -> str:
        return (self.home.parent / "hub.log").read_text()

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "goodfences_hub.cli", "--home", str(self.home), *arguments]


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[HubProgram]:
    program = HubProgram(tmp_path / "hub")
    yield program
    program.kill()
