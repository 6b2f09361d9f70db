"""Homes with slow lines: their uploads take long, and take nothing from anybody else."""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests import persons
from tests.footage import make_video
from tests.hubs import BYTES, TUS, Hub, Recording
from tests.instance import Instance, wait_until
from tests.promises import sealed_town

AT_ONCE = 3


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    instance = Instance(tmp_path / "state", GOODFENCES_UPLOADS=str(AT_ONCE))
    instance.migrate()
    instance.start_web()
    yield instance
    instance.stop()


def stalled(where: str, data: bytes) -> socket.socket:
    """An upload of which a part has come, and then no more."""
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
    line = socket.create_connection((str(address.hostname), address.port or 80))
    line.sendall(f"PATCH {address.path} HTTP/1.1\r\n{head}\r\n".encode() + data[:1000])
    return line


def test_they_leave_room_for_pages_and_for_each_other(instance: Instance) -> None:
    camera = instance.run(sealed_town.__name__, "build")["camera"]
    with closing(Hub(instance.url, persons.OLIVES_TOKEN)) as hub, ExitStack() as lines:
        videos = [make_video(seconds=2, seed=seed) for seed in range(AT_ONCE + 2)]
        ago = datetime.now(UTC) - timedelta(minutes=10)
        *slow, quick = [hub.begun(Recording(camera, data, ago)) for data in videos]
        held = [lines.enter_context(closing(stalled(*each))) for each in zip(slow, videos, strict=False)]
        ((turned_away,), _, _) = select.select(held, [], [], 10)
        assert turned_away.recv(100).startswith(b"HTTP/1.1 503")
        told = hub.patch(quick, videos[-1], 0)
        assert (told.status_code, told.headers["Retry-After"]) == (503, "5")
        assert told.json()["title"] == "The server is busy"
        assert hub.offset(quick) == 0
        assert httpx.get(f"{instance.url}/promises/", timeout=5).status_code == 200
        lines.pop_all().close()
        wait_until(lambda: hub.patch(quick, videos[-1], 0).status_code == 204, "room again", seconds=10)
        kept = [0, *[1000] * AT_ONCE]  # what came before the cut, and nothing of the one that was turned away
        wait_until(lambda: sorted(map(hub.offset, slow)) == kept, "what came is kept", seconds=10)
