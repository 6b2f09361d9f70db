"""Totals of asked and declined: counted right, with noise, once a quarter and never again (P2)."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from goodfences import source
from goodfences.ledger import actions as ledger
from goodfences.ledger import queries
from goodfences.ledger.models import LedgerEntry, LedgerNode, SignedCheckpoint
from goodfences.quarters import Quarter
from goodfences.video_requests import released, tasks, totals
from goodfences.video_requests.models.ask import Ask
from goodfences.video_requests.models.request import VideoRequest
from tests.video_requests.conftest import add_homes

pytestmark = pytest.mark.django_db(transaction=True)
DUE = datetime(2027, 1, 31, tzinfo=UTC)


@pytest.fixture
def asked(opened: VideoRequest) -> VideoRequest:
    """Twelve homes were asked, one of them in two cases; five declined, one of them twice."""
    homes = add_homes(12)
    owners = [home.members.get() for home in homes]
    second = VideoRequest.objects.get(pk=opened.pk)
    second.pk, second.ref, second.ledger_index = None, "another", None
    second.save(force_insert=True)
    for number, (home, owner) in enumerate(zip(homes, owners, strict=True)):
        state = Ask.State.DECLINED if number < 5 else Ask.State.SHARED if number < 7 else Ask.State.EXPIRED
        Ask.objects.create(video_request=opened, owner=owner, household=home, state=state)
    Ask.objects.create(video_request=second, owner=owners[0], household=homes[0], state=Ask.State.DECLINED)
    return opened


@pytest.fixture
def exact(settings: Any) -> None:
    """An epsilon that leaves no noise, so that what is counted can be seen."""
    settings.EPSILON = 1000.0


def pass_quarter(clock: source.SeededSource) -> None:
    clock.advance(DUE - source.now())


def test_a_home_counts_once_however_often_it_was_asked(
    asked: VideoRequest, exact: None, clock: source.SeededSource
) -> None:
    pass_quarter(clock)
    assert tasks.run_totals(limit=10) == 1
    (one,) = released.totals(asked.agency.slug)
    assert (one.quarter, one.asked, one.declined) == ("2026-Q4", 12, 5)
    assert released.totals("harbor") == []


def test_nothing_is_released_before_a_quarter_is_settled(asked: VideoRequest, clock: source.SeededSource) -> None:
    clock.advance(DUE - source.now() - timedelta(seconds=1))
    assert tasks.run_totals(limit=10) == 0
    clock.advance(timedelta(seconds=1))
    assert tasks.run_totals(limit=0) == 0
    assert tasks.run_totals(limit=10) == 1


def test_a_quarter_is_never_released_twice_and_keeps_its_numbers(
    asked: VideoRequest, clock: source.SeededSource, settings: Any
) -> None:
    pass_quarter(clock)
    tasks.run_totals(limit=10)
    first = released.totals()
    settings.EPSILON = 1000.0
    for _ in range(3):
        clock.advance(timedelta(days=400))
        connection.close()
        assert tasks.run_totals(limit=10) == 0
        assert not totals._release(asked.agency, Quarter(2026, 4))
    assert released.totals() == first
    assert first[0].epsilon == 1.0
    assert queries.entries(kind=released.KIND).count() == 1


def test_a_restored_backup_draws_no_noise_anew(asked: VideoRequest, clock: source.SeededSource) -> None:
    pass_quarter(clock)
    size = ledger.sign_checkpoint()
    assert size is not None
    tasks.run_totals(limit=10)
    LedgerEntry.objects.filter(index__gte=size.size).delete()
    for level in range(20):
        LedgerNode.objects.filter(level=level, index__gte=size.size >> level).delete()
    SignedCheckpoint.objects.filter(size__gt=size.size).delete()
    with pytest.raises(ledger.WouldFork, match="an older backup"):
        tasks.run_totals(limit=10)
    assert not queries.entries(kind=released.KIND).exists()


def test_an_agency_that_asked_for_nothing_has_no_line_and_one_whom_nobody_answered_has(
    opened: VideoRequest, clock: source.SeededSource
) -> None:
    """That a line is there tells only that a request was opened, which is public."""
    pass_quarter(clock)
    tasks.run_totals(limit=10)
    assert [one.agency for one in released.totals()] == [opened.agency.slug]


def test_noise_is_of_the_size_that_is_published() -> None:
    scale = 2.0
    drawn = Counter(totals.with_noise(100, scale) - 100 for _ in range(4000))
    within = released.within(scale)
    inside = sum(times for noise, times in drawn.items() if abs(noise) <= within) / 4000
    assert within == 6
    assert 0.93 < inside < 0.985
    # Two-sided geometric: each step is less likely by the factor e**(-1/scale).
    assert 0.45 < (drawn[1] + drawn[-1]) / 2 / drawn[0] / 1.0 < 0.8
    assert abs(sum(noise * times for noise, times in drawn.items())) / 4000 < 0.25


def test_the_page_shows_what_the_ledger_has_and_says_how_sure_it_is(
    asked: VideoRequest, clock: source.SeededSource, client: Client
) -> None:
    assert "No quarter was published yet." in client.get("/record/totals/").content.decode()
    pass_quarter(clock)
    tasks.run_totals(limit=10)
    (one,) = released.totals()
    page = client.get("/record/totals/").content.decode()
    assert f"about {one.asked_about} " in page and "± 6" in page and "ε = 1" in page
    assert f"/record/ledger/{one.ledger_index}/" in page
    assert "Asked and declined, with noise" in client.get("/record/ledger/").content.decode()


def test_an_unsigned_release_is_not_shown(asked: VideoRequest, clock: source.SeededSource) -> None:
    pass_quarter(clock)
    tasks.run_totals(limit=10)
    SignedCheckpoint.objects.order_by("-size").first().delete()  # type: ignore[union-attr]
    assert released.totals() == []


def test_quarters_follow_each_other() -> None:
    assert str(Quarter.of(datetime(2026, 9, 30, 23, 59, tzinfo=UTC))) == "2026-Q3"
    assert Quarter(2026, 4).next == released.Quarter(2027, 1)
    assert Quarter(2026, 4).ends == datetime(2027, 1, 1, tzinfo=UTC)
