from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodfences import places
from goodfences.errors import Problem
from goodfences.policy import Context, case_key, in_force
from tests.places.shapes import box
from tests.policy.drafts import NOW, problems, rules

SQUARE_MILE = places.SQUARE_METERS_A_SQUARE_MILE
NEW_YORK = ZoneInfo("America/New_York")


def area_of(square_miles: float) -> places.Area:
    return places.Area(ranges=[], square_meters=square_miles * SQUARE_MILE, place_cells=[])


def test_a_good_draft_breaks_nothing():
    assert rules() == []


def test_every_broken_rule_comes_at_once():
    broken = rules(
        Context(now=NOW, open_requests=5, requests_for_case=2),
        area=area_of(3),
        starts_at=NOW - timedelta(days=40),
        ends_at=NOW + timedelta(hours=1),
        case_number="none",
        incident_type="loitering",
        reason="short",
        contact="call me",
        approver_ref="omar",
    )
    assert broken == [
        "area.max",
        "window.max",
        "window.age",
        "window.future",
        "case_number.format",
        "incident_type.listed",
        "reason.min",
        "contact.given",
        "case.requests",
        "agency.open",
        "officers.second",
    ]


TOWN = places.jurisdiction(box(40.4, -74.3, 5000))


def inside_of(town: dict | None) -> Context:
    return Context(now=NOW, jurisdiction=town)


@pytest.mark.parametrize(
    ("north", "value"), [(0.0, None), (0.0188, None), (0.0225, "50% outside"), (0.05, "all of it outside")]
)
def test_an_area_lies_inside_of_the_agencys_jurisdiction(north: float, value: str | None):
    moved = places.area_from_geojson(box(40.4 + north, -74.3, 800))
    found = problems(inside_of(TOWN), area=moved)
    assert [(each.rule, each.value) for each in found] == ([("area.jurisdiction", value)] if value else [])
    assert rules(inside_of(None), area=moved) == [], "An agency that published no outline is held to none."


@pytest.mark.parametrize(("within", "beyond", "value"), [(400, 1, "1% outside"), (1, 400, "99% outside")])
def test_some_of_it_is_never_told_as_nothing_or_all(within: int, beyond: int, value: str):
    here, there = (
        list(places.cells_of(places.area_from_geojson(box(40.4 + north, -74.3, 1000)).ranges)) for north in (0, 0.1)
    )
    mixed = places.Area(places.ranges_of(here[:within] + there[:beyond]), 0.1 * SQUARE_MILE, [])
    assert [each.value for each in problems(inside_of(TOWN), area=mixed)] == [value]


def test_every_problem_has_words_for_a_person():
    for problem in problems(area=None, starts_at=None, case_number="", incident_type="", reason="", contact=""):
        assert problem.message.endswith(".")
        assert len(problem.message) > 20


@pytest.mark.parametrize(
    "square_miles, broken",
    [(0.0249, ["area.min"]), (0.025, []), (0.3, []), (0.5, []), (0.5001, ["area.max"]), (9.6, ["area.max"])],
)
def test_the_area_has_a_least_and_a_most(square_miles, broken):
    assert rules(area=area_of(square_miles)) == broken


def test_an_area_problem_gives_limit_value_and_the_nearest_that_passes():
    (problem,) = problems(area=area_of(0.62))
    assert (problem.field, problem.limit, problem.value) == ("area", "0.5 square miles", "0.62 square miles")
    assert problem.nearest == "0.5 square miles"
    assert "1.29 square kilometers" in problem.message


def test_a_value_just_beyond_the_limit_is_not_rounded_onto_it():
    (problem,) = problems(area=area_of(0.50000041))
    assert problem.value == "0.5000004 square miles"


def several(*square_miles: float) -> places.Area:
    parts = tuple(size * places.SQUARE_METERS_A_SQUARE_MILE for size in square_miles)
    return places.Area(ranges=[(1, 2)], square_meters=sum(parts), place_cells=[1], parts=parts)


@pytest.mark.parametrize(
    ("sizes", "broken"),
    [
        ((0.2, 0.3), []),
        ((0.3, 0.3), ["area.max"]),
        ((0.3, 0.01), ["area.min"]),
        ((0.6, 0.01), ["area.min", "area.max"]),
        ((0.1, 0.1, 0.1), []),
        ((0.1, 0.1, 0.1, 0.1), ["area.parts"]),
    ],
)
def test_several_areas_are_held_to_the_limits_together_and_none_is_a_single_home(sizes, broken):
    assert rules(area=several(*sizes)) == broken


