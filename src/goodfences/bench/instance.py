"""A throwaway instance for a bench: real settings and schema over a folder that is removed again."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def throwaway(*, parent: str | None = None) -> Iterator[Path]:
    """Set Django up over a temporary state folder below `parent`, and yield the folder.

    Must come before anything imports models: a process has one set of settings. The database is not
    yet migrated. An instance's own data is out of reach: GOODFENCES_STATE and DATABASE_URL are replaced.
    """
    with tempfile.TemporaryDirectory(prefix="goodfences-bench-", dir=parent) as folder:
        os.environ["GOODFENCES_STATE"] = folder
        os.environ.pop("DATABASE_URL", None)
        os.environ.setdefault("GOODFENCES_LOG", "WARNING")
        os.environ["DJANGO_SETTINGS_MODULE"] = "goodfences.settings"
        import django

        django.setup()
        try:
            yield Path(folder)
        finally:
            from django.db import connections

            connections.close_all()


def migrate(database: str = "default") -> None:
    """Make the schema in one of the instance's databases, and leave no connection open."""
    from django.core.management import call_command
    from django.db import connections

    call_command("migrate", database=database, verbosity=0, interactive=False)
    connections[database].close()
