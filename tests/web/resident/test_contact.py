"""Who may ask, and when one hears of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.test import Client

from goodfences.agencies.models import Agency
from goodfences.mail.models import OutboxMessage
from goodfences.people import queries as people
from goodfences.people.models import Account
from goodfences.source import SeededSource
from goodfences.video_requests import asks, queries
from goodfences.video_requests.models import Ask
from tests.mail.requests import ask_for, open_request

ClientOf = Callable[[Account], Client]
PAGE = "/settings/messages/"
EACH = {"how_often": "each", "digest_at": "18:00"}


def test_olive_says_that_nobody_may_ask_and_takes_it_back(olive: Account, client_of: ClientOf) -> None:
    client = client_of(olive)
    client.post("/settings/mutes/")
    assert queries.all_muted(olive.pk)
    assert "No agency asks you" in client.get(PAGE).content.decode()
    client.post("/settings/mutes/end/")
    assert not queries.all_muted(olive.pk)


def test_olive_lets_one_agency_ask_again(olive: Account, northgate: Agency, client_of: ClientOf) -> None:
    asks.mute(owner_id=olive.pk, agency_id=northgate.pk)
    client = client_of(olive)
    assert "Northgate Police" in client.get(PAGE).content.decode()
    client.post(f"/settings/mutes/{northgate.slug}/end/")
    assert not queries.mutes_of(olive.pk).exists()


def test_a_mute_of_another_person_stays(
    olive: Account, stranger: Account, northgate: Agency, client_of: ClientOf
) -> None:
    asks.mute(owner_id=stranger.pk, agency_id=northgate.pk)
    client_of(olive).post(f"/settings/mutes/{northgate.slug}/end/")
    assert queries.mutes_of(stranger.pk).exists()


def test_olive_mutes_one_agency_from_the_list_of_partners(
    olive: Account, northgate: Agency, harbor: Agency, client_of: ClientOf
) -> None:
    client = client_of(olive)
    assert client.post("/settings/mutes/agency/", {"agency": harbor.slug})["Location"] == PAGE
    assert [mute.agency for mute in queries.mutes_of(olive.pk)] == [harbor]
    assert client.post("/settings/mutes/agency/", {"agency": "no-such"}).status_code == 404


def test_olives_hours_are_kept_and_shown_again(olive: Account, client_of: ClientOf) -> None:
    client = client_of(olive)
    chosen = {"quiet_from": "22:00", "quiet_until": "07:00", "away_from": "2026-12-24", "away_until": "2027-01-02"}
    client.post(PAGE, {"how_often": "daily", "digest_at": "17:30", **chosen})
    hours = people.hours_of(olive)
    assert (hours.quiet_from, hours.quiet_until, hours.digest_at) == (time(22), time(7), time(17, 30))
    assert (hours.away_from, hours.away_until) == (date(2026, 12, 24), date(2027, 1, 2))
    page = client.get(PAGE).content.decode()
    assert all(f'value="{value}"' in page for value in (*chosen.values(), "17:30"))
    client.post(PAGE, EACH)
    assert people.hours_of(olive).digest_at is people.hours_of(olive).quiet_from is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"quiet_from": "22:00"}, "Quiet hours need a begin and an end."),
        ({"away_from": "2026-12-24", "away_until": "2026-12-23"}, "The last day away is before the first."),
    ],
)
def test_what_is_half_said_is_explained(olive: Account, client_of: ClientOf, wrong: Any, said: str) -> None:
    response = client_of(olive).post(PAGE, {**EACH, **wrong})
    assert response.status_code == 422 and said in response.content.decode()


def test_who_is_away_reads_on_the_page_that_nothing_comes(
    olive: Account, client_of: ClientOf, clock: SeededSource
) -> None:
    client = client_of(olive)
    client.post(PAGE, {**EACH, "away_from": "2026-11-20", "away_until": "2026-11-30"})
    assert "no email comes until you are back" in client.get(PAGE).content.decode()
    assert "You are away: no email comes." in client.get("/requests/").content.decode()
    clock.advance(timedelta(days=8))
    assert "away" not in client.get("/requests/").content.decode()


class TestTheAsksPage:
    """Told before the buttons: what follows a yes, a no, and nothing."""

    @pytest.fixture
    def ask(self, olive: Account, omar: Account, clock: SeededSource) -> Ask:
        return ask_for(open_request(omar), olive)

    def test_says_what_follows_where_she_has_nothing_to_share(
        self, ask: Ask, olive: Account, client_of: ClientOf
    ) -> None:
        page = client_of(olive).get(f"/requests/{ask.ref}/").content.decode()
        for said in ("If you say “not this time”", "If you do nothing"):
            assert page.index(said) < page.index('aria-label="Your decision"')
        assert "If you share" not in page and "countdown" not in page

    def test_reminds_her_once_and_only_if_she_asks(self, ask: Ask, olive: Account, client_of: ClientOf) -> None:
        client = client_of(olive)
        assert "Remind me once, tomorrow" in client.get(f"/requests/{ask.ref}/").content.decode()
        assert not OutboxMessage.objects.filter(template="ask_reminder").exists()
        for _ in range(2):
            client.post(f"/requests/{ask.ref}/remind/")
        assert OutboxMessage.objects.filter(template="ask_reminder").count() == 1
        page = client.get(f"/requests/{ask.ref}/").content.decode()
        assert "Wednesday, November 25, 2:00 pm" in page and "Remind me once" not in page

    def test_says_so_where_it_ends_before(self, ask: Ask, olive: Account, client_of: ClientOf) -> None:
        Ask.objects.filter(pk=ask.pk).update(state="declined")
        page = client_of(olive).post(f"/requests/{ask.ref}/remind/", follow=True).content.decode()
        assert "This request ends before then." in page
