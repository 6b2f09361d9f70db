"""What each detector points at, and what it leaves alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from goodfences import places
from goodfences.auditing.detectors import Asked, Watched, detectors, furthest_back
from goodfences.places import area_from_circle, neighborhood
from tests.persons import OLIVES_PLACE, cell

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
HERE, BESIDE, FAR = (area_from_circle(OLIVES_PLACE[0], OLIVES_PLACE[1] + by, 200) for by in (0, 0.001, 0.05))


def asked(
    ref: str = "now", *, area: places.Area = HERE, days_ago: float = 0, hour: int = 12, **changes: object
) -> Asked:
    at = (NOON - timedelta(days=days_ago)).replace(hour=hour)
    given = Asked(
        ref=ref,
        officer="omar",
        case_number=f"26-{ref}",
        case_key=f"26{ref}",
        incident_type="theft",
        ranges=area.ranges,
        square_miles=area.square_miles,
        submitted_at=at,
    )
    return replace(given, **changes)  # type: ignore[arg-type]


def seen(now: Asked, *earlier: Asked, home: int | None = None) -> set[str]:
    return {one.name for one in detectors() if one.look(now, earlier, home)}


def test_an_ordinary_request_is_left_alone() -> None:
    assert seen(asked(), asked("a", area=FAR, days_ago=3)) == set()


def test_the_officers_own_neighborhood() -> None:
    assert seen(asked(), home=neighborhood(cell(OLIVES_PLACE))) == {"own_neighborhood"}
    assert seen(asked(area=FAR), home=neighborhood(cell(OLIVES_PLACE))) == set()


def test_one_area_over_three_cases_by_whomever() -> None:
    large = {"square_miles": 0.2}
    two = (
        asked("a", area=BESIDE, days_ago=10, officer="ada", **large),
        asked("b", days_ago=80, officer="max", **large),
    )
    assert seen(asked(**large), *two) == {"repeated_area"}
    assert seen(asked(**large), two[0]) == set()
    assert seen(asked(**large), two[0], replace(two[1], case_key=two[0].case_key)) == set()
    assert seen(asked(**large), two[0], asked("b", days_ago=91, **large)) == set()
    assert seen(asked(area=FAR, **large), *two) == set()


def test_the_same_small_area_by_the_same_officer() -> None:
    assert seen(asked(), asked("a", area=BESIDE, days_ago=100)) == {"same_small_area"}
    assert seen(asked(), asked("a", days_ago=100, officer="ada")) == set()
    assert seen(asked(), asked("a", days_ago=181)) == set()
    assert seen(asked(square_miles=0.2), asked("a", days_ago=100)) == set()


@pytest.mark.parametrize(("hour", "noticed"), [(23, False), (0, True), (4, True), (5, False)])
def test_a_small_area_at_night(hour: int, noticed: bool) -> None:
    assert seen(asked(hour=hour)) == ({"odd_hour"} if noticed else set())
    assert seen(asked(hour=hour, square_miles=0.2)) == set()


def test_a_case_number_for_another_place_or_another_kind() -> None:
    same = {"case_key": "26now", "officer": "ada"}
    assert seen(asked(), asked("a", area=FAR, days_ago=2, **same)) == {"case_reused"}
    assert seen(asked(), asked("a", days_ago=2, incident_type="robbery", **same)) == {"case_reused"}
    assert seen(asked(), asked("a", area=BESIDE, days_ago=2, **same)) == set()
    assert seen(asked(), asked("a", area=FAR, days_ago=366, **same)) == set()
    assert seen(asked(case_key=""), asked("a", area=FAR, days_ago=2, officer="ada", case_key="")) == set()


def watched(*days_ago: float, had_to_do: bool = True, ended_days_ago: float | None = None) -> set[str]:
    """What is seen in an officer's opening video now and so many days ago."""
    earlier = [NOON - timedelta(days=days) for days in days_ago]
    ended = None if ended_days_ago is None else NOON - timedelta(days=ended_days_ago)
    now = Watched(at=NOON, earlier=earlier, had_to_do=had_to_do, ended_at=ended)
    return {one.name for one in detectors() if one.look_at_view(now)}


def test_video_of_one_request_on_five_days_within_thirty() -> None:
    assert watched(1, 2, 3, 4) == {"viewed_again"}
    assert watched(1, 1, 2, 3, 0, 0) == set(), "four days, however often on each"
    assert watched(1, 2, 3, 31) == set()


def test_video_opened_long_after_the_end_by_somebody_who_had_nothing_to_do_with_it() -> None:
    assert watched(had_to_do=False, ended_days_ago=30) == {"viewed_late"}
    assert watched(had_to_do=False, ended_days_ago=29) == set()
    assert watched(had_to_do=True, ended_days_ago=200) == set()
    assert watched(had_to_do=False) == set()


def test_a_later_request_and_the_request_itself_say_nothing() -> None:
    assert seen(asked(days_ago=1), asked("a"), asked(days_ago=1)) == set()


def test_each_detector_can_be_read_by_a_person() -> None:
    for one in detectors():
        assert one.title
        assert "Look at" in one.why
    assert furthest_back() == timedelta(days=365)
    assert furthest_back(of_views=True) == timedelta(days=30)
