"""The agency's own affairs: its agreement, its officers, its log."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from goodfences.agencies.models import Agency, Agreement, Officer
from goodfences.people.models import Account
from goodfences.video_requests.models.request import VideoRequest
from tests.persons import officer

ClientOf = Callable[[Account], Client]
ROOKIE = {
    "name": "Rita Rookie",
    "email": "rookie@northgate.example",
    "title": "Officer",
    "badge": "5150",
    "contact": "555 0100 200",
    "role": "requester",
}


def text(response: Any) -> str:
    return response.content.decode()


def test_every_officer_reads_the_agreement_and_its_stricter_limits(
    client_of: ClientOf, omar: Account, northgate: Agency
) -> None:
    Agreement.objects.filter(agency=northgate).update(stricter={"agency.open": 2, "incident_types": ["homicide"]})
    page = text(client_of(omar).get("/portal/agreement/"))
    for words in ("We ask first.", "2 requests", "stricter than the policy", "Homicide", "Officer 4411"):
        assert words in page, words
    assert "/portal/officers/" not in page
    assert "/portal/log/" not in page


def test_admins_find_officers_and_log_and_auditors_the_log(
    client_of: ClientOf, aggie: Account, audrey: Account
) -> None:
    page = text(client_of(aggie).get("/portal/agreement/"))
    assert "/portal/officers/" in page
    assert "/portal/log/" in page
    page = text(client_of(audrey).get("/portal/agreement/"))
    assert "/portal/officers/" not in page
    assert "/portal/log/" in page


@pytest.mark.parametrize("person", ["omar", "ada", "audrey"])
def test_only_an_admin_keeps_officers(client_of: ClientOf, person: str, request: pytest.FixtureRequest) -> None:
    account = request.getfixturevalue(person)
    client = client_of(account)
    ref = officer(account).ref
    for path in ("", "add/", f"{ref}/", f"{ref}/deactivate/", f"{ref}/reactivate/"):
        assert client.get(f"/portal/officers/{path}").status_code == 404
        if path:
            assert client.post(f"/portal/officers/{path}", ROOKIE).status_code == 404


def test_an_admin_adds_an_officer(client_of: ClientOf, aggie: Account) -> None:
    client = client_of(aggie)
    assert client.get("/portal/officers/add/").status_code == 200
    response = client.post("/portal/officers/add/", ROOKIE, follow=True)
    assert "Officer 5150 was added." in text(response)
    assert "rookie@northgate.example" in text(response)


def test_what_is_wrong_stands_beside_its_field(client_of: ClientOf, aggie: Account) -> None:
    response = client_of(aggie).post("/portal/officers/add/", {**ROOKIE, "badge": "1001", "email": "rookie"})
    assert response.status_code == 422
    assert "Badge 1001 is taken" in text(response)
    assert "Write an email address" in text(response)


def test_adding_a_residents_address_answers_as_any_other(client_of: ClientOf, aggie: Account, olive: Account) -> None:
    client = client_of(aggie)
    client.post("/portal/officers/add/", {**ROOKIE, "email": "olive@example.org", "badge": "1"})
    client.post("/portal/officers/add/", {**ROOKIE, "email": "nobody@example.org", "badge": "2"})
    taken, free = (Officer.objects.get(badge=badge) for badge in "12")
    page = text(client.get("/portal/officers/"))
    for one in (taken, free):
        page = page.replace(one.ref, "REF").replace(one.email, "EMAIL").replace(one.shown_as, "WHO")
    rows = [row for row in page.split("<tr>") if "EMAIL" in row]
    assert len(rows) == 2
    assert rows[0].split("</tr>")[0] == rows[1].split("</tr>")[0]


def test_an_admin_changes_a_role(client_of: ClientOf, aggie: Account, omar: Account) -> None:
    client = client_of(aggie)
    path = f"/portal/officers/{officer(omar).ref}/"
    assert "The role of Officer 4411" in text(client.get(path))
    client.post(path, {"role": "approver"})
    assert officer(omar).role == "approver"
    assert client.post(path, {"role": "chief"}).status_code == 422


def test_the_last_admins_role_stays(client_of: ClientOf, aggie: Account) -> None:
    response = client_of(aggie).post(f"/portal/officers/{officer(aggie).ref}/", {"role": "auditor"})
    assert response.status_code == 422
    assert "only active admin" in text(response)


def test_access_ends_and_is_given_again_after_a_question(client_of: ClientOf, aggie: Account, omar: Account) -> None:
    client = client_of(aggie)
    path = f"/portal/officers/{officer(omar).ref}"
    assert "End the access of Officer 4411?" in text(client.get(f"{path}/deactivate/"))
    assert officer(omar).active
    for _twice in range(2):
        client.post(f"{path}/deactivate/")
        assert not officer(omar).active
    omar.refresh_from_db()
    assert client_of(omar).get("/portal/").status_code == 404
    assert "Give Officer 4411 access again?" in text(client.get(f"{path}/reactivate/"))
    client.post(f"{path}/reactivate/")
    assert client_of(omar).get("/portal/").status_code == 200


def test_the_last_admin_keeps_access_and_is_told_why(client_of: ClientOf, aggie: Account) -> None:
    response = client_of(aggie).post(f"/portal/officers/{officer(aggie).ref}/deactivate/", follow=True)
    assert "only active admin" in text(response)
    assert officer(aggie).active


def test_another_agencys_officer_is_not_found(client_of: ClientOf, aggie: Account, sam: Account) -> None:
    client = client_of(aggie)
    for path in ("", "deactivate/", "reactivate/"):
        assert client.get(f"/portal/officers/{officer(sam).ref}/{path}").status_code == 404
        assert client.post(f"/portal/officers/{officer(sam).ref}/{path}", {"role": "admin"}).status_code == 404
    assert "Deputy 77" not in text(client.get("/portal/officers/"))


def test_the_log_tells_auditors_and_admins_who_did_what(
    client_of: ClientOf, audrey: Account, aggie: Account, opened: VideoRequest
) -> None:
    for account in (audrey, aggie):
        page = text(client_of(account).get("/portal/log/"))
        for words in ("Request approved and opened", "Sergeant 3102", "Request submitted", "Officer 4411", "26-0412"):
            assert words in page, words


def test_the_log_is_nobody_elses_and_of_the_own_agency(
    client_of: ClientOf, omar: Account, ada: Account, sam: Account, opened: VideoRequest
) -> None:
    for account in (omar, ada, sam):
        assert client_of(account).get("/portal/log/").status_code == 404
    Officer.objects.filter(account=sam).update(role="auditor")
    page = text(client_of(sam).get("/portal/log/"))
    assert "Nothing was done yet." in page
    assert "26-0412" not in page


@pytest.mark.parametrize(
    ("path", "current"),
    [("/portal/log/", "Agency"), ("/portal/officers/", "Agency"), ("/portal/requests/new/", "Requests")],
)
def test_the_bar_says_which_part_of_the_portal_it_is(
    path: str, current: str, aggie: Account, client_of: ClientOf
) -> None:
    page = client_of(aggie).get(path).content.decode()
    assert re.findall(r'aria-current="\w+"[^>]*>\s*([^<\s]+)', page.split("<main")[0]) == [current]
