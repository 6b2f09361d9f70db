"""Partners and one page for each agency."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client

from goodfences.agencies import actions
from goodfences.agencies.models import Agency
from goodfences.ledger import actions as ledger
from goodfences.people.models import Account
from goodfences.video_requests.models.request import VideoRequest

pytestmark = pytest.mark.django_db
Admit = Callable[..., Agency]
EVIL = "<script>alert('x')</script> and <img src=x onerror=alert(1)> " + "We ask owners for recorded video only. " * 8


def text(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return re.sub(r"\s+", " ", response.content.decode()).replace("&#x27;", "'")


def test_without_partners_the_list_says_so(client: Client) -> None:
    assert "No agency has joined yet." in text(client, "/record/partners/")


def test_a_partner_is_listed_with_its_agreement_and_since_when(client: Client, admit: Admit) -> None:
    admit()
    page = text(client, "/record/partners/")
    assert "Springfield Police Department" in page
    assert "City of Springfield" in page
    assert "signed by Carla Chief, Chief of Police" in page
    assert 'href="/record/agencies/springfield-police-department/#agreement"' in page
    assert 'data-geojson-url="/record/partners/map.geojson"' in page


def test_partners_are_on_the_map_by_their_coarse_place(client: Client, admit: Admit) -> None:
    agency = admit()
    (pin,) = client.get("/record/partners/map.geojson").json()["features"]
    assert pin["properties"] == {
        "kind": "marker",
        "name": agency.name,
        "url": "/record/agencies/springfield-police-department/",
    }
    assert pin["geometry"]["coordinates"] == pytest.approx([24.94, 60.17], abs=0.02)


def test_an_agency_shows_agreement_limits_contact_and_ledger(client: Client, admit: Admit) -> None:
    agency = admit(stricter={"area.max": 0.25, "incident_types": ["burglary", "robbery"]})
    ledger.sign_checkpoint()
    page = text(client, f"/record/agencies/{agency.slug}/")
    assert "We ask owners for recorded video of one place" in page
    assert "0.25 square miles" in page and "0.5 square miles" in page
    assert "Burglary, Robbery" in page
    assert 'href="mailto:records@springfield.example"' in page
    assert "signed its agreement, by Carla Chief, Chief of Police" in page
    assert "Chief 1, admin, added" in page
    assert "It has asked for nothing yet." in page
    assert "Carla Chief, admin" not in page


def test_an_agency_without_limits_of_its_own_points_to_everyones(client: Client, admit: Admit) -> None:
    page = text(client, f"/record/agencies/{admit().slug}/")
    assert '<a href="/record/policy/">The policy that holds for everyone</a>' in page


def test_an_agencys_requests_are_on_its_page(client: Client, opened: Callable[..., VideoRequest]) -> None:
    request = opened()
    page = text(client, "/record/agencies/northgate-police/")
    assert f"/record/requests/{request.ref}/" in page
    assert "?agency=northgate-police" in page


def test_a_suspended_agency_keeps_its_page_and_is_no_partner(client: Client, admit: Admit, otto: Account) -> None:
    agency = admit()
    actions.suspend(operator=otto, slug=agency.slug, reason="Asked for video of a rally.")
    page = text(client, "/record/partners/")
    assert "No agency has joined yet." in page and "No partners at present" in page
    assert client.get("/record/partners/map.geojson").json()["features"] == []
    page = text(client, f"/record/agencies/{agency.slug}/")
    assert "it can't ask for anything" in page
    assert "It has no agreement in force." in page
    assert "An earlier one, in force from" in page
    assert "Asked for video of a rally." in page


def test_an_earlier_agreement_stays_readable(client: Client, admit: Admit, otto: Account) -> None:
    agency = admit()
    actions.renew(
        operator=otto, slug=agency.slug, agreement_text="We bind ourselves anew. " * 10, signed_by="The mayor"
    )
    page = text(client, f"/record/agencies/{agency.slug}/")
    assert "We bind ourselves anew." in page and "An earlier one, in force from" in page


def test_script_in_an_agreement_stays_text(client: Client, admit: Admit) -> None:
    agency = admit(text=EVIL, name="<b>Springfield</b> Police", jurisdiction='City"><svg onload=alert(1)>')
    ledger.sign_checkpoint()
    entry = ledger.LedgerEntry.objects.get(kind="agency.agreement")
    for path in (
        "/record/partners/",
        f"/record/agencies/{agency.slug}/",
        f"/record/ledger/{entry.index}/",
        "/record/",
    ):
        page = text(client, path)
        assert "<script>alert" not in page and "<img src=x" not in page and "<svg onload" not in page, path
        assert "<b>Springfield</b>" not in page, path
    assert "&lt;script&gt;alert" in text(client, f"/record/agencies/{agency.slug}/")


def test_an_unknown_agency_is_not_found(client: Client) -> None:
    assert client.get("/record/agencies/nowhere/").status_code == 404
