"""Two PostgreSQL nodes under Patroni: the primary loses its power while people write."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from deploy.ha.cluster import Cluster, cluster
from django.db import DatabaseError
from django.db.utils import ConnectionHandler

from goodfences import databases
from tests.bench.running import run_bench
from tests.environment import PYTHONPATH

pytestmark = [pytest.mark.slow, pytest.mark.postgres]

WRITERS = 3
PATIENCE = 90
"""How long a failover takes is `goodfences bench faults --database ha`; the machine of a test may be busy."""
UNSENT_SECONDS = 1.0
"""So long before its death a primary's log leaves it no more."""


class Writer(threading.Thread):
    """Writes one number after another, as a request does: a connection that was kept, looked at before it is used."""

    def __init__(self, url: str, first: int) -> None:
        super().__init__(daemon=True)
        self._url, self._number = url, first
        self.acknowledged: list[int] = []
        self.pause = 0.0
        self.troubles: set[str] = set()
        self.end = threading.Event()

    def run(self) -> None:
        connection = ConnectionHandler({"default": databases.of(self._url, folder=Path())})["default"]
        last = time.monotonic()
        while not self.end.is_set():
            self._number += 1
            try:
                connection.close_if_unusable_or_obsolete()
                with connection.cursor() as cursor:
                    cursor.execute("INSERT INTO written VALUES (%s)", [self._number])
            except DatabaseError as error:
                self.troubles.add(type(error).__name__)
                connection.close()
                time.sleep(0.2)
                continue
            self.acknowledged.append(self._number)
            self.pause = max(self.pause, time.monotonic() - last)
            last = time.monotonic()
            time.sleep(0.01)
        connection.close()


@contextmanager
def people_writing(running: Cluster) -> Iterator[list[Writer]]:
    connection = ConnectionHandler({"default": databases.of(running.url, folder=Path())})["default"]
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE written (number bigint PRIMARY KEY)")
    connection.close()
    writers = [Writer(running.url, first * 1_000_000) for first in range(WRITERS)]
    for writer in writers:
        writer.start()
    try:
        everybody_writes(running, writers)
        yield writers
    finally:
        for writer in writers:
            writer.end.set()
        for writer in writers:
            writer.join(30)


def everybody_writes(running: Cluster, writers: list[Writer]) -> float:
    """Until each wrote fifty numbers more; how long it took."""
    had = [len(writer.acknowledged) for writer in writers]
    return running.wait(
        lambda: all(len(w.acknowledged) > before + 50 for w, before in zip(writers, had, strict=True)),
        "writing",
        PATIENCE,
    )


def lost(running: Cluster, writers: list[Writer]) -> set[int]:
    connection = ConnectionHandler({"default": databases.of(running.url, folder=Path())})["default"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM written")
        kept = {number for (number,) in cursor.fetchall()}
    connection.close()
    return {number for writer in writers for number in writer.acknowledged} - kept


def test_nothing_acknowledged_is_lost_and_writing_goes_on(django_db_blocker: Any) -> None:
    with django_db_blocker.unblock(), cluster() as running:
        with people_writing(running) as writers:
            primary = running.primary()
            assert primary is not None
            primary.send_nothing_more()
            time.sleep(UNSENT_SECONDS)
            primary.kill()
            took = everybody_writes(running, writers)
        print(f"writing went on after {took:.1f} s; the longest pause was {max(w.pause for w in writers):.1f} s")
        assert any(writer.troubles for writer in writers), "Nobody noticed: the wrong node was killed."
        assert not lost(running, writers)
        primary.start()
        running.wait(lambda: primary.says().get("replication_state") == "streaming", "the old one's return", PATIENCE)
        assert not primary.is_primary(), "It comes back as the one that follows."


@pytest.mark.failovers
def test_the_site_goes_on_and_what_it_acknowledged_is_there_once() -> None:
    """By the bench, small: people use an instance over HTTP while the primary's machine is killed, then cut off."""
    faults = ["database killed", "database cut off"]
    found = run_bench(
        "faults", "--database", "ha", "--rounds", "2", "--only", ",".join(faults), PYTHONPATH=PYTHONPATH
    )
    assert found["ratios"]["lost_or_doubled"] == 0
    took = {row["fault"]: row["until acknowledged again, s"] for row in found["rows"][:-1]}
    print(took)
    assert [len(took[fault]) for fault in faults] == [1, 1]


@pytest.mark.failovers
def test_without_a_second_copy_the_last_moments_are_lost_and_no_others(django_db_blocker: Any) -> None:
    with django_db_blocker.unblock(), cluster(synchronous=False) as running:
        with people_writing(running) as writers:
            primary = running.primary()
            assert primary is not None
            before = {number for writer in writers for number in writer.acknowledged}
            time.sleep(UNSENT_SECONDS)
            primary.send_nothing_more()
            time.sleep(UNSENT_SECONDS)
            primary.kill()
            everybody_writes(running, writers)
        gone = lost(running, writers)
        print(f"{len(gone)} acknowledged numbers were lost, those of the last {UNSENT_SECONDS:.0f} s")
        assert gone
        assert not gone & before
