"""A provider's rate, kept over all machines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goodfences import source
from goodfences.mail import claims, pace, rates
from goodfences.mail.models import OutboxMessage, Pace
from tests.at_once import at_once

Queue = Callable[..., OutboxMessage]


def test_rates_are_read_as_people_write_them() -> None:
    assert rates.read(["14/second", "50000 / day"]) == [rates.Rate(14, 1), rates.Rate(50_000, 86_400)]
    for wrong in ("14", "0/second", "14/fortnight", "14.5/second", ""):
        with pytest.raises(ValueError, match="14/second"):
            rates.read([wrong])


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rate=st.sampled_from(["1/second", "3/second", "14/second", "40/minute"]),
    steps=st.lists(st.tuples(st.floats(0, 0.6), st.integers(1, 30)), min_size=5, max_size=40),
)
def test_in_no_window_does_more_leave_than_the_rate_says(
    db: None, clock: source.SeededSource, rate: str, steps: list[tuple[float, int]]
) -> None:
    Pace.objects.all().delete()
    (limit,) = rates.read([rate])
    left: list[tuple[float, int]] = []
    at = 0.0
    for wait, wanted in steps:
        clock.advance(timedelta(seconds=wait))
        at += wait
        free = min(wanted, pace.left([limit], source.now()))
        pace.spend([limit], free)
        left.append((at, free))
    for begins, _ in left:
        # Time is kept in microseconds: a window a hair shorter than the rate's.
        window = [count for moment, count in left if begins <= moment < begins + limit.seconds - 0.001]
        assert sum(window) <= limit.count


def test_a_rate_is_used_and_not_only_kept(db: None, clock: source.SeededSource) -> None:
    """At least three fourths of it, where mail waits all the time."""
    (limit,) = rates.read(["40/minute"])
    gone = 0
    for _ in range(600):
        free = pace.left([limit], source.now())
        pace.spend([limit], free)
        gone += free
        clock.advance(timedelta(seconds=1))
    assert 10 * 30 <= gone <= 10 * 40


def test_a_clock_that_goes_back_gives_nothing_twice(db: None, clock: source.SeededSource) -> None:
    (limit,) = rates.read(["4/second"])
    pace.spend([limit], pace.left([limit], source.now()))
    later = source.now() + timedelta(seconds=0.25)
    pace.spend([limit], pace.left([limit], later))
    assert pace.left([limit], source.now()) == 0 == pace.left([limit], later)


def test_a_worker_claims_no_more_than_the_rate_leaves(queue: Queue, db: None, settings, clock) -> None:  # type: ignore[no-untyped-def]
    settings.MAIL_RATES = rates.read(["8/minute", "100/hour"])
    for number in range(5):
        queue(f"note:{number}")
    assert len(claims.claim("one", 1, 200, source.now())) == 2
    assert claims.claim("other", 1, 200, source.now()) == []
    clock.advance(timedelta(minutes=1))
    assert len(claims.claim("other", 2, 1, source.now())) == 1
    assert len(claims.claim("one", 2, 200, source.now())) == 1


@pytest.mark.at_once
@pytest.mark.django_db(transaction=True)
def test_workers_on_several_machines_share_it(queue: Queue, settings) -> None:  # type: ignore[no-untyped-def]
    settings.MAIL_RATES = rates.read(["20/hour"])
    with transaction.atomic():
        for number in range(20):
            queue(f"note:{number}")
    claimed = at_once(*(lambda name=name: claims.claim(name, 1, 200, source.now()) for name in "abc"))
    assert sum(map(len, claimed)) == 5