def test_two_drawn_boxes_are_two_areas_and_two_that_touch_are_one():
    west, east = box(40.4, -74.3, 400), box(40.4, -74.29, 400)
    both = {"type": "MultiPolygon", "coordinates": [west["coordinates"], east["coordinates"]]}
    area = places.area_from_geojson(both)
    assert len(area.parts) == 2
    assert sum(area.parts) == area.square_meters
    assert rules(area=area) == []
    same = {"type": "MultiPolygon", "coordinates": [west["coordinates"], west["coordinates"]]}
    assert places.area_from_geojson(same) == places.area_from_geojson(west)


def test_no_area_is_one_problem():
    assert rules(area=None) == ["area.given"]


def test_the_problems_of_a_refused_area_come_with_the_others():
    crossing = Problem("area.crossing", "area", "It crosses itself.")
    assert rules(area=None, area_problems=(crossing,), contact="") == ["area.crossing", "contact.given"]


def test_a_drawn_half_square_mile_circle_is_never_too_large():
    radius = math.sqrt(0.4999 * SQUARE_MILE / math.pi)
    assert rules(area=places.area_from_circle(40.4, -74.3, radius)) == []


def test_a_real_box_is_measured():
    assert rules(area=places.area_from_geojson(box(40.4, -74.3, 1200))) == ["area.max"]


@pytest.mark.parametrize(
    "length, broken",
    [
        (timedelta(minutes=14, seconds=59), ["window.min"]),
        (timedelta(minutes=15), []),
        (timedelta(hours=12), []),
        (timedelta(hours=12, seconds=1), ["window.max"]),
        (timedelta(0), ["window.order"]),
        (timedelta(hours=-1), ["window.order"]),
    ],
)
def test_the_window_has_a_least_and_a_most(length, broken):
    starts_at = NOW - timedelta(hours=20)
    assert rules(starts_at=starts_at, ends_at=starts_at + length) == broken


def test_a_window_problem_gives_the_nearest_end_that_passes():
    starts_at = datetime(2026, 11, 23, 8, 0, tzinfo=NEW_YORK)
    (problem,) = problems(starts_at=starts_at, ends_at=starts_at + timedelta(hours=13, minutes=5))
    assert (problem.limit, problem.value) == ("12 hours", "13 hours 5 minutes")
    assert problem.nearest == "2026-11-23T20:00:00-05:00"
    assert "2026-11-23 20:00 EST" in problem.message


def test_the_night_the_clocks_go_back_is_measured_as_it_was_lived():
    # 20:00 to 08:00 on the wall is 13 hours: one hour happens twice.
    evening, morning = (
        datetime(2026, 10, 31, 20, 0, tzinfo=NEW_YORK),
        datetime(2026, 11, 1, 8, 0, tzinfo=NEW_YORK),
    )
    (problem,) = problems(starts_at=evening, ends_at=morning)
    assert (problem.rule, problem.value) == ("window.max", "13 hours")
    assert problem.nearest == "2026-11-01T07:00:00-05:00"
    assert rules(starts_at=evening, ends_at=morning - timedelta(hours=1)) == []


def test_the_night_the_clocks_go_forward_is_measured_as_it_was_lived():
    # 20:00 to 09:00 on the wall is 12 hours: one hour never happened.
    now = datetime(2026, 3, 10, tzinfo=UTC)
    evening, morning = (datetime(2026, 3, 7, 20, 0, tzinfo=NEW_YORK), datetime(2026, 3, 8, 9, 0, tzinfo=NEW_YORK))
    assert rules(Context(now=now), starts_at=evening, ends_at=morning) == []
    too_late = morning + timedelta(minutes=1)
    assert rules(Context(now=now), starts_at=evening, ends_at=too_late) == ["window.max"]


def test_a_window_in_the_repeated_hour_counts_both_hours():
    first = datetime(2026, 11, 1, 1, 10, tzinfo=NEW_YORK, fold=0)
    second = datetime(2026, 11, 1, 1, 5, tzinfo=NEW_YORK, fold=1)
    assert rules(starts_at=first, ends_at=second) == []
    assert rules(starts_at=second, ends_at=first) == ["window.order"]


