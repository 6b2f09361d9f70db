"""What the worker does for the vault."""

from __future__ import annotations

from django.db import connection

from goodfences.vault import rotation, slowly

PATIENCE_MS = 1000
"""How long other readers of the database may keep a wipe waiting; the next one comes soon."""


def run_due(limit: int) -> int:
    """Leave nothing of destroyed keys in the files of the database (P7), and end a rotation of the master key whose
    hour is over; returns 0, for there is never more to do.

    SQLite appends changes to a log and keeps overwritten pages there until that is begun anew: a key that was
    destroyed would lie in it for as long as nothing else is written. Other databases tidy up by themselves
    (docs/vault.md says when).
    """
    rotation.finish_due()
    if connection.vendor == "sqlite":
        _empty_log()
    return 0


def _empty_log() -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        (usual,) = cursor.fetchone()
        cursor.execute(f"PRAGMA busy_timeout={PATIENCE_MS}")
        try:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            cursor.execute(f"PRAGMA busy_timeout={int(usual)}")


def run_scrub(limit: int) -> int:
    """Read a little of the store back."""
    return slowly.run(limit)
