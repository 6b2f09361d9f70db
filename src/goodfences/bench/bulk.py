"""Filling a bench's database by SQL, and asking its pages as somebody who is signed in."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager


def cookie_of(account_id: int) -> str:
    """The header of a browser in which this account is signed in."""
    from django.conf import settings
    from django.test import Client

    from goodfences.people.models import Account

    client = Client()
    client.force_login(Account.objects.get(pk=account_id), backend="django.contrib.auth.backends.ModelBackend")
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


@contextmanager
def filling(tables: str, *, cache_kb: int) -> Iterator[sqlite3.Connection]:
    """The SQLite database with nothing that slows writing down; afterwards as a server finds it, with statistics.

    Indexes of the tables whose names are LIKE `tables` are dropped meanwhile and made again. One transaction.
    """
    from django.db import connection as ours

    ours.close()
    connection = sqlite3.connect(ours.settings_dict["NAME"], isolation_level=None)
    for pragma in ("journal_mode=OFF", "synchronous=OFF", f"cache_size=-{cache_kb}", "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {pragma}")
    indexes = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE tbl_name LIKE ? AND type = 'index' AND sql IS NOT NULL", (tables,)
    ).fetchall()
    for name, _ in indexes:
        connection.execute(f'DROP INDEX "{name}"')
    connection.execute("BEGIN")
    yield connection
    for _, sql in indexes:
        connection.execute(sql)
    connection.execute("COMMIT")
    connection.execute("ANALYZE")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.close()
