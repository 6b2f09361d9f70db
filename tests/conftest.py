"""Fixtures for every room: the standing persons (tests/persons.py) and a clock that a test moves by hand."""

from __future__ import annotations

import gc
import os
import re
import resource
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import connection, connections, transaction
from django.test import TransactionTestCase
from django.utils import translation
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

from goodfences import source
from goodfences.vault import orphans
from tests import clients, migrated

pytest_plugins = ["tests.persons"]

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
OPEN_FILES = 400
ASKED_FOR = {
    "pool": "DATABASE_DIRECT_URL",
    "city": "CITY",
    "simulator": "ONVIF_SIMULATOR",
    "failovers": "FAILOVERS",
}
"""Marks of tests that need more than a bare machine, and the variable by which somebody who has it asks for them."""


CORES = os.cpu_count() or 1
WAITING = tuple(f"tests/{room}/" for room in ("bench", "e2e", "ha", "hub", "operating", "push", "replica"))
WAITING += ("tests/vault/test_s3.py", "tests/web/test_signing_in.py", "tests/work/")

_ROOT = Path(__file__).parent.parent
_GROUP = re.compile(r'xdist_group\("(\w+)"\)')
_ROLE = re.compile(r"::test_each_role_\w+(\[\w+\])$")


class _InGroups(LoadScopeScheduling):
    """Tests of one `xdist_group` run in one process, so that they share a town or a network; each other by itself.
    So do those of a file that makes something once for all of them, and those of one role, who share what the program
    answers to it (tests/web/answered.py).

    The group is read in the test's file. pytest-xdist writes it behind the test's name, which can't be changed since
    pytest 9.2: its own `--dist loadgroup` knows no groups there.
    """

    def __init__(self, config: pytest.Config, log: Any = None) -> None:
        super().__init__(config, log)
        self._done_with: set[str] = set()

    def _assign_work_unit(self, node: WorkerController) -> None:
        """Give what keeps a core busy to as many processes as there are cores, and what waits to the others."""
        kind = "waits" if self.nodes.index(node) >= CORES else "computes"
        if kind not in self._done_with:
            wanted = next((scope for scope in self.workqueue if self._kind(scope) == kind), None)
            if wanted is None:
                self._done_with.add(kind)
            else:
                self.workqueue.move_to_end(wanted, last=False)
        super()._assign_work_unit(node)

    def _kind(self, scope: str) -> str:
        return _kind_of(next(iter(self.workqueue[scope])).partition("::")[0])

    def _split_scope(self, nodeid: str) -> str:
        role = _ROLE.search(nodeid)
        return role[1] if role else _group_of(nodeid.partition("::")[0]) or nodeid


@cache
def _group_of(file: str) -> str | None:
    text = (_ROOT / file).read_text()
    found = _GROUP.search(text)
    if found:
        return found[1]
    return file if 'scope="module"' in text else None


@cache
def _kind_of(file: str) -> str:
    """Whether this file's tests wait for programs of their own, for cameras or for a browser, or compute."""
    is_waiting = file.startswith(WAITING) or "mark.browser" in (_ROOT / file).read_text()
    return "waits" if is_waiting else "computes"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    return _InGroups(config, log)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", action="store_true", help="only the tests that use the database")


gc.disable()


