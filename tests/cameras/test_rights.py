"""What a member of the household may do with each camera's clips: the owner's choice."""

from __future__ import annotations

import pytest

from goodfences.cameras import access, rights
from goodfences.cameras.models import Camera, CameraRights
from goodfences.cameras.rights import ALL, DEFAULT, NONE, Rights
from goodfences.errors import NotFound
from goodfences.people import actions as people
from goodfences.people.models import Account, Household, Membership

pytestmark = pytest.mark.django_db


def member(account: Account) -> Membership:
    return Membership.objects.get(account=account)


def test_the_owner_may_do_everything_and_a_member_watch(olive: Account, hugo: Account, street_camera: Camera) -> None:
    assert rights.of(olive, street_camera) == ALL
    assert rights.of(hugo, street_camera) == DEFAULT == Rights(watch=True)


@pytest.mark.parametrize("person", ["stranger", "nadia", "omar", "ada", "aggie", "audrey", "sam", "max", "otto"])
def test_anyone_else_may_do_nothing(person: str, street_camera: Camera, request: pytest.FixtureRequest) -> None:
    account = request.getfixturevalue(person)
    assert rights.of(account, street_camera) == NONE
    assert rights.in_home(account, street_camera.household, [street_camera]) == {}


def test_olive_decides_camera_by_camera(
    olive: Account, hugo: Account, olives_home: Household, street_camera: Camera, door_camera: Camera
) -> None:
    said = {street_camera.ref: ALL, door_camera.ref: Rights()}
    rights.allow(account=olive, member_ref=member(hugo).ref, rights=said)
    assert (rights.of(hugo, street_camera), rights.of(hugo, door_camera)) == (ALL, NONE)
    watched = rights.watched(hugo, olives_home)
    assert door_camera not in watched and watched[street_camera] == ALL
    assert rights.watched(olive, olives_home)[door_camera] == ALL
    rights.allow(account=olive, member_ref=member(hugo).ref, rights={street_camera.ref: DEFAULT})
    assert (rights.of(hugo, street_camera), rights.of(hugo, door_camera)) == (DEFAULT, NONE)


def test_who_may_not_watch_may_do_nothing(olive: Account, hugo: Account, street_camera: Camera) -> None:
    said = Rights(watch=False, mark=True, download=True, delete=True)
    rights.allow(account=olive, member_ref=member(hugo).ref, rights={street_camera.ref: said})
    assert rights.of(hugo, street_camera) == NONE
    with pytest.raises(NotFound):
        access.camera(hugo, street_camera.ref)


@pytest.mark.parametrize("person", ["hugo", "stranger", "nadia", "omar", "max", "otto"])
def test_nobody_but_olive_decides(
    person: str, hugo: Account, street_camera: Camera, request: pytest.FixtureRequest
) -> None:
    account = request.getfixturevalue(person)
    with pytest.raises(NotFound):
        rights.allow(account=account, member_ref=member(hugo).ref, rights={street_camera.ref: ALL})
    assert not CameraRights.objects.exists()


def test_neither_her_own_rights_nor_anothers_camera_can_be_given(
    olive: Account, hugo: Account, street_camera: Camera, strangers_camera: Camera, stranger: Account
) -> None:
    for who, camera in ((olive, street_camera), (hugo, strangers_camera), (stranger, street_camera)):
        with pytest.raises(NotFound):
            rights.allow(account=olive, member_ref=member(who).ref, rights={camera.ref: ALL})
    assert not CameraRights.objects.exists()


def test_rights_go_with_the_membership(olive: Account, hugo: Account, street_camera: Camera) -> None:
    rights.allow(account=olive, member_ref=member(hugo).ref, rights={street_camera.ref: ALL})
    people.remove_member(account=olive, ref=member(hugo).ref)
    assert not CameraRights.objects.exists()
    assert rights.of(hugo, street_camera) == NONE


def test_both_can_read_what_was_chosen(
    olive: Account, hugo: Account, olives_home: Household, street_camera: Camera, stranger: Account
) -> None:
    rights.allow(account=olive, member_ref=member(hugo).ref, rights={street_camera.ref: DEFAULT})
    (told,) = rights.export(olive, olives_home)
    assert (told["member"], told["camera"], told["may_watch"]) == (member(hugo).ref, street_camera.ref, True)
    assert rights.export(hugo, None) == [told]
    assert rights.export(stranger, stranger.households.get()) == rights.export(stranger, None) == []
