"""A demand is entered, confirmed by a second operator, counted, told and published."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from goodfences.errors import NotFound, Refused
from goodfences.ledger.models import LedgerEntry
from goodfences.legal_demands import actions, committing, tasks
from goodfences.legal_demands.models import DemandSubject, LegalDemand
from goodfences.mail.models import OutboxMessage
from goodfences.people import erasure, export
from goodfences.people.models import Account
from goodfences.source import SeededSource
from goodfences.vault import blobs
from goodfences_record import merkle
from goodfences_record.canonical import canonical
from tests.legal_demands.conftest import PDF, confirmed, particulars
from tests.pages import Page
from tests.promises.belongings import everything_kept

ClientOf = Callable[[Account], Client]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("folder")]
COURT = "District court of the county"


def silent(clock: SeededSource) -> dict[str, Any]:
    return {"secret_until": clock.now() + timedelta(days=30), "secrecy_order": "District court, 26-77"}


def public(client: Client) -> str:
    pages = ("/record/legal-demands/", "/record/legal-demands/feed.atom", "/record/ledger/")
    return "\n".join(client.get(page).content.decode() for page in pages)


def test_from_the_form_to_the_public_page(
    otto: Account, ofelia: Account, olive: Account, client_of: ClientOf, client: Client, clock: SeededSource
) -> None:
    browser, other = client_of(otto), client_of(ofelia)
    form = next(form for form in Page(browser.get("/staff/legal-demands/new/")).forms if "scope" in form.values)
    given = particulars()
    names = ("kind", "authority", "reference", "scope", "outcome", "handed_over")
    sent = form.filled("Keep it", **{name: getattr(given, name) for name in names}, subjects=olive.email)
    sent |= {"received_on": "2026-11-24", "document": SimpleUploadedFile("w.pdf", PDF)}
    here = browser.post("/staff/legal-demands/new/", sent)["Location"]
    own = Page(browser.get(here))
    assert not any(form.action.endswith("/confirm/") for form in own.forms)
    assert COURT not in public(client)
    confirm = next(form for form in Page(other.get(here)).forms if form.action.endswith("/confirm/"))
    confirm.send(other)
    assert tasks.run_due(10) == 2
    assert tasks.run_due(10) == 0
    assert COURT in public(client)
    ref = LegalDemand.objects.get().ref
    page = Page(client.get(f"/record/legal-demands/{ref}/")).text
    assert "were told at once" in page
    assert given.reference not in page
    assert olive.email not in page
    assert OutboxMessage.objects.get(template="legal-demand").to == olive.email
    assert COURT in Page(client_of(olive).get("/settings/legal-demands/")).text
    assert other.get(f"{here}document/").content == PDF
    assert "nobody here can open it" in Page(other.get(f"{here}answer/")).text


def test_nobody_confirms_their_own_and_nobody_else_comes_in(otto: Account, max: Account, omar: Account) -> None:
    made = actions.enter(operator=otto, particulars=particulars(subjects=()), document=PDF)
    with pytest.raises(Refused):
        actions.confirm(operator=otto, ref=made.ref)
    for stranger in (max, omar):
        with pytest.raises(NotFound):
            actions.confirm(operator=stranger, ref=made.ref)
        with pytest.raises(NotFound):
            actions.demand(stranger, made.ref)
    assert tasks.run_due(10) == 0
    actions.discard(operator=otto, ref=made.ref)
    assert not list(blobs.store().blobs(actions.FOLDER))


def test_an_order_of_silence_keeps_silent_everywhere_and_ends_by_itself(
    otto: Account, ofelia: Account, olive: Account, client_of: ClientOf, client: Client, clock: SeededSource
) -> None:
    confirmed(otto, ofelia, **silent(clock))
    tasks.run_due(10)
    assert re.search(r"A warrant.{0,80}1–9", public(client), re.DOTALL)
    assert COURT not in public(client)
    assert "None that we may tell you of." in Page(client_of(olive).get("/settings/legal-demands/")).text
    assert export.everything(account=olive)["legal_demands"] == []
    assert not OutboxMessage.objects.filter(template="legal-demand").exists()
    clock.advance(timedelta(days=30) - timedelta(seconds=1))
    tasks.run_due(10)
    assert not OutboxMessage.objects.filter(template="legal-demand").exists()
    clock.advance(timedelta(seconds=1))
    tasks.run_due(10)
    told = OutboxMessage.objects.get(template="legal-demand")
    assert "forbade us" in str(told.context)
    assert COURT in public(client)
    assert export.everything(account=olive)["legal_demands"][0]["authority"] == COURT
    clock.advance(timedelta(days=-60))
    assert tasks.run_due(10) == 0


def test_silence_needs_a_court_and_an_end(otto: Account, olive: Account, clock: SeededSource) -> None:
    for wrong, field in (
        ({"secret_until": clock.now() + timedelta(days=9)}, "secrecy_order"),
        ({"secrecy_order": "District court, 26-77"}, "secret_until"),
        ({**silent(clock), "secret_until": clock.now() + timedelta(days=900)}, "secret_until"),
        ({"subjects": ("nobody@example.org",)}, "subjects"),
        ({"scope": "Everything about John Smith of 12 Mill Street, and of his cameras."}, "scope"),
    ):
        with pytest.raises(Refused) as refused:
            actions.enter(operator=otto, particulars=particulars(**wrong), document=PDF)
        assert field in {problem.field for problem in refused.value.problems}
    with pytest.raises(Refused):
        actions.enter(operator=otto, particulars=particulars(), document=b"MZ not a document")
    assert not list(blobs.store().blobs(actions.FOLDER))


def test_the_ledger_doesnt_tell_how_many_and_none_can_be_dropped(
    otto: Account, ofelia: Account, clock: SeededSource
) -> None:
    for number in range(3):
        confirmed(otto, ofelia, **silent(clock), reference=f"W-{number}", subjects=())
        clock.advance(timedelta(hours=1))
    assert LedgerEntry.objects.filter(kind=actions.COUNTED).count() == 1
    clock.advance(timedelta(days=7))
    tasks.run_due(10)
    tasks.run_due(10)
    counted = list(LedgerEntry.objects.filter(kind=actions.COUNTED).order_by("index"))
    assert len(counted) == 2
    assert counted[0].body["bands"] == counted[1].body["bands"]
    clock.advance(timedelta(days=31))
    tasks.run_due(10)
    published = LedgerEntry.objects.filter(kind=actions.PUBLISHED)
    assert published.count() == 3
    for entry in published:
        body = dict(entry.body)
        path, slot, salt = ([bytes.fromhex(part) for part in body.pop("path")], body.pop("slot"), body.pop("salt"))
        root = LedgerEntry.objects.get(index=body.pop("counted_in")).body["commitment"]
        leaf = merkle.leaf_hash(canonical({"details": body, "salt": salt}))
        assert merkle.inclusion_holds(leaf, slot, committing.SLOTS, path, bytes.fromhex(root))
        other = merkle.leaf_hash(canonical({"details": {**body, "outcome": "all"}, "salt": salt}))
        assert not merkle.inclusion_holds(other, slot, committing.SLOTS, path, bytes.fromhex(root))


def test_who_left_isnt_told_and_nothing_of_them_stays(
    otto: Account, ofelia: Account, olive: Account, clock: SeededSource
) -> None:
    confirmed(otto, ofelia, **silent(clock))
    erasure.erase(account=olive)
    clock.advance(timedelta(days=31))
    tasks.run_due(10)
    assert DemandSubject.objects.get().account is None
    assert LegalDemand.objects.get().published_at is not None
    rows = [text for table, text in everything_kept() if table.startswith("legal_demands_")]
    assert rows
    assert not any("olive@example.org" in text for text in rows)


def test_the_document_lies_sealed(otto: Account, folder: Any) -> None:
    actions.enter(operator=otto, particulars=particulars(subjects=()), document=PDF)
    kept = [file for file in folder.rglob("*") if file.is_file()]
    assert kept
    assert not any(b"warrant for the recordings" in file.read_bytes() for file in kept)
