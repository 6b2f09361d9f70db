"""Two workers that find the same silence, and a hub that tells twice at once."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from goodfences import source
from goodfences.cameras.models import Camera, Device, Held
from goodfences.health import actions, silences
from goodfences.health.models import CameraHealth, Gap, Silence
from goodfences.mail.models import OutboxMessage
from tests.at_once import at_once
from tests.health.words import told, well

pytestmark = [pytest.mark.at_once, pytest.mark.django_db(transaction=True)]


def test_two_workers_write_one_mail(olives_device: Device, street_camera: Camera, clock: source.SeededSource) -> None:
    actions.keep(device=olives_device, told=told(well(street_camera)))
    clock.advance(timedelta(hours=1))
    at_once(partial(silences.begin_due, 10), partial(silences.begin_due, 10))
    assert (Silence.objects.count(), OutboxMessage.objects.count()) == (1, 1)


def test_and_one_note(olives_device: Device, street_camera: Camera, clock: source.SeededSource) -> None:
    actions.keep(device=olives_device, told=told(well(street_camera)))
    clock.advance(timedelta(hours=1))
    silences.begin_due(10)
    for _ in range(2):
        actions.keep(device=olives_device, told=told(well(street_camera)))
        Silence.objects.filter(seen_again_at=None).update(seen_again_at=source.now())
        clock.advance(timedelta(minutes=2))
    actions.keep(device=olives_device, told=told(well(street_camera)))
    at_once(partial(silences.end_due, 10), partial(silences.end_due, 10))
    assert OutboxMessage.objects.filter(template="silence_over").count() == 1


def test_what_a_hub_tells_twice_at_once_is_kept_once(olives_device: Device, street_camera: Camera) -> None:
    said = told(well(street_camera))
    at_once(*[partial(actions.keep, device=olives_device, told=said)] * 2)
    assert (CameraHealth.objects.count(), Gap.objects.count(), Held.objects.count()) == (1, 2, 3)
