"""Two PostgreSQL nodes under Patroni: the primary loses its power while people write."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest
from deploy.ha.cluster import cluster
from django.db import DatabaseError
from django.db.utils import ConnectionHandler

from goodfences import databases

pytestmark = [pytest.mark.slow, pytest.mark.postgres]

WRITERS = 3
PATIENCE = 90
"""On a free machine it takes half a minute (docs/database.md); a test's may be busy."""


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


def test_nothing_acknowledged_is_lost_and_writing_goes_on(django_db_blocker: Any) -> None:
    with django_db_blocker.unblock(), cluster() as running:
        connection = ConnectionHandler({"default": databases.of(running.url, folder=Path())})["default"]
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE written (number bigint PRIMARY KEY)")
        writers = [Writer(running.url, first * 1_000_000) for first in range(WRITERS)]
        for writer in writers:
            writer.start()
        running.wait(lambda: all(len(writer.acknowledged) > 50 for writer in writers), "writing", PATIENCE)
        primary = running.primary()
        assert primary is not None
        before = [len(writer.acknowledged) for writer in writers]
        primary.kill()
        took = running.wait(
            lambda: all(len(w.acknowledged) > had + 50 for w, had in zip(writers, before, strict=True)),
            "writing again",
            PATIENCE,
        )
        for writer in writers:
            writer.end.set()
        for writer in writers:
            writer.join(30)
        print(f"writing went on after {took:.1f} s; the longest pause was {max(w.pause for w in writers):.1f} s")
        assert any(writer.troubles for writer in writers), "Nobody noticed: the wrong node was killed."
        connection.close()
        with connection.cursor() as cursor:
            cursor.execute("SELECT number FROM written")
            kept = {number for (number,) in cursor.fetchall()}
        assert not {number for writer in writers for number in writer.acknowledged} - kept
        primary.start()
        running.wait(lambda: primary.says().get("replication_state") == "streaming", "the old one's return", PATIENCE)
        assert not primary.is_primary(), "It comes back as the one that follows."
        connection.close()
