"""`kill -9` of a real worker while a hundred hubs fall silent and come back: one mail and one note each."""

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
from tests.mail.test_kill import wait_for

HOMES = 100
KILLS = int(os.environ.get("MAIL_KILLS", "3"))

FILL = f"""
import django; django.setup()
from datetime import timedelta
from goodfences import source
from goodfences.health.models import HubHealth
from tests import persons
for n in range({HOMES}):
    owner = persons.make_account(f"owner{{n}}")
    device = persons.make_device(persons.make_home(owner, persons.OLIVES_PLACE), f"Hub {{n}}", f"token {{n}}")
    HubHealth.objects.create(device=device, version="0.1.0", heard_at=source.now() - timedelta(hours=1))
"""
RETURN = """
import django; django.setup()
from datetime import timedelta
from goodfences import source
from goodfences.health.models import HubHealth, Silence
HubHealth.objects.update(heard_at=source.now())
Silence.objects.update(seen_again_at=source.now() - timedelta(minutes=3))
"""
WORK = """
import django; django.setup()
from goodfences.worker import Duty, Worker
Worker((
    Duty("health", "goodfences.health.tasks.run_due", limit=10, idle_seconds=0.05),
    Duty("mail", "goodfences.mail.tasks.run_due", limit=50, idle_seconds=0.05),
)).run()
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
            "GOODFENCES_SECRET_KEY": "a key for this test",
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        migrated.into(folder / "state")
        self.run(FILL)

    def run(self, code: str) -> None:
        subprocess.run([sys.executable, "-c", code], env=self.environment, check=True)

    def start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", WORK], env=self.environment)

    def count(self, sql: str) -> int:
        with sqlite3.connect(self.database) as connection:
            return int(connection.execute(sql).fetchone()[0])

    def settled(self, template: str) -> int:
        """Mails of this kind that were handed over, or of which that isn't known."""
        left = f"template = '{template}' and state in ('sent', 'uncertain')"
        return self.count(f"select count(*) from mail_outboxmessage where {left}")


def work_with_kills(bench: Bench, template: str, chance: random.Random) -> int:
    """Let workers work and die until every mail of the kind left; how many died in the middle."""
    in_the_middle = 0
    for _ in range(KILLS):
        worker = bench.start()
        before = bench.settled(template)
        wait_for(lambda: bench.settled(template) > before or bench.settled(template) == HOMES)  # noqa: B023
        time.sleep(chance.random() * 0.05)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        in_the_middle += 0 < bench.settled(template) < HOMES
    worker = bench.start()
    wait_for(lambda: bench.settled(template) == HOMES)
    worker.terminate()
    assert worker.wait(20) == 0
    return in_the_middle


@pytest.mark.slow
def test_killed_at_random_points_each_owner_has_one_mail_and_one_note(tmp_path: Path) -> None:
    seed = random.randrange(10**6)
    print("seed", seed)
    chance = random.Random(seed)
    with mail_server(tmp_path / "maildir") as (kept, port):
        bench = Bench(tmp_path, port)
        in_the_middle = work_with_kills(bench, "silence", chance)
        assert bench.count("select count(*) from health_silence where told_at is not null") == HOMES
        bench.run(RETURN)
        in_the_middle += work_with_kills(bench, "silence_over", chance)
        assert bench.count("select count(*) from health_silence where over_at is not null") == HOMES
        print("in the middle", in_the_middle)
        assert in_the_middle >= 3, "Too few kills hit the work under way to show anything."
        check(bench, kept)


def check(bench: Bench, kept: Kept) -> None:
    arrived = Counter((str(message["To"]), str(message["Subject"]).split(":")[1]) for message in kept.messages)
    assert set(arrived.values()) == {1}, "An owner got a mail twice."
    sent = bench.count("select count(*) from mail_outboxmessage where state = 'sent'")
    assert sent <= len(arrived) <= 2 * HOMES
    assert bench.count("select count(*) from mail_outboxmessage") == 2 * HOMES
