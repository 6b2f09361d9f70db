"""The two programs that are compared, each as its owner runs it: its own process, its own settings file."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import psutil

from goodfences.bench.street.plan import RATE
from goodfences.bench.street.scoring import Event

QUIET_S = 8.0
"""Of quiet that end an event, with both."""
BEFORE_S = 5.0
MB = 1_000_000


@dataclass(frozen=True)
class Camera:
    """Addresses of a camera's streams, or films on disk to play at their own pace."""

    main: str
    sub: str = ""


class Program:
    """A program that records events of cameras. `start`, then `stop`, then `events`."""

    def __init__(self, folder: Path, cameras: Mapping[str, Camera]) -> None:
        self._folder = folder
        self._cameras = cameras
        folder.mkdir(parents=True)
        self._running: psutil.Process | None = None
        self._log: IO[bytes] | None = None

    def start(self) -> None:
        """Write its settings and run it."""
        command = self._set_up()
        self._log = (self._folder / "printed.log").open("wb")
        popen = psutil.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            env={**os.environ, "TZ": "UTC"},
            process_group=0,
        )
        self._running = popen

    def cpu_seconds(self) -> float:
        """Used so far, by the program and all that it started."""
        assert self._running is not None
        return sum(sum(each.cpu_times()[:4]) for each in [self._running, *self._running.children(recursive=True)])

    def memory_mb(self) -> float:
        """Resident."""
        assert self._running is not None
        return float(self._running.memory_info().rss) / MB

    def is_running(self) -> bool:
        return self._running is not None and self._running.is_running() and self._running.status() != "zombie"

    def printed(self) -> str:
        """The end of what it printed."""
        logs = sorted(self._folder.glob("*.log"))
        return "\n".join(path.read_text(errors="replace")[-8000:] for path in logs)

    def begun(self) -> dict[str, float]:
        """When films on disk that it plays by itself began, by camera and by the wall clock, as far as it says."""
        return {}

    def stop(self) -> None:
        """Ask it to end, and insist after 20 seconds."""
        if self._running is not None and self.is_running():
            self._running.send_signal(signal.SIGTERM)
            try:
                self._running.wait(20)
            except psutil.TimeoutExpired:
                self._running.kill()
                self._running.wait(10)
        if self._log is not None:
            self._log.close()

    def events(self, camera: str, began: float) -> list[Event]:
        """What it recorded of a camera whose film began at `began`, by the wall clock."""
        raise NotImplementedError

    def _set_up(self) -> list[str]:
        raise NotImplementedError


class Hub(Program):
    """`goodfences-hub run`, as it comes: events alone, or for `keep_days` everything."""

    def __init__(self, folder: Path, cameras: Mapping[str, Camera], *, keep_days: int = 0) -> None:
        super().__init__(folder, cameras)
        self._keep_days = keep_days

    def _set_up(self) -> list[str]:
        parts = ["page_port = 0", "reserve_gb = 0.1"]
        for key, camera in self._cameras.items():
            source = "rtsp" if "://" in camera.main else "demo"
            parts += ["[[camera]]", f'key = "{key}"', f'source = "{source}"', f'url = "{camera.main}"']
            parts += [f"before_s = {BEFORE_S}", f"after_s = {QUIET_S}", f"keep_days = {self._keep_days}"]
            parts += [f'sub = "{camera.sub}"'] if camera.sub else []
        (self._folder / "hub.toml").write_text("\n".join(parts) + "\n")
        return [sys.executable, "-m", "goodfences_hub.cli", "--home", str(self._folder), "run"]

    def begun(self) -> dict[str, float]:
        """See `Program`. All at once, as it says that it records."""
        return dict.fromkeys(self._cameras, time.time()) if "Recording" in self.printed() else {}

    def events(self, camera: str, began: float) -> list[Event]:
        """See `Program`."""
        state = sqlite3.connect(self._folder / "hub.sqlite3")
        rows = state.execute(
            "SELECT starts_at, ends_at FROM event WHERE camera = ? AND ends_at IS NOT NULL ORDER BY starts_at",
            (camera,),
        ).fetchall()
        state.close()
        return [
            Event(starts + BEFORE_S - began, max(starts + BEFORE_S, ends - QUIET_S) - began) for starts, ends in rows
        ]


class Motion(Program):
    """Debian's `motion`: detection as Debian sets it up, and the camera's own packets recorded, not coded again."""

    COMMON = """\
daemon off
setup_mode off
log_level 6
width 1920
height 1080
framerate 15
threshold 1500
despeckle_filter EedDl
minimum_motion_frames 1
pre_capture 3
post_capture 0
picture_output off
movie_output on
movie_passthrough on
movie_max_time 120
webcontrol_port 0
stream_port 0
"""
    _LINE = re.compile(r"\[\d+:[a-z]+\d+:(?P<camera>[^\]]+)\].*?\[(?P<at>\w{3} +\d+ [\d:]{8})\] (?P<words>.*)")

    @staticmethod
    def version() -> str | None:
        """What `motion` on PATH calls itself; None where there is none."""
        program = shutil.which("motion")
        if program is None:
            return None
        said = subprocess.run([program, "-h"], capture_output=True, text=True, check=False).stdout
        found = re.search(r"motion Version ([\w.]+)", said, re.IGNORECASE)
        return found.group(1) if found else "of an unknown version"

    def _set_up(self) -> list[str]:
        (self._folder / "movies").mkdir()
        lines = [self.COMMON, f"log_file {self._folder}/motion.log", f"event_gap {QUIET_S:.0f}"]
        for number, (key, camera) in enumerate(self._cameras.items(), start=1):
            own = [f"camera_id {number}", f"camera_name {key}", f"target_dir {self._folder}/movies"]
            own += [f"movie_filename {key}-%v-%s", f"netcam_url {camera.sub or camera.main}"]
            own += [f"netcam_high_url {camera.main}", "width 640", "height 360"] if camera.sub else []
            if camera.main.startswith("file:"):  # the pipe has its own pace; motion's for files is a fifth too slow
                own.append(f"netcam_params capture_rate={10 * RATE}")
                own += [f"netcam_high_params capture_rate={10 * RATE}"] if camera.sub else []
            path = self._folder / f"{key}.conf"
            path.write_text("\n".join(own) + "\n")
            lines.append(f"camera {path}")
        (self._folder / "motion.conf").write_text("\n".join(lines) + "\n")
        return [shutil.which("motion") or "motion", "-n", "-c", str(self._folder / "motion.conf")]

    def events(self, camera: str, began: float) -> list[Event]:
        """See `Program`. From its log, which tells whole seconds."""
        found, starts = [], None
        for line in (self._folder / "motion.log").read_text(errors="replace").splitlines():
            match = self._LINE.match(line)
            if match is None or match["camera"] != camera:
                continue
            if "starting event" in match["words"]:
                starts = _moment(match["at"], began)
            elif "End of event" in match["words"] and starts is not None:
                found.append(Event(starts, max(starts, _moment(match["at"], began) - QUIET_S)))
                starts = None
        return [*found, *([Event(starts, starts)] if starts is not None else [])]


def _moment(text: str, began: float) -> float:
    """Seconds of the film of `Nov 25 23:59:58`, in UTC: a log that names no year."""
    year = datetime.fromtimestamp(began, UTC).year
    at = datetime.strptime(f"{year} {text}", "%Y %b %d %H:%M:%S").replace(tzinfo=UTC)
    return at.timestamp() - began
