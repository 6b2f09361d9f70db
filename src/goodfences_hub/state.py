"""What the hub remembers, in one SQLite file: its token, segments, gaps, events, clips and how much they were.

A row is written after the file that it names is durable, and a file is removed before its row: whatever moment
the power goes, no row names a file that isn't whole.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE IF NOT EXISTS segment (
    id INTEGER PRIMARY KEY,
    camera TEXT NOT NULL,
    session TEXT NOT NULL,      -- packets of one session have one clock and one set of parameters
    position_us INTEGER NOT NULL,
    starts_at REAL NOT NULL,    -- seconds since 1970, UTC
    ends_at REAL NOT NULL,
    size INTEGER NOT NULL,
    file TEXT NOT NULL UNIQUE,
    drift_ms INTEGER            -- by which the host's clock was ahead of the camera's own time, where it has one
);
CREATE INDEX IF NOT EXISTS segment_by_time ON segment (camera, starts_at);

CREATE TABLE IF NOT EXISTS gap (
    id INTEGER PRIMARY KEY,
    camera TEXT NOT NULL,
    starts_at REAL NOT NULL,
    ends_at REAL,
    why TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS gap_by_time ON gap (camera, starts_at);

CREATE TABLE IF NOT EXISTS event (
    id INTEGER PRIMARY KEY,
    camera TEXT NOT NULL,
    session TEXT NOT NULL,
    kind TEXT NOT NULL,
    starts_at REAL NOT NULL,
    ends_at REAL                -- NULL while it goes on
);
CREATE INDEX IF NOT EXISTS event_by_time ON event (camera, starts_at);

CREATE TABLE IF NOT EXISTS label (
    event INTEGER PRIMARY KEY REFERENCES event (id),
    label TEXT NOT NULL CHECK (label IN ('', 'person', 'vehicle', 'animal'))    -- empty: looked at, and nothing
);
CREATE TRIGGER IF NOT EXISTS label_goes_with_its_event AFTER DELETE ON event
BEGIN DELETE FROM label WHERE event = OLD.id; END;

CREATE TABLE IF NOT EXISTS clip (
    event INTEGER PRIMARY KEY REFERENCES event (id),
    upload_as TEXT NOT NULL,    -- the camera in the network
    starts_at REAL NOT NULL,
    duration_ms INTEGER NOT NULL,
    size INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    file TEXT NOT NULL,
    state TEXT NOT NULL,        -- waiting, uploaded, refused
    ref TEXT NOT NULL DEFAULT '',
    refusal TEXT NOT NULL DEFAULT '',
    drift_ms INTEGER            -- of its last segment
);
CREATE INDEX IF NOT EXISTS clip_waiting ON clip (event) WHERE state = 'waiting';

CREATE TABLE IF NOT EXISTS ask (
    ref TEXT PRIMARY KEY,
    request TEXT NOT NULL,      -- as the public record proves it, JSON
    cameras TEXT NOT NULL,      -- refs of those it is about, JSON
    told_at REAL NOT NULL,
    state TEXT NOT NULL,        -- waiting, sharing, shared, declining, declined, over
    why TEXT NOT NULL DEFAULT '',
    decision TEXT NOT NULL DEFAULT ''   -- signed
);

CREATE TABLE IF NOT EXISTS cut (
    id INTEGER PRIMARY KEY,
    ask TEXT NOT NULL REFERENCES ask (ref),
    camera TEXT NOT NULL,
    upload_as TEXT NOT NULL,
    starts_at REAL NOT NULL,
    duration_ms INTEGER NOT NULL,
    audio INTEGER NOT NULL,
    size INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    file TEXT NOT NULL,
    masks TEXT NOT NULL,        -- that are black in it, JSON
    clip TEXT NOT NULL DEFAULT '',      -- its ref in the network, once it is there
    wanted TEXT NOT NULL DEFAULT '',    -- ref of what the owner asked for on the network's page; else chosen here
    drift_ms INTEGER            -- of its last segment
);
CREATE INDEX IF NOT EXISTS cut_of_ask ON cut (ask, wanted);

CREATE TABLE IF NOT EXISTS sign_in (
    hash TEXT PRIMARY KEY,      -- of the token in a browser of the household
    until REAL NOT NULL
);

CREATE TABLE IF NOT EXISTS score (
    camera TEXT NOT NULL,
    at INTEGER NOT NULL,        -- begin of ten seconds in which something changed
    low INTEGER NOT NULL,       -- cells of the picture that did at most, at this sensitivity
    normal INTEGER NOT NULL,
    high INTEGER NOT NULL,
    PRIMARY KEY (camera, at)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS traffic (
    camera TEXT NOT NULL,
    day TEXT NOT NULL,          -- in UTC
    recorded INTEGER NOT NULL,  -- bytes
    uploaded INTEGER NOT NULL,
    PRIMARY KEY (camera, day)
) WITHOUT ROWID;
"""

