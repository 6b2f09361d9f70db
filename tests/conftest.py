"""Fixtures for every room: the standing persons (tests/persons.py) and a clock that a test moves by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from goodfences import source

pytest_plugins = ["tests.persons"]

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


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
