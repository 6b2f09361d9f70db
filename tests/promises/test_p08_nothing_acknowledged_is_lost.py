"""P8: nothing acknowledged is lost, and no owner gets the same email twice: `kill -9`, again and again."""

from __future__ import annotations

import os
import random
import re
import sqlite3
import struct
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from goodfences import policy
from tests import footage, persons
from tests.hubs import Hub, Recording
from tests.instance import Instance, wait_until
from tests.promises import killed_town

T = TypeVar("T")

KILLS = int(os.environ.get("KILLS", "50"))
HOMES = 20
PIECES = 3
LONGEST_WAIT = 0.7
"""Seconds from the beginning of what is killed; all of it takes about as long."""

UNFINISHED = """
select (select count(*) from mail_outboxmessage where state in ('waiting', 'claimed'))
     + (select count(*) from clips_clip where state = 'stored' and checked_at is null)
     + (select count(*) from video_requests_videorequest where state = 'open' and id not in
         (select video_request_id from video_requests_matching where finished_at is not null))
"""
UNCERTAIN = "select count(*) from mail_outboxmessage where state = 'uncertain'"


class Town:
    """An instance, and people who use it, go on after a broken connection, and remember what they were told."""

    def __init__(self, state: Path, acts: int) -> None:
        self.instance = Instance(state, GOODFENCES_POLICY=str(_patient_policy(state)))
        self.acts = acts
        self.chance = random.Random(0)
        self.declined: list[str] = []
        self.approved: list[str] = []
        self.sent: list[str] = []
        self.operator = Counter[str]()

    def start(self) -> None:
        self.instance.start()
        self.built = self.instance.run(killed_town.__name__, "build", str(HOMES), str(1 + self.acts))
        self.approve(0)
        wait_until(lambda: len(self.instance.mails()) == HOMES, "the first request's mail")
        self.links = [_decline_link(mail) for mail in sorted(self.instance.mails(), key=lambda mail: str(mail["To"]))]

    def act(self, number: int) -> None:
        """Two clips, a request that is opened, and an owner's no, all at once."""
        with ThreadPoolExecutor(4) as pool:
            jobs = [pool.submit(self.upload, 2 * number + which) for which in range(2)]
            jobs += [pool.submit(self.approve, 1 + number), pool.submit(self.decline, number)]
            for job in jobs:
                job.result(timeout=120)

    @contextmanager
    def under_way(self, number: int) -> Iterator[None]:
        """`act`, while the block is run; done when it ends."""
        with ThreadPoolExecutor(1) as pool:
            job = pool.submit(self.act, number)
            yield
            job.result(timeout=150)

    def upload(self, number: int) -> None:
        """A device's clip: announced, sent in pieces or at once, finished."""
        data = _clip(number)
        recording = Recording(self.built["camera"], data, datetime.now(UTC) - timedelta(minutes=10))
        hub = Hub(self.instance.url, persons.OLIVES_TOKEN)
        with closing(hub):
            ref = _until_answered(lambda: hub.announced(recording))
            (self._send_whole if number % 4 < 2 else self._send)(hub, ref, data)
            told = _until_answered(lambda: hub.finish(ref))
            assert told.status_code == 200 and told.json()["state"] == "stored", told.text
        self.sent.append(recording.body()["sha256"])

    def _send_whole(self, hub: Hub, ref: str, data: bytes) -> None:
        told = _until_answered(lambda: hub.begin_with(ref, len(data), data))
        # 409: an earlier try got through, and only its answer was lost.
        assert told.headers.get("Clip-State") == "stored" or told.status_code == 409, told.text

    def _send(self, hub: Hub, ref: str, data: bytes) -> None:
        begun = _until_answered(lambda: hub.begin(ref, len(data)))
        where, acknowledged = begun.headers.get("Location", ""), 0
        while where and acknowledged < len(data):
            offset = _until_answered(lambda: hub.offset(where))
            assert offset >= acknowledged, "Bytes that were acknowledged are lost."
            piece = data[offset : offset + len(data) // PIECES + 1]
            try:
                told = hub.patch(where, piece, offset) if piece else None
            except httpx.TransportError:
                continue
            acknowledged = int(told.headers["Upload-Offset"]) if told else offset

    def approve(self, number: int) -> None:
        """Ada opens a request; where no answer came, she looks whether it is open."""
        ref = self.built["requests"][number]
        with httpx.Client(base_url=self.instance.url, cookies={"sessionid": self.built["session"]}) as ada:
            while True:
                page = _until_answered(lambda: ada.get(f"/portal/requests/{ref}/"))
                assert page.status_code == 200
                token = re.search(r'approve/"[^>]*>\s*<input[^>]*name="csrfmiddlewaretoken" value="(\w+)"', page.text)
                if not token:
                    break
                try:
                    told = ada.post(f"/portal/requests/{ref}/approve/", data={"csrfmiddlewaretoken": token[1]})
                except httpx.TransportError:
                    continue
                assert told.status_code == 302, told.text
                break
        self.approved.append(ref)

    def decline(self, number: int) -> None:
        """An owner says no with the email's own link; saying it again changes nothing."""
        link = self.links[number % len(self.links)]
        told = _until_answered(lambda: httpx.post(link, data={"act": "decline"}))
        assert told.status_code == 302
        self.declined.append(link)

    def kill_web(self, number: int) -> None:
        """Kill the web while all of this is under way, then let everyone finish."""
        with self.under_way(number):
            time.sleep(self.chance.uniform(0, LONGEST_WAIT))
            self.instance.processes.kill("web")
            self.instance.start_web()

    def kill_worker(self, number: int) -> None:
        """Kill the worker while it asks, sends, checks and signs."""
        beat = self.instance.state / "worker-beat"
        wait_until(beat.exists, "the worker's start")
        with self.under_way(number):
            time.sleep(self.chance.uniform(0, 2 * LONGEST_WAIT))
            self.instance.processes.kill("worker")
            beat.unlink()
            self.instance.start_worker()

    def operate(self) -> None:
        """The operator settles what nobody can tell of the mail; a dead worker's claims of clips run out."""
        arrived = [_ref(mail) for mail in self.instance.mails()]
        self.operator.update(self.instance.run(killed_town.__name__, "operator", *arrived))

    def settle(self) -> dict[str, Any]:
        """Until nothing is left to do, by worker or operator; then all that there is."""
        while True:
            wait_until(lambda: not self._count(UNFINISHED), "the end of all work", seconds=150)
            if not self._count(UNCERTAIN):
                break
            self.operate()
        found: dict[str, Any] = self.instance.run(killed_town.__name__, "state")
        refs = found.pop("refs")
        found["mails"] = Counter(refs[_ref(mail)] for mail in self.instance.mails())
        assert all(mail["To"] == refs[_ref(mail)].split()[1] for mail in self.instance.mails())
        return found

    def _count(self, query: str) -> int:
        with closing(sqlite3.connect(self.instance.state / "goodfences.sqlite3", timeout=30)) as database:
            return int(database.execute(query).fetchone()[0])


def _until_answered(ask: Callable[[], T]) -> T:
    """What `ask` returns, once the server is there to answer."""
    end = time.monotonic() + 90
    while True:
        try:
            return ask()
        except httpx.TransportError:
            assert time.monotonic() < end, "The server did not come back."
            time.sleep(0.05)


def _clip(number: int) -> bytes:
    """A real clip that no other number gives, made heavier by a box that players skip."""
    filling = random.Random(number).randbytes(150_000)
    return footage.make_video(seed=number % 4) + struct.pack(">I4s", 8 + len(filling), b"free") + filling


def _ref(mail: EmailMessage) -> str:
    return str(mail["Message-ID"]).strip("<>").partition("@")[0]


def _decline_link(mail: EmailMessage) -> str:
    text = mail.get_body(("plain",))
    assert text is not None
    (link,) = set(re.findall(r"http://\S+/e/[^/\s]+/(?=\s|$)", text.get_content()))
    return str(link)


def _patient_policy(folder: Path) -> Path:
    """The policy, with room for as many requests as are killed here."""
    text = (Path(policy.__file__).parent / "policy.toml").read_text()
    for rule in ("agency.open", "asks.max"):
        text, changed = re.subn(rf'(\[rules\."{re.escape(rule)}"\][^\[]*?\nlimit = )\d+', r"\g<1>1000", text)
        assert changed == 1
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "policy.toml"
    path.write_text(text)
    return path


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What there is in the end where nothing is ever killed."""
    with _town(tmp_path_factory.mktemp("uninterrupted")) as town:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(town.act, range(KILLS)))
        return town.settle()


@contextmanager
def _town(folder: Path) -> Iterator[Town]:
    town = Town(folder / "state", KILLS)
    try:
        town.start()
        yield town
    finally:
        town.instance.stop()


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_killed_at_random_points_all_is_as_if_nothing_had_happened(
    tmp_path: Path, uninterrupted: dict[str, Any]
) -> None:
    seed = int(os.environ.get("KILLS_SEED", random.randrange(10**6)))
    print(f"To kill at the same points again: KILLS_SEED={seed}")
    with _town(tmp_path) as town:
        town.chance = random.Random(seed)
        for number in range(KILLS):
            (town.kill_web if number % 2 else town.kill_worker)(number)
        town.operate()
        found = town.settle()
        print("kills", KILLS, "uncertain mails", dict(town.operator))
    check(found, town)
    assert found == uninterrupted


def check(found: dict[str, Any], town: Town) -> None:
    assert set(town.sent) == found["clips"].keys(), "A clip is lost, or there are too many."
    assert all(state == "stored" for state, _, _ in found["clips"].values())
    assert set(found["requests"].values()) == {"open"}
    assert len(found["asks"]) == HOMES * (1 + KILLS)
    assert sum(state == "declined" for state in found["asks"].values()) == len(set(town.declined))
    assert found["mails"].keys() == found["asks"].keys(), "Somebody who was asked got no email."
    assert set(found["mails"].values()) == {1}, "An owner got the same email twice."
    assert found["outbox"].keys() == {"sent"}
