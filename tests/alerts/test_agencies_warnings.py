"""An agency's own warning: written by one officer, issued by a second, updated, called off, and on the record."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from lxml import etree

from goodfences import places, source
from goodfences.agencies.models import Agency, AgencyAct
from goodfences.alerts import own, portal, public, tasks
from goodfences.alerts.cap import reading
from goodfences.alerts.feeds import ATOM
from goodfences.alerts.models import AgencyWarning, Delivery, OfficialWarning
from goodfences.errors import NotFound, Refused
from goodfences.ledger import actions as ledger
from goodfences.ledger.models import LedgerEntry
from goodfences.ledger.proofs import bundle
from goodfences.mail.models import OutboxMessage
from goodfences.people.models import Account
from goodfences.source import SeededSource
from tests.alerts import atom, words
from tests.persons import OLIVES_PLACE, cell, officer, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(omar: Account, clock: SeededSource) -> AgencyWarning:
    return portal.submit(officer=officer(omar), given=words.particulars())


@pytest.fixture
def issued(waiting: AgencyWarning, ada: Account) -> AgencyWarning:
    return portal.issue(officer=officer(ada), ref=waiting.ref)


def rules(caught: Any) -> set[str]:
    return {problem.rule for problem in caught.value.problems}


def spread() -> None:
    while tasks.run_due(20):
        pass


def test_needs_a_second_officer_before_anything_of_it_is_public(
    waiting: AgencyWarning, omar: Account, ada: Account, audrey: Account, sam: Account, client: Client
) -> None:
    assert not OfficialWarning.objects.exists() and not LedgerEntry.objects.filter(kind="warning.issued").exists()
    assert client.get(f"/warnings/{waiting.ref}/").status_code == 404
    for stranger in (omar, audrey, sam):
        with pytest.raises((NotFound, Refused)):
            portal.issue(officer=officer(stranger), ref=waiting.ref)
    portal.issue(officer=officer(ada), ref=waiting.ref)
    with pytest.raises(Refused):
        portal.issue(officer=officer(ada), ref=waiting.ref)


def test_by_an_approver_waits_for_another_one(omar: Account, ada: Account, clock: SeededSource) -> None:
    own_one = portal.submit(officer=officer(ada), given=words.particulars())
    with pytest.raises(Refused) as caught:
        portal.issue(officer=officer(ada), ref=own_one.ref)
    assert rules(caught) == {"officers.second"}


def test_is_a_page_a_cap_file_in_the_feed_and_an_entry_of_the_ledger(
    issued: AgencyWarning, client: Client, olive: Account, nadia: Account
) -> None:
    file = client.get(f"/warnings/{issued.ref}/cap.xml").content
    message = reading.read(file)
    assert (message.msg_type, message.infos[0].sender_name) == ("Alert", "Northgate Police")
    assert [info.language for info in message.infos] == ["en-US", "es-US"]
    assert public.reaching(cell(OLIVES_PLACE)) == [issued.warning]
    page = client.get(f"/warnings/{issued.ref}/").content.decode()
    assert "Northgate Police" in page and "a second one who agreed" in page and "in the public ledger" in page
    feed = client.get("/warnings/feed.atom").content
    atom.check(feed)
    [entry] = etree.fromstring(feed).findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}author/{ATOM}name") == "Northgate Police"
    ledger.sign_checkpoint()
    body = bundle(issued.ledger_index)["entry"]["body"]
    assert body["cap_sha256"] == hashlib.sha256(file).hexdigest()
    assert (body["written_by"], body["issued_by"]) == (issued.writer.shown_as, issued.issuer.shown_as)
    assert {len(each) for each in body["place_cells"]} == {15}
    assert "Gas leak at the market" in client.get("/record/agencies/northgate-police/").content.decode()
    spread()
    assert set(Delivery.objects.values_list("account_id", flat=True)) == {olive.pk, nadia.pk}


def test_that_is_updated_and_called_off_ends_the_earlier_one_and_tells_who_was_warned(
    issued: AgencyWarning, omar: Account, ada: Account, olive: Account, client: Client, clock: SeededSource
) -> None:
    spread()
    OutboxMessage.objects.update(state=OutboxMessage.State.SENT)
    clock.advance(timedelta(minutes=10))
    worse = words.particulars(severity="Extreme")
    update = portal.submit(officer=officer(omar), given=worse, replaces=issued.ref)
    assert public.in_force() == [issued.warning], "It stands until its update is issued."
    update = portal.issue(officer=officer(ada), ref=update.ref)
    assert public.in_force() == [update.warning]
    spread()
    OutboxMessage.objects.update(state=OutboxMessage.State.SENT)
    clock.advance(timedelta(minutes=10))
    with pytest.raises(Refused):
        portal.call_off(officer=officer(omar), ref=issued.ref, why="It is another one that holds.")
    called = portal.call_off(
        officer=officer(omar), ref=update.ref, why="The leak is closed.", why_es="La fuga se cerró."
    )
    assert public.in_force() == []
    spread()
    ended = OfficialWarning.objects.get(kind="Cancel")
    message = reading.read(bytes(ended.original))
    assert [one.identifier for one in message.references] == [update.warning.identifier]
    assert [info.description for info in message.infos] == ["The leak is closed.", "La fuga se cerró."]
    letter = OutboxMessage.objects.get(template="warning_over", to=olive.email)
    assert letter.common.context["description"] == "The leak is closed."
    page = client.get(f"/warnings/{ended.ref}/").content.decode()
    assert "Ended: Gas leak at the market" in page and "The leak is closed." in page
    entry = LedgerEntry.objects.get(index=called.end_ledger_index)
    assert (entry.kind, entry.body["why"]) == ("warning.called_off", "The leak is closed.")
    assert AgencyAct.objects.filter(kind__startswith="warning.").count() == 5


def test_is_refused_with_every_reason(omar: Account, ada: Account, clock: SeededSource) -> None:
    area = places.jurisdiction({"type": "Polygon", "coordinates": [places.ring_around(10.0, 10.0, 900)]})
    Agency.objects.update(area=area)
    told = (
        own.Words("en", "Suspect", "A black man near 12 Mill Street", "He is at large.", "Go to 12 Mill Street."),
    )
    with pytest.raises(Refused) as caught:
        portal.submit(officer=officer(omar), given=words.particulars(words=told, expires_at=None))
    by_field = {problem.field for problem in caught.value.problems}
    assert by_field == {"headline", "expires_at", "area"}, "Where to go may be an address."
    Agency.objects.update(area=None)
    for _ in range(portal.MOST_WAITING):
        portal.submit(officer=officer(omar), given=words.particulars())
    with pytest.raises(Refused) as caught:
        portal.submit(officer=officer(omar), given=words.particulars())
    assert rules(caught) == {"warning.waiting"}


def test_that_waited_too_long_isnt_issued_any_more(waiting: AgencyWarning, ada: Account, clock: SeededSource) -> None:
    clock.advance(timedelta(hours=4))
    with pytest.raises(Refused) as caught:
        portal.issue(officer=officer(ada), ref=waiting.ref)
    assert rules(caught) == {"warning.expires"}
    assert tasks.run_retention(10) == 0
    clock.advance(timedelta(days=1))
    assert tasks.run_retention(10) == 1 and not AgencyWarning.objects.exists()


def test_goes_through_the_portals_pages(omar: Account, ada: Account, clock: SeededSource) -> None:
    form = {
        "event": "Gas leak",
        "headline": "Gas leak at the market",
        "description": "A main is leaking.",
        "instruction": "Stay away.",
        "category": "Safety",
        "severity": "Severe",
        "urgency": "Immediate",
        "certainty": "Observed",
        "expires_at": f"{source.now() + timedelta(hours=5):%Y-%m-%dT%H:%M}",
        "area_name": "Around the market",
        "area_lat": OLIVES_PLACE[0],
        "area_lon": OLIVES_PLACE[1],
        "area_radius_m": 300,
    }
    writer, second = signed_in(omar), signed_in(ada)
    assert writer.post("/portal/warnings/new/", {**form, "headline": ""}).status_code == 422
    where = writer.post("/portal/warnings/new/", form).headers["Location"]
    assert "Waits for a second officer" in writer.get(where).content.decode()
    assert "Issue this warning now" not in writer.get(where).content.decode()
    assert "Read and decide" in second.get("/portal/warnings/").content.decode()
    second.post(f"{where}issue/")
    assert len(public.in_force()) == 1
    page = writer.get(f"{where}update/").content.decode()
    assert "Gas leak at the market" in page and "The same area as now" in page
    milder = {name: value for name, value in form.items() if not name.startswith("area_l")}
    again = writer.post(f"{where}update/", {**milder, "severity": "Minor", "same": "on", "area_radius_m": ""})
    second.post(f"{again.headers['Location']}issue/")
    [holding] = public.in_force()
    assert (holding.severity, holding.kind) == ("Minor", "Update")
    answer = second.post(f"{again.headers['Location']}call-off/", {"why": "Short"})
    assert answer.status_code == 422
    second.post(f"{again.headers['Location']}call-off/", {"why": "The leak is closed."})
    assert public.in_force() == []
