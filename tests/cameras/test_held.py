"""What a hub holds at home: said by the hub, replaced whole, found by window."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection

from goodfences.cameras import actions, queries
from goodfences.cameras.models import Camera, Device, Held
from goodfences.people.models import Account
from tests.conftest import NOON

Span = tuple[datetime, datetime]


def span(from_hour: float, to_hour: float) -> Span:
    return NOON + timedelta(hours=from_hour), NOON + timedelta(hours=to_hour)


def held(camera: Camera) -> list[Span]:
    return list(camera.held.order_by("starts_at").values_list("starts_at", "ends_at"))


@pytest.fixture
def hold(olives_device: Device, street_camera: Camera) -> Callable[..., None]:
    """The hub says what it holds of the street."""

    def say(*spans: Span) -> None:
        actions.replace_held(device=olives_device, held={street_camera: spans})

    return say


def test_spans_that_touch_become_one(hold: Callable[..., None], street_camera: Camera) -> None:
    hold(span(-2, -1), span(-9, -7), span(-8, -6), span(-1, 0))
    assert held(street_camera) == [span(-9, -6), span(-2, 0)]


def test_it_replaces_what_it_said_before(hold: Callable[..., None], street_camera: Camera) -> None:
    hold(span(-9, -8), span(-2, 0))
    hold(span(-2, 0), span(1, 2))
    assert held(street_camera) == [span(-2, 0), span(1, 2)]
    hold()
    assert held(street_camera) == []


def test_what_stayed_is_not_written_again(hold: Callable[..., None], street_camera: Camera) -> None:
    hold(span(-9, -8), span(-2, 0))
    before = set(Held.objects.values_list("pk", flat=True))
    hold(span(-9, -8), span(-2, 1))
    assert len(before & set(Held.objects.values_list("pk", flat=True))) == 1


def test_another_hub_says_what_it_holds_by_itself(
    hold: Callable[..., None], street_camera: Camera, strangers_device: Device, strangers_camera: Camera
) -> None:
    hold(span(-2, 0))
    actions.replace_held(device=strangers_device, held={strangers_camera: [span(-1, 0)]})
    assert (held(street_camera), held(strangers_camera)) == ([span(-2, 0)], [span(-1, 0)])


@pytest.mark.parametrize(
    ("window", "found"),
    [
        (span(-4, -3), False),
        (span(-4, -2), False),
        (span(-4, -1.9), True),
        (span(-1.5, -1.4), True),
        (span(-0.1, 1), True),
        (span(0, 1), False),
        (span(-9, 9), True),
    ],
)
def test_a_camera_is_found_by_any_moment_that_is_held(
    hold: Callable[..., None], street_camera: Camera, door_camera: Camera, window: Span, found: bool
) -> None:
    hold(span(-2, 0))
    both = {street_camera.pk, door_camera.pk}
    assert queries.cameras_holding(both, *window) == ({street_camera.pk} if found else set())
    assert queries.cameras_holding({door_camera.pk}, *window) == set()


def test_a_removed_camera_holds_nothing(hold: Callable[..., None], olive: Account, street_camera: Camera) -> None:
    hold(span(-2, 0))
    actions.remove_camera(account=olive, ref=street_camera.ref)
    assert held(street_camera) == []


def test_a_disconnected_hub_holds_nothing(
    hold: Callable[..., None], olive: Account, olives_device: Device, street_camera: Camera
) -> None:
    hold(span(-2, 0))
    actions.revoke_device(account=olive, ref=olives_device.ref)
    assert held(street_camera) == []


def test_the_index_alone_answers(hold: Callable[..., None], street_camera: Camera) -> None:
    found = Held.objects.filter(camera_id__in=[street_camera.pk], ends_at__gt=NOON, starts_at__lt=NOON)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # which reads a table this small whole, unless told otherwise
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
    told = found.values_list("camera_id", flat=True).distinct().explain()
    assert "COVERING INDEX held_by_camera_time" in told or "Index Only Scan using held_by_camera_time" in told
