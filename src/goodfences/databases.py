"""What Django is told of the database. Read by the settings.

Through a pool that lends a connection for one transaction (pgbouncer's `transaction` mode) nothing may be left on a
connection between two transactions: no cursors of the server's, no prepared statements, no SET, no advisory locks.
So there are none, with or without a pool.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import dj_database_url

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

CONNECT_SECONDS = 5
REPLICA_CONNECT_SECONDS = 2
SILENT_MS = 15_000
"""A machine that lost its power closes no connection: after so long without a word there is nobody any more."""


def of(url: str, *, folder: Path) -> dict[str, Any]:
    """The database at `url`; without one, a file of SQLite in the state folder."""
    found = _parsed(url or f"sqlite:///{folder / 'goodfences.sqlite3'}")
    found["CONN_MAX_AGE"] = 60
    if found["ENGINE"] == "django.db.backends.sqlite3":
        return found | {"OPTIONS": _sqlite()}
    # A connection that a failover has cut is found out before a request uses it.
    return found | {
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": {**_patience(), **found.get("OPTIONS", {}), "prepare_threshold": None},
    }


def replica(url: str) -> dict[str, Any]:
    """A server that follows the one at DATABASE_URL. Who finds it away turns to that one, so nobody waits long."""
    found = of(url, folder=Path())
    patience = {"connect_timeout": REPLICA_CONNECT_SECONDS}
    return found | {"OPTIONS": found["OPTIONS"] | patience, "TEST": {"MIRROR": "default"}}


def through_a_pool(connection: BaseDatabaseWrapper) -> bool:
    """Whether a pool stands between us and the server: it tells each client a process number of its own making, by
    which a statement is canceled, and the server knows its own.
    """
    if connection.vendor != "postgresql":
        return False
    connection.ensure_connection()
    assert connection.connection is not None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (served_by,) = cursor.fetchone()
    return bool(connection.connection.info.backend_pid != served_by)


def _parsed(url: str) -> dict[str, Any]:
    """As dj_database_url does, and several hosts too: the first that suits `target_session_attrs` is taken."""
    if "," not in url.partition("://")[2].partition("/")[0]:
        return dict(dj_database_url.parse(url))
    from psycopg.conninfo import conninfo_to_dict

    said = {name: str(value) for name, value in conninfo_to_dict(url).items()}
    names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    found: dict[str, Any] = {ours: said.pop(name, "") for ours, name in names.items()}
    return {"ENGINE": "django.db.backends.postgresql", **found, "OPTIONS": said}


def _patience() -> dict[str, Any]:
    return {
        "connect_timeout": CONNECT_SECONDS,
        "keepalives_idle": 5,
        "keepalives_interval": 5,
        "keepalives_count": 2,
        "tcp_user_timeout": SILENT_MS,
    }


def _sqlite() -> dict[str, Any]:
    # synchronous=FULL: what was acknowledged must survive a power loss (P8), at the price of an fsync a commit.
    # secure_delete: what was deleted is overwritten, a destroyed key above all (P7).
    return {
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": (
            "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;PRAGMA secure_delete=ON;"
            "PRAGMA mmap_size=268435456;PRAGMA journal_size_limit=67108864;PRAGMA cache_size=-32000"
        ),
    }
