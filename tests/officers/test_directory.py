"""An agency's directory by SCIM 2.0: a conformance client, joiners, leavers, and who may."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client

from goodfences.agencies.models import Agency, Officer
from goodfences.ledger import queries as ledger
from goodfences.mail.models import OutboxMessage
from goodfences.officers import directory
from goodfences.people.models import Account
from tests.pages import Page
from tests.persons import officer, signed_in

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


class Scim:
    """A directory that has `token`."""

    def __init__(self, token: str) -> None:
        self.client = Client(headers={"Authorization": f"Bearer {token}"})

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        given = {"content_type": "application/scim+json", "data": json.dumps(body)} if body is not None else {}
        return getattr(self.client, method)(f"/api/scim/v2/{path}", **given)

    def joins(self, email: str = "rita@northgate.example", **more: Any) -> Any:
        body = {"schemas": [USER], "userName": email, "emails": [{"value": email, "type": "work"}], **more}
        return self("post", "Users", body)


@pytest.fixture
def scim(aggie: Account) -> Scim:
    return Scim(directory.make_token(acting=officer(aggie)))


@pytest.fixture
def one_connection() -> Iterator[None]:
    """The program answers in this test's transaction, as Django's own test client has it."""
    ends = (request_started, request_finished)
    for signal in ends:
        signal.disconnect(close_old_connections)
    yield
    for signal in ends:
        signal.connect(close_old_connections)


@pytest.mark.django_db
@pytest.mark.usefixtures("one_connection")
def test_a_conformance_client_finds_nothing_wrong(aggie: Account, settings: Any) -> None:
    # Here alone: its models read their own sources as they are imported, which takes seconds of each process.
    from scim2_client.engines.wsgi import WSGISCIMClient
    from scim2_tester import Status, check_server

    settings.SITE_URL = "http://localhost"
    headers = {"Authorization": f"Bearer {directory.make_token(acting=officer(aggie))}"}
    results = check_server(WSGISCIMClient(get_wsgi_application(), "http://localhost/api/scim/v2", headers))
    wrong = [f"{one.title}: {one.reason}" for one in results if one.status in (Status.ERROR, Status.CRITICAL)]
    # Whether somebody has access can't be left unsaid: without `active`, they have.
    assert [one for one in wrong if "did not remove attribute 'active'" not in one] == []
    assert len([one for one in results if one.status == Status.SUCCESS]) > 25


@pytest.mark.django_db
class TestJoining:
    def test_invites_a_requester_and_no_more(self, scim: Scim, northgate: Agency) -> None:
        more = {"displayName": "Rita Rookie", "externalId": "42", "roles": [{"value": "admin"}]}
        answer = scim.joins(**more, **{ENTERPRISE: {"employeeNumber": "5150"}})
        assert answer.status_code == 201, answer.content
        added = Officer.objects.get(email="rita@northgate.example")
        assert (added.role, added.badge, added.name, added.accepted_at) == ("requester", "5150", "Rita Rookie", None)
        assert OutboxMessage.objects.filter(to=added.email, template="officer_invited").count() == 1
        assert [entry.body["change"] for entry in ledger.entries(kind="agency.officer") if entry.body] == ["added"]
        assert answer.json()["id"] == added.ref and answer["Location"].endswith(f"/Users/{added.ref}")

    def test_twice_is_refused(self, scim: Scim) -> None:
        scim.joins()
        again = scim.joins()
        assert (again.status_code, again.json()["scimType"]) == (409, "uniqueness")

    def test_of_a_resident_is_answered_as_of_anybody(self, scim: Scim, olive: Account) -> None:
        told = []
        for email in (olive.email, "nobody@example.org"):
            answer = scim.joins(email)
            said = answer.json()
            del said["meta"]["created"]
            told.append((answer.status_code, json.dumps(said).replace(said["id"], "ID").replace(email, "EMAIL")))
        assert told[0] == told[1] and told[0][0] == 201
        assert Officer.objects.get(email=olive.email).account is None

    def test_is_for_the_agencys_own_domain(self, scim: Scim, northgate: Agency) -> None:
        Agency.objects.filter(pk=northgate.pk).update(domain="northgate.example")
        assert scim.joins("rita@elsewhere.example").status_code == 400
        assert scim.joins("rita@notnorthgate.example").status_code == 400
        assert scim.joins("rita@mail.northgate.example").status_code == 201


@pytest.mark.django_db
class TestWhoseBadgeIsUnknown:
    """A directory doesn't always say it, or says one that somebody has."""

    @pytest.fixture
    def joiner(self, scim: Scim, omar: Account) -> Officer:
        taken = {"employeeNumber": officer(omar).badge}
        scim.joins(**{ENTERPRISE: taken})
        return Officer.objects.get(email="rita@northgate.example")

    def public(self) -> list[str]:
        return [entry.body["shown_as"] for entry in ledger.entries(kind="agency.officer") if entry.body]

    def test_is_asked_for_it_and_public_once_it_is_given(self, joiner: Officer, omar: Account) -> None:
        assert joiner.badge == "" and self.public() == []
        mail = OutboxMessage.objects.get(to=joiner.email, template="officer_invited")
        assert mail.context["shown_as"] == "Officer"
        client, path = Client(), urlsplit(str(mail.context["link"])).path
        for wrong, words in [("", "required"), ("12 34", "letters, digits"), (officer(omar).badge, "is taken")]:
            answer = Page(client.get(path)).form("").send(client, changes={"badge": wrong})
            assert answer.status_code == 422 and words in Page(answer).text
        joiner.refresh_from_db()
        assert joiner.accepted_at is None and self.public() == []
        done = Page(client.get(path)).form("").send(client, changes={"badge": "5150"})
        assert "First, a second factor" in Page(done).text
        assert self.public() == ["Officer 5150"]

    def test_an_admin_can_write_it_down_once(self, joiner: Officer, aggie: Account) -> None:
        client = signed_in(aggie)
        assert "Officer (no badge number yet)" in Page(client.get("/portal/officers/")).text
        page = f"/portal/officers/{joiner.ref}/"
        assert client.post(page, {"badge": ""}).status_code == 422
        assert client.post(page, {"badge": "5150"}).status_code == 302
        assert self.public() == ["Officer 5150"]
        again = client.post(page, {"badge": "5151"})
        assert again.status_code == 422 and "which stays" in Page(again).text
        path = urlsplit(str(OutboxMessage.objects.get(to=joiner.email).context["link"])).path
        assert "First, a second factor" in Page(Page(Client().get(path)).form("").send(Client())).text

    def test_the_directory_can_say_it_later(self, scim: Scim, joiner: Officer, omar: Account) -> None:
        body = {"schemas": [USER], "userName": joiner.email, "emails": [{"value": joiner.email, "type": "work"}]}
        for number, badge in [(officer(omar).badge, ""), ("5150", "5150"), ("5151", "5150")]:
            answer = scim("put", f"Users/{joiner.ref}", {**body, ENTERPRISE: {"employeeNumber": number}})
            assert answer.status_code == 200, answer.content
            joiner.refresh_from_db()
            assert joiner.badge == badge
        assert self.public() == ["Officer 5150"]

    def test_several_can_wait_at_a_time_and_one_who_leaves_meanwhile_was_never_public(
        self, scim: Scim, joiner: Officer
    ) -> None:
        assert scim.joins("rob@northgate.example").status_code == 201
        scim("delete", f"Users/{joiner.ref}")
        assert self.public() == []
        scim.joins()
        assert self.public() == [] and Officer.objects.filter(active=True, badge="").count() == 2