def test_the_shortest_window_across_the_missing_hour():
    now = datetime(2026, 3, 10, tzinfo=UTC)
    before, after = (datetime(2026, 3, 8, 1, 55, tzinfo=NEW_YORK), datetime(2026, 3, 8, 3, 5, tzinfo=NEW_YORK))
    assert rules(Context(now=now), starts_at=before, ends_at=after) == ["window.min"]


def test_a_window_may_begin_thirty_days_ago_and_not_a_second_more():
    oldest = NOW - timedelta(days=30)
    assert rules(starts_at=oldest, ends_at=oldest + timedelta(hours=1)) == []
    (problem,) = problems(starts_at=oldest - timedelta(seconds=1), ends_at=oldest + timedelta(hours=1))
    assert (problem.rule, problem.field, problem.limit) == ("window.age", "starts_at", "30 days")


def test_thirty_days_are_elapsed_days_whatever_the_clocks_did():
    now = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    wall = datetime(2026, 10, 21, 7, 30, tzinfo=NEW_YORK)
    assert rules(Context(now=now), starts_at=wall, ends_at=wall + timedelta(hours=1)) == ["window.age"]
    later = wall + timedelta(minutes=30)
    assert rules(Context(now=now), starts_at=later, ends_at=later + timedelta(hours=1)) == []


def test_a_window_may_end_now_and_never_later():
    assert rules(starts_at=NOW - timedelta(hours=1), ends_at=NOW) == []
    (problem,) = problems(starts_at=NOW - timedelta(hours=1), ends_at=NOW + timedelta(seconds=1))
    assert (problem.rule, problem.field, problem.nearest) == ("window.future", "ends_at", NOW.isoformat())


@given(
    starts=st.integers(-4_000_000, 100_000),
    length=st.integers(-10_000, 200_000),
    zone=st.sampled_from(["UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]),
    now=st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1)),
)
def test_the_nearest_value_offered_would_pass(starts, length, zone, now):
    now = now.replace(tzinfo=UTC)
    tz = ZoneInfo(zone)
    starts_at = (now + timedelta(seconds=starts)).astimezone(tz)
    ends_at = (now + timedelta(seconds=starts + length)).astimezone(tz)
    found = problems(Context(now=now), starts_at=starts_at, ends_at=ends_at)
    for problem in found:
        if problem.nearest:
            changed = {"starts_at": starts_at, "ends_at": ends_at}
            changed[problem.field] = datetime.fromisoformat(problem.nearest)
            assert problem.rule not in rules(Context(now=now), **changed)


@pytest.mark.parametrize("field", ["starts_at", "ends_at"])
def test_a_time_without_a_zone_or_no_time_is_named(field):
    for value in (None, datetime(2026, 11, 24, 1, 0)):
        (problem,) = problems(**{field: value})
        assert (problem.rule, problem.field) == ("window.given", field)


@pytest.mark.parametrize(
    "number",
    [
        "NG-2026-0118",
        "24/1189",
        "CR 2026 #11",
        "2026.118_b",
        "A1B",
        "20260118",
        "NA-2026-4",
        "TB-2026-1",
        "Case 26",
        "NEW-2026-17",
        "X-17-2",
    ],
)
def test_a_case_number_on_file_passes(number):
    assert rules(case_number=number) == []


@pytest.mark.parametrize(
    "number",
    ["", "   ", "-", "none", "N/A", "test1", "TEST 123", "0000", "1234", "123456", "ABC", "A1", "9" * 41, "№118",
     "NG–2026", "TBD-1", "tbd", "NA-1", "N/A 1", "no case 12", "Unknown 2026", "Test case 4", "ABC-123", "pending 1",
     "<b>12</b>", "ＮＧ２０２６", "1111"],
)  # fmt: skip
def test_a_placeholder_is_no_case_number(number):
    assert rules(case_number=number) == ["case_number.format"]


def test_a_case_number_stands_on_one_line():
    assert rules(case_number="NG\n2026") == ["text.visible"]


def test_the_same_case_is_the_same_however_it_is_written():
    same = ["NG-2026 118", "ng2026118", "Ng/2026.118", " NG_2026#118 "]
    assert {case_key(number) for number in same} == {"ng2026118"}
    assert case_key("NG-2026-119") != case_key("NG-2026-118")


