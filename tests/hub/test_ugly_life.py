"""A life of accidents: the hub killed again and again, the network cut, the camera gone, the disk full, the clock
jumping, the newest segment damaged. Nothing announced is lost or doubled, and what was kept plays."""

from __future__ import annotations

import io
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import pytest

from goodfences.demo.recording import FOOTAGE
from goodfences_hub.home import Home
from goodfences_hub.recording.segments import SegmentStore
from goodfences_hub.sharing import record, signing
from goodfences_hub.state import TOKEN, State
from goodfences_hub.uploading.network import Network
from tests.environment import ROOT, child_environment
from tests.instance import Instance

ROUNDS = int(os.environ.get("ROUNDS", "60"))
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900 + 10 * ROUNDS), pytest.mark.xdist_group("ugly")]

FILMS = sorted(FOOTAGE.glob("*.mp4"))
A_DAY = 86_400.0
ACCIDENTS = ["kill", "kill", "gentle", "cut", "dying line", "no camera", "full", "jump", "damage"]


class Line:
    """A TCP line to the network that can be cut, at once or after some bytes."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.bytes_left = 1 << 60
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._server.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._server.accept()
                if self.bytes_left <= 0:
                    near.close()
                    continue
                far = socket.create_connection(("127.0.0.1", self._port))
                for each in ((near, far), (far, near)):
                    threading.Thread(target=self._pump, args=each, daemon=True).start()

    def _pump(self, from_: socket.socket, to: socket.socket) -> None:
        with suppress(OSError):
            while data := from_.recv(65_536):
                to.sendall(data[: max(0, self.bytes_left)])
                self.bytes_left -= len(data)
                if self.bytes_left <= 0:
                    break
        for end in (from_, to):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@dataclass
class Life:
    """A hub's folder, and what happens to it."""

    home: Path
    line: Line
    camera: str
    hatchery: subprocess.Popen[str]
    network: Instance
    chance: random.Random
    origin: float = field(default_factory=lambda: time.time() - 2 * A_DAY)
    damaged: set[str] = field(default_factory=set)

    def round(self, *, seconds: float, gently: bool = False, may_end: bool = False, **fault: Any) -> None:
        said = {
            "origin": self.origin, "seconds": seconds, "gently": gently, "camera": self.camera,
            "film": str(self.chance.choice(FILMS)), "server": self.line.url,
            "largest_file": 0, "reserve_gb": 0.1, **fault,
        }  # fmt: skip
        assert self.hatchery.stdin is not None
        assert self.hatchery.stdout is not None
        self.hatchery.stdin.write(json.dumps(said) + "\n")
        self.hatchery.stdin.flush()
        status = json.loads(self.hatchery.stdout.readline())
        assert may_end or status == (0 if gently else signal.SIGKILL), f"the hub ended by itself: {status}"

    def accident(self) -> str:
        """One round of life, and what it brought."""
        kind = self.chance.choice(
            ["kill", "kill", "gentle", "cut", "dying line", "no camera", "full", "jump", "damage"]
        )
        seconds = self.chance.uniform(0.1, 1.3)
        self.line.bytes_left = {"cut": 0, "dying line": self.chance.randrange(2_000, 400_000)}.get(kind, 1 << 60)
        fault: dict[str, Any] = {}
        if kind == "no camera":
            fault["film"] = str(self.home / "no-such-film.mp4")
        elif kind == "full":
            fault["largest_file"] = self.chance.randrange(4_096, 300_000)
        elif kind == "jump":
            self.origin += self.chance.choice([-3600.0, -20.0, 30.0, 1800.0])
        elif kind == "damage":
            self.damage_the_newest()
        # With no room for a byte of its own state a hub may end, and is started again.
        self.round(seconds=seconds, gently=kind == "gentle", may_end=kind == "full", **fault)
        return kind

    def damage_the_newest(self) -> None:
        """As a power cut may: the end of the last segment is missing, or holds something else."""
        files = sorted((self.home / "recordings").rglob("*.age"), key=lambda file: file.stat().st_mtime_ns)
        if files:
            data = bytearray(files[-1].read_bytes())
            at = self.chance.randrange(len(data))
            files[-1].write_bytes(data[:at] if self.chance.random() < 0.5 else data[:at] + os.urandom(len(data) - at))
            self.damaged.add(files[-1].relative_to(self.home / "recordings").as_posix())


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    network = Instance(tmp_path / "network")
    network.migrate()
    network.start_web()
    line = Line(network.port)
    home = Home(tmp_path / "hub")
    camera = network.run("tests.hub.town", "build")["camera"]
    paired = Network(network.url).pair(network.run("tests.hub.town", "code"), "Shelf", signing.public_key(home))
    state = State(home.state)
    state.remember(TOKEN, paired["token"])
    record.pin(state, paired["ledger_key"])
    state.close()
    with (tmp_path / "hub.log").open("w") as log:
        command = [sys.executable, "-m", "tests.hub.hatchery", str(home.folder)]
        hatchery = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd=ROOT,
            env=child_environment(),
        )
    yield Life(home.folder, line, camera, hatchery, network, random.Random(os.environ.get("SEED", "4")))
    hatchery.stdin.close()  # type: ignore[union-attr]
    hatchery.wait(10)
    line.close()
    network.stop()


