"""The database in a backup: one consistent moment of it, while everybody goes on writing.

SQLite: its own backup, from a connection that holds one reading transaction. PostgreSQL: pg_dump's custom format,
which `pg_restore` reads without this program.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from goodfences.operating.backups.shelf import STEP, Readable, Unusable, pieces

Told = Callable[[str, int], None]
_PAGES = 4096
_COPY = "backup-copy.sqlite3"
_DATABASE = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGDATABASE": "NAME"}
_PRIMARY = {"PGTARGETSESSIONATTRS": "read-write"}


def engine() -> str:
    return connection.vendor


@contextmanager
def dumped(told: Told) -> Iterator[Readable]:
    """The whole database as bytes, of one moment. Raises Unusable; so does leaving where it turns out incomplete."""
    with (_sqlite if engine() == "sqlite" else _postgresql)(told) as raw:
        yield raw


def load(raw: Readable) -> None:
    """Fill the empty database, whole or not at all. Raises Unusable."""
    (_into_sqlite if engine() == "sqlite" else _into_postgresql)(raw)


def postgres_environment(database: Mapping[str, Any]) -> dict[str, str]:
    """How PostgreSQL's own programs find the database, by every variable that libpq has for what DATABASE_URL says:
    no password stands on a command line.

    Of several hosts the primary is meant, whatever pages may be read from: one that follows can't be restored to, and
    a dump of it is of a moment before deleting was held up.
    """
    from psycopg.pq import Conninfo

    variables = {one.keyword.decode(): one.envvar.decode() for one in Conninfo.get_defaults() if one.envvar}
    options = {
        variables[name]: str(value) for name, value in database.get("OPTIONS", {}).items() if name in variables
    }
    known = {name: str(database[key]) for name, key in _DATABASE.items() if database.get(key)}
    found = {**options, **known}
    hosts = found.get("PGHOST") or found.get("PGHOSTADDR") or ""
    return {**os.environ, **found, **(_PRIMARY if "," in hosts else {})}


@contextmanager
def _sqlite(told: Told) -> Iterator[Readable]:
    """By way of a copy in the state folder, which is as private as the database; wiped behind itself."""
    copy = Path(settings.STATE) / _COPY
    _wipe(copy)
    try:
        _copy(Path(settings.DATABASES["default"]["NAME"]), copy, told)
        with copy.open("rb") as raw:
            yield raw
    finally:
        _wipe(copy)


def _copy(database: Path, copy: Path, told: Told) -> None:
    os.close(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with (
        closing(sqlite3.connect(database, timeout=30, isolation_level=None)) as live,
        closing(sqlite3.connect(copy)) as to,
    ):
        # Held until the end: else each write of somebody else would make the copy begin anew.
        live.execute("BEGIN")
        live.execute("SELECT count(*) FROM sqlite_master").fetchone()
        size = live.execute("PRAGMA page_size").fetchone()[0]
        done = 0

        def tell(_status: int, left: int, total: int) -> None:
            nonlocal done
            told("database", (total - left - done) * size)
            done = total - left

        live.backup(to, pages=_PAGES, progress=tell, sleep=0)
        to.execute("PRAGMA journal_mode=DELETE")


def _wipe(copy: Path) -> None:
    """It holds keys that are destroyed one day, and freed blocks would keep them (P7)."""
    if copy.exists():
        with copy.open("r+b") as file:
            for _ in range(0, copy.stat().st_size, STEP):
                file.write(bytes(STEP))
            file.flush()
            os.fsync(file.fileno())
    for name in (copy.name, f"{copy.name}-journal"):
        copy.with_name(name).unlink(missing_ok=True)


@contextmanager
def _postgresql(told: Told) -> Iterator[Readable]:
    # Compressed by us, as every dump is.
    command = [_program("pg_dump"), "--format=custom", "--compress=0", "--no-owner", "--no-privileges"]
    environment = postgres_environment(settings.DATABASES["default"])
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as running:
        assert running.stdout is not None and running.stderr is not None
        try:
            yield _Counted(running.stdout, told)
            trouble = running.stderr.read().decode(errors="replace").strip()
            if running.wait() != 0:
                raise Unusable(f"pg_dump failed: {trouble}")
        finally:
            running.kill()


class _Counted:
    def __init__(self, raw: Readable, told: Told) -> None:
        self._raw, self._told = raw, told

    def read(self, size: int = -1, /) -> bytes:
        piece = self._raw.read(size)
        self._told("database", len(piece))
        return piece


def _into_sqlite(raw: Readable) -> None:
    database = Path(settings.DATABASES["default"]["NAME"])
    connection.close()
    database.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = database.with_name(f"{database.name}.restoring")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        for piece in pieces(raw):
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    with closing(sqlite3.connect(draft)) as opened:
        found = opened.execute("PRAGMA quick_check").fetchall()
    if found != [("ok",)]:
        draft.unlink()
        raise Unusable(f"The database in this backup is damaged: {found[0][0]}. Take another backup.")
    for name in (f"{database.name}-wal", f"{database.name}-shm"):
        database.with_name(name).unlink(missing_ok=True)
    draft.replace(database)


def _into_postgresql(raw: Readable) -> None:
    environment = postgres_environment(settings.DATABASES["default"])
    command = [_program("pg_restore"), "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
    command.append(f"--dbname={environment.get('PGDATABASE', '')}")
    connection.close()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as running:
        assert running.stdin is not None and running.stderr is not None
        try:
            for piece in pieces(raw):
                running.stdin.write(piece)
            running.stdin.close()
        except BrokenPipeError:
            pass  # it says why below
        except BaseException:
            running.kill()
            raise
        trouble = running.stderr.read().decode(errors="replace").strip()
        if running.wait() != 0:
            raise Unusable(f"pg_restore failed, and nothing was restored: {trouble}")


def _program(name: str) -> str:
    found = shutil.which(
        name, path=f"{os.environ.get('GOODFENCES_PG_BIN', '')}{os.pathsep}{os.environ.get('PATH', '')}"
    )
    if found is None:
        raise Unusable(
            f"{name} isn't here. Install PostgreSQL's client programs (Debian: postgresql-client), or say with "
            "GOODFENCES_PG_BIN in which folder they lie."
        )
    return found
