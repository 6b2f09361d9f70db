"""Operators run the instance and moderators the feed: neither sees footage, or who was asked, shared or declined."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client

from goodfences.people.models import Account
from goodfences.video_requests import asks
from tests.pages import Page, bytes_of
from tests.promises.crawl import crawl, fine_cells
from tests.web.conftest import everything
from tests.web.everything import Everything

__all__ = ["everything"]

SignedIn = Callable[[Account], Client]
STAFF = pytest.mark.parametrize("person", ["otto", "max"])
COARSE = re.compile(rb"(?<![0-9a-f])8[5-8][0-9a-f]{13}(?![0-9a-f])")
VIDEO = re.compile(rb"ftyp(iso|mp4|avc)|\xff\xd8\xff")
PRIVATE_TABLES = re.compile(
    r'"(cameras_|clips_|vault_|video_requests_(ask|matching|mute)|evidence_share"|evidence_sharedvideo")\w*'
)
DEMANDS = "/staff/legal-demands/"
"""Whom an authority's demand names, and the sealed document, the operators who answer it have to know."""
STAFF_PAGES = ("/staff/", "/staff/agencies/", "/staff/agencies/northgate-police/", "/staff/moderation/", "/record/")


@STAFF
def test_no_address_of_the_program_shows_them_footage_or_a_resident(everything: Everything, person: str) -> None:
    seen = crawl(everything.persons[person], everything)
    assert seen["/staff/" if person == "otto" else "/staff/moderation/"].status == 200
    for page in seen.values():
        assert not VIDEO.search(page.content), page.url
        if page.url.startswith(DEMANDS):
            continue
        for resident in ("olive", "hugo", "stranger", "nadia"):
            assert everything.persons[resident].email.encode() not in page.content, page.url


@STAFF
def test_no_staff_page_even_looks_where_owners_answers_are(everything: Everything, person: str) -> None:
    for url, page in crawl(everything.persons[person], everything).items():
        looked = [query for query in page.queries if PRIVATE_TABLES.search(query)]
        assert not (url.startswith("/staff/") and not url.startswith(DEMANDS) and looked), (url, looked[:1])


@STAFF
def test_nothing_moves_when_an_owner_declines_or_mutes(
    everything: Everything, person: str, signed_in: SignedIn
) -> None:
    client = signed_in(everything.persons[person])

    def pages() -> list[str]:
        shown = [bytes_of(client.get(url)).decode() for url in STAFF_PAGES]
        return [re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", source) for source in shown]

    before = pages()
    asks.decline(ask_ref=everything.ask.ref)
    asks.mute(owner_id=everything.persons["olive"].pk, agency_id=None)
    assert pages() == before


def test_the_moderators_page_says_that_there_is_nothing_yet(moderator: Client) -> None:
    page = Page(moderator.get("/staff/moderation/"))
    assert "Nothing to review" in page.text


def test_a_moderator_sees_content_and_no_homes(everything: Everything) -> None:
    """Of residents no page of theirs fetches a home, a cell or an address: not even to leave it out."""
    max = everything.persons["max"]
    hidden = re.compile(r'people_(household|membership)|"(area_)?cell"|mail_outbox|emailaddress')
    for url, page in crawl(max, everything).items():
        if url.startswith("/staff/moderation/"):
            asked = [query for query in page.queries if hidden.search(query)]
            others = [query for query in page.queries if '"email"' in query and "django_session" not in query]
            assert asked == [], (url, asked[0])
            assert len(others) <= 1, (url, "None but the moderator's own account is read with its address.")
            assert not fine_cells(page.content) and not COARSE.search(page.content), url
    seen = {page.url for page in crawl(max, everything, links=0).values() if page.status == 200}
    assert f"/staff/moderation/{everything.reported.ref}/" in seen, "The crawl read a review."


@pytest.mark.parametrize("person", ["max", "olive", "nadia", "omar", "ada", "aggie"])
@pytest.mark.parametrize("path", ["/staff/", "/staff/agencies/", "/staff/agencies/admit/"])
def test_the_operators_pages_exist_for_operators_alone(
    signed_in: SignedIn, person: str, path: str, request: pytest.FixtureRequest
) -> None:
    assert signed_in(request.getfixturevalue(person)).get(path).status_code == 404


def test_a_closed_operators_account_is_out(otto: Account, operator: Client) -> None:
    assert operator.get("/staff/").status_code == 200
    Account.objects.filter(pk=otto.pk).update(is_active=False)
    assert operator.get("/staff/").status_code in (302, 404)


def test_who_isnt_signed_in_is_sent_to_the_sign_in(client: Client) -> None:
    assert client.get("/staff/agencies/")["Location"] == "/accounts/login/?next=/staff/agencies/"
