"""A change of a table that is in use lets others pass, and is tried again."""

from __future__ import annotations

import threading
import time

import pytest
from django.db import OperationalError, connection, transaction

from goodfences import migrating
from goodfences.work.models import Turn

pytestmark = [pytest.mark.at_once, pytest.mark.django_db(transaction=True)]


def alter() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE work_turn IN ACCESS EXCLUSIVE MODE")


class Reading(threading.Thread):
    """A long query, which a change of its table has to wait for."""

    def __init__(self) -> None:
        super().__init__()
        self.reads, self.end = threading.Event(), threading.Event()

    def run(self) -> None:
        with transaction.atomic():
            Turn.objects.exists()
            self.reads.set()
            self.end.wait(30)
        connection.close()


def test_it_is_tried_again_until_the_table_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrating, "WAITS_MS", 50)
    monkeypatch.setattr(migrating, "REST_SECONDS", 0.05)
    long = Reading()
    long.start()
    assert long.reads.wait(30)
    threading.Timer(0.5, long.end.set).start()
    began = time.monotonic()
    with migrating._impatient(connection):
        migrating.patiently(alter)
    assert time.monotonic() - began >= 0.4
    long.join()
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("0",)


def test_it_gives_up_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrating, "WAITS_MS", 20)
    monkeypatch.setattr(migrating, "REST_SECONDS", 0.01)
    monkeypatch.setattr(migrating, "TRIES", 3)
    long = Reading()
    long.start()
    assert long.reads.wait(30)
    tries = []
    with migrating._impatient(connection), pytest.raises(OperationalError):
        migrating.patiently(lambda: tries.append(1) or alter())
    long.end.set()
    long.join()
    assert len(tries) == 3


def test_what_else_goes_wrong_is_told_at_once() -> None:
    def broken() -> None:
        raise OperationalError("the disk is full")

    with pytest.raises(OperationalError, match="disk"):
        migrating.patiently(broken)
