"""Filling a bench's database by SQL, and asking its pages as somebody who is signed in."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.test import Client

    from goodfences.people.models import Account


def cookie_of(account_id: int) -> str:
    """The header of a browser in which this account is signed in."""
    from django.conf import settings

    from goodfences.people.models import Account

    client = signed_in(Account.objects.get(pk=account_id))
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def signed_in(account: Account) -> Client:
    """A client signed in as that person."""
    from django.test import Client

    client = Client()
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


def show_second_factor(client: Client, account: Account) -> None:
    """They accepted their invitation, and the session holds what allauth keeps of an app's code shown anew."""
    from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
    from allauth.mfa.models import Authenticator

    from goodfences import source
    from goodfences.agencies.models import Officer

    Officer.objects.filter(account=account, accepted_at=None).update(accepted_at=source.now())
    app = Authenticator.objects.get_or_create(user=account, type="totp", defaults={"data": {"secret": ""}})[0]
    session = client.session
    shown = {"method": "mfa", "at": time.time(), "id": app.pk, "type": "totp", "reauthenticated": True}
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [shown]
    session[f"{AUTHENTICATION_METHODS_SESSION_KEY}_user"] = str(account.pk)
    session.save()


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
