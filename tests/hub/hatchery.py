"""`python -m tests.hub.hatchery HOME`: hubs that begin within hundredths of a second, to be killed by the hundred.

Everything is imported once; each round is a fork. Reads one JSON object a line: the hub's `origin` of time, its
`camera` and `film`, `server`, `largest_file` in bytes (0: any), `reserve_gb`, how many `seconds` it lives on an idle
machine, and whether it is then killed or ended (`gently`). Answers one line, the exit status, once it is over.
"""

from __future__ import annotations

import json
import logging
import os
import resource
import signal
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

from goodfences_hub import running
from goodfences_hub.clock import Clock
from goodfences_hub.home import Home
from goodfences_hub.running import Hub
from goodfences_hub.settings import CameraSettings, Settings
from goodfences_hub.thrift import give_memory_back

SPEED = 10.0
WORK = 0.08
"""Seconds of the processor that a hub uses in a second of its life."""
SLOWEST = 8.0
"""How much longer it lives at most, where other programs keep it from working."""
STARTED = time.monotonic()


class FastClock(Clock):
    """Ten times as fast, and somewhere in the past."""

    def __init__(self, origin: datetime) -> None:
        self._origin = origin

    def now(self) -> datetime:
        return self._origin + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return (time.monotonic() - STARTED) * SPEED


def live(home: Path, said: dict[str, Any]) -> None:
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
    hub.start()
    ending.wait()
    hub.stop()


def let_live(child: int, seconds: float, work: float) -> None:
    """Until it has done as much as it does in `seconds` with the machine to itself."""
    process, begun = psutil.Process(child), time.monotonic()
    while (lived := time.monotonic() - begun) < SLOWEST * seconds:
        if lived >= seconds and sum(process.cpu_times()[:2]) >= work * seconds:
            return
        time.sleep(0.02)


def round_(home: Path, said: dict[str, Any]) -> int:
    child = os.fork()
    if child == 0:
        try:
            live(home, said)
        except BaseException:
            logging.exception("a hub ended")
            os._exit(1)
        os._exit(0)
    let_live(child, said["seconds"], WORK if Path(said["film"]).exists() else 0)
    os.kill(child, signal.SIGTERM if said["gently"] else signal.SIGKILL)
    return os.waitpid(child, 0)[1]


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    give_memory_back()
    for line in sys.stdin:
        print(json.dumps(round_(Path(sys.argv[1]), json.loads(line))), flush=True)
