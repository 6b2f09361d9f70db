"""P4: no is one click, from the email, without signing in; a mail scanner decides nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.test import Client
from pytest_django import Settings

from goodfences import source
from goodfences.cameras.models import Camera
from goodfences.mail import tasks as mail
from goodfences.people import actions as people
from goodfences.people.models import Account
from goodfences.source import SeededSource
from goodfences.video_requests import asks
from goodfences.video_requests.models import Ask, Mute
from tests import story
from tests.mail.servers import Kept, mail_server

pytestmark = pytest.mark.django_db(transaction=True)

QUIET = {
    "quiet_from": time(22),
    "quiet_until": time(7),
    "digest_at": None,
    "away_from": None,
    "away_until": None,
}


@pytest.fixture
def inbox(tmp_path: Path, settings: Settings) -> Iterator[Kept]:
    """A real SMTP server that keeps what it takes."""
    settings.STATE = tmp_path / "state"
    # RFC 8058's button is offered by an instance that is served over HTTPS alone.
    settings.SITE_URL, settings.SECURE = "https://town.example", True
    with mail_server(tmp_path / "maildir") as (kept, port):
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        yield kept


@pytest.fixture
def letter(inbox: Kept, omar: Account, ada: Account, olive: Account, street_camera: Camera) -> EmailMessage:
    """The email that asks Olive, as it arrived."""
    story.publish()
    story.neighbors_with_cameras(12)
    story.index_clip(street_camera, starts_at=source.now() - timedelta(minutes=30))
    story.ask_everyone(story.open_request(omar, ada))
    while mail.run_due(50):
        pass
    (found,) = [each for each in inbox.messages if olive.email in str(each["To"])]
    return found


def links_of(letter: EmailMessage) -> set[str]:
    """Every address of ours in the text, the HTML and the headers."""
    parts = [part.get_content() for part in letter.walk() if part.get_content_maintype() == "text"]
    everything = "\n".join([*parts, str(letter["List-Unsubscribe"])])
    return set(re.findall(re.escape(django_settings.SITE_URL) + r"(/[^\s\"'<>)]*)", everything))


def link(letter: EmailMessage, pattern: str) -> str:
    (found,) = [each for each in links_of(letter) if re.fullmatch(pattern, each)]
    return found


def test_a_scanner_that_fetches_every_link_decides_nothing(letter: EmailMessage) -> None:
    before = Ask.objects.get().state
    for address in links_of(letter):
        for fetch in (Client().get, Client().head, Client().options):
            assert fetch(address).status_code < 500
    assert Ask.objects.get().state == before == Ask.State.SENT
    assert not Mute.objects.exists()


def test_one_button_behind_the_link_declines_without_a_session(letter: EmailMessage) -> None:
    address = link(letter, r"/e/[^/]+/")
    page = Client().get(address)
    assert page.content.decode().count("<button") >= 1
    answer = Client(enforce_csrf_checks=True).post(address, {"act": "decline"}, follow=True)
    assert answer.status_code == 200
    assert Ask.objects.get().state == Ask.State.DECLINED


def test_one_more_click_mutes_the_agency_or_everyone(letter: EmailMessage, olive: Account) -> None:
    address = link(letter, r"/e/[^/]+/")
    Client().post(address, {"act": "decline"})
    Client().post(address, {"act": "mute-agency"})
    Client().post(address, {"act": "mute-all"})
    assert Mute.objects.filter(owner=olive, agency__isnull=False).count() == 1
    assert Mute.objects.filter(owner=olive, agency__isnull=True).count() == 1


def test_the_mail_program_s_own_button_stops_such_emails(letter: EmailMessage, olive: Account) -> None:
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = link(letter, r"/e/stop/[^/]+/")
    answer = Client(enforce_csrf_checks=True).post(address, {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert Mute.objects.filter(owner=olive, agency__isnull=True).exists()


def test_a_link_serves_its_own_purpose_alone(letter: EmailMessage) -> None:
    token = link(letter, r"/e/[^/]+/").split("/")[2]
    for other in (f"/e/stop/{token}/", f"/e/look/{token}/"):
        assert Client().post(other, {"act": "mute-all"}).status_code in (404, 405)
        assert Client().get(other).status_code == 404
    flipped = token[:-1] + ("A" if token[-1] != "A" else "B")
    assert Client().post(f"/e/{flipped}/", {"act": "decline"}).status_code == 404
    assert Ask.objects.get().state == Ask.State.SENT


def test_nothing_bad_follows_a_no(letter: EmailMessage, olive: Account, omar: Account, ada: Account) -> None:
    """Who declined is asked the next time like anyone else."""
    Client().post(link(letter, r"/e/[^/]+/"), {"act": "decline"})
    again = story.open_request(omar, ada, story.fields(case="NG-2026-2"))
    assert [ask.owner for ask in story.ask_everyone(again)] == [olive]


def test_a_no_before_the_email_left_is_the_last_word(
    inbox: Kept, omar: Account, ada: Account, olive: Account, street_camera: Camera
) -> None:
    """Olive wants no email at night. She says at night that she wants none at all: in the morning none comes."""
    night = SeededSource(7, datetime(2026, 11, 24, 21, 0, tzinfo=UTC))
    with source.using(night):
        people.choose_hours(account=olive, **QUIET)
        story.publish()
        story.neighbors_with_cameras(12)
        story.index_clip(street_camera, starts_at=source.now() - timedelta(minutes=30))
        story.ask_everyone(story.open_request(omar, ada))
        mail.run_due(50)
        assert Ask.objects.get(owner=olive).state == Ask.State.WAITING
        asks.mute(owner_id=olive.pk, agency_id=None)
        night.advance(timedelta(hours=12))
        mail.run_due(50)
    assert olive.email not in {str(each["To"]) for each in inbox.messages}
