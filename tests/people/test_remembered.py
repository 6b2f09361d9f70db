"""What all processes remember together: limits of signing in, and codes that were used."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from allauth.core import context, ratelimit
from django.core.cache import cache
from django.test import RequestFactory

from goodfences import source
from goodfences.people import remembered
from goodfences.people.models import Remembered
from tests.at_once import at_once


def test_it_is_forgotten_when_its_time_is_over(db: None, clock: source.SeededSource) -> None:
    cache.set("door", [1.25, 2.5], 60)
    assert cache.get("door") == [1.25, 2.5] and not cache.add("door", "other", 60)
    clock.advance(timedelta(seconds=60))
    assert cache.get("door", "nothing") == "nothing"
    assert cache.add("door", "other", 60) and cache.get("door") == "other"


def test_it_is_set_anew_kept_longer_and_ended(db: None, clock: source.SeededSource) -> None:
    cache.set("door", 1, 60)
    cache.set("door", 2, 60)
    assert cache.get("door") == 2 and cache.touch("door", 120) and not cache.touch("window")
    clock.advance(timedelta(seconds=90))
    assert cache.get("door") == 2
    assert cache.delete("door") and not cache.delete("door") and cache.get("door") is None


def test_nothing_is_kept_for_good(db: None, clock: source.SeededSource) -> None:
    cache.set("door", 1, None)
    cache.set("window", 1, 1e15)
    clock.advance(timedelta(days=400))
    assert remembered.forget_old() == 2


def test_no_key_is_kept(db: None) -> None:
    cache.set("192.0.2.1 olive@example.org", 1, 60)
    assert not any(word in str(Remembered.objects.values()) for word in ("192.0.2.1", "olive"))


at_the_same_moment = pytest.mark.django_db(transaction=True)


@pytest.mark.at_once
@at_the_same_moment
@pytest.mark.parametrize("was_there", [False, True])
def test_of_all_who_add_at_once_one_is_the_first(was_there: bool) -> None:
    if was_there:
        cache.set("code", "old", 0)
    outcomes = at_once(*[partial(cache.add, "code", "used", 60)] * 8)
    assert sorted(outcomes) == [False] * 7 + [True]


@pytest.mark.at_once
@at_the_same_moment
def test_a_crowd_from_one_address_gets_what_the_limit_says() -> None:
    """Who finds the count held for a second is refused, too: so the rest of it is asked for alone."""
    request = RequestFactory().post("/", REMOTE_ADDR="192.0.2.1")

    def ask(times: int) -> int:
        with context.request_context(request):
            return sum(ratelimit.consume(request, action="signup") for _ in range(times))

    of_the_crowd = sum(at_once(*[partial(ask, 4)] * 8))
    assert of_the_crowd <= 20 and of_the_crowd + ask(20) == 20
