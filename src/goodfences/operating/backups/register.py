"""Which sealed files a backup holds, while it is made: in a file beside the backups, so that memory stays the same
however many there are. It is thrown away afterwards, and a crash costs nothing but its room (some 350 bytes a file).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import astuple
from pathlib import Path

from goodfences.operating.backups.shelf import Kept

_PRAGMAS = ("journal_mode=OFF", "synchronous=OFF", "locking_mode=EXCLUSIVE", "cache_size=-32000")
_SCRIPT = """
CREATE TABLE files (name TEXT PRIMARY KEY, lies TEXT, size INT, modified TEXT, sha256 TEXT, held INT) WITHOUT ROWID;
CREATE TABLE needed (lies TEXT PRIMARY KEY) WITHOUT ROWID;
"""
_PUT = "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?)"


class Register:
    """One file a name: the last that was put under it. Those that are `held` are in the backup that is made."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def know(self, earlier: Iterable[Kept]) -> None:
        """What the backup before holds."""
        self._database.executemany(_PUT, ((*astuple(kept), 0) for kept in earlier))

    def find(self, name: str) -> tuple[Kept, bool] | None:
        """The file of that name, and whether it is held."""
        row = self._database.execute("SELECT * FROM files WHERE name = ?", (name,)).fetchone()
        return None if row is None else (Kept(*row[:-1]), bool(row[-1]))

    def hold(self, kept: Kept) -> None:
        self._database.execute(_PUT, (*astuple(kept), 1))

    def held(self) -> Iterator[Kept]:
        """In the order of their names."""
        for row in self._database.execute("SELECT * FROM files WHERE held ORDER BY name"):
            yield Kept(*row[:-1])

    def counted(self) -> tuple[int, int]:
        """How many are held, and their bytes."""
        count, size = self._database.execute("SELECT count(*), total(size) FROM files WHERE held").fetchone()
        return count, int(size)

    def need(self, kept: Iterable[Kept]) -> None:
        """A backup that stays holds these."""
        self._database.executemany("INSERT OR IGNORE INTO needed VALUES (?)", ((one.lies,) for one in kept))

    def needs(self, lies: str) -> bool:
        return self._database.execute("SELECT 1 FROM needed WHERE lies = ?", (lies,)).fetchone() is not None


@contextmanager
def opened(folder: Path) -> Iterator[Register]:
    """An empty register in a folder that nobody else works in now."""
    path = folder / ".register.sqlite3"
    path.unlink(missing_ok=True)
    try:
        # A folder of another machine's may know no locks.
        with closing(sqlite3.connect(f"{path.as_uri()}?nolock=1", uri=True, isolation_level=None)) as database:
            for pragma in _PRAGMAS:
                database.execute(f"PRAGMA {pragma}")
            database.executescript(_SCRIPT)
            database.execute("BEGIN")
            yield Register(database)
    finally:
        path.unlink(missing_ok=True)