def test_after_many_accidents_nothing_is_lost_or_doubled(life: Life) -> None:
    happened = [life.accident() for _ in range(ROUNDS)]
    assert set(happened) == set(ACCIDENTS) or ROUNDS < 60
    life.line.bytes_left = 1 << 60
    for _ in range(20):
        life.round(seconds=2.0, gently=True)
        if not _waiting(life):
            break

    state = State(life.home / "hub.sqlite3")
    try:
        clips = state.rows("SELECT * FROM clip")
        network = life.network.run("tests.hub.town", "clips")
        assert [clip["refusal"] for clip in clips if clip["state"] != "uploaded"] == []
        assert [clip["state"] for clip in network if clip["state"] != "stored"] == []
        # A film that begins anew gives the same clip anew, and the same clip is one.
        files = {clip["sha256"] for clip in clips}
        assert len(network) == len(files) == len({clip["ref"] for clip in clips})
        assert len(clips) > ROUNDS // 10
        _plays(life, state)
        assert [file for file in (life.home / "spool").iterdir() if not _is_due(state, file)] == []
    finally:
        state.close()


def _waiting(life: Life) -> bool:
    state = State(life.home / "hub.sqlite3")
    try:
        return bool(state.rows("SELECT 1 FROM clip WHERE state = 'waiting'"))
    finally:
        state.close()


def _is_due(state: State, file: Path) -> bool:
    """Whether a file of the spool waits, or was being made when its hub ended: the next one makes it anew."""
    waits = state.row("SELECT 1 FROM clip WHERE file = ? AND state = 'waiting'", (file.name,))
    event = file.name.partition(".")[0]
    made = state.row("SELECT 1 FROM clip WHERE event = ?", (event,))
    return waits is not None or made is None


def _plays(life: Life, state: State) -> None:
    """Every segment that has a row is whole, but for those damaged from outside; and no file is without one."""
    store = SegmentStore(Home(life.home), state)
    rows = state.rows("SELECT * FROM segment")
    assert len(rows) > ROUNDS // 10
    for row in rows:
        if row["file"] in life.damaged:
            continue
        with av.open(io.BytesIO(store.open(row["file"]))) as container:
            assert sum(1 for packet in container.demux(video=0) if packet.size) > 0
    known = {row["file"] for row in rows}
    folder = life.home / "recordings"
    strays = {file.relative_to(folder).as_posix() for file in folder.rglob("*.age")} - known
    assert strays == set()
