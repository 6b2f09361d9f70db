"""P7, from outside: whatever moment its programs are killed at, no file of an instance holds a run of the video."""

from __future__ import annotations

import random
import re
import socket
import sqlite3
import struct
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import footage, persons
from tests.environment import PYTHONPATH
from tests.hubs import BYTES, TUS, Hub, Recording, found_in, pieces_of, runs_of
from tests.instance import Instance, wait_until
from tests.promises import sealed_town

pytestmark = [pytest.mark.slow]
WATCHED = Path(__file__).with_name("watched")
SECONDS = footage.STREETS["crossing-hd"]
KNOWN = re.compile(
    rb"(state/(blobs/\.incoming/\d+-\d+-\d+\.part|ledger/[\w.-]+|keys/[\w.-]+|secret_key[\w.]*"
    rb"|worker-beat|worker-clock(\.new)?|turn-[a-z]+\.lock|mail-journal-[\w-]+\.(log|new)|mailbox/.+|logs/\w+\.log)|written)"
)


def video(number: int, *, filling: int = 300_000) -> bytes:
    """Real street video that no other number gives, made heavier by a box that players skip."""
    extra = random.Random(number).randbytes(filling)
    return footage.street("crossing-hd") + struct.pack(">I4s", 8 + len(extra), b"free") + extra


class Town:
    """A running instance whose programs note each file that they open to write."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.written = folder, folder / "written"
        (folder / "tmp").mkdir()
        self.instance = Instance(
            folder / "state",
            PYTHONPATH=f"{WATCHED}:{PYTHONPATH}",
            PYTHONDONTWRITEBYTECODE="1",
            WRITTEN_FILES=str(self.written),
            TMPDIR=str(folder / "tmp"),
        )
        self.hub = Hub(self.instance.url, persons.OLIVES_TOKEN)

    def start(self) -> None:
        self.instance.start()
        self.built = self.run("build")

    def stop(self) -> None:
        self.hub.close()
        self.instance.stop()

    def run(self, *command: str) -> Any:
        return self.instance.run(sealed_town.__name__, *command)

    def browser(self, person: str) -> httpx.Client:
        return httpx.Client(
            base_url=self.instance.url, cookies={"sessionid": self.built[person]}, follow_redirects=True, timeout=60
        )

    def recorded(self, data: bytes) -> Recording:
        starts_at = datetime.now(UTC) - timedelta(minutes=10)
        return Recording(self.built["camera"], data, starts_at, duration_ms=SECONDS * 1000)

    def send(self, data: bytes) -> str:
        return self.hub.send(self.recorded(data))

    def checked(self, ref: str) -> None:
        wait_until(lambda: self.hub.show(ref)["checked"], "the check of a clip")

    def holds(self, *runs: set[bytes]) -> list[Path]:
        """The files that hold such a run, anywhere that the instance's programs may write."""
        return found_in(self.folder, set().union(*runs))

    def strange(self) -> list[bytes]:
        """Files written so far that are none of an instance's own."""
        folder = bytes(self.folder) + b"/"
        names = {name.removeprefix(folder) for name in self.written.read_bytes().splitlines()}
        return sorted(name for name in names if not KNOWN.fullmatch(name) and name != b"/dev/null")

    def one(self, query: str) -> Any:
        with closing(sqlite3.connect(self.instance.state / "goodfences.sqlite3", timeout=30)) as database:
            return database.execute(query).fetchone()[0]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    town = Town(tmp_path_factory.mktemp("town"))
    try:
        town.start()
        yield town
    finally:
        town.stop()


