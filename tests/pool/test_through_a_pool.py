"""pgbouncer in transaction mode between everything and PostgreSQL: `make test-pool`."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import connection

from goodfences import databases
from tests.environment import child_environment
from tests.instance import Instance, wait_until
from tests.promises import killed_town
from tests.promises.test_p08_nothing_acknowledged_is_lost import HOMES, Town, _patient_policy

pytestmark = [pytest.mark.pool, pytest.mark.slow, pytest.mark.timeout(1200)]

ACTS = 4


@pytest.fixture
def addresses() -> Iterator[dict[str, str]]:
    """A database of its own: by way of the pool, and past it."""
    with psycopg.connect(os.environ["DATABASE_DIRECT_URL"], autocommit=True) as server:
        server.execute("CREATE DATABASE town")
        yield {name: _named(os.environ[name], "town") for name in ("DATABASE_URL", "DATABASE_DIRECT_URL")}
        server.execute("DROP DATABASE town WITH (FORCE)")


def _named(url: str, name: str) -> str:
    return urlsplit(url)._replace(path=f"/{name}").geturl()


@pytest.mark.django_db(transaction=True)
def test_the_tests_go_through_a_pool() -> None:
    assert databases.through_a_pool(connection)


def test_migrate_wants_the_databases_own_address(addresses: dict[str, str], tmp_path: Path) -> None:
    def migrate(**known: str) -> subprocess.CompletedProcess[str]:
        given = {**child_environment(), "GOODFENCES_STATE": str(tmp_path), "DATABASE_DIRECT_URL": "", **known}
        command = [sys.executable, "-m", "goodfences.cli", "migrate"]
        return subprocess.run(command, env=given, capture_output=True, text=True, check=False)

    refused = migrate(DATABASE_URL=addresses["DATABASE_URL"])
    assert refused.returncode == 1 and "DATABASE_DIRECT_URL" in refused.stderr
    assert migrate(**addresses).returncode == 0


def test_uploads_requests_mail_and_answers(addresses: dict[str, str], tmp_path: Path) -> None:
    """The main job over HTTP and SMTP, many at once, on three connections; clips in one piece and in many."""
    town = Town(tmp_path, ACTS)
    town.instance = Instance(tmp_path, GOODFENCES_POLICY=str(_patient_policy(tmp_path)), **addresses)
    try:
        town.start()
        for number in range(ACTS):
            town.act(number)
        wait_until(lambda: len(town.instance.mails()) == HOMES * (1 + ACTS), "everybody's mail")
        wait_until(lambda: _is_settled(town), "checks of clips")
        found = town.instance.run(killed_town.__name__, "state")
    finally:
        town.instance.stop()
    assert set(found["clips"]) == set(town.sent) and len(town.sent) == 2 * ACTS
    assert set(found["requests"].values()) == {"open"}
    assert set(Counter(found["asks"].values())) == {"sent", "declined"}
    assert set(found["outbox"]) == {"sent"}


def _is_settled(town: Town) -> bool:
    """`state` opens every clip, and fails while one isn't checked."""
    with psycopg.connect(town.instance.environment["DATABASE_DIRECT_URL"]) as server:
        found = server.execute("SELECT count(*) FROM clips_clip WHERE state = 'stored' AND checked_at IS NULL")
        return found.fetchone() == (0,)