def test_a_case_can_be_asked_about_twice():
    assert rules(Context(now=NOW, requests_for_case=1)) == []
    (problem,) = problems(Context(now=NOW, requests_for_case=2))
    assert (problem.rule, problem.field, problem.limit, problem.value) == (
        "case.requests",
        "case_number",
        "2 requests",
        "2 requests",
    )


def test_an_agency_has_at_most_five_open_requests():
    assert rules(Context(now=NOW, open_requests=4)) == []
    assert rules(Context(now=NOW, open_requests=5)) == ["agency.open"]


def test_nobody_approves_their_own_request():
    assert rules(approver_ref="ada") == []
    assert rules(approver_ref=None) == []
    assert rules(approver_ref="omar") == ["officers.second"]


@pytest.mark.parametrize(
    "contact", ["555-010-2233", "+1 (555) 010 2233 ext. 4", "omar@police.example", "Desk: 5550102"]
)
def test_a_contact_is_a_telephone_number_or_an_address(contact):
    assert rules(contact=contact) == []


@pytest.mark.parametrize("contact", ["", "the desk", "12345", "omar@", "@police.example", "1" * 121])
def test_a_contact_that_reaches_nobody_is_refused(contact):
    assert rules(contact=contact) == ["contact.given"]


def test_the_incident_type_is_a_key_of_the_list():
    for key in in_force().incident_types:
        assert rules(incident_type=key) == []
    assert rules(incident_type="Burglary") == ["incident_type.listed"]


def test_a_reason_has_forty_characters_that_say_something():
    forty = "A bicycle was taken from a porch at dawn"
    assert len(forty) == 40
    assert rules(reason=forty) == []
    (problem,) = problems(reason=forty[:-1])
    assert (problem.rule, problem.limit, problem.value) == ("reason.min", "40 characters", "39 characters")


def test_white_space_and_invisible_characters_are_no_reason():
    assert rules(reason="A bicycle\u200b\u200b\u200b" + " " * 40 + "\u2060" * 40) == ["text.visible", "reason.min"]


def test_a_reason_has_an_end():
    assert rules(reason="A bicycle was taken from a porch. " * 60) == ["reason.max"]


@pytest.mark.parametrize(
    "reason, value",
    [("🚲" * 60, "0 different words"), ("aaaa bbbb " * 8, "0 different words"),
     ("blah blub " * 8, "2 different words"),
     ("A bicycle was taken ................... 2026-11-23, 12:30", "3 different words")],
)  # fmt: skip
def test_plain_words_are_different_words(reason, value):
    (problem,) = problems(reason=reason)
    assert (problem.rule, problem.limit, problem.value) == ("reason.words", "5 different words", value)


@pytest.mark.parametrize(
    "reason",
    ["Theft of copper wire from a building site.", "Заявление о краже велосипеда со двора дома вечером."],
)
def test_five_different_words_are_enough_in_any_alphabet(reason):
    assert rules(reason=reason) == []


WHY = "A child is missing since noon and it will freeze tonight."


def test_urgent_is_justified_by_what_is_in_danger():
    assert rules(urgent=True, urgent_reason=WHY) == []
    assert rules(urgent=True) == ["urgent.reason"]
    assert rules(urgent=True, urgent_reason="A child is missing.") == ["urgent.reason"]
    assert rules(urgent=True, urgent_reason=WHY * 10) == ["urgent.reason"]
    important = "This case is very important to the chief and has to be solved soon, please."
    assert rules(urgent=True, urgent_reason=important) == ["urgent.danger"]
    assert rules(urgent=False, urgent_reason=important) == []


def test_why_it_cant_wait_is_held_to_the_rules_of_every_text():
    pressed = "A child is missing and it will freeze, so you are required to share your video."
    assert rules(urgent=True, urgent_reason=pressed) == ["reason.pressure"]
    assert rules(urgent=True, urgent_reason=WHY + "\u200b") == ["text.visible"]


def test_an_agency_is_urgent_three_times_in_thirty_days():
    urgent = {"urgent": True, "urgent_reason": WHY}
    assert rules(Context(now=NOW, urgent_requests=2), **urgent) == []
    assert rules(Context(now=NOW, urgent_requests=3), **urgent) == ["urgent.requests"]
    assert rules(Context(now=NOW, urgent_requests=3)) == []
