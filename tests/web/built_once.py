"""`Everything`, built once a process and put back for the next test that begins alike.

Building it takes most of a second, and a hundred tests want it. On SQLite what it did to the rows, the files and the
clock is kept, and a test whose rows and clock are the same before gets that: what building would give it once more,
since building draws on nothing else. On PostgreSQL each test numbers its rows further up, and builds.
"""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from goodfences.source import SeededSource
from tests.web.everything import Everything

Rows = dict[str, frozenset[tuple[Any, ...]]]
SEQUENCES = "sqlite_sequence"
"""How far SQLite has numbered the rows of each table."""


@dataclass(frozen=True)
class _Built:
    new: Rows
    """Those that weren't there before, or were others."""
    clock: bytes
    made: bytes
    files: Path


_kept: dict[bytes, _Built] = {}


def built_once(
    build: Callable[[], Everything], *, clock: SeededSource, home: Path, keep: Callable[[], Path]
) -> Everything:
    """What `build()` makes, its files below the empty folder `home`; `keep()` gives a folder for a copy of these."""
    if connection.vendor != "sqlite":
        return build()
    before = rows()
    begins_like = pickle.dumps([connection.in_atomic_block, _in_order(before), vars(clock)])
    if begins_like in _kept:
        return _put_back(_kept[begins_like], clock, home)
    made = build()
    _kept[begins_like] = _taken(made, before, clock, home, keep())
    return made


def _taken(made: Everything, before: Rows, clock: SeededSource, home: Path, folder: Path) -> _Built:
    after = rows()
    keys = {table: {row[0] for row in rows} for table, rows in after.items()}
    assert all(row[0] in keys[table] for table, rows in before.items() for row in rows), "building deletes nothing"
    shutil.copytree(home, folder, dirs_exist_ok=True)
    new = {table: rows - before[table] for table, rows in after.items()}
    return _Built(new, pickle.dumps(vars(clock)), pickle.dumps(made), folder)


def _put_back(built: _Built, clock: SeededSource, home: Path) -> Everything:
    with transaction.atomic():
        for table, rows in built.new.items():
            if rows:
                connection.connection.executemany(_statements()[table][1], rows)
    shutil.copytree(built.files, home, dirs_exist_ok=True)
    vars(clock).update(pickle.loads(built.clock))
    made: Everything = pickle.loads(built.made)
    return made


def rows() -> Rows:
    return {table: frozenset(connection.connection.execute(read)) for table, (read, _) in _statements().items()}


def _in_order(rows: Rows) -> list[tuple[str, list[tuple[Any, ...]]]]:
    return [(table, sorted(each, key=repr)) for table, each in sorted(rows.items())]


@cache
def _statements() -> dict[str, tuple[str, str]]:
    """How each table's rows are read, its key first, and written.

    Columns are read with a plus before them: by its type alone a moment would be read as another than it is kept.
    """
    found = {}
    for table in sorted({*connection.introspection.table_names(), SEQUENCES}):
        columns = connection.connection.execute(f'PRAGMA table_info("{table}")').fetchall()
        names = sorted((f'"{name}"' for _, name, *_ in columns), key=_keys(columns).__contains__, reverse=True)
        if not _keys(columns):
            names.insert(0, "rowid")
        read = f'SELECT {", ".join(f"+{name}" for name in names)} FROM "{table}"'
        write = f'INSERT OR REPLACE INTO "{table}" ({", ".join(names)}) VALUES ({", ".join("?" * len(names))})'
        found[table] = read, write
    return found


def _keys(columns: list[tuple[Any, ...]]) -> set[str]:
    """The column by which SQLite itself tells rows apart, if the table has one."""
    return {f'"{name}"' for _, name, kind, _, _, is_key in columns if is_key and kind.lower() == "integer"}
