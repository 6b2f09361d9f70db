"""Brings a database up to date; an empty one at once (`fresh`), any other by migrations with the site up.

A change of a table waits for whoever reads it, and whoever comes after that change waits behind it: one long query
and one short ALTER TABLE together stop a site. So a statement gives up after a few seconds of waiting, lets
everybody pass, and is tried again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from goodfences import databases, fresh

log = logging.getLogger(__name__)

WAITS_MS = 3_000
TRIES = 40
REST_SECONDS = 5.0


class ThroughAPool(Exception):
    """What is set for one connection would be left on another one, and met there by somebody else."""


def migrate(database: str = DEFAULT_DB_ALIAS) -> None:
    """Bring the database up to date. Raises OperationalError where a table stays locked for minutes; ThroughAPool."""
    connection = connections[database]
    if databases.through_a_pool(connection):
        raise ThroughAPool(
            "DATABASE_URL leads through a pool. Set DATABASE_DIRECT_URL to the database's own address."
        )
    if fresh.is_empty(connection):
        fresh.fill(connection)
    with _impatient(connection):
        patiently(lambda: call_command("migrate", database=database, verbosity=0, interactive=False))


def patiently(change: Callable[[], object]) -> None:
    """Do `change`, again and again where it waited too long for a lock. What it had done before must stay done."""
    for left in reversed(range(TRIES)):
        try:
            change()
        except OperationalError as error:
            if not _waited_too_long(error) or not left:
                raise
            log.warning("A table is in use; its change is tried again in %.0f s.", REST_SECONDS)
            time.sleep(REST_SECONDS)
        else:
            return


@contextmanager
def _impatient(connection: BaseDatabaseWrapper) -> Iterator[None]:
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = {int(WAITS_MS)}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")


def _waited_too_long(error: OperationalError) -> bool:
    return getattr(error.__cause__, "sqlstate", None) == "55P03"
