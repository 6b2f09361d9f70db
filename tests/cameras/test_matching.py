from __future__ import annotations

import random

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from goodfences import places, source
from goodfences.cameras.models import Camera
from goodfences.cameras.queries import homes_in, matching_cameras
from goodfences.people.models import Household

pytestmark = pytest.mark.django_db

TOWN = (60.17, 24.94)


def everything(ranges):
    return matching_cameras(ranges)


@pytest.fixture
def area():
    return places.area_from_circle(*TOWN, 600)


@pytest.fixture
def town():
    """Sixty homes with up to three cameras each, inside and outside of the area."""
    chance = random.Random(7)
    homes = []
    for _ in range(60):
        cell = places.cell_at(TOWN[0] + chance.gauss(0, 0.004), TOWN[1] + chance.gauss(0, 0.008))
        home = Household.objects.create(cell=cell)
        homes.append(home)
        for number in range(chance.randint(0, 3)):
            looks_at = chance.choice(["street", "door", "yard", "indoors"])
            Camera.objects.create(
                household=home,
                name=f"camera {number}",
                looks_at=looks_at,
                cell=cell,
                may_be_asked=looks_at != "indoors" and chance.random() < 0.8,
            )
    return homes


def expected(area):
    asked = Camera.objects.filter(may_be_asked=True, removed_at=None).order_by("household_id", "pk")
    return [(camera.household_id, camera.pk) for camera in asked if places.contains(area.ranges, camera.cell)]


def test_the_askable_cameras_in_the_area_come_in_household_order(town, area):
    found = everything(area.ranges)
    assert found == expected(area)
    assert len({match.household_id for match in found}) > 10


def test_ranges_as_json_keeps_them_match_the_same(town, area):
    assert everything([list(pair) for pair in area.ranges]) == everything(area.ranges)


def test_batches_of_households_add_up_to_the_whole(town, area):
    homes = sorted({household for household, _ in expected(area)})
    ends = [*homes[3:-1:4], None]
    whole = [
        match
        for after, through in zip([0, *ends], ends, strict=False)
        for match in matching_cameras(area.ranges, after_household=after, through=through)
    ]
    assert whole == expected(area)


def test_many_ranges_are_asked_in_a_few_queries(town):
    everywhere = [(cell, cell) for cell in sorted(Camera.objects.values_list("cell", flat=True).distinct())]
    filler = [(number, number) for number in range(1, 1000)]
    with CaptureQueriesContext(connection) as queries:
        found = everything(filler + everywhere)
    # PostgreSQL is given all of them as rows of one.
    many = 1 if connection.vendor == "postgresql" else (len(filler) + len(everywhere) + 99) // 100
    assert len(queries) == many
    assert len(found) == Camera.objects.filter(may_be_asked=True).count()


def test_no_ranges_match_nothing(town):
    assert everything([]) == []
    assert not homes_in([], 1)


def test_a_camera_that_may_not_be_asked_about_is_not_matched(street_camera, indoors_camera):
    around = places.area_from_circle(*places.center(street_camera.cell), 100)
    assert street_camera.pk in {match.camera_id for match in everything(around.ranges)}
    assert indoors_camera.pk not in {match.camera_id for match in everything(around.ranges)}
    Camera.objects.filter(pk=street_camera.pk).update(may_be_asked=False)
    assert street_camera.pk not in {match.camera_id for match in everything(around.ranges)}


def test_a_removed_camera_can_not_stay_askable(street_camera):
    with pytest.raises(IntegrityError), transaction.atomic():
        Camera.objects.filter(pk=street_camera.pk).update(removed_at=source.now())


def test_homes_are_counted_and_not_cameras(town, area):
    homes = len({household for household, _ in expected(area)})
    assert homes < len(expected(area))
    assert homes_in(area.ranges, homes)
    assert not homes_in(area.ranges, homes + 1)
    assert homes_in(area.ranges, 0)


def test_matching_reads_the_index_alone(town, area):
    with CaptureQueriesContext(connection) as queries:
        everything(area.ranges)
    (query,) = queries
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            _without_shortcuts(cursor)
            cursor.execute("EXPLAIN " + query["sql"])
            plan = [line for (line,) in cursor.fetchall() if "Scan" in line]
            assert [line for line in plan if "Function Scan on part" not in line] == [plan[-1]], plan
            assert "Index Only Scan using camera_askable_by_cell" in plan[-1], plan
        else:
            cursor.execute("EXPLAIN QUERY PLAN " + query["sql"])
            plan = [row[3] for row in cursor.fetchall() if "SEARCH" in row[3] or "SCAN" in row[3]]
            wanted = "SEARCH cameras_camera USING COVERING INDEX camera_askable_by_cell (cell>? AND cell<?)"
            assert set(plan) == {wanted}
            assert len(plan) == len(area.ranges)


def _without_shortcuts(cursor):
    # A table of a few pages is scanned whole, which says nothing of ten million rows.
    cursor.execute("SET LOCAL enable_seqscan = off")
    cursor.execute("SET LOCAL enable_bitmapscan = off")
    cursor.execute("SET LOCAL enable_indexscan = off")
