"""Fixtures for every room: the standing persons (tests/persons.py) and a clock that a test moves by hand."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from goodfences import source

pytest_plugins = ["tests.persons"]

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


_ROOT = Path(__file__).parent.parent
_GROUP = re.compile(r'xdist_group\("(\w+)"\)')
_ROLE = re.compile(r"::test_each_role_\w+(\[\w+\])$")


class _InGroups(LoadScopeScheduling):
    """Tests of one `xdist_group` run in one process, so that they share a town or a network; each other by itself.
    So do those of one role, who share what the program answers to it (tests/web/answered.py).

    The group is read in the test's file. pytest-xdist writes it behind the test's name, which can't be changed since
    pytest 9.2: its own `--dist loadgroup` knows no groups there.
    """

    def _split_scope(self, nodeid: str) -> str:
        role = _ROLE.search(nodeid)
        return role[1] if role else _group_of(nodeid.partition("::")[0]) or nodeid


@cache
def _group_of(file: str) -> str | None:
    found = _GROUP.search((_ROOT / file).read_text())
    return found and found[1]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    return _InGroups(config, log)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", action="store_true", help="only the tests that use the database")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what this run isn't for: see `make test-postgres`."""
    on_postgres = os.environ.get("DATABASE_URL", "").startswith("postgres")
    left_out = [
        item
        for item in items
        if (config.getoption("database") and not _uses_the_database(item))
        or (item.get_closest_marker("at_once") and not on_postgres)
    ]
    if left_out:
        items[:] = [item for item in items if item not in set(left_out)]
        config.hook.pytest_deselected(items=left_out)


def _uses_the_database(item: pytest.Item) -> bool:
    fixtures = getattr(item, "fixturenames", ())
    return item.get_closest_marker("django_db") is not None or "db" in fixtures or "transactional_db" in fixtures


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
