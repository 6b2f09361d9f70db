"""The notice of a silent demand goes out on its date: after a restart, on a changed clock, from a restored backup."""

from __future__ import annotations

import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.instance import Instance, wait_until

TOWN = "tests.legal_demands.town"
LONG_ENOUGH = 4.0
"""The worker looks every five seconds at most when idle, and at once when it starts."""


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    made = Instance(tmp_path / "state")
    made.migrate()
    made.start_mailbox()
    yield made
    made.stop()


def work(instance: Instance, *, days: float) -> None:
    """The machine starts anew by such a clock: nothing in it knows another time."""
    (instance.state / "worker-clock").unlink(missing_ok=True)
    instance.processes.start("worker", [sys.executable, "-m", TOWN, "worker", str(days)])
    beat = instance.state / "worker-beat"
    beat.unlink(missing_ok=True)
    wait_until(beat.exists, "the worker's first beat")


def told(instance: Instance) -> dict[str, bool]:
    return dict(instance.run(TOWN, "told"))


def test_it_is_told_once_whatever_happens_to_machine_clock_and_database(instance: Instance, tmp_path: Path) -> None:
    instance.run(TOWN, "set-up")
    work(instance, days=0)
    time.sleep(LONG_ENOUGH)
    assert told(instance) == {"told": False, "published": False}
    instance.processes.kill("worker")
    database, backup = instance.state / "goodfences.sqlite3", tmp_path / "backup.sqlite3"
    with closing(sqlite3.connect(database)) as live, closing(sqlite3.connect(backup)) as copy:
        live.backup(copy)

    work(instance, days=31)
    (mail,) = wait_until(instance.mails, "the notice")
    assert mail["To"] == "olive@example.org"
    assert "District court of the county" in mail.get_body(("plain",)).get_content()
    wait_until(lambda: told(instance) == {"told": True, "published": True}, "its publication")
    instance.processes.kill("worker")

    work(instance, days=0)
    time.sleep(LONG_ENOUGH)
    assert len(instance.mails()) == 1
    instance.processes.kill("worker")

    for file in instance.state.glob("goodfences.sqlite3*"):
        file.unlink()
    backup.rename(database)
    assert told(instance) == {"told": False, "published": False}
    work(instance, days=31)
    wait_until(lambda: told(instance)["told"], "that the restored database knows it")
    time.sleep(LONG_ENOUGH)
    assert len(instance.mails()) == 1
    # The ledger says more than this database holds: nothing is added to it before that is mended.
    assert told(instance) == {"told": True, "published": False}
