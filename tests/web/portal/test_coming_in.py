"""Coming into the portal: a second factor, short sessions, and who one is once more before a download."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.test import Client
from django.urls import get_resolver

from goodfences.evidence.models import SharedVideo
from goodfences.people.models import Account
from goodfences.source import SeededSource
from goodfences.video_requests.models.request import VideoRequest
from tests import persons
from tests.pages import Page, bytes_of
from tests.persons import show_second_factor
from tests.web.sharing import clip, olives_ask, shared, signed_in, vault
from tests.web.test_signing_in import code_of

__all__ = ["clip", "olives_ask", "shared", "signed_in", "vault"]
BACKEND = "django.contrib.auth.backends.ModelBackend"


def with_an_email_alone(account: Account) -> Client:
    """As far as a code by email leads."""
    client = Client()
    client.force_login(account, backend=BACKEND)
    return client


class TestASecondFactor:
    @pytest.mark.django_db(transaction=True)  # allauth tells of a new app on commit
    def test_is_set_up_first_and_opens_the_portal(self, omar: Account) -> None:
        Account.objects.filter(pk=omar.pk).update(password="!none")
        omar.refresh_from_db()
        client = with_an_email_alone(omar)
        page = client.get("/portal/requests/new/")
        assert unquote(page["Location"]) == "/portal/second-factor/?next=/portal/requests/new/"
        assert {"/accounts/2fa/webauthn/add/", "/accounts/2fa/totp/activate/"} <= set(
            Page(client.get(page["Location"])).addresses
        )
        form = client.get("/accounts/2fa/totp/activate/").context["form"]
        done = client.post("/accounts/2fa/totp/activate/", {"code": code_of(form.secret)}, follow=True)
        assert "/portal/" in Page(done).addresses
        assert client.get("/portal/requests/new/").status_code == 200
        assert client.get(page["Location"])["Location"] == "/portal/requests/new/"

    def test_one_that_exists_has_to_be_shown(self, omar: Account) -> None:
        persons.signed_in(omar)
        client = with_an_email_alone(omar)
        assert client.get("/portal/")["Location"].startswith("/accounts/2fa/reauthenticate/?next=%2Fportal%2F")

    def test_shown_by_another_officer_of_the_same_browser_doesnt_count(self, omar: Account, ada: Account) -> None:
        client = persons.signed_in(ada)
        persons.signed_in(omar)
        session = client.session
        kept = {key: session[key] for key in session.keys() if key.startswith("account_authentication")}  # noqa: SIM118
        client = with_an_email_alone(omar)
        session = client.session
        session.update(kept)
        session.save()
        assert client.get("/portal/").status_code == 302

    def test_taken_away_ends_what_was_opened_by_it(self, omar: Account) -> None:
        client = persons.signed_in(omar)
        assert client.get("/portal/").status_code == 200
        Authenticator.objects.filter(user=omar).delete()
        assert unquote(client.get("/portal/")["Location"]) == "/portal/second-factor/?next=/portal/"

    def test_without_one_no_page_of_the_portal_answers(self, omar: Account, opened: VideoRequest) -> None:
        client = with_an_email_alone(omar)
        (portal,) = [each for each in get_resolver().url_patterns if getattr(each, "namespace", "") == "portal"]
        tried = 0
        for pattern in portal.url_patterns:
            if pattern.name in ("second_factor", "provider_sign_in"):
                continue  # where one is set up, and where anybody begins
            path = "/portal/" + str(pattern.pattern).replace("<str:ref>", opened.ref)
            for answer in (client.get(path), client.post(path)):
                led = answer.status_code == 302 and answer["Location"].startswith("/portal/second-factor/")
                assert led or answer.status_code in (404, 405), (path, answer.status_code)
                tried += led
        assert tried > 20

    def test_no_setting_turns_it_off(self) -> None:
        assert not [name for name in dir(settings) if "FACTOR" in name]


class TestTheSession:
    def test_ends_when_nothing_was_done_for_half_an_hour(self, omar: Account, clock: SeededSource) -> None:
        client = persons.signed_in(omar)
        for minutes in (29, 29, 29):
            clock.advance(timedelta(minutes=minutes))
            assert client.get("/portal/").status_code == 200
        clock.advance(timedelta(minutes=31))
        assert client.get("/portal/")["Location"] == "/accounts/login/?next=/portal/"
        assert "You were signed out" in Page(client.get("/accounts/login/")).text

    def test_ends_after_twelve_hours_of_work(self, omar: Account, clock: SeededSource) -> None:
        client = persons.signed_in(omar)
        for _ in range(29):
            clock.advance(timedelta(minutes=25))
            answer = client.get("/portal/")
        assert answer["Location"].startswith("/accounts/login/")

    def test_is_over_on_every_page(self, omar: Account, clock: SeededSource) -> None:
        client = persons.signed_in(omar)
        clock.advance(timedelta(minutes=31))
        assert client.get("/accounts/2fa/webauthn/add/")["Location"].startswith("/accounts/login/")

    def test_lasts_as_long_as_the_instance_says(self, omar: Account, clock: SeededSource, settings: Any) -> None:
        settings.OFFICER_IDLE_MINUTES = 5
        client = persons.signed_in(omar)
        clock.advance(timedelta(minutes=6))
        assert client.get("/portal/").status_code == 302

    def test_of_a_resident_is_another_matter(self, olive: Account, clock: SeededSource) -> None:
        client = persons.signed_in(olive)
        clock.advance(timedelta(hours=13))
        assert client.get("/home/").status_code == 200


class TestADownload:
    def test_asks_who_one_is_once_more(
        self, omar: Account, opened: VideoRequest, shared: SharedVideo, clock: SeededSource
    ) -> None:
        client = persons.signed_in(omar)
        session = client.session
        records = session["account_authentication_methods"]
        records[0]["at"] -= settings.ACCOUNT_REAUTHENTICATION_TIMEOUT + 1
        session["account_authentication_methods"] = records
        session.save()
        package = f"/portal/requests/{opened.ref}/package/?video={shared.ref}"
        asked = client.post(package)
        assert asked.status_code == 302 and "reauthenticate" in asked["Location"]
        assert not shared.custody.filter(kind="downloaded").exists()
        show_second_factor(client, omar)
        page = Page(client.get(package))
        assert "One video, for case" in page.text
        answer = page.form("").send(client)
        assert answer["Content-Type"] == "application/zip"
        assert zipfile.is_zipfile(io.BytesIO(bytes_of(answer)))
        assert shared.custody.filter(kind="downloaded").count() == 1

    @pytest.mark.parametrize("who", ["audrey", "sam"])
    def test_isnt_offered_to_who_may_not(
        self, who: str, request: pytest.FixtureRequest, opened: VideoRequest, shared: SharedVideo
    ) -> None:
        client = persons.signed_in(request.getfixturevalue(who))
        assert client.get(f"/portal/requests/{opened.ref}/package/").status_code == 404
