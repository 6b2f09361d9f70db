from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation

from goodfences import source
from goodfences.web import showing

START = datetime(2026, 11, 24, 8, 10, tzinfo=UTC)  # 2:10 am in Chicago


@pytest.fixture(autouse=True)
def chicago():
    with source.using(source.SeededSource(1, START)), timezone.override(ZoneInfo("America/Chicago")):
        yield


def test_a_window_names_the_day_once() -> None:
    shown = showing.window(START, START + timedelta(minutes=90))
    assert shown == "Tuesday, November 24, 2:10 to 3:40 am"


def test_a_window_over_noon_names_both_halves() -> None:
    shown = showing.window(START, START + timedelta(hours=12))
    assert shown == "Tuesday, November 24, 2:10 am to 2:10 pm"


def test_a_window_over_midnight_names_both_days() -> None:
    shown = showing.window(START - timedelta(hours=4), START)
    assert shown == "Monday, November 23, 10:10 pm to Tuesday, November 24, 2:10 am"


def test_another_year_is_named() -> None:
    assert showing.moment(START - timedelta(days=365), short=True) == "Nov 24, 2025, 2:10 am"


def test_custody_shows_seconds() -> None:
    assert showing.moment(START + timedelta(seconds=9), short=True, seconds=True) == "Nov 24, 2:10:09 am"


def test_a_spanish_reader_reads_spanish_days() -> None:
    with translation.override("es"):
        assert "martes" in showing.day(START)


@pytest.mark.parametrize(("ms", "shown"), [(18_000, "0:18"), (59_700, "1:00"), (3_723_000, "1:02:03")])
def test_a_length_reads_as_on_a_player(ms: int, shown: str) -> None:
    assert showing.length(ms) == shown


def test_marks_are_cut_at_the_ends_of_the_window() -> None:
    end = START + timedelta(minutes=100)
    spans = [
        {"starts_at": START - timedelta(minutes=5), "ends_at": START + timedelta(minutes=10)},
        {"starts_at": end, "ends_at": end + timedelta(minutes=1)},
        {"starts_at": START + timedelta(minutes=50), "ends_at": START + timedelta(minutes=75), "chosen": True},
    ]
    first, second = showing.marks(START, end, spans)
    assert (first.at, first.length, first.chosen) == ("0.00", "10.00", False)
    assert (second.at, second.length, second.chosen) == ("50.00", "25.00", True)


@pytest.mark.parametrize("hours", [0.25, 1.5, 3, 12])
def test_a_window_has_few_ticks_at_full_times(hours: float) -> None:
    ticks = showing.ticks(START, START + timedelta(hours=hours))
    assert 1 <= len(ticks) <= 7
    assert ticks[0].label in {"2:10 am", "2:15 am", "2:30 am", "3 am", "4 am"}
