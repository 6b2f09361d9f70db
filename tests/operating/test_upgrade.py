"""An upgrade in the order of docs/operating.md, while people read, a slow upload is under way and clips are checked.

Old and new are one version here. `make services` does the documented commands; that a version's tables serve the one
before it is `tests/migrations`.
UPGRADES is how many in a row (1); with `-s` the test says what everybody was answered.
"""

from __future__ import annotations

import os
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from goodfences import cli
from goodfences.demo.processes import free_port
from tests import persons
from tests.footage import make_video
from tests.hubs import BYTES, TUS, Hub, Recording
from tests.instance import Instance, wait_until
from tests.promises import sealed_town

pytestmark = pytest.mark.slow
UPGRADES = int(os.environ.get("UPGRADES", "1"))
READERS, CLIPS, PAUSE_SECONDS = 4, 4, 0.02


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    instance = Instance(tmp_path / "state")
    instance.migrate()
    instance.start_web()
    yield instance
    instance.stop()


@pytest.mark.timeout(120 * UPGRADES)
def test_no_request_fails_no_upload_breaks_and_every_clip_is_checked(instance: Instance) -> None:
    camera = instance.run(sealed_town.__name__, "build")["camera"]
    beside, refs = free_port(), list[str]()
    instance.start_worker()
    with people_reading(urlsplit(instance.url).netloc, instance.port) as people:
        for upgrade in range(UPGRADES):
            ago = datetime.now(UTC) - timedelta(minutes=20)
            videos = [make_video(seconds=2, seed=100 * upgrade + one) for one in range(CLIPS)]
            recordings = [Recording(camera, video, ago + timedelta(seconds=10 * n)) for n, video in enumerate(videos)]
            with closing(Hub(instance.url, persons.OLIVES_TOKEN)) as hub:
                refs += [hub.send(one) for one in recordings[1:]]
                slow = Slow(hub.begun(recordings[0]), videos[0])
            instance.migrate()
            start_web(instance, "new", beside)
            people.led_to(beside)
            with closing(slow.line):
                old = instance.processes._running["web"]
                old.terminate()
                wait_until(lambda: refused(instance.port), "the old one takes no more connections")
                assert old.poll() is None
                assert slow.rest().startswith(b"HTTP/1.1 204"), "the upload that was under way"
                assert old.wait(60) == 0
            end(instance, "worker")
            instance.start_worker()
            start_web(instance, "web", instance.port)
            people.led_to(instance.port)
            end(instance, "new")
    print(dict(people.seen))
    assert set(people.seen) == {f"{instance.port} 200", f"{beside} 200"}
    with closing(Hub(instance.url, persons.OLIVES_TOKEN)) as hub:
        wait_until(lambda: all(hub.show(ref)["checked"] for ref in refs), "the check of every clip")


class Slow:
    """An upload of which a part has come, and the rest when it is said."""

    def __init__(self, where: str, data: bytes) -> None:
        address = urlsplit(where)
        headers = {
            "Host": address.netloc,
            "Authorization": f"Bearer {persons.OLIVES_TOKEN}",
            "Upload-Offset": "0",
            "Content-Length": str(len(data)),
            **TUS,
            **BYTES,
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.line = socket.create_connection((str(address.hostname), address.port or 80), timeout=60)
        self.line.sendall(f"PATCH {address.path} HTTP/1.1\r\n{head}\r\n".encode() + data[:1000])
        self._left = data[1000:]

    def rest(self) -> bytes:
        self.line.sendall(self._left)
        return self.line.recv(1000)


class People:
    """Read page after page, half of them over a new line for each, at the port to which a proxy leads them."""

    def __init__(self, host: str, port: int) -> None:
        self.seen = Counter[str]()
        self._host, self._port, self._over = host, port, threading.Event()
        self._asking = [port] * READERS
        self._threads = [threading.Thread(target=self._read, args=(one,), daemon=True) for one in range(READERS)]
        for thread in self._threads:
            thread.start()

    def led_to(self, port: int) -> None:
        """As a proxy that is told of another upstream: what it asked before is answered before, and no more comes."""
        self._port = port
        wait_until(lambda: set(self._asking) == {port}, "everybody is led elsewhere")

    def stop(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _read(self, one: int) -> None:
        headers = {"Host": self._host} | ({"Connection": "close"} if one % 2 else {})
        with httpx.Client(headers=headers, timeout=60) as client:
            while not self._over.is_set():
                port = self._asking[one] = self._port
                try:
                    said = str(client.get(f"http://127.0.0.1:{port}/promises/").status_code)
                except httpx.TransportError as error:
                    said = f"{type(error).__name__}: {error}"
                self.seen[f"{port} {said}"] += 1
                self._over.wait(PAUSE_SECONDS)


@contextmanager
def people_reading(host: str, port: int) -> Iterator[People]:
    people = People(host, port)
    try:
        yield people
    finally:
        people.stop()


def start_web(instance: Instance, name: str, port: int) -> None:
    instance.processes.start(name, cli.serve_command("127.0.0.1", port))
    with httpx.Client(headers={"Host": urlsplit(instance.url).netloc}, timeout=60) as client:
        ready = f"http://127.0.0.1:{port}/readyz"
        wait_until(lambda: not refused(port) and client.get(ready).status_code == 200, f"{name} is ready")


def end(instance: Instance, name: str) -> None:
    """As systemd does: SIGTERM, and it ends by itself."""
    program = instance.processes._running[name]
    program.terminate()
    assert program.wait(60) == 0
    instance.processes.forget(name)


def refused(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) != 0
