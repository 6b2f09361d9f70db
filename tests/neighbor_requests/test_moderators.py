"""A moderator's page of what neighbors ask each other: any request can be ended, and its asker is told why."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from goodfences.mail.models import OutboxMessage
from goodfences.neighbor_requests import asks
from goodfences.neighbor_requests.models import NeighborAsk, NeighborRequest
from goodfences.people.models import Account
from tests import persons
from tests.neighbor_requests.conftest import REASON
from tests.pages import Page

pytestmark = pytest.mark.django_db

INDEX = "/staff/neighbors/"
WHY = "It is about who visits a neighbor, not about your car."


@pytest.fixture
def moderator(db: None) -> Client:
    return persons.signed_in(persons.make_account("Moira", Account.Kind.MODERATOR))


def test_reported_ones_come_first_and_nothing_tells_who_or_where(
    moderator: Client, olive: Account, olives_ask: NeighborAsk
) -> None:
    assert "An owner wrote" not in Page(moderator.get(INDEX)).text
    asks.report(account=olive, ref=olives_ask.ref, why="It asks about my visitors.")
    page = moderator.get(INDEX)
    told = Page(page).text
    assert REASON in told and "It asks about my visitors." in told
    request = olives_ask.request
    for secret in (request.asker.email, olive.name, olive.email, str(request.cell)):
        assert secret not in page.content.decode()


def test_kept_it_asks_on_and_the_report_is_done_with(
    moderator: Client, olive: Account, olives_ask: NeighborAsk
) -> None:
    asks.report(account=olive, ref=olives_ask.ref, why="Spam")
    Page(moderator.get(INDEX)).form("/keep/").send(moderator)
    assert "Spam" not in Page(moderator.get(INDEX)).text
    assert olives_ask.request.takes_answers(olives_ask.created_at)


def test_ended_its_asker_alone_is_told_why_even_if_nobody_was_asked(
    moderator: Client, asked: NeighborRequest
) -> None:
    form = Page(moderator.get(INDEX)).form("/stop/")
    refused = form.send(moderator, changes={"why": "No."})
    assert refused.status_code == 422 and "at least 10 characters" in Page(refused).text
    asked.refresh_from_db()
    assert asked.state == "open"
    form.send(moderator, changes={"why": WHY})
    asked.refresh_from_db()
    assert (asked.state, asked.ended_why) == ("closed", WHY)
    letter = OutboxMessage.objects.get()
    assert letter.to == asked.asker.email and WHY in json.dumps(letter.context)
    mine = Page(persons.signed_in(asked.asker).get(f"/requests/neighbors/mine/{asked.ref}/")).text
    assert WHY in mine and "doesn’t tell whether anybody was asked" in mine
    assert moderator.post(f"{INDEX}{asked.ref}/stop/", {"why": WHY}).status_code == 404


def test_nobody_else_comes_in(asked: NeighborRequest, olive: Account) -> None:
    client = persons.signed_in(olive)
    assert client.get(INDEX).status_code == 404
    assert client.post(f"{INDEX}{asked.ref}/stop/", {"why": WHY}).status_code == 404
    asked.refresh_from_db()
    assert asked.state == "open"
