"""The ledger as people read it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from goodfences.ledger import actions, keys
from goodfences.ledger.models import LedgerEntry
from goodfences.people.models import Account
from goodfences.video_requests import actions as requests
from goodfences.video_requests.models.request import VideoRequest
from goodfences_record import offline
from tests.persons import officer

pytestmark = pytest.mark.django_db


def text(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return re.sub(r"\s+", " ", response.content.decode()).replace("&#x27;", "'")


def append(kind: str = "policy", subject: str = "policy", **body: Any) -> LedgerEntry:
    with transaction.atomic():
        return actions.append(kind=kind, subject=subject, body=body)


def test_an_empty_ledger_says_so(client: Client) -> None:
    assert "The ledger is empty." in text(client, "/record/ledger/")
    assert "Nothing has been signed yet." in text(client, "/record/verify/")
    assert client.get("/ledger/checkpoint").status_code == 404


def test_each_entry_says_in_words_what_it_is(
    client: Client, opened: Callable[..., VideoRequest], omar: Account
) -> None:
    requests.withdraw(officer=officer(omar), ref=opened().ref)
    actions.sign_checkpoint()
    page = text(client, "/record/ledger/")
    assert "The policy in force, version" in page
    assert "Northgate Police: Hit and run, Mill quarter" in page
    assert "Northgate Police: the agency withdrew its request" in page
    assert "3 entries are signed" in page


def test_an_entry_of_a_kind_that_this_page_does_not_know_is_shown_all_the_same(client: Client) -> None:
    append("request.moved", "request:x", ended="moved")
    append("agency.officer", "agency:x", change="moved", shown_as="Officer 1", role="clerk")
    append("policy", "policy", policy="odd")
    page = text(client, "/record/ledger/")
    assert "request.moved" in page and "Officer 1, clerk, moved" in page


def test_an_entry_shows_its_leaf_proof_and_checkpoint(client: Client) -> None:
    for number in range(3):
        append(version=str(number))
    signed = actions.sign_checkpoint()
    assert signed is not None
    page = text(client, "/record/ledger/1/")
    assert "Proven against the signed checkpoint over 3 entries" in page
    assert "&quot;commitment&quot;" in page
    assert "The proof: 2 hashes" in page
    assert keys.origin() in page
    assert 'href="/record/ledger/0/" rel="prev"' in page and 'href="/record/ledger/2/" rel="next"' in page
    assert 'rel="next"' not in text(client, "/record/ledger/2/")
    assert 'rel="prev"' not in text(client, "/record/ledger/0/")


def test_the_bundle_that_is_downloaded_proves_the_entry(client: Client) -> None:
    append(version="é")
    actions.sign_checkpoint()
    response = client.get("/record/ledger/0/bundle.json")
    assert response.headers["Content-Disposition"] == 'attachment; filename="ledger-entry-0.json"'
    proven = offline.verify_bundle(json.loads(response.content), public_key=keys.public_key())
    assert proven.body == {"version": "é"}


def test_an_only_entry_is_its_own_root(client: Client) -> None:
    append()
    actions.sign_checkpoint()
    assert "it is the only entry" in text(client, "/record/ledger/0/")


def test_an_entry_that_is_not_signed_yet_is_not_called_proven(client: Client) -> None:
    append()
    page = text(client, "/record/ledger/0/")
    assert "until then nobody can rely on it" in page
    assert "Download" not in page
    assert client.get("/record/ledger/0/bundle.json").status_code == 404


def test_an_erased_entry_says_so_and_nothing_else(client: Client) -> None:
    append("agency.agreement", "agency:x", agency="springfield", name="Springfield", signed_by="Carla Chief")
    actions.sign_checkpoint()
    assert "Carla Chief" in text(client, "/record/ledger/0/")
    actions.erase(0)
    for path in ("/record/ledger/0/", "/record/ledger/", "/ledger/contents/000.p/1"):
        assert "Carla Chief" not in text(client, path), path
    page = text(client, "/record/ledger/0/")
    assert "erased, as the law demanded" in page
    assert "Proven against" in page


@pytest.mark.parametrize(
    "path", ["/record/ledger/0/", "/record/ledger/99999999999999999999/", "/record/ledger/0/bundle.json"]
)
def test_an_entry_that_is_not_there_is_not_found(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_older_entries_are_a_page_further_on(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("goodfences.web.public.views.ledger.PAGE", 2)
    for _ in range(4):
        append()
    page = text(client, "/record/ledger/")
    assert 'href="?before=2" rel="next"' in page
    page = text(client, "/record/ledger/?before=2")
    assert "/record/ledger/1/" in page and "/record/ledger/2/" not in page
    assert 'rel="next"' not in page and "Newest" in page
    assert "There is nothing older." in text(client, "/record/ledger/?before=0")
    assert "/record/ledger/3/" in text(client, "/record/ledger/?before=nonsense")


def test_how_to_verify_names_the_command_and_the_key(client: Client, settings: Any) -> None:
    append()
    actions.sign_checkpoint()
    page = text(client, "/record/verify/")
    assert f"goodfences verify ledger {settings.SITE_URL}" in page
    assert keys.public_key() in page.replace("&#43;", "+").replace("&#x2B;", "+")
    assert client.get("/ledger/key").content.decode().strip() == keys.public_key()
