"""When a person may be written to, by their own clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from goodfences.errors import Refused
from goodfences.people import actions, queries
from goodfences.people.hours import LEAD, Hours
from goodfences.people.models import Account

NIGHT = Hours("Europe/Helsinki", quiet_from=time(22), quiet_until=time(7))
AWAY = Hours("Europe/Helsinki", away_from=date(2026, 11, 20), away_until=date(2026, 11, 26))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "free"),
    [
        ("2026-11-24T19:59", "2026-11-24T19:59"),  # 21:59 in Helsinki
        ("2026-11-24T20:00", "2026-11-25T05:00"),
        ("2026-11-24T23:30", "2026-11-25T05:00"),
        ("2026-11-25T04:59", "2026-11-25T05:00"),
        ("2026-11-25T05:00", "2026-11-25T05:00"),
    ],
)
def test_quiet_hours_wrap_around_midnight_in_her_zone(moment: str, free: str) -> None:
    assert NIGHT.free_from(at(moment)) == at(free)


def test_quiet_hours_within_a_day_and_over_a_change_of_clocks() -> None:
    nap = Hours("Europe/Helsinki", quiet_from=time(13), quiet_until=time(15))
    assert nap.free_from(at("2026-11-24T11:30")) == at("2026-11-24T13:00")
    assert NIGHT.free_from(at("2026-10-24T21:00")) == at("2026-10-25T05:00")  # an hour longer than other nights


def test_what_is_about_to_end_is_told_in_quiet_hours() -> None:
    ends = at("2026-11-25T01:00")
    assert NIGHT.free_from(at("2026-11-24T20:30"), ends) == ends - LEAD
    assert NIGHT.free_from(at("2026-11-25T00:30"), ends) == at("2026-11-25T00:30")
    assert NIGHT.free_from(at("2026-11-24T20:30"), at("2026-11-25T07:00")) == at("2026-11-25T05:00")


def test_nothing_comes_on_days_away_even_if_it_ends_meanwhile() -> None:
    back = at("2026-11-26T22:00")  # midnight in Helsinki
    assert AWAY.free_from(at("2026-11-24T12:00")) == back
    assert AWAY.free_from(at("2026-11-24T12:00"), at("2026-11-25T12:00")) == back
    assert AWAY.free_from(at("2026-11-19T12:00")) == at("2026-11-19T12:00")
    assert AWAY.free_from(back) == back


def test_back_in_the_night_is_back_in_the_morning() -> None:
    both = Hours("Europe/Helsinki", time(22), time(7), None, AWAY.away_from, AWAY.away_until)
    assert both.free_from(at("2026-11-24T12:00")) == at("2026-11-27T05:00")


def test_the_email_of_the_day_comes_at_its_hour_or_before_the_end() -> None:
    daily = Hours("Europe/Helsinki", digest_at=time(18))
    assert daily.digest_from(at("2026-11-24T12:00"), at("2026-12-01T12:00")) == at("2026-11-24T16:00")
    assert daily.digest_from(at("2026-11-24T16:30"), at("2026-12-01T12:00")) == at("2026-11-25T16:00")
    assert daily.digest_from(at("2026-11-24T16:30"), at("2026-11-25T10:00")) == at("2026-11-25T08:00")


def test_without_a_choice_every_moment_will_do(olive: Account) -> None:
    now = at("2026-11-24T02:00")
    assert queries.hours_of(olive).free_from(now, now + timedelta(hours=1)) == now
    assert queries.owners_of([olive.households.get().pk]).popitem()[1].hours == Hours(olive.time_zone)


CHOICE = {"quiet_from": time(22), "quiet_until": time(7), "digest_at": time(18)}
AWAY_DAYS = {"away_from": date(2026, 11, 25), "away_until": date(2026, 11, 25)}


def test_what_is_chosen_is_what_both_reads_give(olive: Account) -> None:
    actions.choose_hours(account=olive, **CHOICE, **AWAY_DAYS)
    expected = Hours(olive.time_zone, **CHOICE, **AWAY_DAYS)
    assert queries.hours_of(olive) == expected
    assert queries.owners_of([olive.households.get().pk]).popitem()[1].hours == expected


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"quiet_from": None}, "quiet_from"),
        ({"quiet_until": None}, "quiet_until"),
        ({"quiet_until": time(22)}, "quiet_until"),
        ({"away_from": None}, "away_from"),
        ({"away_until": None}, "away_until"),
        ({"away_until": date(2026, 11, 24)}, "away_until"),
    ],
)
def test_half_a_choice_is_refused_beside_its_field(olive: Account, change: dict[str, object], field: str) -> None:
    with pytest.raises(Refused) as refused:
        actions.choose_hours(account=olive, **{**CHOICE, **AWAY_DAYS, **change})
    assert [problem.field for problem in refused.value.problems] == [field]
    assert queries.hours_of(olive) == Hours(olive.time_zone)
