"""The pages behind the links of the ask email."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from goodfences.mail import links
from goodfences.mail.models import OutboxMessage
from goodfences.people.models import Account
from goodfences.source import SeededSource
from goodfences.video_requests import letters
from goodfences.video_requests.models import Ask, Mute, VideoRequest
from tests.mail.requests import ask_for, open_request
from tests.pages import bytes_of

pytestmark = pytest.mark.django_db
ONE_CLICK = {"data": "List-Unsubscribe=One-Click", "content_type": "application/x-www-form-urlencoded"}


@pytest.fixture
def ask(omar: Account, olive: Account) -> Ask:
    """Olive's ask of a request of Omar's, mailed to her."""
    ask = ask_for(open_request(omar), olive)
    Ask.objects.update(state="sent")
    return ask


@pytest.fixture
def strict() -> Client:
    """A browser that was never here: no cookie, and CSRF checks on."""
    return Client(enforce_csrf_checks=True)


def decline_page(ask: Ask) -> str:
    return f"/e/{links.sign(letters.DECLINE, ask.ref)}/"


def stop_page(ask: Ask) -> str:
    return f"/e/stop/{links.sign(letters.STOP, ask.ref)}/"


def look_page(ask: Ask) -> str:
    return f"/e/look/{links.sign(letters.LOOK, ask.ref)}/"


def state_of(ask: Ask) -> str:
    return Ask.objects.get(pk=ask.pk).state


def muted(owner: Account) -> list[int | None]:
    return list(Mute.objects.filter(owner=owner).values_list("agency_id", flat=True))


def test_a_scanner_that_fetches_every_link_decides_nothing(ask: Ask, strict: Client) -> None:
    before = list(Ask.objects.values())
    for page in (decline_page(ask), stop_page(ask), look_page(ask)):
        for fetch in (strict.get, strict.head, strict.options):
            fetch(page, headers={"user-agent": "SafeLinks"})
    assert list(Ask.objects.values()) == before
    assert not Mute.objects.exists()


def test_a_scanner_that_follows_links_on_the_pages_decides_nothing(ask: Ask, strict: Client) -> None:
    before = list(Ask.objects.values())
    for page in (decline_page(ask), stop_page(ask)):
        for link in re.findall(r'(?:href|action)="(/[^"]*)"', strict.get(page).content.decode()):
            bytes_of(strict.get(link))
    assert list(Ask.objects.values()) == before and not Mute.objects.exists()


def test_the_page_says_who_asks_and_that_nothing_was_decided(ask: Ask, strict: Client) -> None:
    page = strict.get(decline_page(ask)).content.decode()
    for words in ("Northgate Police", "Officer 4411", "Burglary", "2026-1182", "Elm Street", "has decided nothing"):
        assert words in page
    assert page.count('value="decline"') == 1
    assert look_page(ask) in page or "/e/look/" in page


def test_one_button_declines_without_a_sign_in(ask: Ask, strict: Client) -> None:
    response = strict.post(decline_page(ask), {"act": "decline"}, follow=True)
    assert state_of(ask) == "declined"
    assert "Nobody was told" in response.content.decode()


def test_declining_twice_is_declining_once(ask: Ask, strict: Client) -> None:
    for _ in range(2):
        assert strict.post(decline_page(ask), {"act": "decline"}).status_code == 302
    assert state_of(ask) == "declined"


def test_a_decline_can_be_undone(ask: Ask, strict: Client) -> None:
    strict.post(decline_page(ask), {"act": "decline"})
    assert "Undo" in strict.get(decline_page(ask)).content.decode()
    strict.post(decline_page(ask), {"act": "undo"})
    assert state_of(ask) == "opened"
    assert "has decided nothing" in strict.get(decline_page(ask)).content.decode()


def test_after_declining_one_more_click_mutes(ask: Ask, strict: Client, olive: Account) -> None:
    page = strict.post(decline_page(ask), {"act": "decline"}, follow=True).content.decode()
    assert "Stop emails from Northgate Police" in page and "Stop emails from all agencies" in page
    strict.post(decline_page(ask), {"act": "mute-agency"})
    assert muted(olive) == [ask.video_request.agency_id]
    strict.post(decline_page(ask), {"act": "mute-all"})
    assert None in muted(olive)
    strict.post(decline_page(ask), {"act": "unmute-all"})
    strict.post(decline_page(ask), {"act": "unmute-agency"})
    assert muted(olive) == []


def test_what_was_shared_is_not_declined_by_the_link(ask: Ask, strict: Client) -> None:
    Ask.objects.update(state="shared")
    response = strict.post(decline_page(ask), {"act": "decline"})
    assert response.status_code == 409 and "You shared video" in response.content.decode()
    assert state_of(ask) == "shared"


def test_what_was_shared_is_said_to_be_shared_after_the_end_too(ask: Ask, strict: Client) -> None:
    Ask.objects.update(state="shared")
    VideoRequest.objects.update(state="closed")
    page = strict.get(decline_page(ask)).content.decode()
    assert "You have shared video for this request" in page and "nobody was told" not in page


def test_after_the_end_there_is_nothing_to_decide(ask: Ask, strict: Client) -> None:
    VideoRequest.objects.update(state="closed")
    page = strict.get(decline_page(ask)).content.decode()
    assert "This request has ended" in page and 'value="decline"' not in page
    assert strict.post(decline_page(ask), {"act": "decline"}).status_code == 409
    assert state_of(ask) == "sent"


@pytest.mark.parametrize("act", ["", "share", "mute", "mute-everyone", "decline "])
def test_an_unknown_act_changes_nothing(ask: Ask, strict: Client, act: str) -> None:
    assert strict.post(decline_page(ask), {"act": act}).status_code == 400
    assert state_of(ask) == "sent" and not Mute.objects.exists()


def test_a_link_to_one_page_opens_no_other(ask: Ask, strict: Client) -> None:
    token = links.sign(letters.STOP, ask.ref)
    assert strict.post(f"/e/{token}/", {"act": "decline"}).status_code == 404
    assert strict.get(f"/e/look/{token}/").status_code == 404
    token = links.sign(letters.DECLINE, ask.ref)
    assert strict.post(f"/e/stop/{token}/", **ONE_CLICK).status_code == 404
    assert state_of(ask) == "sent" and not Mute.objects.exists()


@pytest.mark.parametrize("token", ["x", "stop", "look", "a.b.c", "%00", "A" * 500])
def test_a_forged_link_is_nothing(token: str, strict: Client) -> None:
    assert strict.get(f"/e/{token}/").status_code == 404


def test_the_bare_reference_is_no_link(ask: Ask, strict: Client) -> None:
    assert strict.post(f"/e/{ask.ref}/", {"act": "decline"}).status_code == 404


def test_a_mail_program_stops_all_with_one_click(ask: Ask, strict: Client, olive: Account) -> None:
    """RFC 8058: a POST without cookies, a referrer or a token of ours."""
    for _ in range(2):
        response = strict.post(stop_page(ask), **ONE_CLICK)
        assert response.status_code == 200
    assert muted(olive) == [None]
    assert state_of(ask) == "sent"
    assert "Set-Cookie" not in response.headers


def test_one_click_also_comes_as_multipart(ask: Ask, strict: Client, olive: Account) -> None:
    strict.post(stop_page(ask), {"List-Unsubscribe": "One-Click"})
    assert muted(olive) == [None]


def test_the_stop_page_offers_one_agency_or_all_and_a_way_back(ask: Ask, strict: Client, olive: Account) -> None:
    page = strict.get(stop_page(ask)).content.decode()
    assert "Opening this page has changed nothing" in page
    assert 'value="mute-agency"' in page and 'value="mute-all"' in page
    page = strict.post(stop_page(ask), {"act": "mute-agency"}, follow=True).content.decode()
    assert "Northgate Police won’t email you any more" in page and 'value="unmute-agency"' in page
    strict.post(stop_page(ask), {"act": "unmute-agency"})
    assert muted(olive) == []


def test_stopping_works_long_after_the_request(ask: Ask, strict: Client, olive: Account, clock: SeededSource) -> None:
    page = stop_page(ask)
    clock.advance(timedelta(days=800))
    assert strict.post(page, **ONE_CLICK).status_code == 200
    assert muted(olive) == [None]


def test_looking_asks_to_sign_in_first(ask: Ask, strict: Client) -> None:
    response = strict.get(look_page(ask))
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/?next=/e/look/")
    assert state_of(ask) == "sent"


def test_looking_leads_the_owner_to_the_ask(ask: Ask, olive: Account, client_of: Callable[[Account], Client]) -> None:
    response = client_of(olive).get(look_page(ask))
    assert response["Location"] == f"/requests/{ask.ref}/"


def test_looking_with_a_code_from_the_mail_ends_at_the_ask(ask: Ask, olive: Account, settings: object) -> None:
    from tests.web.test_sign_in import mailed_code

    settings.EMAIL_BACKEND = "goodfences.mail.backend.OutboxBackend"  # type: ignore[attr-defined]
    browser = Client()
    sign_in = browser.get(look_page(ask))["Location"]
    response = browser.post(sign_in, {"login": olive.email, "next": look_page(ask)}, follow=True)
    where = response.redirect_chain[-1][0]
    response = browser.post(where, {"code": mailed_code(olive.email), "next": look_page(ask)})
    assert response["Location"] == look_page(ask)
    assert browser.get(response["Location"])["Location"] == f"/requests/{ask.ref}/"


@pytest.mark.parametrize("other", ["hugo", "nadia", "stranger", "omar", "sam", "max", "otto"])
def test_nobody_else_looks(
    ask: Ask, other: str, request: pytest.FixtureRequest, client_of: Callable[[Account], Client]
) -> None:
    account = request.getfixturevalue(other)
    assert client_of(account).get(look_page(ask)).status_code == 404


def test_the_pages_speak_the_owners_language(ask: Ask, strict: Client, olive: Account) -> None:
    Account.objects.filter(pk=olive.pk).update(language="es")
    page = strict.get(decline_page(ask)).content.decode()
    assert '<html lang="es"' in page
    assert "Robo en una casa o local" in page


@pytest.mark.parametrize("page", [decline_page, stop_page, look_page])
def test_no_cache_and_no_search_engine_keeps_these_pages(
    ask: Ask, strict: Client, page: Callable[[Ask], str]
) -> None:
    response = strict.get(page(ask))
    assert "no-store" in response["Cache-Control"]
    if response.status_code == 200:
        assert response["X-Robots-Tag"] == "noindex"


def test_a_closed_account_has_no_pages(ask: Ask, strict: Client, olive: Account) -> None:
    Account.objects.filter(pk=olive.pk).update(is_active=False)
    assert strict.get(decline_page(ask)).status_code == 404


def test_nothing_of_this_queues_mail_or_tells_anyone(ask: Ask, strict: Client) -> None:
    strict.post(decline_page(ask), {"act": "decline"})
    strict.post(stop_page(ask), **ONE_CLICK)
    assert not OutboxMessage.objects.exists()
