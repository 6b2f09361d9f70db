"""A device that calls twice, and two workers that check."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from goodfences.cameras.models import Camera, Device
from goodfences.clips import retention, room, trash
from goodfences.clips.actions import check, sweep
from goodfences.clips.models import Clip, Upload
from goodfences.errors import Refused
from goodfences.people.models import Account
from goodfences.source import SeededSource
from goodfences.vault.models import SealedKey
from tests import ingest
from tests.at_once import at_once
from tests.footage import make_video

pytestmark = [pytest.mark.at_once, pytest.mark.django_db(transaction=True)]


def test_a_clip_announced_twice_is_one(olives_device: Device, street_camera: Camera) -> None:
    announce = partial(ingest.announced, olives_device, street_camera, make_video())
    one, other = at_once(announce, announce)
    assert one == other == Clip.objects.get()


def test_two_that_fit_one_by_one_cant_go_beyond_the_quota_together(
    olives_device: Device, street_camera: Camera, settings: Any
) -> None:
    videos = [make_video(seed=seed) for seed in (1, 2)]
    settings.QUOTA_BYTES = max(map(len, videos)) + 1
    outcomes = at_once(*(partial(ingest.announced, olives_device, street_camera, video) for video in videos))
    assert [type(outcome) for outcome in outcomes if not isinstance(outcome, Clip)] == [Refused]
    assert Clip.objects.count() == 1


def test_an_upload_begun_twice_is_one(olives_device: Device, street_camera: Camera) -> None:
    clip = ingest.announced(olives_device, street_camera, make_video())
    begin = partial(ingest.begun, olives_device, clip)
    one, other = at_once(begin, begin)
    assert one == other == Upload.objects.get()


def test_the_same_bytes_sent_twice_are_kept_once(
    olives_device: Device, street_camera: Camera, vault_folder: Any
) -> None:
    data = make_video()
    upload = ingest.begun(olives_device, ingest.announced(olives_device, street_camera, data))
    send = partial(ingest.sent, olives_device, upload, data[:1000])
    outcomes = at_once(send, send)
    assert [type(outcome) for outcome in outcomes if not isinstance(outcome, Upload)] == [Refused]
    upload.refresh_from_db()
    assert (upload.received, len(upload.parts)) == (1000, 1)
    assert len(list(ingest.kept_files(vault_folder))) == 1


@pytest.mark.parametrize(("sent", "rule"), [(1000, "upload.offset"), (None, "upload.state")])
def test_bytes_that_begin_an_upload_twice_are_kept_once(
    olives_device: Device, street_camera: Camera, vault_folder: Any, sent: int | None, rule: str
) -> None:
    data = make_video()
    send = partial(ingest.sent_at_once, olives_device, ingest.announced(olives_device, street_camera, data))
    outcomes = at_once(partial(send, data[:sent]), partial(send, data[:sent]))
    (refused,) = (outcome for outcome in outcomes if not isinstance(outcome, Upload))
    assert isinstance(refused, Refused) and refused.problems[0].rule == rule
    assert (Upload.objects.get().received, SealedKey.objects.count()) == (len(data[:sent]), 1)
    assert len(list(ingest.kept_files(vault_folder))) == 1


def test_two_workers_check_two_clips(olives_device: Device, street_camera: Camera) -> None:
    clips = [ingest.stored(olives_device, street_camera, make_video(seed=seed)) for seed in (1, 2)]
    assert set(at_once(check._claim, check._claim)) == set(clips)
    assert check._claim() is None


def test_a_clip_that_expires_while_its_check_ends_leaves_no_key(
    olives_device: Device, street_camera: Camera, vault_folder: Any, clock: SeededSource
) -> None:
    ingest.stored(olives_device, street_camera, make_video())
    clock.advance(timedelta(days=31))
    at_once(partial(retention.expire, 10), check.check_next, at=' "sealed_identity"')
    sweep.drop_stale(10)
    assert not SealedKey.objects.filter(destroyed_at__isnull=True).exists()
    assert (Clip.objects.get().state, room.taken(street_camera.household_id)) == ("expired", 0)
    assert list(ingest.kept_files(vault_folder)) == []


def test_a_clip_that_is_taken_back_and_ended_at_once_is_either_whole_or_gone(
    olive: Account, olives_device: Device, street_camera: Camera
) -> None:
    for seed in range(6):
        clip = ingest.checked(olives_device, street_camera, make_video(seconds=2, seed=seed))
        trash.delete(account=olive, ref=clip.ref)
        undo = partial(trash.undo, account=olive, ref=clip.ref)
        at_once(undo, partial(retention.delete_for_good, account=olive, ref=clip.ref))
        clip.refresh_from_db()
        is_back = clip.state == Clip.State.STORED
        key = SealedKey.objects.get(pk=clip.key_id)
        assert (key.sealed_identity is not None) is is_back and bool(clip.blob) is is_back
