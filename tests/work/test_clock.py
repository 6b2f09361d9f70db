"""What a worker believes of the time outlives it."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from goodfences import source
from goodfences.work import clock


class Ahead(source.SystemSource):
    def __init__(self, days: int) -> None:
        super().__init__()
        self.days = days

    def now(self) -> datetime:
        return super().now() + timedelta(days=self.days)


def believed_by_one_that_starts(file: Path, days: int) -> timedelta:
    """How far ahead a new process is that starts by such a clock."""
    with source.using(Ahead(days)):
        clock.go_on(file)
        return source.settled_now() - source.SystemSource().now()


def test_a_worker_that_starts_by_a_wrong_clock_goes_by_what_the_last_one_knew(tmp_path: Path) -> None:
    with source.using(Ahead(0)):
        clock.go_on(tmp_path / "clock")
        clock.write_down(tmp_path / "clock")
    assert abs(believed_by_one_that_starts(tmp_path / "clock", 40)) < timedelta(minutes=1)


def test_one_that_jumped_is_not_handed_on(tmp_path: Path) -> None:
    with source.using(jumping := Ahead(0)):
        clock.go_on(tmp_path / "clock")
        jumping.days = 40
        clock.write_down(tmp_path / "clock")
    assert abs(believed_by_one_that_starts(tmp_path / "clock", 40)) < timedelta(minutes=1)


def test_what_is_of_another_start_of_the_machine_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "clock").write_text('{"boot": "another", "wall": "2020-01-01T00:00:00+00:00", "steady": 1.0}')
    assert believed_by_one_that_starts(tmp_path / "clock", 0) < timedelta(minutes=1)
    assert believed_by_one_that_starts(tmp_path / "clock", 40) > timedelta(days=39)


def test_without_a_file_or_room_for_one_it_goes_on(tmp_path: Path) -> None:
    assert abs(believed_by_one_that_starts(tmp_path / "none", 0)) < timedelta(minutes=1)
    with source.using(Ahead(0)):
        clock.write_down(tmp_path / "no folder" / "clock")
