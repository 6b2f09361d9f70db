"""A household's room is a running total: whatever becomes of its clips, it is their sum."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest

from goodfences import source
from goodfences.cameras.models import Camera, Device
from goodfences.clips import actions, retention, room, tasks
from goodfences.clips.models import Clip, Room
from goodfences.errors import NotFound, Refused
from goodfences.people.models import Account, Household
from tests import ingest
from tests.footage import make_video

pytestmark = pytest.mark.django_db(transaction=True)
VIDEOS = [make_video(seconds=2, seed=seed) for seed in range(4)]
NO_VIDEO = b"no video at all " * 100


def summed(home: Household) -> int:
    return sum(clip.taken for clip in Clip.objects.filter(camera__household=home))


def test_what_was_announced_counts_until_it_is_checked_then_what_was_kept(
    olives_device: Device, street_camera: Camera, olives_home: Household
) -> None:
    clip = ingest.stored(olives_device, street_camera, VIDEOS[0])
    assert room.taken(olives_home.pk) == len(VIDEOS[0])
    tasks.run_due(1)
    clip.refresh_from_db()
    assert 0 < room.taken(olives_home.pk) == clip.size != len(VIDEOS[0])


def test_what_is_refused_counts_no_more(
    olives_device: Device, street_camera: Camera, olives_home: Household, settings: Any
) -> None:
    ingest.stored(olives_device, street_camera, NO_VIDEO)
    tasks.run_due(1)
    assert (Clip.objects.get().state, room.taken(olives_home.pk)) == ("deleted", 0)
    settings.QUOTA_BYTES = 10
    with pytest.raises(Refused):
        ingest.announced(olives_device, street_camera, VIDEOS[0])
    assert room.taken(olives_home.pk) == 0


def test_an_announcement_with_another_fault_takes_nothing(
    olives_device: Device, street_camera: Camera, olives_home: Household
) -> None:
    with pytest.raises(Refused):
        ingest.announced(olives_device, street_camera, VIDEOS[0], kind="party")
    assert room.taken(olives_home.pk) == 0


def test_room_is_filled_to_its_last_byte(
    olives_device: Device, street_camera: Camera, olives_home: Household, settings: Any
) -> None:
    settings.QUOTA_BYTES = 100
    ingest.announced(olives_device, street_camera, b"a" * 60)
    with pytest.raises(Refused) as refused:
        ingest.announced(olives_device, street_camera, b"b" * 41)
    assert [(each.rule, each.limit, each.value) for each in refused.value.problems] == [
        ("quota", "100 bytes", "60 bytes")
    ]
    ingest.announced(olives_device, street_camera, b"b" * 40)
    assert room.taken(olives_home.pk) == 100


def test_another_home_has_room_of_its_own(
    olives_device: Device, street_camera: Camera, strangers_home: Household
) -> None:
    ingest.announced(olives_device, street_camera, VIDEOS[0])
    assert room.taken(strangers_home.pk) == 0


def test_it_ends_with_its_household(olive: Account, olives_home: Household, clip: Clip) -> None:
    retention.forget_household(olive, olives_home)
    assert room.taken(olives_home.pk) == 0
    olives_home.delete()
    assert not Room.objects.exists()


@pytest.mark.parametrize("seed", range(2))
def test_it_never_drifts(
    seed: int, olive: Account, olives_device: Device, street_camera: Camera, clock: source.SeededSource
) -> None:
    chance = random.Random(seed)

    def announce() -> None:
        ingest.announced(
            olives_device, street_camera, chance.choice([*VIDEOS, NO_VIDEO]) + bytes(chance.randrange(3))
        )

    def some(state: str) -> Clip:
        return chance.choice(list(Clip.objects.filter(state=state).order_by("pk")))

    def send() -> None:
        clip = some("announced")
        file = next(each for each in (*VIDEOS, NO_VIDEO) if 0 <= clip.announced_size - len(each) < 3)
        data = (file + bytes(clip.announced_size - len(file)))[: chance.choice([None, 100])]
        ingest.sent_at_once(olives_device, clip, data)

    def check() -> None:
        tasks.run_due(1)

    def drop() -> None:
        upload = some("announced").upload
        actions.cancel_upload(device=olives_device, upload_ref=upload.ref)

    def delete() -> None:
        retention.delete(account=olive, ref=some("stored").ref)

    def wait() -> None:
        clock.advance(timedelta(days=chance.choice([0, 2, 8, 20])))
        tasks.run_retention(5)

    acts = [announce, announce, announce, send, send, check, drop, delete, wait]
    for _ in range(150):
        try:
            chance.choice(acts)()
        except (Refused, NotFound, IndexError, Clip.upload.RelatedObjectDoesNotExist):
            continue
        assert room.taken(street_camera.household_id) == summed(street_camera.household)
    assert set(Clip.objects.values_list("state", flat=True)) >= {"deleted", "expired"}
