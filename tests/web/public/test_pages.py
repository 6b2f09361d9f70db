"""The first page, the promises, and what holds for every public page."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client

from goodfences.people.models import Account
from goodfences.video_requests.models.ask import Ask
from goodfences.video_requests.models.request import VideoRequest

pytestmark = pytest.mark.django_db
PAGES = [
    "/",
    "/promises/",
    "/how-it-works/",
    "/record/",
    "/record/partners/",
    "/record/ledger/",
    "/record/policy/",
    "/record/data/",
    "/record/verify/",
]


def text(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return re.sub(r"\s+", " ", response.content.decode()).replace("&#x27;", "'")


def test_the_first_page_says_what_this_is_and_leads_in(client: Client) -> None:
    page = text(client, "/")
    assert "The neighborhood camera network that asks first" in page
    assert 'href="/accounts/signup/"' in page and 'href="/accounts/login/"' in page
    assert 'href="/record/"' in page and 'href="/promises/"' in page
    assert "No agency has joined yet" in page


def test_the_first_page_shows_the_latest_requests(client: Client, opened: Callable[..., VideoRequest]) -> None:
    opened()
    page = text(client, "/")
    assert "1 agency may ask." in page and "Mill quarter" in page


def test_partners_that_have_not_asked_are_told_of(client: Client, omar: Account, sam: Account) -> None:
    assert "2 agencies may ask, and haven't yet." in text(client, "/")


def test_someone_who_signed_in_is_led_to_their_own_pages(
    olive: Account, client_of: Callable[[Account], Client]
) -> None:
    assert 'href="/accounts/signup/"' not in text(client_of(olive), "/")


def test_all_twelve_promises_are_there(client: Client) -> None:
    page = text(client, "/promises/")
    assert [int(number) for number in re.findall(r'id="p(\d+)"', page)] == list(range(1, 13))


def test_how_it_works_names_the_limits_of_the_policy(client: Client) -> None:
    page = text(client, "/how-it-works/")
    assert "at most 0.5 square miles" in page and "15 minutes to 12 hours" in page and "10 homes" in page


@pytest.mark.parametrize("path", PAGES)
def test_a_public_page_has_one_heading_and_works_without_scripts(client: Client, path: str) -> None:
    page = text(client, path)
    assert page.count("<h1") == 1
    assert re.search(r"<title>\S", page)
    assert " onclick=" not in page and " style=" not in page and "<style" not in page
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page.replace('href="http://127.0.0.1', ""))


@pytest.mark.parametrize("path", PAGES)
def test_a_public_page_is_only_read(client: Client, path: str) -> None:
    assert client.head(path).status_code == 200
    assert client.post(path).status_code in (403, 405)


def test_no_public_page_tells_who_was_asked_or_what_they_did(
    client: Client, opened: Callable[..., VideoRequest], olive: Account, stranger: Account, nadia: Account
) -> None:
    """Promise P2: the same bytes, whether three were asked and said no, or nobody."""
    request = opened()
    paths = [*PAGES, f"/record/requests/{request.ref}/", "/record/agencies/northgate-police/", "/ledger/checkpoint"]
    before = {path: client.get(path).content for path in paths}
    for account, state in ((olive, "declined"), (stranger, "shared"), (nadia, "expired")):
        Ask.objects.create(video_request=request, owner=account, household=account.households.get(), state=state)
    assert {path: client.get(path).content for path in paths} == before
