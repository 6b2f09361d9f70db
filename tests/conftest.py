"""Fixtures for every room: the standing persons (tests/persons.py) and a clock that a test moves by hand."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from goodfences import source

pytest_plugins = ["tests.persons"]

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


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