def pytest_collection_finish() -> None:
    """What was imported stays: to look through it for garbage takes a fifth of collecting, a twelfth of a run."""
    gc.freeze()
    gc.set_threshold(200_000, 20, 100)
    gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put what takes long first, so that no process waits for it alone at the end, and leave out what this run isn't
    for: see `make test-postgres`."""
    items.sort(key=_comes_later)
    on_postgres = os.environ.get("DATABASE_URL", "").startswith("postgres")
    left_out = [
        item
        for item in items
        if (config.getoption("database") and not _uses_the_database(item))
        or (item.get_closest_marker("at_once") and not on_postgres)
        or any(item.get_closest_marker(mark) and name not in os.environ for mark, name in ASKED_FOR.items())
    ]
    if left_out:
        items[:] = [item for item in items if item not in set(left_out)]
        config.hook.pytest_deselected(items=left_out)


def _comes_later(item: pytest.Item) -> bool:
    """All but the slow ones that run by themselves. Groups keep their order, and begin before anything else; on
    PostgreSQL acts that meet do, which wait for one another."""
    takes_long = any(item.get_closest_marker(mark) for mark in ("slow", "at_once"))
    return not takes_long or item.get_closest_marker("xdist_group") is not None


def _uses_the_database(item: pytest.Item) -> bool:
    fixtures = getattr(item, "fixturenames", ())
    return item.get_closest_marker("django_db") is not None or "db" in fixtures or "transactional_db" in fixtures


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> Iterator[None]:
    """The tests' database is a copy of one that was migrated before. Past a pool, if there is one."""
    if connection.vendor != "sqlite":
        connection.settings_dict["PORT"] = urlsplit(migrated.past_a_pool()).port
        connection.settings_dict["TEST"]["TEMPLATE"] = migrated.as_template(migrated.past_a_pool())
        yield
        return
    with closing(migrated.into_memory(connection.creation._get_test_db_name())):
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> Iterator[None]:
    """Where there is a pool (scripts/with_pool.py), the tests' database is used through it.

    A database that is connected to can't be dropped: the pool keeps its connections, and so does a thread that a test
    has left behind.
    """
    if connection.vendor != "postgresql":
        yield
        return
    connection.close()
    connection.settings_dict["PORT"] = urlsplit(os.environ["DATABASE_URL"]).port
    yield
    connection.close()
    connection.settings_dict["PORT"] = urlsplit(migrated.past_a_pool()).port
    with psycopg.connect(migrated.past_a_pool(), autocommit=True) as server:
        name = [connection.settings_dict["NAME"]]
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", name)


def _empty_what_was_filled(case: TransactionTestCase) -> None:
    """Delete the rows of a test that ran in transactions of its own.

    Django would empty every table, and then let every app write down its permissions anew, which nobody asks for
    here: that takes ten times as long.
    """
    for name in case._databases_names(include_mirrors=False):
        with transaction.atomic(using=name), connections[name].cursor() as cursor:
            tables = set(connections[name].introspection.table_names(cursor)) - {"django_migrations"}
            quoted = {table: connections[name].ops.quote_name(table) for table in tables}
            filled = [f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {quoted[table]})" for table in sorted(tables)]
            cursor.execute(" UNION ALL ".join(filled))
            left = [table for (table,) in cursor.fetchall()]
            if connections[name].vendor == "postgresql":
                # What all goes needs no look at what it pointed to, a row at a time.
                cursor.execute("SET LOCAL session_replication_role = replica")
            for table in left:
                cursor.execute(f"DELETE FROM {quoted[table]}")


clients.load_once()
TransactionTestCase._fixture_teardown = _empty_what_was_filled  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def _its_own_language() -> Iterator[None]:
    """What a page of the test before was written in stays active in its thread."""
    yield
    translation.deactivate()


@pytest.fixture
def clock() -> Iterator[source.SeededSource]:
    """Time stands still at NOON until `clock.advance(timedelta(...))`; identifiers repeat from run to run."""
    seeded = source.SeededSource(seed=1, start=NOON)
    with source.using(seeded):
        yield seeded


@pytest.fixture(autouse=True)
def _ledger_remembers_nothing(settings: Any, tmp_path: Path) -> None:
    """Each test begins with an empty database, so that what the last one signed must be forgotten too."""
    settings.LEDGER_STATE = tmp_path / "ledger"


@pytest.fixture
def seen_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that no row names counts as an orphan at the first look."""
    monkeypatch.setattr(orphans, "WATCHED_S", 0.0)


@pytest.fixture
def thousand_open_files() -> Iterator[None]:
    """As of a web process in the evening: the next descriptor is beyond what `select` takes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    held = [os.open(os.devnull, os.O_RDONLY) for _ in range(1100)]
    yield
    for descriptor in held:
        os.close(descriptor)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def pytest_runtest_logfinish() -> None:
    """A file that nobody closed is closed once it is collected, which is rare here: see above."""
    if sum(1 for _ in Path("/proc/self/fd").iterdir()) > OPEN_FILES:
        gc.collect()
