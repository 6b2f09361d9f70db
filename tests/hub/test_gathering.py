"""Packets gather while nobody watches: none is lost or late, whatever the camera's clock does."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from goodfences_hub.clock import Clock
from goodfences_hub.sources.gathering import FITS, GATHER_S, LONGER_S, LONGEST_S, Gathering

HOUR = 36_000
"""Pictures, ten a second."""


class Standing(Clock):
    """Time goes on when somebody waits."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.rests = 0

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, UTC)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.rests += 1
        self.seconds += seconds


@pytest.fixture
def clock() -> Standing:
    return Standing()


def received(
    clock: Standing, of: Gathering, pictures: int, *, runs: float = 1.0, size: float = 2 * FITS
) -> list[float]:
    """How late each picture of so many bytes was read, in seconds, of a camera whose clock `runs` so fast."""
    late, begun = [], clock.seconds
    for number in range(pictures):
        sent = begun + number * 0.1 / runs
        clock.seconds = max(clock.seconds, sent)
        late.append(clock.seconds - sent)
        of.rest(number * 0.1, clock.seconds, round(size))
    return late


@pytest.mark.parametrize("has_sub", [False, True])
@pytest.mark.parametrize("runs", [1.0, 1.001, 0.999, 1.05, 0.95])
def test_pictures_are_read_a_few_at_a_time_and_soon(clock: Standing, runs: float, has_sub: bool) -> None:
    of = Gathering(clock)
    of.unless = lambda: False
    if has_sub:
        of.rest_longer()
    late = received(clock, of, HOUR, runs=runs)
    assert max(late) < (LONGER_S if has_sub else GATHER_S) + 0.5
    assert clock.rests < HOUR / 2


def test_what_is_little_gathers_for_longer(clock: Standing) -> None:
    of = Gathering(clock)
    of.unless = lambda: False
    received(clock, of, 1000, size=FITS * 0.1 / 0.7)
    assert of.rest_s == pytest.approx(0.7, rel=0.1)
    assert max(received(clock, of, 1000, size=10)) < LONGEST_S + 0.5
    assert of.rest_s == LONGEST_S


def test_a_camera_that_sends_more_again_is_read_as_often_as_before(clock: Standing) -> None:
    of = Gathering(clock)
    of.unless = lambda: False
    received(clock, of, 1000, size=10)
    received(clock, of, 1000)
    assert of.rest_s == GATHER_S


@pytest.mark.parametrize("may", [True, False])
def test_each_is_read_at_once_for_who_watches_and_where_none_can_wait(clock: Standing, may: bool) -> None:
    of = Gathering(clock, may=may)
    if not may:
        of.unless = lambda: False
    assert max(received(clock, of, 1000)) < 0.001
    assert clock.rests == 0
