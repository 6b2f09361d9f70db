"""What is kept at home: by days, by size, and never the last of the disk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from goodfences_hub.clock import Clock
from goodfences_hub.recording.retention import GB, Retention
from goodfences_hub.settings import CameraSettings, Settings
from tests.hub.films import NOON
from tests.hub.test_recording import STREET, Shelf, record

KEEPING = replace(STREET, keep_days=1.0)


class Later(Clock):
    """So long after noon, when the film was recorded."""

    def __init__(self, later: timedelta) -> None:
        self._later = later

    def now(self):  # type: ignore[no-untyped-def]
        return NOON + self._later


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    """25 s of a street, kept whole, with an event in the first ten."""
    made = Shelf(tmp_path / "hub")
    record(made, "whole-street.mp4", KEEPING, moves=lambda second: second < 10)
    yield made
    made.state.close()


def retention(shelf: Shelf, camera: CameraSettings, later: timedelta, **settings: float) -> Retention:
    return Retention(shelf.home, shelf.state, shelf.store, Settings(cameras=(camera,), **settings), Later(later))  # type: ignore[arg-type]


def files(shelf: Shelf) -> int:
    return len(list(shelf.home.recordings.rglob("*.age")))


def rows(shelf: Shelf) -> int:
    return len(shelf.state.rows("SELECT * FROM segment"))


def test_what_is_younger_is_kept(shelf: Shelf) -> None:
    assert retention(shelf, KEEPING, timedelta(hours=23)).run_due() == 0


def test_what_is_older_goes_with_its_file_but_not_what_an_event_waits_for(shelf: Shelf) -> None:
    before = rows(shelf)
    removed = retention(shelf, KEEPING, timedelta(hours=25)).run_due()
    assert 0 < removed < before
    assert files(shelf) == rows(shelf) == before - removed
    shelf.pack(KEEPING)
    retention(shelf, KEEPING, timedelta(hours=25)).run_due()
    assert files(shelf) == rows(shelf) == 0


def test_by_size_the_oldest_go_first(shelf: Shelf) -> None:
    shelf.pack(KEEPING)
    sizes = [row["size"] for row in shelf.state.rows("SELECT size FROM segment ORDER BY starts_at")]
    most = sum(sizes[2:])
    retention(shelf, replace(KEEPING, keep_gb=most / GB), timedelta(minutes=1)).run_due()
    left = [row["size"] for row in shelf.state.rows("SELECT size FROM segment ORDER BY starts_at")]
    assert left == sizes[2:]
    assert files(shelf) == len(left)


def test_the_reserve_of_the_disk_is_not_recorded_on(shelf: Shelf) -> None:
    shelf.pack(KEEPING)
    assert retention(shelf, KEEPING, timedelta(), reserve_gb=0.0).make_room()
    assert rows(shelf) > 0
    assert not retention(shelf, KEEPING, timedelta(), reserve_gb=1e9).make_room()
    assert files(shelf) == rows(shelf) == 0
