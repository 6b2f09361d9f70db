"""The public record: every request that was opened or refused, and nothing that is nobody's business."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from goodfences import source
from goodfences.ledger import actions as ledger
from goodfences.people.models import Account
from goodfences.video_requests import actions
from goodfences.video_requests.models.request import VideoRequest
from goodfences.video_requests.publication import publish_policy
from tests.persons import officer
from tests.web.public.conftest import CASE, REFUSAL, SECRET_WORDS

pytestmark = pytest.mark.django_db
Make = Callable[..., VideoRequest]


def text(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return re.sub(r"\s+", " ", response.content.decode())


def test_an_empty_record_says_so(client: Client) -> None:
    assert "Nobody has asked for anything yet." in text(client, "/record/")


def test_an_open_request_is_there_with_agency_type_place_and_window(client: Client, opened: Make) -> None:
    opened()
    page = text(client, "/record/")
    for word in (
        "Northgate Police",
        "Hit and run",
        'Mill quarter · <span class="nowrap">Nov 24, 4:00 to 5:30 am',
        "open",
    ):
        assert word in page
    assert "<b>1</b><span>request this year" in page


def test_a_request_that_nobody_approved_yet_is_not_public(client: Client, submitted: Make) -> None:
    request = submitted()
    assert "Nobody has asked for anything yet." in text(client, "/record/")
    assert client.get(f"/record/requests/{request.ref}/").status_code == 404
    assert client.get(f"/record/requests/{request.ref}/area.geojson").status_code == 404


def test_a_refused_request_is_public_with_the_reason(client: Client, refused: VideoRequest) -> None:
    page = text(client, "/record/")
    assert '<span class="tag stop">refused</span> <small class="why">No incident is named' in page
    assert REFUSAL in text(client, f"/record/requests/{refused.ref}/")


def test_no_page_shows_case_reason_contact_or_exact_area(client: Client, opened: Make) -> None:
    request = opened()
    for path in (
        "/",
        "/record/",
        f"/record/requests/{request.ref}/",
        f"/record/requests/{request.ref}/area.geojson",
        "/record/agencies/northgate-police/",
        f"/record/ledger/{request.ledger_index}/",
        "/record/ledger/",
        "/ledger/contents/000.p/2",
    ):
        page = text(client, path)
        assert CASE not in page and SECRET_WORDS not in page and "555-0101" not in page, path
        assert str(request.ranges[0][0]) not in page and f"{request.ranges[0][0]:x}" not in page, path


def test_a_request_page_links_to_its_signed_entry(client: Client, opened: Make) -> None:
    request = opened()
    page = text(client, f"/record/requests/{request.ref}/")
    assert f'class="seal" href="/record/ledger/{request.ledger_index}/"' in page
    assert "approved by Sergeant 3102" in page
    assert "on the clocks of Europe/Helsinki" in page


def test_an_unsigned_entry_is_not_called_proven(client: Client, submitted: Make, ada: Account) -> None:
    request = actions.approve(officer=officer(ada), ref=submitted().ref)
    page = text(client, f"/record/requests/{request.ref}/")
    assert "to be signed within a minute" in page
    assert 'class="seal"' not in page


def test_a_closed_request_says_when_and_what_the_agency_received(client: Client, opened: Make, omar: Account) -> None:
    request = opened()
    actions.close(officer=officer(omar), ref=request.ref)
    ledger.sign_checkpoint()
    page = text(client, f"/record/requests/{request.ref}/")
    assert "Request closed" in page
    assert "the agency received 0 videos" in page


def test_a_request_is_found_by_agency_state_and_type(
    client: Client, opened: Make, sam: Account, omar: Account
) -> None:
    actions.close(officer=officer(omar), ref=opened(place_name="Old Town").ref)
    opened(place_name="Riverside", incident_type="burglary")
    both = text(client, "/record/?agency=northgate-police")
    assert "Old Town" in both and "Riverside" in both
    open_ones = text(client, "/record/?state=open")
    assert "Riverside" in open_ones and "Old Town" not in open_ones
    burglaries = text(client, "/record/?incident_type=burglary&agency=northgate-police")
    assert "Riverside" in burglaries and "Old Town" not in burglaries
    assert '<option value="burglary" selected>' in burglaries
    assert "No request is like that." in text(client, "/record/?agency=harbor-sheriff")


@pytest.mark.parametrize("query", ["state=submitted", "state=draft", "state=%00", "agency=' or 1=1 --", "before=x"])
def test_nonsense_in_the_address_shows_nothing_hidden(client: Client, submitted: Make, query: str) -> None:
    request = submitted()
    assert request.ref not in text(client, f"/record/?{query}")


def test_old_requests_are_a_page_further_on(
    client: Client, opened: Make, omar: Account, clock: source.SeededSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("goodfences.web.public.views.record.PAGE", 2)
    for place in ("First", "Second", "Third"):
        clock.advance(timedelta(minutes=1))
        opened(place_name=f"{place} street")
    page = text(client, "/record/?state=open")
    assert "Third street" in page and "Second street" in page and "First street" not in page
    older = re.search(r'href="(\?[^"]+)" rel="next"', page)
    assert older is not None
    page = text(client, "/record/" + older[1].replace("&amp;", "&"))
    assert "First street" in page and "Second street" not in page
    assert 'href="?state=open"' in page


def test_the_public_area_is_made_of_coarse_cells(client: Client, opened: Make) -> None:
    request = opened()
    response = client.get(f"/record/requests/{request.ref}/area.geojson")
    assert response.headers["Content-Type"] == "application/geo+json"
    (feature,) = response.json()["features"]
    assert feature["properties"] == {"kind": "place", "name": "Mill quarter"}
    ring = feature["geometry"]["coordinates"][0][0]
    assert max(latitude for _, latitude in ring) - min(latitude for _, latitude in ring) > 0.005


def test_a_script_in_a_place_name_or_reason_stays_text(client: Client, submitted: Make, ada: Account) -> None:
    evil = "<script>alert(1)</script> for nobody"
    request = actions.reject(officer=officer(ada), ref=submitted(place_name='Mill "><img src=x>').ref, reason=evil)
    ledger.sign_checkpoint()
    for path in ("/", "/record/", f"/record/requests/{request.ref}/", f"/record/ledger/{request.ledger_index}/"):
        page = text(client, path)
        assert "<script>alert" not in page and "<img src=x" not in page, path
    assert "&lt;script&gt;alert(1)" in text(client, f"/record/requests/{request.ref}/")


def test_the_policy_is_readable_and_its_history_is_in_the_ledger(client: Client, submitted: Make) -> None:
    page = text(client, "/record/policy/")
    assert "0.5 square miles" in page and "Never for immigration enforcement" in page and "Package theft" in page
    assert '<a href="/record/ledger/0/">The policy in force, version' in page
    assert '<span class="tag live">in force</span>' in page


@pytest.fixture
def policies(tmp_path: Path, settings: Any) -> Callable[[str, int], None]:
    """`policies("2", 3)` puts version 2 in force, with at most three open requests an agency."""
    original = Path(settings.POLICY).read_text()

    def put_in_force(version: str, most: int) -> None:
        changed = re.sub(r"^version = .*$", f'version = "{version}"', original, count=1, flags=re.MULTILINE)
        before, rule, after = changed.partition('[rules."agency.open"]')
        settings.POLICY = tmp_path / f"{version}.toml"
        settings.POLICY.write_text(before + rule + after.replace("limit = 5", f"limit = {most}", 1))

    return put_in_force


def test_every_policy_that_ever_held_stays_readable(client: Client, policies: Callable[[str, int], None]) -> None:
    for version, most in (("1", 5), ("2", 3)):
        policies(version, most)
        publish_policy()
    page = text(client, "/record/policy/")
    newest, oldest = page.index('href="/record/ledger/1/"'), page.index('href="/record/ledger/0/"')
    assert newest < page.index('<span class="tag live">in force</span>') < oldest
    assert "3 requests" in page
    first = text(client, "/record/ledger/0/")
    assert re.search(r"agency\.open[^}]*?limit&quot;: 5\b", first)


def test_an_older_policy_put_back_is_not_in_force_before_the_ledger_says_so_again(
    client: Client, policies: Callable[[str, int], None]
) -> None:
    for version, most in (("1", 5), ("2", 3)):
        policies(version, most)
        publish_policy()
    policies("1", 5)
    page = text(client, "/record/policy/").replace("&#x27;", "'")
    assert "newer than the ledger's" in page and '<span class="tag live">in force</span>' not in page


def test_a_policy_that_is_not_in_the_ledger_is_called_so(client: Client) -> None:
    assert "It isn't in the ledger yet" in text(client, "/record/policy/").replace("&#x27;", "'")


def test_a_policy_newer_than_the_ledger_is_called_so(client: Client) -> None:
    from django.db import transaction

    with transaction.atomic():
        ledger.append(kind="policy", subject="policy", body={"hash": "0" * 64, "policy": {"version": "old"}})
    page = text(client, "/record/policy/").replace("&#x27;", "'")
    assert "newer than the ledger's" in page
    assert "version old" in page
