"""The pages of a council: who comes in, what they see, and what they do there."""

from __future__ import annotations

import pytest
from django.test import Client

from goodfences.agencies.models import Agency
from goodfences.oversight.models import Seat
from goodfences.people.models import Account
from tests.oversight.conftest import FOUND, cora
from tests.pages import Page
from tests.persons import make_agency, show_second_factor
from tests.web.staff.conftest import fill

__all__ = ["cora"]

PAGE = "/oversight/agencies/northgate-police/"


@pytest.fixture
def council(cora: Seat) -> Client:
    """Cora's browser, in which she showed her second factor."""
    client = Client()
    assert cora.account is not None
    client.force_login(cora.account, backend="django.contrib.auth.backends.ModelBackend")
    show_second_factor(client, cora.account)
    return client


def test_without_a_second_factor_it_leads_to_setting_one_up(cora: Seat) -> None:
    client = Client()
    assert cora.account is not None
    client.force_login(cora.account, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/welcome/")["Location"] == "/oversight/"
    assert client.get(PAGE)["Location"].startswith("/accounts/2fa/")


def test_nobody_else_finds_such_a_page(cora: Seat, olive: Account, otto: Account, client: Client) -> None:
    assert client.get(PAGE)["Location"].startswith("/accounts/login/")
    for person in (olive, otto):
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        assert client.get(PAGE).status_code == 404


def test_another_agency_isnt_there(council: Client) -> None:
    make_agency("southgate-police", "Southgate Police", "police")
    for page in ("", "finding/", "suspend/"):
        assert council.get(f"/oversight/agencies/southgate-police/{page}").status_code == 404


def test_its_agency_and_nothing_private_is_shown(council: Client, northgate: Agency) -> None:
    assert "Northgate Police" in Page(council.get("/oversight/")).text
    assert "What its officers did, by month" in Page(council.get(PAGE)).text


def test_a_finding_stands_on_the_public_page(council: Client, client: Client) -> None:
    fill(council, f"{PAGE}finding/", title="Reasons too short", text=FOUND)
    page = Page(client.get("/record/agencies/northgate-police/")).text
    assert "Reasons too short" in page and FOUND in page and "Northgate City Council" in page
    assert "Northgate City Council about" in Page(client.get("/record/ledger/")).text


def test_a_suspension_is_public_with_who_did_it(council: Client, client: Client) -> None:
    assert fill(council, f"{PAGE}suspend/", reason="No.").status_code == 422
    fill(council, f"{PAGE}suspend/", reason="It did not answer our questions.")
    assert "by Northgate City Council" in Page(client.get("/record/ledger/")).text
    assert council.get(f"{PAGE}suspend/")["Location"] == PAGE


def test_the_operator_names_a_body_and_ends_a_seat(otto: Account, northgate: Agency, clock: object) -> None:
    operator = Client()
    operator.force_login(otto, backend="django.contrib.auth.backends.ModelBackend")
    path = "/staff/agencies/northgate-police/oversight/"
    page = Page(operator.get(path))
    (form,) = [each for each in page.forms if each.action == path and each.method == "post"]
    form.send(operator, changes={"name": "The Council", "person": "Cora", "email": "cora@council.example"})
    seat = Seat.objects.get()
    operator.post(f"{path}{seat.ref}/end/")
    seat.refresh_from_db()
    assert not seat.active
