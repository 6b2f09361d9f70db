"""Work that one process of all machines does at a time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now

from goodfences.work import turns
from goodfences.work.models import Turn
from goodfences.work.turns import FileTurn, RowTurn
from tests.at_once import at_once


@pytest.fixture(params=[RowTurn, FileTurn])
def two(request: pytest.FixtureRequest, db: None, settings: Any, tmp_path: Path) -> Any:
    settings.STATE = tmp_path
    return request.param("scheduled"), request.param("scheduled")


def test_one_has_it_until_it_gives_it_back(two: Any) -> None:
    one, other = two
    assert not one.holds() and one.take() and one.holds()
    assert not other.take() and not other.holds()
    assert one.take()
    other.give_back()
    assert one.take()
    one.give_back()
    assert not one.holds() and other.take() and not one.take()


def test_another_piece_of_work_is_another_turn(two: Any) -> None:
    one, _ = two
    assert one.take() and type(one)("other work").take()


@pytest.mark.django_db
def test_who_doesnt_renew_it_loses_it() -> None:
    one, other = RowTurn("scheduled"), RowTurn("scheduled")
    assert one.take()
    Turn.objects.update(until=Now())
    assert other.take() and not one.take() and not one.holds()


@pytest.mark.django_db
def test_who_was_stopped_for_long_knows_without_asking(monkeypatch: pytest.MonkeyPatch) -> None:
    one = RowTurn("scheduled")
    one.take()
    before = time.monotonic
    monkeypatch.setattr(turns.time, "monotonic", lambda: before() + turns.LASTS.total_seconds())
    assert not one.holds()


def test_a_database_of_one_machine_is_spared_the_writing(db: None) -> None:
    expected = FileTurn if connection.vendor == "sqlite" else RowTurn
    assert type(turns.turn("scheduled")) is expected


def test_the_killed_give_a_file_back(settings: Any, tmp_path: Path) -> None:
    settings.STATE = tmp_path
    program = (
        "import fcntl, os, sys, time\n"
        "fd = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT); fcntl.flock(fd, fcntl.LOCK_EX)\n"
        "print('mine', flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "turn-scheduled.lock")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == b"mine\n"
        mine = FileTurn("scheduled")
        assert not mine.take()
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()
    assert mine.take()


@pytest.mark.at_once
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("was_held", [False, True])
def test_of_two_at_once_one_gets_it(was_held: bool) -> None:
    if was_held:
        RowTurn("scheduled").take()
        Turn.objects.update(until=Now())
    assert sorted(at_once(RowTurn("scheduled").take, RowTurn("scheduled").take)) == [False, True]