@pytest.mark.django_db
class TestLeaving:
    @pytest.mark.parametrize("how", ["delete", "patch"])
    def test_ends_access_at_once(self, scim: Scim, omar: Account, how: str) -> None:
        theirs = signed_in(omar)
        assert theirs.get("/portal/").status_code == 200
        ref = officer(omar).ref
        off = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "active", "value": False}]}
        answer = scim(how, f"Users/{ref}", off if how == "patch" else None)
        assert answer.status_code in (200, 204), answer.content
        assert theirs.get("/portal/").status_code == 302
        assert not officer(omar).active
        assert scim("get", f"Users/{ref}").status_code == (200 if how == "patch" else 404)

    def test_and_coming_back_is_another_invitation(self, scim: Scim) -> None:
        ref = scim.joins().json()["id"]
        scim("delete", f"Users/{ref}")
        again = scim.joins()
        assert (again.status_code, again.json()["id"]) == (201, ref)
        assert OutboxMessage.objects.filter(template="officer_invited").count() == 2

    def test_ends_the_last_admins_too(self, scim: Scim, aggie: Account) -> None:
        scim("delete", f"Users/{officer(aggie).ref}")
        assert not officer(aggie).active


@pytest.mark.django_db
class TestWhoMay:
    def test_nobody_without_the_token(self, scim: Scim, client: Client) -> None:
        for wrong in ({}, {"Authorization": "Bearer x"}, {"Authorization": "Basic x"}):
            answer = client.get("/api/scim/v2/Users", headers=wrong)
            assert answer.status_code == 401 and answer["WWW-Authenticate"] == "Bearer"

    def test_a_new_token_ends_the_former(self, scim: Scim, aggie: Account) -> None:
        admins = signed_in(aggie)
        page = Page(admins.post("/portal/officers/directory/", {"act": "make"}))
        token = next(word for word in page.text.split() if len(word) > 40)
        assert scim("get", "Users").status_code == 401
        assert Scim(token)("get", "Users").status_code == 200
        assert token not in Page(admins.get("/portal/officers/directory/")).text
        admins.post("/portal/officers/directory/", {"act": "end"})
        assert Scim(token)("get", "Users").status_code == 401

    def test_not_of_another_agency(self, scim: Scim, sam: Account) -> None:
        ref = officer(sam).ref
        assert scim("get", f"Users/{ref}").status_code == 404
        assert scim("delete", f"Users/{ref}").status_code == 404
        assert ref not in scim("get", "Users").content.decode() and officer(sam).active

    def test_not_of_a_suspended_agency(self, scim: Scim, northgate: Agency) -> None:
        Agency.objects.filter(pk=northgate.pk).update(suspended_at="2026-11-24T12:00:00Z")
        assert scim("get", "Users").status_code == 401

    def test_only_an_admin_makes_one(self, omar: Account) -> None:
        assert signed_in(omar).post("/portal/officers/directory/", {"act": "make"}).status_code == 404


@pytest.mark.django_db
def test_people_are_found_by_a_filter(scim: Scim) -> None:
    scim.joins(externalId="42")
    scim.joins("other@northgate.example")
    for asked in ('userName eq "rita@northgate.example"', 'externalId eq "42"', "externalId pr"):
        found = scim.client.get("/api/scim/v2/Users", {"filter": asked}).json()
        assert [one["userName"] for one in found["Resources"]] == ["rita@northgate.example"], asked
    wrong = scim.client.get("/api/scim/v2/Users", {"filter": "userName eq"})
    assert (wrong.status_code, wrong.json()["scimType"]) == (400, "invalidFilter")