@pytest.mark.parametrize("filling", [300_000, 10_000_000], ids=["a clip", "a clip of several parts"])
def test_web_killed_in_the_middle_of_an_upload(town: Town, filling: int) -> None:
    data = video(filling, filling=filling)
    recording = town.recorded(data)
    where = httpx.URL(town.hub.begun(recording))
    headers = {
        "Host": where.netloc.decode(),
        "Authorization": town.hub.http.headers["Authorization"],
        "Upload-Offset": "0",
        "Content-Length": str(len(data)),
        **TUS,
        **BYTES,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with socket.create_connection((where.host, where.port or 80)) as line:
        line.sendall(f"PATCH {where.path} HTTP/1.1\r\n{head}\r\n".encode() + data[: len(data) * 9 // 10])
        time.sleep(0.3)
        town.instance.processes.kill("web")
    assert town.holds(pieces_of(data)) == []
    town.instance.start_web()
    offset = town.hub.offset(str(where))
    assert town.hub.patch(str(where), data[offset:], offset).status_code == 204
    ref = town.hub.announced(recording)
    assert town.hub.finish(ref).json()["state"] == "stored"
    town.checked(ref)
    assert town.holds(pieces_of(data)) == []


def test_worker_killed_while_it_checks(town: Town) -> None:
    kills = 0
    data = video(2)
    ref = town.send(data)
    under_way = "select count(*) from clips_clip where check_after is not null and checked_at is null"
    for wait in (0.0, 0.2, 0.5):
        wait_until(lambda: town.one(under_way) or town.hub.show(ref)["checked"], "the beginning of a check")
        time.sleep(wait)
        kills += not town.hub.show(ref)["checked"]
        town.instance.processes.kill("worker")
        assert town.holds(pieces_of(data)) == []
        town.run("release")
        town.instance.start_worker()
    assert kills, "The worker was never killed in the middle of a check."
    town.checked(ref)
    assert town.holds(pieces_of(data)) == []


def test_played_previewed_shared_and_packed(town: Town, tmp_path: Path) -> None:
    data = video(3)
    ref = town.send(data)
    town.checked(ref)
    with town.browser("olive") as olive:
        page = olive.get(f"/home/clips/{ref}/").raise_for_status().text
        addresses = set(re.findall(r'"(/media/[^"]+)"', page))
        served = {address.split("/")[2]: olive.get(address).raise_for_status().content for address in addresses}
        part = olive.get(next(a for a in addresses if "clips" in a), headers={"Range": "bytes=100000-300000"})
        assert (part.status_code, part.content) == (206, served["clips"][100_000:300_001])
        exact = {"starts_ms": "1300", "ends_ms": "4700", "exact": "1"}
        preview = olive.get(f"/requests/{town.built['ask']}/preview/{ref}.mp4", params=exact).raise_for_status()
    runs = [pieces_of(data), pieces_of(served["clips"]), runs_of(served["posters"]), pieces_of(preview.content)]
    (tmp_path / "served.mp4").write_bytes(served["clips"])
    assert found_in(tmp_path, pieces_of(data)), "The camera's own frames are played, or this test finds nothing."
    assert town.holds(*runs) == []
    town.run("share", ref)
    wait_until(lambda: town.one("select count(*) from evidence_sharedvideo"), "the share")
    with town.browser("omar") as omar:
        videos = set(
            re.findall(r'"(/portal/shared/[^/"]+/)"', omar.get(f"/portal/requests/{town.built['request']}/").text)
        )
        page = omar.get(videos.pop()).raise_for_status().text
        (source,) = set(re.findall(r'src="([^"]+video\.mp4\?pass=[^"]+)"', page))
        shown = omar.get(source.replace("&amp;", "&")).raise_for_status().content
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        assert token
        package = omar.post(
            f"/portal/requests/{town.built['request']}/package/", data={"csrfmiddlewaretoken": token[1]}
        )
    assert package.headers["Content-Type"] == "application/zip"
    (tmp_path / "package.zip").write_bytes(package.content)
    assert tmp_path / "package.zip" in found_in(tmp_path, pieces_of(shown))
    assert town.holds(pieces_of(shown), *runs) == []


def test_of_a_destroyed_key_not_a_byte_is_left(town: Town) -> None:
    """Not in free pages of the database, and not in its log, where a copied disk could be searched for it."""
    before = town.run("keys")
    ref = town.send(video(5))
    town.checked(ref)
    made = [bytes.fromhex(sealed) for pk, sealed in town.run("keys").items() if pk not in before]
    assert len(made) == 1
    runs = runs_of(made[0])
    assert town.holds(runs), "A key that is kept lies in the database, or this test finds nothing."
    town.run("delete", ref)
    town.instance.processes.stop("worker")
    town.instance.start_worker()
    wait_until(lambda: not town.holds(runs), "the end of the last traces of the key")


def test_no_program_opens_any_other_file_to_write(town: Town) -> None:
    """Also those that are gone a moment later: Python's own temporary files, say."""
    town.checked(town.send(video(4)))
    assert b"/state/blobs/.incoming/" in town.written.read_bytes()
    assert town.strange() == []
    assert list((town.folder / "tmp").iterdir()) == []
