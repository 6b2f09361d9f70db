"""`python -m tests.hub.hatchery HOME`: hubs that begin within hundredths of a second, to be killed by the hundred.

Everything is imported once; each round is a fork. Reads one JSON object a line: the hub's `origin` of time, its
`camera` and `film`, `server`, `largest_file` in bytes (0: any), `reserve_gb`, how many `seconds` it lives on an idle
machine, and whether it is then killed or ended (`gently`). Answers one line, the exit status, once it is over.
"""

from __future__ import annotations

import json
import logging
import mmap
import os
import resource
import signal
import struct
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

from goodfences_hub import running
from goodfences_hub.camera import CameraLoop
from goodfences_hub.clock import Clock
from goodfences_hub.home import Home
from goodfences_hub.running import Hub
from goodfences_hub.settings import CameraSettings, Settings
from goodfences_hub.thrift import give_memory_back

SPEED = 10.0
SLOWEST = 10.0
"""How much longer a hub lives at most, where other programs keep it from working."""
STARTED = time.monotonic()


class FastClock(Clock):
    """Ten times as fast, and somewhere in the past."""

    def __init__(self, origin: datetime) -> None:
        self._origin = origin

    def now(self) -> datetime:
        return self._origin + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return (time.monotonic() - STARTED) * SPEED


class Progress:
    """How many seconds of its film a hub took in; written by the child, read by its parent."""

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, 8)

    @property
    def seconds(self) -> float:
        return float(struct.unpack("d", self._shared[:8])[0])

    def follow(self) -> None:
        """Note it until the process ends."""
        began: datetime | None = None
        while True:
            for loop in [each for each in threading.enumerate() if isinstance(each, CameraLoop)]:
                if loop._latest is not None:
                    began = began or loop._latest
                    self._shared[:8] = struct.pack("d", (loop._latest - began).total_seconds())
            time.sleep(0.01)


def live(home: Path, said: dict[str, Any], progress: Progress) -> None:
    """Run a hub until this process is told to end."""
    running.TURN_S = 0.1
    running.FIRST_WAIT = 0.1
    if said["largest_file"]:
        # A write beyond it fails as on a full disk: with an error, and what came before it in place.
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (said["largest_file"], said["largest_file"]))
    camera = CameraSettings(
        "street", "demo", said["film"], upload_as=said["camera"], keep_days=1, longest_s=10, before_s=1
    )
    settings = Settings(server=said["server"], cameras=(camera,), page_port=0, reserve_gb=said["reserve_gb"])
    hub = Hub(Home(home), settings, FastClock(datetime.fromtimestamp(said["origin"], UTC)))
    ending = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ending.set())
    threading.Thread(target=progress.follow, daemon=True).start()
    hub.start()
    ending.wait()
    hub.stop()


def let_live(child: int, progress: Progress, said: dict[str, Any]) -> None:
    """As long as was said, and until it took in as much of its film as it does in that time on an idle machine."""
    process, begun = psutil.Process(child), time.monotonic()
    due = said["seconds"] * SPEED * 0.92 if Path(said["film"]).exists() else 0.0
    while (lived := time.monotonic() - begun) < SLOWEST * said["seconds"]:
        is_over = process.status() == psutil.STATUS_ZOMBIE
        if is_over or (lived >= said["seconds"] and progress.seconds >= due):
            return
        time.sleep(0.01)


def round_(home: Path, said: dict[str, Any]) -> int:
    progress = Progress()
    child = os.fork()
    if child == 0:
        try:
            live(home, said, progress)
        except BaseException:
            logging.exception("a hub ended")
            os._exit(1)
        os._exit(0)
    let_live(child, progress, said)
    os.kill(child, signal.SIGTERM if said["gently"] else signal.SIGKILL)
    return os.waitpid(child, 0)[1]


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    give_memory_back()
    for line in sys.stdin:
        print(json.dumps(round_(Path(sys.argv[1]), json.loads(line))), flush=True)
