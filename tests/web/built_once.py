"""`Everything`, built once a process and put back for the next test that begins alike.

Building it takes most of a second, and a hundred tests want it. What it did to the rows, the files and the clock is
kept, and a test whose rows and clock are the same before gets that: what building would give it once more, since
building draws on nothing else. For that a test on PostgreSQL numbers its rows from where they are: `number_anew`.
"""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, transaction

from goodfences.source import SeededSource
from tests.web.everything import Everything

Rows = dict[str, frozenset[tuple[Any, ...]]]
"""By table; on PostgreSQL each as one text."""
SEQUENCES = "sqlite_sequence"
"""How far SQLite has numbered the rows of each table."""


@dataclass(frozen=True)
class _Built:
    before: Rows
    after: Rows
    clock: bytes
    made: bytes
    files: Path


_kept: dict[bytes, _Built] = {}


def built_once(
    build: Callable[[], Everything], *, clock: SeededSource, home: Path, keep: Callable[[], Path]
) -> Everything:
    """What `build()` makes, its files below the empty folder `home`; `keep()` gives a folder for a copy of these."""
    before = rows()
    begins_like = pickle.dumps([connection.in_atomic_block, _in_order(before), vars(clock)])
    if begins_like in _kept:
        return _put_back(_kept[begins_like], clock, home)
    made = build()
    files = shutil.copytree(home, keep(), dirs_exist_ok=True)
    _kept[begins_like] = _Built(before, rows(), pickle.dumps(vars(clock)), pickle.dumps(made), files)
    return made


def number_anew() -> None:
    """Each table's next row gets the number after its last: what rolled back tests took is forgotten."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(_numbering())


def rows() -> Rows:
    """All that there are."""
    if connection.vendor == "sqlite":
        return {table: frozenset(connection.connection.execute(read)) for table, (read, _) in _statements().items()}
    found: dict[str, set[tuple[str]]] = {table: set() for table in connection.introspection.table_names()}
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"""SELECT '{each}', row::text FROM "{each}" row""" for each in found))
        for table, text in cursor.fetchall():
            found[table].add((text,))
    return {table: frozenset(each) for table, each in found.items()}


def _put_back(built: _Built, clock: SeededSource, home: Path) -> Everything:
    with transaction.atomic():
        for table, after in built.after.items():
            if after != built.before[table]:
                _change(table, gone=built.before[table] - after, new=after - built.before[table])
    number_anew()
    shutil.copytree(built.files, home, dirs_exist_ok=True)
    vars(clock).update(pickle.loads(built.clock))
    made: Everything = pickle.loads(built.made)
    return made


def _change(table: str, *, gone: frozenset[tuple[Any, ...]], new: frozenset[tuple[Any, ...]]) -> None:
    if connection.vendor == "sqlite":
        assert {row[0] for row in gone} <= {row[0] for row in new}, f"{table}: building deletes no row"
        connection.connection.executemany(_statements()[table][1], new)
        return
    with connection.cursor() as cursor:
        if gone:
            cursor.execute(f'DELETE FROM "{table}" row WHERE row::text = ANY(%s)', [[text for (text,) in gone]])
        cursor.execute(
            f'INSERT INTO "{table}" SELECT (text::"{table}").* FROM unnest(%s::text[]) text', [[t for (t,) in new]]
        )


def _in_order(rows: Rows) -> list[tuple[str, list[tuple[Any, ...]]]]:
    return [(table, sorted(each, key=repr)) for table, each in sorted(rows.items())]


@cache
def _numbering() -> str:
    sets = connection.ops.sequence_reset_sql(
        no_style(), [model for model in apps.get_models() if model._meta.managed]
    )
    return "\n".join(sets)


@cache
def _statements() -> dict[str, tuple[str, str]]:
    """How SQLite reads each table's rows, the key first, and writes them.

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
