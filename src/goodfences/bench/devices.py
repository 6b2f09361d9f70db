"""Devices of one home, which send clips to a real server over HTTP."""

from __future__ import annotations

import base64
import hashlib
import http.client
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from goodfences import cli
from goodfences.bench.runner import CannotMeasure
from goodfences.demo.processes import Processes, free_port

HOST = "127.0.0.1"
OWNER = "olive@homes.example"


@dataclass(frozen=True)
class Recording:
    """A file that a device sends. It is hashed before, as a device does while it records."""

    data: bytes
    sha256: str
    seconds: float

    @classmethod
    def of(cls, data: bytes, seconds: float) -> Recording:
        return cls(data, hashlib.sha256(data).hexdigest(), seconds)


@dataclass(frozen=True)
class Home:
    """A camera and the token that uploads for it."""

    camera: str
    token: str


def settle() -> Home:
    """A home with a camera and a paired device."""
    from goodfences import places
    from goodfences.cameras import actions as cameras
    from goodfences.people import actions as people
    from goodfences.people.models import Account

    owner = Account.objects.create_user(OWNER)
    cell = places.cell_at(40.0, -75.0)
    people.settle(account=owner, cell=cell, household_name="", language="en", time_zone="America/New_York")
    camera = cameras.add_camera(account=owner, name="Street", looks_at="street")
    _device, token = cameras.pair(cameras.start_pairing(account=owner), "Hub", peer=HOST)
    return Home(camera.ref, token)


def more_cameras(count: int) -> list[str]:
    """Refs of so many more of that home."""
    from goodfences.cameras import actions as cameras
    from goodfences.people.models import Account

    owner = Account.objects.get(email="olive@homes.example")
    names = [f"Street {number}" for number in range(2, count + 2)]
    return [cameras.add_camera(account=owner, name=name, looks_at="street").ref for name in names]


@contextmanager
def served(state: Path, server_processes: int = 1) -> Iterator[int]:
    """The instance's own server as a program, by its port."""
    processes, port = Processes({}, state / "logs"), free_port()
    processes.start("web", cli.serve_command(HOST, port, server_processes))
    try:
        processes.wait_for_http("web", f"http://{HOST}:{port}/api/v1/openapi.json")
        yield port
    finally:
        processes.stop_all()


class Devices:
    """`many` devices that send side by side, each over a connection that it keeps."""

    def __init__(self, home: Home, port: int, many: int) -> None:
        self._home, self._port = home, port
        self._pool = ThreadPoolExecutor(many)
        self._own = threading.local()

    def send(self, recordings: Sequence[Recording]) -> None:
        """Announce and upload each; returns once the server said of all that they are stored."""
        for _ in self._pool.map(self._send, recordings):
            pass

    def close(self) -> None:
        self._pool.shutdown()

    def _send(self, recording: Recording) -> None:
        announced = announcement(self._home.camera, recording)
        answer = self._ask("/api/v1/uploads/", recording.data, upload_headers(announced), 201)
        if answer.headers["Clip-State"] != "stored":
            raise CannotMeasure(f"The server says of a clip that it is {answer.headers['Clip-State']}.")

    def _ask(self, path: str, body: bytes, headers: dict[str, str], expected: int) -> http.client.HTTPResponse:
        if not hasattr(self._own, "line"):
            self._own.line = http.client.HTTPConnection(HOST, self._port, timeout=120)
        line: http.client.HTTPConnection = self._own.line
        line.request("POST", path, body, {**headers, "Authorization": f"Bearer {self._home.token}"})
        answer = line.getresponse()
        text = answer.read()
        if answer.status != expected:
            raise CannotMeasure(f"The server answered {path} with {answer.status}: {text[:300]!r}")
        return answer


def announcement(camera: str, recording: Recording) -> dict[str, object]:
    """What a device says of a recording of an hour ago."""
    return {
        "camera": camera,
        "starts_at": (datetime.now(UTC) - timedelta(hours=1)).isoformat(),
        "duration_ms": round(recording.seconds * 1000),
        "kind": "motion",
        "size": len(recording.data),
        "sha256": recording.sha256,
    }


def upload_headers(announced: dict[str, object]) -> dict[str, str]:
    """The headers of tus's creation-with-upload, which announces the clip and brings all of its bytes."""
    told = {name: base64.b64encode(str(value).encode()).decode() for name, value in announced.items()}
    return {
        "Tus-Resumable": "1.0.0",
        "Upload-Length": str(announced["size"]),
        "Upload-Metadata": ",".join(f"{name} {value}" for name, value in told.items()),
        "Content-Type": "application/offset+octet-stream",
    }
