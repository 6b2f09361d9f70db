"""An instance for a bench: real settings and schema over a folder, which is removed again or stays."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def throwaway(*, parent: str | None = None) -> Iterator[Path]:
    """`standing` in a temporary state folder below `parent`, which is yielded."""
    with (
        tempfile.TemporaryDirectory(prefix="goodfences-bench-", dir=parent) as folder,
        standing(Path(folder)) as state,
    ):
        yield state


@contextmanager
def standing(state: Path, *, database: str = "") -> Iterator[Path]:
    """Set Django up over this state folder, which stays, and yield it.

    Must come before anything imports models: a process has one set of settings. The database is not
    yet migrated. An instance's own data is out of reach: GOODFENCES_STATE and DATABASE_URL are replaced, this one by
    `database`: nothing is SQLite in the folder.
    """
    os.environ["GOODFENCES_STATE"] = str(state)
    os.environ["DATABASE_URL"] = database
    os.environ.setdefault("GOODFENCES_LOG", "WARNING")
    os.environ["GOODFENCES_NOTICE_DAYS"] = "0"
    os.environ["DJANGO_SETTINGS_MODULE"] = "goodfences.settings"
    import django

    django.setup()
    try:
        yield state
    finally:
        from django.db import connections

        connections.close_all()


def migrate(database: str = "default") -> None:
    """Make the schema in one of the instance's databases, and leave no connection open."""
    from django.db import connections

    from goodfences import migrating

    migrating.migrate(database)
    connections[database].close()
