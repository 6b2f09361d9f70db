"""The pages of a household and its people."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from goodfences.cameras import rights
from goodfences.cameras.models import Camera
from goodfences.cameras.rights import Rights
from goodfences.people import access, actions
from goodfences.people.models import Account, Household, Invitation, Membership
from tests.pages import Page
from tests.persons import NADIAS_PLACE, cell, make_account

ClientOf = Callable[[Account], Client]


@pytest.fixture
def newcomer(db: None) -> Account:
    return make_account("Newcomer")


def membership(account: Account) -> Membership:
    return Membership.objects.get(account=account)


def test_olive_sees_people_and_invitations(olive: Account, hugo: Account, client_of: ClientOf) -> None:
    actions.invite_member(account=olive, email="paul@example.org")
    page = client_of(olive).get("/household/").content.decode()
    assert all(words in page for words in ("Oak house", "Hugo", "hugo@example.org", "paul@example.org"))


def test_hugo_sees_people_and_no_addresses(olive: Account, hugo: Account, client_of: ClientOf) -> None:
    actions.invite_member(account=olive, email="paul@example.org")
    page = client_of(hugo).get("/household/").content.decode()
    assert "Olive" in page and "Leave" in page
    assert "olive@example.org" not in page and "paul@example.org" not in page


def test_hugo_is_told_what_he_may_do_and_who_decides(
    olive: Account,
    hugo: Account,
    street_camera: Camera,
    door_camera: Camera,
    indoors_camera: Camera,
    client_of: ClientOf,
) -> None:
    given = {
        street_camera.ref: Rights(watch=True, download=True),
        door_camera.ref: Rights(),
        indoors_camera.ref: Rights(),
    }
    rights.allow(account=olive, member_ref=membership(hugo).ref, rights=given)
    client = client_of(hugo)
    page = Page(client.get("/household/").content.decode())
    assert f"{street_camera.name} watch · download" in " ".join(page.text.split())
    assert door_camera.name not in page.text and "delete" not in page.text
    assert "What you may do" not in client_of(olive).get("/household/").content.decode()
    for address, words in (
        ("/cameras/", "Only the owner changes cameras"),
        ("/requests/", "Agencies ask the owner of your household"),
        ("/requests/neighbors/", "Neighbors ask the owner of your household"),
        ("/home/links/", "Only the owner of your household gives"),
        ("/settings/messages/", "ask the owner of your household, and nobody else"),
    ):
        assert words in client.get(address).content.decode(), address
        assert words not in client_of(olive).get(address).content.decode(), address


def test_olive_invites_by_email(olive: Account, client_of: ClientOf) -> None:
    response = client_of(olive).post("/household/invite/", {"email": "paul@example.org"})
    assert response["Location"] == "/household/"
    assert Invitation.objects.get().email == "paul@example.org"


def test_a_bad_address_is_explained_beside_the_field(olive: Account, client_of: ClientOf) -> None:
    response = client_of(olive).post("/household/invite/", {"email": "paul"})
    assert response.status_code == 422
    assert "isn&#x27;t an email address" in response.content.decode()


def test_olive_takes_an_invitation_back(olive: Account, client_of: ClientOf) -> None:
    invitation = actions.invite_member(account=olive, email="paul@example.org")
    client_of(olive).post(f"/household/invitations/{invitation.ref}/withdraw/")
    assert not Invitation.objects.exists()


def test_olive_renames(olive: Account, olives_home: Household, client_of: ClientOf) -> None:
    client = client_of(olive)
    assert client.post("/household/rename/", {"household_name": "Elder house"}).status_code == 302
    olives_home.refresh_from_db()
    assert olives_home.name == "Elder house"
    assert client.post("/household/rename/", {"household_name": "x" * 81}).status_code == 422


def test_olive_moves_and_her_cameras_with_her(olive: Account, client_of: ClientOf) -> None:
    client = client_of(olive)
    assert client.get("/household/place/").status_code == 200
    assert client.post("/household/place/", {"cell": str(cell(NADIAS_PLACE))}).status_code == 302
    assert set(Camera.objects.values_list("cell", flat=True)) == {cell(NADIAS_PLACE)}
    assert access.home(olive).name == "Oak house"
    assert client.post("/household/place/", {"cell": "7"}).status_code == 422


def test_hugo_changes_nothing(hugo: Account, olive: Account, client_of: ClientOf) -> None:
    client = client_of(hugo)
    assert client.get("/household/place/").status_code == 404
    for page, data in (
        ("/household/rename/", {"household_name": "Mine"}),
        ("/household/invite/", {"email": "paul@example.org"}),
        ("/household/place/", {"cell": str(cell(NADIAS_PLACE))}),
        (f"/household/members/{membership(olive).ref}/remove/", {}),
        (f"/household/members/{membership(hugo).ref}/rights/", {}),
        (f"/household/members/{membership(olive).ref}/rights/", {}),
    ):
        assert client.post(page, data).status_code == 404


def test_olive_removes_hugo_after_one_question(olive: Account, hugo: Account, client_of: ClientOf) -> None:
    client, page = client_of(olive), f"/household/members/{membership(hugo).ref}/remove/"
    assert "Remove Hugo?" in client.get(page).content.decode()
    assert client.post(page)["Location"] == "/household/"
    assert access.household_of(hugo) is None


def test_hugo_leaves(hugo: Account, client_of: ClientOf) -> None:
    client, page = client_of(hugo), f"/household/members/{membership(hugo).ref}/remove/"
    assert "Leave this household?" in client.get(page).content.decode()
    assert client.post(page)["Location"] == "/welcome/"
    assert access.household_of(hugo) is None


def test_olive_cant_leave(olive: Account, client_of: ClientOf) -> None:
    response = client_of(olive).post(f"/household/members/{membership(olive).ref}/remove/")
    assert response.status_code == 422 and "owner can&#x27;t leave" in response.content.decode()


@pytest.mark.parametrize("person", ["stranger", "nadia", "omar", "sam", "max", "otto"])
def test_no_outsider_removes_hugo(
    person: str, request: pytest.FixtureRequest, hugo: Account, client_of: ClientOf
) -> None:
    client = client_of(request.getfixturevalue(person))
    assert client.post(f"/household/members/{membership(hugo).ref}/remove/").status_code == 404
    assert membership(hugo)


def test_a_newcomer_joins_by_the_link(olive: Account, newcomer: Account, client_of: ClientOf) -> None:
    invitation = actions.invite_member(account=olive, email=newcomer.email)
    client, page = client_of(newcomer), f"/household/join/{invitation.ref}/"
    assert "Olive invites you" in client.get(page).content.decode()
    assert access.household_of(newcomer) is None
    assert client.post(page, {"join": ""})["Location"] == "/home/"
    assert access.household_of(newcomer) == access.home(olive)


def test_a_newcomer_declines(olive: Account, newcomer: Account, client_of: ClientOf) -> None:
    invitation = actions.invite_member(account=olive, email=newcomer.email)
    assert client_of(newcomer).post(f"/household/join/{invitation.ref}/", {"decline": ""}).status_code == 302
    assert access.household_of(newcomer) is None and not Invitation.objects.exists()


def test_nadia_who_has_a_household_is_told_so(olive: Account, nadia: Account, client_of: ClientOf) -> None:
    invitation = actions.invite_member(account=olive, email=nadia.email)
    response = client_of(nadia).post(f"/household/join/{invitation.ref}/", {"join": ""})
    assert response.status_code == 422 and "a household already" in response.content.decode()


@pytest.mark.parametrize("person", ["stranger", "nadia", "hugo", "olive", "omar", "max", "otto"])
def test_only_the_invited_address_opens_the_link(
    person: str, request: pytest.FixtureRequest, olive: Account, client_of: ClientOf
) -> None:
    invitation = actions.invite_member(account=olive, email="paul@example.org")
    client, page = client_of(request.getfixturevalue(person)), f"/household/join/{invitation.ref}/"
    assert client.get(page).status_code == client.post(page).status_code == 404


def test_the_link_leads_a_visitor_to_sign_in_first(olive: Account, client: Client) -> None:
    invitation = actions.invite_member(account=olive, email="paul@example.org")
    page = f"/household/join/{invitation.ref}/"
    assert client.get(page)["Location"] == f"/accounts/login/?next={page}"
