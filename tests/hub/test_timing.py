"""A camera's own time, beside the clock of its hub."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from goodfences_hub.clock import Clock
from goodfences_hub.sources.timing import Timing
from goodfences_hub.state import SCHEMA, State
from tests.hub.films import NOON


class Still(Clock):
    """Stands where a test puts it."""

    seconds = 0.0

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.seconds)


@pytest.fixture
def clock() -> Still:
    return Still()


def test_a_camera_that_loses_time_is_told_by_how_much(clock: Still) -> None:
    timing = Timing(clock)
    for second in range(101):
        clock.seconds = second * 1.01
        assert timing.at(second) == NOON + timedelta(seconds=second)
    assert timing.drift_s == pytest.approx(1.0)


def test_a_camera_that_gains_time_drifts_the_other_way(clock: Still) -> None:
    timing = Timing(clock)
    timing.at(0.0)
    clock.seconds = 99.0
    timing.at(100.0)
    assert timing.drift_s == pytest.approx(-1.0)


def test_beyond_two_seconds_both_are_tied_anew(clock: Still) -> None:
    timing = Timing(clock)
    timing.at(0.0)
    clock.seconds = 3600.0
    assert timing.at(10.0) == NOON + timedelta(hours=1)
    assert timing.drift_s == 0.0


def test_what_an_earlier_hub_recorded_stays_and_tells_no_drift(tmp_path: Path) -> None:
    path = tmp_path / "hub.sqlite3"
    with sqlite3.connect(path) as earlier:
        earlier.executescript(SCHEMA)
        earlier.execute("ALTER TABLE segment DROP COLUMN drift_ms")
        earlier.execute(
            "INSERT INTO segment (camera, session, position_us, starts_at, ends_at, size, file)"
            " VALUES ('street', 'one', 0, 0, 5, 9, 'a')"
        )
    earlier.close()
    state = State(path)
    [kept] = state.rows("SELECT * FROM segment")
    assert (kept["file"], kept["drift_ms"]) == ("a", None)
    state.close()
