"""How often a thing may be tried."""

from __future__ import annotations

from datetime import timedelta

import pytest

from goodfences import proxies, source
from goodfences.people import limits
from goodfences.people.models import Attempts


def knock(who: str = "192.0.2.1") -> None:
    limits.count("knock", who, limit=2, period=timedelta(minutes=10), field="door")


def test_the_third_try_is_refused_with_the_time_to_wait(db: None, clock: source.SeededSource) -> None:
    knock()
    knock()
    clock.advance(timedelta(minutes=4))
    with pytest.raises(limits.TooOften, match="Wait 6 minutes") as caught:
        knock()
    assert caught.value.retry_after == 360
    assert caught.value.problems[0].field == "door"


def test_the_last_minute_is_a_minute(db: None, clock: source.SeededSource) -> None:
    knock()
    knock()
    clock.advance(timedelta(minutes=9, seconds=59))
    with pytest.raises(limits.TooOften, match="Wait a minute"):
        knock()


def test_another_person_may_still_try(db: None, clock: source.SeededSource) -> None:
    knock()
    knock()
    knock("192.0.2.2")


def knock_from(address: str) -> None:
    limits.count_from("knock", proxies.home_of(address), limit=2, period=timedelta(minutes=10))


@pytest.mark.parametrize(
    ("neighbors", "elsewhere"), [("192.0.2.{}", "198.51.100.1"), ("2001:db8:5:{}::1", "2001:db8:6::1")]
)
def test_a_whole_network_has_three_times_as_many(
    neighbors: str, elsewhere: str, db: None, clock: source.SeededSource
) -> None:
    for number in range(6):
        knock_from(neighbors.format(number))
    with pytest.raises(limits.TooOften):
        knock_from(neighbors.format(7))
    knock_from(elsewhere)


def test_the_next_period_starts_anew(db: None, clock: source.SeededSource) -> None:
    knock()
    knock()
    clock.advance(timedelta(minutes=10))
    knock()


def test_no_address_is_kept(db: None, clock: source.SeededSource) -> None:
    knock()
    assert "192.0.2.1" not in str(Attempts.objects.values())


def test_old_counts_are_forgotten(db: None, clock: source.SeededSource) -> None:
    knock()
    assert limits.forget_old() == 0
    clock.advance(timedelta(minutes=11))
    assert limits.forget_old() == 1
