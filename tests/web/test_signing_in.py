"""Browsers, another address, and limits that don't lock the owner out."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core.cache import caches
from django.test import Client

from goodfences.mail.models import OutboxMessage
from goodfences.people import browsers, tasks
from goodfences.people.models import Account, Browser, EmailChange
from goodfences.source import SeededSource
from goodfences.web import accounts, resealing
from tests.pages import Page
from tests.persons import PASSWORD

ClientOf = Callable[[Account], Client]
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Safari/604.1"


@pytest.fixture(autouse=True)
def real_mail(settings: Any) -> None:
    settings.EMAIL_BACKEND = "goodfences.mail.backend.OutboxBackend"


def sign_in(account: Account, agent: str = FIREFOX, client: Client | None = None) -> Client:
    """With the password, as a browser does."""
    client = client or Client(HTTP_USER_AGENT=agent)
    response = client.post("/accounts/login/", {"login": account.email, "password": PASSWORD})
    assert response.status_code == 302, Page(response).text
    return client


def sure(client: Client) -> Client:
    """Has just shown the password once more, as such pages ask."""
    assert client.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302
    return client


def mails(template: str) -> list[OutboxMessage]:
    return list(OutboxMessage.objects.filter(template=template).order_by("pk"))


class TestBrowsers:
    def test_a_new_one_is_told_by_email_and_a_known_one_is_not(self, olive: Account) -> None:
        first = sign_in(olive)
        assert mails("new_browser") == []
        sign_in(olive, PHONE)
        (mail,) = mails("new_browser")
        assert (mail.to, mail.context["browser"]) == (olive.email, "Safari on iPhone")
        first.post("/accounts/logout/")
        sign_in(olive, client=first)
        assert len(mails("new_browser")) == 1 and Browser.objects.count() == 2

    def test_one_is_signed_out_from_another_at_once_and_is_new_again(self, olive: Account, hugo: Account) -> None:
        here, there = sign_in(olive), sign_in(olive, PHONE)
        page = here.get("/accounts/signing-in/").content.decode()
        assert "Firefox on Linux" in page and "Safari on iPhone" in page and "(this one)" in page
        other = Browser.objects.get(name="Safari on iPhone")
        assert sign_in(hugo).post(f"/accounts/signing-in/{other.ref}/end/").status_code == 404
        assert there.get("/settings/").status_code == 200
        here.post(f"/accounts/signing-in/{other.ref}/end/")
        assert there.get("/settings/")["Location"].startswith("/accounts/login/")
        assert here.get("/settings/").status_code == 200
        before = len(mails("new_browser"))
        sign_in(olive, client=there)
        assert len(mails("new_browser")) == before + 1

    def test_everywhere_else_leaves_this_one(self, olive: Account) -> None:
        here, *others = [sign_in(olive) for _ in range(3)]
        here.post("/accounts/signing-in/others/end/")
        assert here.get("/settings/").status_code == 200 and Browser.objects.count() == 1
        assert [other.get("/settings/").status_code for other in others] == [302, 302]

    def test_a_session_that_changes_its_key_is_still_found(self, olive: Account) -> None:
        """As Django does when a password changes."""
        here, there = sign_in(olive), sign_in(olive, PHONE)
        third = sign_in(olive)
        change = {"oldpassword": PASSWORD, "password1": "staple battery horse", "password2": "staple battery horse"}
        assert there.post("/accounts/password/change/", change).status_code == 302
        assert third.get("/settings/").status_code == 302, "the old password's sign-ins end"
        assert set(Browser.objects.filter(name="Firefox on Linux").values_list("session_key", flat=True)) == {""}
        here_again = sign_in_with(olive, "staple battery horse", here)
        browser = Browser.objects.get(name="Safari on iPhone")
        assert browser.session_key == there.session.session_key
        here_again.post(f"/accounts/signing-in/{browser.ref}/end/")
        assert there.get("/settings/").status_code == 302

    def test_it_is_seen_by_the_hour_and_forgotten_after_a_year(self, olive: Account, clock: SeededSource) -> None:
        client = sign_in(olive)
        clock.advance(timedelta(hours=2))
        caches["process"].clear()
        client.get("/settings/")
        assert Browser.objects.get().last_seen_at == clock.now()
        clock.advance(browsers.FORGOTTEN_AFTER + timedelta(days=1))
        tasks.run_due(10)
        assert not Browser.objects.exists()

    def test_signing_out_keeps_it_known(self, olive: Account) -> None:
        client = sign_in(olive)
        client.post("/accounts/logout/")
        assert Browser.objects.get().session_key == ""


def sign_in_with(account: Account, password: str, client: Client) -> Client:
    client.post("/accounts/logout/")
    assert client.post("/accounts/login/", {"login": account.email, "password": password}).status_code == 302
    return client


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (FIREFOX, "Firefox on Linux"),
        (PHONE, "Safari on iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("curl/8.5", "A program"),
    ],
)
def test_a_browser_is_named_as_its_person_knows_it(agent: str, name: str) -> None:
    assert browsers.name_of(agent) == name


class TestAnotherAddress:
    @pytest.fixture
    def links(self, olive: Account) -> dict[str, str]:
        client = sure(sign_in(olive))
        assert client.post("/accounts/email/", {"email": " Oli@new.example "}).status_code == 302
        return {
            side: re.sub(r"^https?://[^/]+", "", mails(f"email_change_{side}")[0].context["link"])
            for side in ("old", "new")
        }

    @staticmethod
    def say(link: str, act: str = "yes") -> str:
        return Client().post(link, {"act": act}).content.decode()

    @pytest.mark.parametrize("order", [("old", "new"), ("new", "old")])
    def test_it_changes_once_both_have_said_yes(
        self, order: tuple[str, str], olive: Account, links: dict[str, str]
    ) -> None:
        assert [mail.to for side in ("old", "new") for mail in mails(f"email_change_{side}")] == [
            "olive@example.org",
            "oli@new.example",
        ]
        assert "the other address has to say yes" in self.say(links[order[0]])
        olive.refresh_from_db()
        assert olive.email == "olive@example.org"
        assert "It is changed" in self.say(links[order[1]])
        olive.refresh_from_db()
        assert olive.email == "oli@new.example"
        assert EmailAddress.objects.filter(user=olive).values_list("email", "verified", "primary").get() == (
            "oli@new.example", True, True,
        )  # fmt: skip
        sign_in(olive)
        assert Client().get(links["old"]).status_code == 404

    def test_looking_decides_nothing(self, olive: Account, links: dict[str, str]) -> None:
        for link in links.values():
            assert Client().get(link).status_code == 200
        change = EmailChange.objects.get()
        assert change.old_said_yes_at is change.new_said_yes_at is None

    def test_the_old_one_stops_it_and_ends_every_session(self, olive: Account, links: dict[str, str]) -> None:
        thief = sign_in(olive, PHONE)
        assert "signed out everywhere" in self.say(links["old"], "stop")
        assert thief.get("/settings/").status_code == 302 and not EmailChange.objects.exists()
        assert Client().post(links["new"], {"act": "yes"}).status_code == 404

    def test_the_new_one_cant_stop_it(self, links: dict[str, str]) -> None:
        assert Client().post(links["new"], {"act": "stop"}).status_code == 404
        assert EmailChange.objects.exists()

    def test_an_address_that_has_an_account_gets_nothing_and_nobody_learns_it(
        self, olive: Account, nadia: Account
    ) -> None:
        client = sure(sign_in(olive))
        client.get("/settings/")
        pages = []
        for email in (nadia.email, "nobody@example.org"):
            assert client.post("/accounts/email/", {"email": email}).status_code == 302
            pages.append(client.get("/accounts/email/").content.decode().replace(email, "X"))
        tokens = re.compile(r'value="[\w-]{40,}"')
        assert tokens.sub("", pages[0]) == tokens.sub("", pages[1])
        assert [mail.to for mail in mails("email_change_new")] == ["nobody@example.org"]

    def test_it_is_over_after_three_days(self, olive: Account, clock: SeededSource, links: dict[str, str]) -> None:
        clock.advance(timedelta(days=3, seconds=1))
        assert Client().get(links["old"]).status_code == 404
        tasks.run_due(10)
        assert not EmailChange.objects.exists()


class TestLimits:
    def fail(self, olive: Account, client: Client) -> str:
        response = client.post("/accounts/login/", {"login": olive.email, "password": "wrong"})
        return Page(response).text

    def test_whoever_guesses_locks_out_themselves_and_not_the_owners_browser(self, olive: Account) -> None:
        owner = sign_in(olive)
        owner.post("/accounts/logout/")
        thief = Client(REMOTE_ADDR="198.51.100.7")
        for _ in range(6):
            last = self.fail(olive, thief)
        assert "Too many" in last
        blocked = thief.post("/accounts/login/", {"login": olive.email, "password": PASSWORD})
        assert blocked.status_code == 200 and "Too many" in Page(blocked).text
        sign_in(olive, client=owner)

    def test_a_thiefs_codes_dont_use_up_the_owners(self, olive: Account) -> None:
        owner = sign_in(olive)
        owner.post("/accounts/logout/")
        asked = [
            Client(REMOTE_ADDR="198.51.100.7").post("/accounts/login/code/", {"email": olive.email}).status_code
            for _ in range(4)
        ]
        assert asked == [302, 302, 302, 200]
        assert owner.post("/accounts/login/code/", {"email": olive.email}).status_code == 302
        assert owner.post("/accounts/login/", {"login": olive.email}).status_code == 302

    def test_a_stranger_keeps_nobody_out_of_a_new_browser_elsewhere(self, olive: Account) -> None:
        thief = Client(REMOTE_ADDR="198.51.100.7")
        for _ in range(6):
            self.fail(olive, thief)
        for _ in range(4):
            thief.post("/accounts/login/code/", {"email": olive.email})
        sign_in(olive, client=Client(REMOTE_ADDR="203.0.113.9"))
        asked = Client(REMOTE_ADDR="203.0.113.9").post("/accounts/login/code/", {"email": olive.email})
        assert asked.status_code == 302

    def test_strangers_of_many_networks_have_one_limit_and_the_owners_browser_another(
        self, olive: Account, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        owner = sign_in(olive)
        owner.post("/accounts/logout/")
        monkeypatch.setattr(accounts, "GUESSES_AN_HOUR", 3)
        said = [self.fail(olive, Client(REMOTE_ADDR=f"198.51.{number}.7")) for number in range(3)]
        assert ["Too many" in each for each in said] == [False, False, True], "the first sign-in was one, too"
        sign_in(olive, client=owner)

    @pytest.mark.parametrize("door", ["signup", "password/reset", "login/code"])
    def test_nobodys_mailbox_is_filled_by_any_door(
        self, olive: Account, monkeypatch: pytest.MonkeyPatch, door: str
    ) -> None:
        """And whoever tries is told nothing of it."""
        owner = sign_in(olive)
        owner.post("/accounts/logout/")
        monkeypatch.setattr(accounts, "MAILS_AN_HOUR", 1)
        monkeypatch.setattr(accounts, "MAILS_OF_ALL_AN_HOUR", 2)

        def asked(address: str, client: Client | None = None) -> int:
            before = OutboxMessage.objects.count()
            client = client or Client(REMOTE_ADDR=address)
            assert client.post(f"/accounts/{door}/", {"email": olive.email}).status_code == 302
            return OutboxMessage.objects.count() - before

        networks = ("198.51.100.7", "198.51.100.7", "203.0.113.9", "192.0.2.4")
        assert [asked(network) for network in networks] == [1, 0, 1, 0]
        assert asked("", owner) == 1

    def test_whoever_signs_up_with_somebodys_address_doesnt_keep_them_from_doing_so(self, db: None) -> None:
        form = {"email": "nora@example.org"}
        for number in (1, 2):
            client = Client(REMOTE_ADDR=f"198.51.{number}.7")
            assert client.post("/accounts/signup/", form).status_code == 302
            assert "code" in Page(client.get("/accounts/confirm-email/")).text

    def test_a_guess_at_the_cookie_is_a_stranger(self, olive: Account) -> None:
        sign_in(olive)
        assert not browsers.is_known(olive.email, "x" * 43) and not browsers.is_known(olive.email, "")


@pytest.mark.django_db(transaction=True)  # its email is written on commit
def test_an_app_and_recovery_codes_guard_the_sign_in(olive: Account) -> None:
    client = sure(sign_in(olive))
    page = client.get("/accounts/2fa/totp/activate/")
    secret = page.context["form"].secret
    assert client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)}).status_code == 302
    assert Authenticator.objects.get(user=olive, type="totp").data["secret"] != secret
    codes = Page(client.get("/accounts/2fa/recovery-codes/")).text
    assert secret not in codes and (recovery := re.search(r"\b\d{8}\b", codes))
    told = [mail.context["text"] for mail in OutboxMessage.objects.filter(to=olive.email) if "text" in mail.context]
    assert any("codes of an app were turned on" in text for text in told)
    other = Client()
    response = other.post("/accounts/login/", {"login": olive.email, "password": PASSWORD})
    assert response["Location"].startswith("/accounts/2fa/authenticate/")
    assert other.get("/settings/").status_code == 302
    assert other.post("/accounts/2fa/authenticate/", {"code": "00000000"}).status_code == 200
    assert other.post("/accounts/2fa/authenticate/", {"code": recovery[0]}).status_code == 302
    assert other.get("/settings/").status_code == 200
    again = Client()
    again.post("/accounts/login/", {"login": olive.email, "password": PASSWORD})
    assert again.post("/accounts/2fa/authenticate/", {"code": recovery[0]}).status_code == 200, "it works once"


def code_of(secret: str, *, latest: bool = False) -> str:
    """One that is taken now: the one that ends first, or that of the next half minute."""
    counters = list(yield_hotp_counters_from_time())
    return str(format_hotp_value(hotp_value(secret, counters[-1 if latest else 0])))


def test_a_code_of_an_app_works_once_for_as_long_as_it_is_good(olive: Account, clock: SeededSource) -> None:
    secret = generate_totp_secret()
    TOTP.activate(olive, secret)
    code, answers = code_of(secret, latest=True), []
    for _ in range(2):
        client = Client()
        client.post("/accounts/login/", {"login": olive.email, "password": PASSWORD})
        answers.append(client.post("/accounts/2fa/authenticate/", {"code": code}).status_code)
        clock.advance(timedelta(seconds=31))
    assert answers == [302, 200]


def test_codes_outlive_the_secret_of_the_instance(olive: Account, settings: Any) -> None:
    secret = generate_totp_secret()
    TOTP.activate(olive, secret)
    recovery = RecoveryCodes.activate(olive).get_unused_codes()[0]
    settings.SECRET_KEY, settings.SECRETS_BEFORE = "a new one", [settings.SECRET_KEY]
    assert (resealing.seal_codes_anew(), resealing.seal_codes_anew()) == (2, 0)
    settings.SECRETS_BEFORE = []
    for code in (code_of(secret), recovery):
        client = Client()
        client.post("/accounts/login/", {"login": olive.email, "password": PASSWORD})
        assert client.post("/accounts/2fa/authenticate/", {"code": code}).status_code == 302


def test_what_the_staff_did_is_on_the_owners_page(olive: Account, otto: Account, client_of: ClientOf) -> None:
    assert "Nothing." in client_of(olive).get("/accounts/signing-in/").content.decode()
    OutboxMessage.objects.create(once="x", to=olive.email, template="ask", state="uncertain", ref="r" * 22)
    client_of(otto).post(f"/staff/mail/{'r' * 22}/again/")
    page = client_of(olive).get("/accounts/signing-in/").content.decode()
    assert "Had an email sent to you again" in page and "operator Otto" in page


class TestPasskeysBelongToAName:
    def test_by_its_name_they_are_offered(self, client: Client) -> None:
        assert "Use a passkey" in Page(client.get("/accounts/login/", HTTP_HOST="localhost:8000")).text

    @pytest.mark.parametrize("host", ["127.0.0.1:8000", "[::1]:8000"])
    def test_by_an_address_in_figures_the_page_says_where_to_go(
        self, host: str, olive: Account, settings: Any
    ) -> None:
        settings.SITE_URL = "http://localhost:8000"
        client = Client(HTTP_HOST=host)
        assert "Use a passkey" not in Page(client.get("/accounts/login/")).text
        page = Page(sure(sign_in(olive, client=client)).get("/accounts/2fa/webauthn/add/"))
        assert "opened by an address in figures" in page.text and "Make the passkey" not in page.text
        assert "http://localhost:8000/accounts/2fa/webauthn/add/" in page.addresses
