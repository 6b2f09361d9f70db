"""Who may fetch a clip: its household, once it was checked, while it is kept."""

from __future__ import annotations

import pytest

from goodfences.cameras.models import Camera, Device
from goodfences.clips import access, device_access
from goodfences.clips.models import Clip
from goodfences.errors import NotFound
from goodfences.people.models import Account
from tests import ingest
from tests.footage import make_video

NOT_THE_HOUSEHOLD = ["stranger", "nadia", "omar", "ada", "aggie", "audrey", "sam", "max", "otto"]
pytestmark = pytest.mark.django_db


def test_olive_and_hugo_see_it(olive: Account, hugo: Account, clip: Clip) -> None:
    assert access.clip(olive, clip.ref) == access.clip(hugo, clip.ref) == clip


def test_olive_alone_may_end_it(olive: Account, hugo: Account, clip: Clip) -> None:
    assert access.own_clip(olive, clip.ref) == clip
    with pytest.raises(NotFound):
        access.own_clip(hugo, clip.ref)


@pytest.mark.parametrize("person", NOT_THE_HOUSEHOLD)
@pytest.mark.parametrize("fetch", [access.clip, access.own_clip])
def test_to_anyone_else_there_is_no_such_clip(
    person: str, fetch: object, clip: Clip, request: pytest.FixtureRequest
) -> None:
    with pytest.raises(NotFound):
        fetch(request.getfixturevalue(person), clip.ref)  # type: ignore[operator]


def test_an_account_that_was_shut_sees_nothing(olive: Account, clip: Clip) -> None:
    olive.is_active = False
    with pytest.raises(NotFound):
        access.clip(olive, clip.ref)


@pytest.mark.parametrize("state", ["announced", "expired", "deleted"])
def test_what_is_not_kept_is_not_found(olive: Account, clip: Clip, state: str) -> None:
    Clip.objects.update(state=state)
    with pytest.raises(NotFound):
        access.clip(olive, clip.ref)


def test_before_its_check_nobody_sees_it(olive: Account, olives_device: Device, street_camera: Camera) -> None:
    waiting = ingest.stored(olives_device, street_camera, make_video(seconds=2))
    with pytest.raises(NotFound):
        access.clip(olive, waiting.ref)


def test_a_clip_of_a_removed_camera_stays_with_its_home(olive: Account, street_camera: Camera, clip: Clip) -> None:
    from goodfences.cameras import actions

    actions.remove_camera(account=olive, ref=street_camera.ref)
    assert access.clip(olive, clip.ref) == clip


def test_a_device_is_told_of_its_own_homes_clips_alone(
    olives_device: Device, strangers_device: Device, clip: Clip
) -> None:
    assert device_access.clip(olives_device, clip.ref) == clip
    with pytest.raises(NotFound):
        device_access.clip(strangers_device, clip.ref)


def test_a_device_goes_on_with_its_own_homes_uploads_alone(
    olives_device: Device, strangers_device: Device, street_camera: Camera
) -> None:
    upload = ingest.begun(olives_device, ingest.announced(olives_device, street_camera, b"some bytes"))
    assert device_access.upload(olives_device, upload.ref) == upload
    with pytest.raises(NotFound):
        device_access.upload(strangers_device, upload.ref)
