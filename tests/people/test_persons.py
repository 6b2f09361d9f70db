"""The standing persons are who the tests say they are."""

from __future__ import annotations

from typing import Any

from goodfences.cameras.models import Camera
from goodfences.people.models import Account, Membership
from tests.persons import officer


def test_hugo_is_a_member_of_the_household_that_olive_owns(olive: Account, hugo: Account) -> None:
    assert Membership.objects.get(account=olive).role == "owner"
    assert Membership.objects.get(account=hugo).household.memberships.count() == 2


def test_two_of_olives_cameras_may_be_asked_about(olive: Account) -> None:
    cameras = Camera.objects.filter(household__memberships__account=olive)
    assert {camera.looks_at for camera in cameras if camera.may_be_asked} == {"street", "door"}


def test_sam_is_of_another_agency_than_omar_and_ada(omar: Account, ada: Account, sam: Account) -> None:
    assert officer(omar).agency == officer(ada).agency
    assert officer(sam).agency != officer(omar).agency


def test_a_client_is_signed_in(olive: Account, client_of: Any) -> None:
    assert client_of(olive).session["_auth_user_id"] == str(olive.pk)