ADDED = (("segment", "drift_ms", "INTEGER"), ("clip", "drift_ms", "INTEGER"), ("cut", "drift_ms", "INTEGER"))
"""Columns that the tables of an earlier hub lack."""

TOKEN = "token"  # noqa: S105  # the name that the hub's own is remembered under
HUB_WAS_OFF = "The hub was off."
SETTINGS_CHANGED = "Its settings were changed."
OWN_GAPS = {HUB_WAS_OFF, SETTINGS_CHANGED}
"""Whys of gaps that are no camera's fault."""


class State:
    """The database; safe to use from any thread."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        path.chmod(0o600)
        self._database.row_factory = sqlite3.Row
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.execute("PRAGMA cache_size = -512")
        self._database.executescript(SCHEMA)
        self._add_what_is_new()

    def _add_what_is_new(self) -> None:
        for table, column, kind in ADDED:
            there = self._database.execute(f"PRAGMA table_info({table})").fetchall()
            if column not in {each["name"] for each in there}:
                self._database.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")

    def close(self) -> None:
        with self._lock:
            self._database.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it or nothing."""
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")

    def do(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Run one statement; returns the id of a row that it added."""
        with self._lock:
            return int(self._database.execute(sql, values).lastrowid or 0)

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        with self._lock:
            return self._database.execute(sql, values).fetchall()

    def row(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Row | None:
        """The first, or None."""
        found = self.rows(sql, values)
        return found[0] if found else None

    def fact(self, name: str) -> str:
        """What was remembered under this name; empty where nothing was."""
        found = self.row("SELECT value FROM fact WHERE name = ?", (name,))
        return str(found["value"]) if found else ""

    def call(self, event: int, label: str) -> None:
        """Remember what an event shows, in a word, in the place of what was remembered before."""
        self.do("INSERT OR REPLACE INTO label VALUES (?, ?)", (event, label))

    def note_seen(self, camera: str, at: datetime) -> None:
        """That the camera gave a picture then."""
        self.remember(_seen(camera), str(at.timestamp()))

    def seen_at(self, camera: str) -> float | None:
        """When it last did, in seconds since 1970; None where it never has."""
        seen = self.fact(_seen(camera))
        return float(seen) if seen else None

    def count_bytes(self, camera: str, day: date, *, recorded: int = 0, uploaded: int = 0) -> None:
        """Add to what this day (in UTC) of a camera came to."""
        self.do(
            "INSERT INTO traffic VALUES (?, ?, ?, ?) ON CONFLICT (camera, day) DO UPDATE"
            " SET recorded = recorded + excluded.recorded, uploaded = uploaded + excluded.uploaded",
            (camera, day.isoformat(), recorded, uploaded),
        )

    def bytes_by_day(self, camera: str, days: int) -> list[sqlite3.Row]:
        """`day`, `recorded` and `uploaded` of the newest days that came to anything, the newest first."""
        return self.rows(
            "SELECT day, recorded, uploaded FROM traffic WHERE camera = ? ORDER BY day DESC LIMIT ?", (camera, days)
        )

    def remember(self, name: str, value: str) -> None:
        self.do("INSERT OR REPLACE INTO fact VALUES (?, ?)", (name, value))


def _seen(camera: str) -> str:
    return f"camera {camera} seen"
