"""A worker that is killed with -9 anywhere while it prepares a share leaves one share, and no stray file."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

from goodfences.clips.models import Clip
from goodfences.evidence.models import Share

POINTS = ["cut", "store", "sign", "record", "commit"]

WORKER = '''
import json, os, signal, sys
from datetime import UTC, datetime
from pathlib import Path

import django
from django.conf import settings

settings.KEYS, settings.BLOBS, settings.LEDGER_STATE = Path(sys.argv[2]), sys.argv[3], Path(sys.argv[4])
django.setup()
from goodfences import source
from goodfences.evidence import custody, opening, receipts, tasks
from goodfences.evidence.models import SharedVideo
from goodfences.evidence.owner import preparing, sealing
from goodfences.redaction import making
from tests.clips import streams


def die_after(place, name):
    """Do the first of these steps for real, then die without a word."""
    before = getattr(place, name)

    def last(*given, **named):
        before(*given, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(place, name, last)


steps = {"cut": (making, "make"), "store": (sealing, "store"), "sign": (receipts, "sign"),
         "record": (custody, "record"), "commit": (preparing.Share, "save")}
if sys.argv[1] in steps:
    die_after(*steps[sys.argv[1]])
with source.using(source.SeededSource(2, datetime(2026, 11, 24, 12, int(sys.argv[5]), tzinfo=UTC))):
    tasks.run_due(10)
    videos = list(SharedVideo.objects.all())
print(json.dumps([[v.blob, streams.numbers(b"".join(opening.chunks(v)))] for v in videos]))
'''


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_anywhere_leaves_one_share_and_no_stray_file(
    clip: Clip, share_it: Callable[..., Share], settings: Any, tmp_path: Path
) -> None:
    share = share_it(clip)
    for point in POINTS:
        database = copy_of_the_database(point, tmp_path)
        blobs = tmp_path / "blobs-of" / point
        subprocess.run(["cp", "-r", settings.BLOBS, _parent(blobs)], check=True)
        killed = work(point, database, blobs, settings, tmp_path)
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        assert rows(database, "select state from evidence_share") == [("preparing",)]
        assert rows(database, "select count(*) from evidence_sharedvideo") == [(0,)]
        done = work("", database, blobs, settings, tmp_path)
        assert json.loads(done.stdout) == [[share.blob_names()[0], list(range(15, 45))]], done.stderr
        assert [path.name for path in (blobs / "shared").iterdir()] == [Path(share.blob_names()[0]).name]


def copy_of_the_database(name: str, tmp_path: Path) -> str:
    """The DATABASE_URL of a new database with all that is in the test's own."""
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        with closing(sqlite3.connect(tmp_path / f"{name}.sqlite3")) as copy:
            connection.connection.backup(copy)
        return f"sqlite:///{tmp_path / name}.sqlite3"
    original = connection.settings_dict["NAME"]
    connection.close()  # PostgreSQL copies only a database that nobody is using.
    server = os.environ["DATABASE_URL"]
    with psycopg.connect(server, autocommit=True) as maintenance:
        maintenance.execute(f'create database "{original}_{name}" template "{original}"')
    return f"{server.rpartition('/')[0]}/{original}_{name}"


def rows(database: str, query: str) -> list[tuple[Any, ...]]:
    """What another process left in a copy."""
    opened = psycopg.connect(database) if connection.vendor == "postgresql" else sqlite3.connect(database[10:])
    with closing(opened) as copy:
        return copy.execute(query).fetchall()


def _parent(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def work(point: str, database: str, blobs: Path, settings: Any, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """A worker of its own, on its own copy of everything; it dies after `point`."""
    env = os.environ | {
        "DATABASE_URL": database,
        "PYTHONPATH": f"{Path('src').resolve()}:{Path().resolve()}",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "GOODFENCES_STATE": str(tmp_path / "state"),
    }
    # Who goes on comes when the killed one's claim is over.
    minute = "0" if point else "30"
    arguments = [point or "-", str(settings.KEYS), str(blobs), str(settings.LEDGER_STATE), minute]
    command = [sys.executable, "-c", WORKER, *arguments]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)
