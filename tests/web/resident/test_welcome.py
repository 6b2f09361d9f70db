"""Where one lands after signing in, and how a newcomer settles."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from goodfences.people import access, actions
from goodfences.people.models import Account, Household
from tests.persons import OLIVES_PLACE, TOWN, cell, make_account

ClientOf = Callable[[Account], Client]


@pytest.fixture
def newcomer(db: None) -> Account:
    return make_account("Newcomer")


def wishes(**changes: str) -> dict[str, str]:
    place = {"cell": str(cell(OLIVES_PLACE)), "household_name": "Birch house"}
    return {**place, "language": "en", "time_zone": "Europe/Helsinki", **changes}


def test_a_visitor_is_asked_to_sign_in(client: Client) -> None:
    response = client.get("/welcome/")
    assert response.status_code == 302 and response["Location"] == "/accounts/login/?next=/welcome/"


@pytest.mark.parametrize(
    ("person", "place"),
    [
        ("olive", "/home/"),
        ("hugo", "/home/"),
        ("omar", "/portal/"),
        ("ada", "/portal/"),
        ("max", "/staff/moderation/"),
        ("otto", "/staff/"),
    ],
)
def test_each_kind_of_person_goes_to_their_own_page(
    person: str, place: str, request: pytest.FixtureRequest, client_of: ClientOf
) -> None:
    client = client_of(request.getfixturevalue(person))
    response = client.get("/welcome/")
    assert (response.status_code, response["Location"]) == (302, place)
    assert client.get(place).status_code == 200
    assert f'href="{place}">Go to your pages' in client.get("/").content.decode()


def test_an_officer_cant_settle(omar: Account, client_of: ClientOf) -> None:
    assert client_of(omar).post("/welcome/", wishes()).status_code == 404
    assert not Household.objects.exists()


def test_a_newcomer_settles_with_a_cell(newcomer: Account, client_of: ClientOf) -> None:
    response = client_of(newcomer).post("/welcome/", wishes())
    assert response.status_code == 302
    assert access.home(newcomer).cell == cell(OLIVES_PLACE)


def test_every_page_of_the_household_leads_a_newcomer_to_settle(newcomer: Account, client_of: ClientOf) -> None:
    for page in ("/home/", "/cameras/", "/household/"):
        assert client_of(newcomer).get(page)["Location"] == "/welcome/"


@pytest.mark.parametrize("value", ["", "60.1712,24.9450", str(cell(OLIVES_PLACE, 12)), str(cell(OLIVES_PLACE, 10))])
def test_anything_but_a_cell_of_resolution_11_is_refused(value: str, newcomer: Account, client_of: ClientOf) -> None:
    response = client_of(newcomer).post("/welcome/", wishes(cell=value))
    assert response.status_code == 422
    assert not Household.objects.exists()


def test_a_coordinate_posted_beside_the_cell_is_stored_nowhere(newcomer: Account, client_of: ClientOf) -> None:
    client_of(newcomer).post("/welcome/", {**wishes(), "lat": str(OLIVES_PLACE[0]), "lon": str(OLIVES_PLACE[1])})
    assert "60.17" not in str(Household.objects.values()) + str(Account.objects.values())


def test_a_wrong_field_says_what_is_wrong(newcomer: Account, client_of: ClientOf) -> None:
    page = client_of(newcomer).post("/welcome/", wishes(household_name="x" * 81)).content.decode()
    assert "At most 80 characters, please. This has 81." in page


def test_an_invitation_is_shown_before_settling(olive: Account, newcomer: Account, client_of: ClientOf) -> None:
    invitation = actions.invite_member(account=olive, email=newcomer.email)
    page = client_of(newcomer).get("/welcome/").content.decode()
    assert f"/household/join/{invitation.ref}/" in page and "Oak house" in page


def test_the_settle_page_knows_the_town(newcomer: Account, client_of: ClientOf) -> None:
    assert cell(TOWN)
    assert 'data-island="pin"' in client_of(newcomer).get("/welcome/").content.decode()
