"""`kill -9` of a real worker process at random points: no message is doubled, none is lost."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from tests import migrated
from tests.mail.servers import Kept, mail_server

MESSAGES = 1500
KILLS = int(os.environ.get("MAIL_KILLS", "15"))
LANES = 4

FILL = f"""
import django; django.setup()
from django.db import transaction
from goodfences.mail import outbox
with transaction.atomic():
    outbox.queue_many([outbox.NewMessage(once=f"note:{{n}}", to=f"owner{{n}}@example.org", template="ready-made",
        context={{"subject": "A note", "text": "Hello.", "html": ""}}) for n in range({MESSAGES})])
"""
WORK = """
import django; django.setup()
from goodfences.worker import Duty, Worker
Worker((Duty("mail", "goodfences.mail.tasks.run_due", limit=50),)).run()
"""


class Bench:
    """An instance's folder with a worker that can be started and killed."""

    def __init__(self, folder: Path, port: int) -> None:
        self.database = folder / "state" / "goodfences.sqlite3"
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "goodfences.settings",
            "GOODFENCES_STATE": str(folder / "state"),
            "DATABASE_URL": f"sqlite:///{self.database}",
            "GOODFENCES_SMTP_PORT": str(port),
            "GOODFENCES_SMTP_CONNECTIONS": str(LANES),
            "GOODFENCES_SECRET_KEY": "a key for this test",
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        migrated.into(folder / "state")
        subprocess.run([sys.executable, "-c", FILL], env=self.environment, check=True)

    def start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", WORK], env=self.environment)

    def states(self) -> dict[str, str]:
        """The state of each message, by its reference."""
        with sqlite3.connect(self.database) as connection:
            return dict(connection.execute("select ref, state from mail_outboxmessage"))

    def undecided(self) -> int:
        with sqlite3.connect(self.database) as connection:
            counted = "select count(*) from mail_outboxmessage where state in ('waiting', 'claimed')"
            return int(connection.execute(counted).fetchone()[0])


def wait_for(condition: object, seconds: float = 60) -> None:
    ends = time.monotonic() + seconds
    while not condition() and time.monotonic() < ends:  # type: ignore[operator]
        time.sleep(0.005)
    assert condition()  # type: ignore[operator]


@pytest.mark.slow
def test_killed_at_random_points_no_message_is_doubled_or_lost(tmp_path: Path) -> None:
    seed = random.randrange(10**6)
    print("seed", seed)
    chance = random.Random(seed)
    with mail_server(tmp_path / "maildir") as (kept, port):
        bench = Bench(tmp_path, port)
        arrived, in_the_middle = Arrivals(kept), 0
        for _ in range(KILLS):
            if not bench.undecided():
                break
            worker, before = bench.start(), arrived.total
            wait_for(lambda: arrived.total > before or not bench.undecided())  # noqa: B023
            time.sleep(chance.random() * 0.08)
            worker.send_signal(signal.SIGKILL)
            worker.wait()
            in_the_middle += "claimed" in bench.states().values()
        worker = bench.start()
        wait_for(lambda: not bench.undecided())
        worker.terminate()
        assert worker.wait(20) == 0
        check(bench, kept)
        assert in_the_middle >= KILLS // 2, "Too few kills hit a batch under way to show anything."


class Arrivals:
    """Counts what a server accepted."""

    def __init__(self, kept: Kept) -> None:
        self.total = 0
        kept.on_data = self._count

    def _count(self, envelope: object) -> None:
        self.total += 1


def check(bench: Bench, kept: Kept) -> None:
    states = bench.states()
    arrived = Counter(str(message["Message-ID"]).strip("<>").partition("@")[0] for message in kept.messages)
    assert len(states) == MESSAGES and set(states.values()) <= {"sent", "uncertain"}
    assert set(arrived.values()) == {1}, "A message was doubled."
    sent = {ref for ref, state in states.items() if state == "sent"}
    assert sent <= set(arrived), "A message counts as sent that never arrived."
    # At most one on each connection is in the air when a worker dies.
    assert MESSAGES - len(sent) <= KILLS * LANES
    assert not list((bench.database.parent).glob("mail-journal-*"))
