"""A database that is made at once is the one that every migration has run on, on both engines."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import connection

from tests import migrated
from tests.instance import Instance
from tests.migrations.conftest import Empty

Shape = dict[str, set[Any]]

COLUMNS = """
SELECT table_name, column_name, udt_name, character_maximum_length, is_nullable, column_default, is_identity,
       collation_name FROM information_schema.columns WHERE table_schema = 'public'
"""
CONSTRAINTS = (
    "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid <> 0"
)
INDEXES = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"


def of_sqlite(url: str) -> Shape:
    """What each table and index says in SQL, whatever the order of the columns; and how many rows there are."""
    with closing(sqlite3.connect(urlsplit(url).path)) as database:
        told = database.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
        names = [
            name
            for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if name != "sqlite_sequence"
        ]
        rows = {(name, database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]) for name in names}
        steps = set(database.execute("SELECT app, name FROM django_migrations"))
    parts = {(name, part) for name, sql in told for part in _parts(sql)}
    return {"parts": parts, "rows": rows, "steps": steps}


def _parts(sql: str) -> Iterator[str]:
    """A statement's parts between the commas that stand in no bracket within its first one."""
    depth, part, text = 0, "", False
    for sign in " ".join(sql.split()):
        text ^= sign == "'"
        depth += 0 if text else (sign == "(") - (sign == ")")
        if sign == "," and depth == 1 and not text:
            yield part.strip()
            part = ""
        elif (sign, depth) != ("(", 1):
            part += sign
        else:
            yield part.strip()
            part = ""
    yield part.strip().removesuffix(")").strip()


def of_postgresql(url: str) -> Shape:
    with psycopg.connect(url) as database:
        tables = [name for (name,) in database.execute(TABLES).fetchall()]
        counted = {(name, _one(database, f'SELECT count(*) FROM "{name}"')) for name in tables}
        steps = set(database.execute("SELECT app, name FROM django_migrations").fetchall())
        shape = {what: set(database.execute(what).fetchall()) for what in (COLUMNS, CONSTRAINTS, INDEXES)}  # type: ignore[call-overload]
    return {**shape, "rows": counted, "steps": steps}


def _one(database: psycopg.Connection[Any], query: str) -> Any:
    row = database.execute(query).fetchone()  # type: ignore[call-overload]
    return row and row[0]


KILLED = f"""
import os, signal
from django.db.migrations.recorder import MigrationRecorder
MigrationRecorder.record_applied = lambda *_given: os.kill(os.getpid(), signal.SIGKILL)
{migrated.MIGRATE}
"""


@pytest.mark.django_db
def test_it_is_the_same_as_by_migrations_also_after_one_that_was_killed(empty: Empty, tmp_path: Path) -> None:
    at_once, by_steps = empty("at_once"), empty("by_steps")

    def run(url: str, *what: str) -> int:
        environment = Instance(tmp_path / "state", DATABASE_URL=url).environment
        return subprocess.run([sys.executable, *what], env={**os.environ, **environment}, check=False).returncode

    assert run(at_once, "-c", KILLED) == -signal.SIGKILL
    assert run(at_once, "-c", migrated.MIGRATE) == 0
    assert run(by_steps, "-m", "django", "migrate", "--verbosity", "0") == 0
    shape = of_sqlite if connection.vendor == "sqlite" else of_postgresql
    assert_same(shape(at_once), shape(by_steps))


def assert_same(one: Shape, other: Shape) -> None:
    for what, found in one.items():
        assert (found - other[what], other[what] - found) == (set(), set()), what
    assert len(one["steps"]) > 80 and len(one["rows"]) > 120
