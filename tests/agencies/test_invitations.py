"""An officer comes by an invitation to their work address, and goes: sessions and keys end at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from goodfences.agencies import access, actions
from goodfences.agencies.models import AgencyAct, Officer
from goodfences.errors import NotFound, Refused
from goodfences.mail.models import OutboxMessage
from goodfences.people.models import Account
from goodfences.source import SeededSource
from goodfences.video_requests import actions as requests
from goodfences.video_requests.publication import publish_policy
from tests.agencies.conftest import ROOKIE
from tests.pages import Page
from tests.persons import officer, signed_in
from tests.video_requests.conftest import fields

pytestmark = pytest.mark.django_db


@pytest.fixture
def rookie(aggie: Account) -> Officer:
    return actions.add_officer(acting=officer(aggie), particulars=ROOKIE)


def link_to(address: str) -> str:
    """The path in the newest invitation."""
    mail = OutboxMessage.objects.filter(to=address, template="officer_invited").order_by("-pk")[0]
    found = re.search(r"/portal/invitation/.+/", str(mail.context["link"]))
    assert found
    return found[0]


class TestTheLink:
    def test_lets_its_reader_in_and_on_to_a_second_factor(self, rookie: Officer) -> None:
        client = Client()
        path = link_to(rookie.email)
        assert "invites you" in Page(client.get(path)).text
        assert Officer.objects.get(pk=rookie.pk).accepted_at is None, "a mail scanner decides nothing"
        done = Page(client.get(path)).form("").send(client)
        assert "First, a second factor" in Page(done).text
        assert Officer.objects.get(pk=rookie.pk).accepted_at is not None

    def test_is_needed(self, rookie: Officer) -> None:
        client = Client()
        client.force_login(rookie.account, backend="django.contrib.auth.backends.ModelBackend")
        answer = client.get("/portal/")
        assert answer.status_code == 403 and "accept your invitation" in Page(answer).text

    def test_ends_after_a_week_and_with_the_next_one(
        self, aggie: Account, rookie: Officer, client: Client, clock: SeededSource
    ) -> None:
        first = link_to(rookie.email)
        actions.invite_again(acting=officer(aggie), ref=rookie.ref)
        assert client.get(first).status_code == 404
        second = link_to(rookie.email)
        assert client.get(second).status_code == 200
        clock.advance(timedelta(days=8))
        assert client.get(second).status_code == 404

    def test_of_one_who_was_deactivated_is_none(self, aggie: Account, rookie: Officer, client: Client) -> None:
        actions.deactivate_officer(acting=officer(aggie), ref=rookie.ref)
        assert client.post(link_to(rookie.email)).status_code == 404

    def test_to_a_residents_address_is_written_alike_and_tells_its_reader_alone(
        self, aggie: Account, olive: Account, client: Client
    ) -> None:
        taken = actions.add_officer(acting=officer(aggie), particulars=replace(ROOKIE, email=olive.email))
        answer = client.post(link_to(taken.email))
        assert answer.status_code == 422 and "used here for something else" in Page(answer).text
        taken.refresh_from_db()
        assert taken.accepted_at is None and olive.kind == "resident"


class TestGoing:
    def test_ends_sessions_and_keys_at_once(self, aggie: Account, omar: Account) -> None:
        client = signed_in(omar)
        assert client.get("/portal/").status_code == 200
        actions.deactivate_officer(acting=officer(aggie), ref=officer(omar).ref)
        assert client.get("/portal/")["Location"].startswith("/accounts/login/")
        assert not Authenticator.objects.filter(user=omar).exists()

    def test_a_session_doesnt_come_back_with_the_next_invitation(self, aggie: Account, omar: Account) -> None:
        client, ref = signed_in(omar), officer(omar).ref
        actions.deactivate_officer(acting=officer(aggie), ref=ref)
        actions.reactivate_officer(acting=officer(aggie), ref=ref)
        Officer.objects.filter(ref=ref).update(accepted_at="2026-11-24T12:00:00Z")
        assert client.get("/portal/").status_code == 302
        assert Officer.objects.get(ref=ref).invited == 2

    def test_is_everybodys_own_choice(self, omar: Account) -> None:
        client = signed_in(omar)
        Page(client.get("/portal/leave/")).form("").send(client)
        assert not officer(omar).active
        assert AgencyAct.objects.filter(kind="officer.left", officer=officer(omar)).exists()

    def test_isnt_the_last_admins(self, aggie: Account) -> None:
        answer = signed_in(aggie).post("/portal/leave/", follow=True)
        assert "only active admin" in Page(answer).text
        assert officer(aggie).active

    def test_a_lost_key_is_taken_away_and_no_access_with_it(self, aggie: Account, omar: Account) -> None:
        theirs, admins = signed_in(omar), signed_in(aggie)
        Page(admins.get(f"/portal/officers/{officer(omar).ref}/keys/")).form("").send(admins)
        assert theirs.get("/portal/").status_code == 302
        assert access.officer_of(omar.pk).accepted_at is not None
        assert not Authenticator.objects.filter(user=omar).exists()


class TestNobodyOpensTheirOwn:
    @pytest.fixture
    def ref(self, omar: Account, clock: SeededSource) -> str:
        publish_policy()
        draft = requests.save_draft(officer=officer(omar), fields=fields())
        return requests.submit(officer=officer(omar), ref=draft.ref).ref

    def test_with_another_role(self, aggie: Account, omar: Account, ref: str) -> None:
        actions.change_role(acting=officer(aggie), ref=officer(omar).ref, role="approver")
        with pytest.raises(Refused, match="another officer"):
            requests.approve(officer=officer(omar), ref=ref)

    def test_after_another_invitation(self, aggie: Account, omar: Account, ref: str) -> None:
        theirs = officer(omar).ref
        actions.deactivate_officer(acting=officer(aggie), ref=theirs)
        actions.reactivate_officer(acting=officer(aggie), ref=theirs)
        actions.change_role(acting=officer(aggie), ref=theirs, role="admin")
        with pytest.raises(Refused, match="another officer"):
            requests.approve(officer=officer(omar), ref=ref)

    @pytest.mark.parametrize("act", ["approve", "reject"])
    def test_as_a_second_officer_of_the_same_account(self, omar: Account, ref: str, act: str) -> None:
        old = officer(omar)
        Officer.objects.filter(pk=old.pk).update(active=False)
        given = {"title": "Sergeant", "badge": "2", "contact": "555 010 0144", "role": "approver"}
        new = Officer.objects.create(account=omar, agency=old.agency, email="other@northgate.example", **given)
        with pytest.raises(Refused, match="another officer"):
            getattr(requests, act)(
                officer=new, ref=ref, **({"reason": "Too wide an area"} if act == "reject" else {})
            )


def test_a_forged_invitation_is_none(client: Client) -> None:
    assert client.get("/portal/invitation/forged/").status_code == 404
    with pytest.raises(NotFound):
        actions.invited_by("forged")


def test_an_officer_keeps_the_address_that_was_invited(omar: Account, client_of: Callable[[Account], Client]) -> None:
    assert client_of(omar).get("/accounts/email/").status_code == 404
