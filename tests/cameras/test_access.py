"""Who may see and change a camera or a device."""

from __future__ import annotations

from datetime import timedelta

import pytest

from goodfences import source
from goodfences.cameras import access
from goodfences.cameras.models import Camera, Device
from goodfences.errors import NotFound
from goodfences.people.models import Account
from tests.persons import OLIVES_TOKEN

OUTSIDERS = ["stranger", "nadia", "omar", "ada", "sam", "aggie", "audrey", "max", "otto"]


@pytest.fixture(params=OUTSIDERS)
def outsider(request: pytest.FixtureRequest) -> Account:
    person: Account = request.getfixturevalue(request.param)
    return person


def test_olive_sees_her_camera(olive: Account, street_camera: Camera) -> None:
    assert access.camera(olive, street_camera.ref) == street_camera


def test_hugo_sees_the_camera_of_his_household(hugo: Account, street_camera: Camera) -> None:
    assert access.camera(hugo, street_camera.ref) == street_camera


def test_hugo_may_not_change_it(hugo: Account, street_camera: Camera) -> None:
    with pytest.raises(NotFound):
        access.own_camera(hugo, street_camera.ref)


def test_no_outsider_finds_a_camera(outsider: Account, street_camera: Camera) -> None:
    with pytest.raises(NotFound):
        access.camera(outsider, street_camera.ref)


def test_no_outsider_finds_a_device(outsider: Account, olives_device: Device) -> None:
    with pytest.raises(NotFound):
        access.own_device(outsider, olives_device.ref)


def test_hugo_doesnt_find_the_device(hugo: Account, olives_device: Device) -> None:
    with pytest.raises(NotFound):
        access.own_device(hugo, olives_device.ref)


def test_an_account_that_was_closed_finds_nothing(olive: Account, street_camera: Camera) -> None:
    olive.is_active = False
    with pytest.raises(NotFound):
        access.camera(olive, street_camera.ref)


def test_a_removed_camera_is_gone(olive: Account, street_camera: Camera, olives_device: Device) -> None:
    Camera.objects.filter(pk=street_camera.pk).update(removed_at=source.now(), may_be_asked=False)
    with pytest.raises(NotFound):
        access.camera(olive, street_camera.ref)
    with pytest.raises(NotFound):
        access.device_camera(olives_device, street_camera.ref)


def test_a_revoked_device_is_gone(olive: Account, olives_device: Device) -> None:
    Device.objects.update(revoked_at=source.now())
    with pytest.raises(NotFound):
        access.own_device(olive, olives_device.ref)


def test_a_token_finds_its_device(olives_device: Device) -> None:
    assert access.device_for_token(OLIVES_TOKEN) == olives_device


@pytest.mark.parametrize("token", ["", "x", OLIVES_TOKEN + " ", OLIVES_TOKEN.upper()])
def test_another_token_finds_none(token: str, olives_device: Device) -> None:
    with pytest.raises(NotFound):
        access.device_for_token(token)


def test_the_digest_is_no_token(olives_device: Device) -> None:
    with pytest.raises(NotFound):
        access.device_for_token(olives_device.token_digest)


def test_a_revoked_token_finds_none(olives_device: Device) -> None:
    Device.objects.update(revoked_at=source.now())
    with pytest.raises(NotFound):
        access.device_for_token(OLIVES_TOKEN)


def test_being_in_touch_is_noted_once_a_minute(clock: source.SeededSource, olives_device: Device) -> None:
    first = clock.now()
    access.device_for_token(OLIVES_TOKEN)
    clock.advance(timedelta(seconds=59))
    access.device_for_token(OLIVES_TOKEN)
    assert Device.objects.get().last_seen_at == first
    clock.advance(timedelta(seconds=1))
    access.device_for_token(OLIVES_TOKEN)
    assert Device.objects.get().last_seen_at == first + timedelta(seconds=60)


def test_a_device_uploads_for_cameras_of_its_home_only(
    olives_device: Device, street_camera: Camera, strangers_camera: Camera
) -> None:
    assert access.device_camera(olives_device, street_camera.ref) == street_camera
    with pytest.raises(NotFound):
        access.device_camera(olives_device, strangers_camera.ref)
