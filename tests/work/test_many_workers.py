"""Three real workers, each as on a machine of its own, on one PostgreSQL; one of them is killed in the middle."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from goodfences import source
from goodfences.agencies.models import Agency
from goodfences.cameras.models import Camera, Device
from goodfences.clips.models import Clip
from goodfences.ledger import queries as entries
from goodfences.mail.models import OutboxMessage
from goodfences.people.models import Account
from goodfences.video_requests.models import Ask, AskingBatch, Matching, VideoRequest
from goodfences.work.models import Turn
from goodfences.work.turns import LASTS
from tests import ingest
from tests.environment import PYTHONPATH
from tests.footage import make_video
from tests.instance import wait_until
from tests.mail.servers import Kept, mail_server
from tests.video_requests.conftest import (
    add_homes,
    draft,
    open_another,
    opened,
    policy_published,
    submitted,
    unsigned,
)

__all__ = ["draft", "opened", "policy_published", "submitted", "unsigned"]

pytestmark = [pytest.mark.at_once, pytest.mark.django_db(transaction=True)]

HOMES = 36
WORK = """
import sys
from datetime import UTC, datetime
from pathlib import Path

import django; django.setup()
from django.conf import settings

settings.KEYS, settings.LEDGER_STATE = Path(sys.argv[3]), Path(sys.argv[4])
from goodfences import source, worker
from goodfences.video_requests import matching

matching.step.__kwdefaults__["batch"] = 3
clock = datetime(2026, 11, 24, 12, int(sys.argv[2]), tzinfo=UTC)
with source.using(source.SeededSource(int(sys.argv[1]), clock)):
    worker.Worker().run()
"""


class Machines:
    """Starts workers that share a database, the blobs and the keys, and nothing else."""

    def __init__(self, folder: Path, settings: Any, port: int) -> None:
        self.folder, self.settings, self.running = folder, settings, {}
        server = os.environ["DATABASE_URL"].rpartition("/")[0]
        self.environment = {
            **os.environ,
            "PYTHONPATH": PYTHONPATH,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATABASE_URL": f"{server}/{connection.settings_dict['NAME']}",
            "GOODFENCES_BLOBS": settings.BLOBS,
            "GOODFENCES_SMTP_PORT": str(port),
            "GOODFENCES_SMTP_CONNECTIONS": "1",
        }

    def start(self, machine: int, *, seed: int, minute: int = 0) -> None:
        state = self.folder / f"machine-{machine}"
        state.mkdir(exist_ok=True)
        given = [str(seed), str(minute), str(self.settings.KEYS), str(self.settings.LEDGER_STATE)]
        with (state / "log").open("a") as log:
            self.running[machine] = subprocess.Popen(
                [sys.executable, "-c", WORK, *given],
                env={**self.environment, "GOODFENCES_STATE": str(state)},
                stderr=log,
            )

    def kill(self, machine: int) -> None:
        self.running[machine].kill()
        self.running.pop(machine).wait()

    def stop(self) -> list[int]:
        for process in self.running.values():
            process.terminate()
        return [process.wait(60) for process in self.running.values()]

    def troubles(self) -> str:
        logs = "".join(log.read_text() for log in self.folder.glob("machine-*/log"))
        return "\n".join(line for line in logs.splitlines() if " ERROR " in line or "Traceback" in line)


@pytest.fixture(autouse=True)
def vault_folder(tmp_path: Path, settings: Any) -> None:
    settings.KEYS, settings.BLOBS = tmp_path / "keys", str(tmp_path / "blobs")


@pytest.fixture
def town(opened: VideoRequest, harbor: Agency, olives_device: Device, street_camera: Camera) -> VideoRequest:
    add_homes(HOMES, opened)
    Camera.objects.filter(pk=street_camera.pk).update(may_be_asked=False)
    open_another(opened, harbor, 1)
    open_another(opened, opened.agency, 2, expires_at=source.now() - timedelta(hours=1))
    for seed in range(3):
        ingest.stored(olives_device, street_camera, make_video(seed=seed))
    return opened


def left() -> str:
    """What isn't done yet; nothing where all is."""
    waiting = {
        "mail": OutboxMessage.objects.filter(state__in=["waiting", "claimed"]).count(),
        "asks": 2 * HOMES - Ask.objects.count(),
        "fan-outs": 2 - Matching.objects.filter(finished_at__isnull=False).count(),
        "clips": Clip.objects.filter(state="stored", checked_at=None).count(),
        "ended": VideoRequest.objects.filter(state="open", expires_at__lt=source.now()).count(),
    }
    return ", ".join(f"{count} {what}" for what, count in waiting.items() if count)


def test_one_that_is_killed_loses_nothing_and_nothing_is_done_twice(
    town: VideoRequest, olive: Account, settings: Any, tmp_path: Path
) -> None:
    with mail_server(tmp_path / "maildir") as (kept, port):
        machines = Machines(tmp_path, settings, port)
        try:
            for number in range(3):
                machines.start(number, seed=100 + number)
            wait_until(lambda: len(kept.messages) >= 10, "ten messages", seconds=120)
            machines.kill(0)
            killed_at = datetime.now(UTC)
            in_the_middle = left()
            # It comes back, as a service manager has it, when its claims have run out; so have, to it, the others'.
            machines.start(0, seed=200, minute=30)
            wait_until(lambda: not left(), "the end of all work", seconds=150)
            # If the one that was killed had the turn, its row still says so for a while.
            a_living_ones = Turn.objects.filter(until__gt=killed_at + LASTS)
            wait_until(a_living_ones.exists, "a turn of one that lives", seconds=90)
            holders = Turn.objects.count()
        finally:
            ends = machines.stop()
    assert in_the_middle, "The kill came too late to show anything."
    assert ends == [0, 0, 0] and not machines.troubles()
    check_mail(kept)
    assert not AskingBatch.objects.exists()
    assert set(Counter(Ask.objects.values_list("owner", "video_request")).values()) == {1}
    assert (
        Clip.objects.filter(camera__household__members=olive, state="stored", checked_at__isnull=False).count() == 3
    )
    named = set(Clip.objects.exclude(blob="").values_list("blob", flat=True))
    files = {str(path.relative_to(settings.BLOBS)) for path in Path(settings.BLOBS).glob("clips/*/*")}
    assert named <= files
    assert holders == 1 and not Turn.objects.exists(), "One has the turn, and gives it back when it ends."
    closed = entries.entries(kind="request.closed", subject="request:another2")
    assert closed.count() == 1, "What the clock starts is done once."


def check_mail(kept: Kept) -> None:
    rows = dict(OutboxMessage.objects.filter(template="ask").values_list("ref", "state"))
    arrived = Counter(str(message["Message-ID"]).strip("<>").partition("@")[0] for message in kept.messages)
    assert set(arrived.values()) == {1}, "A message was doubled."
    assert len(rows) == 2 * HOMES and set(rows.values()) <= {"sent", "uncertain"}
    assert {ref for ref, state in rows.items() if state == "sent"} <= set(arrived)
    # What one connection had in the air when its worker died.
    assert Counter(rows.values())["uncertain"] <= 1
