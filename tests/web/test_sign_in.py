"""Signing up and in with an emailed code, through the real outbox."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from goodfences.mail.models import OutboxMessage
from goodfences.people.models import Account
from tests.persons import PASSWORD


@pytest.fixture(autouse=True)
def real_mail(settings: Any) -> None:
    """Tests usually get Django's mailbox in memory; and the limits of one test are not another's."""
    settings.EMAIL_BACKEND = "goodfences.mail.backend.OutboxBackend"


def mailed_code(to: str) -> str:
    message = OutboxMessage.objects.filter(to=to).latest("pk")
    found = re.search(r"^([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})$", message.context["text"], re.MULTILINE)
    assert found, message.context["text"]
    return found[1]


def sign_up(client: Client, email: str) -> None:
    assert client.post("/accounts/signup/", {"email": email}).status_code == 302
    response = client.post("/accounts/confirm-email/", {"code": mailed_code(email.lower())})
    assert (response.status_code, response["Location"]) == (302, "/welcome/")


def test_whoever_signs_up_is_a_resident_and_settles_next(client: Client, db: None) -> None:
    sign_up(client, "Nora@Example.org")
    account = Account.objects.get()
    assert (account.email, account.kind, account.language) == ("nora@example.org", "resident", "en")
    assert "Where do you live?" in client.get("/welcome/").content.decode()


@pytest.mark.parametrize("kind", ["officer", "moderator", "operator"])
def test_nobody_signs_up_as_anything_else(kind: str, client: Client, db: None) -> None:
    client.post("/accounts/signup/", {"email": "nora@example.org", "kind": kind, "is_staff": "on"})
    client.post("/accounts/confirm-email/", {"code": mailed_code("nora@example.org")})
    assert Account.objects.get().kind == "resident"


def test_an_account_speaks_the_language_in_which_it_was_made(client: Client, db: None) -> None:
    client.post("/accounts/signup/", {"email": "nora@example.org"}, headers={"accept-language": "es-MX"})
    assert Account.objects.get().language == "es"


def test_a_language_that_we_dont_speak_becomes_english(client: Client, db: None) -> None:
    client.post("/accounts/signup/", {"email": "nora@example.org"}, headers={"accept-language": "fi"})
    assert Account.objects.get().language == "en"


def test_olive_signs_in_with_a_code(olive: Account, client: Client) -> None:
    response = client.post("/accounts/login/", {"login": olive.email, "next": "/cameras/"}, follow=True)
    assert "Type the code" in response.content.decode()
    response = client.post("/accounts/login/code/confirm/", {"code": mailed_code(olive.email), "next": "/cameras/"})
    assert response["Location"] in ("/cameras/", "/welcome/")
    assert client.get("/cameras/").status_code == 200


def test_a_wrong_code_doesnt_sign_in(olive: Account, client: Client) -> None:
    client.post("/accounts/login/code/", {"email": olive.email})
    client.post("/accounts/login/code/confirm/", {"code": "AAAAAA"})
    assert client.get("/cameras/").status_code == 302


def test_a_password_works_too(olive: Account, client: Client) -> None:
    page = client.get("/accounts/login/").content.decode()
    assert "Send me a code" in page and "Use a password instead" in page
    response = client.post("/accounts/login/", {"login": olive.email, "password": PASSWORD})
    assert response["Location"] == "/welcome/"


def test_a_wrong_password_doesnt_sign_in(olive: Account, client: Client) -> None:
    response = client.post("/accounts/login/", {"login": olive.email, "password": PASSWORD + "!"})
    assert "not correct" in response.content.decode()
    assert client.get("/cameras/").status_code == 302


def test_the_page_doesnt_tell_who_has_an_account(olive: Account, client: Client) -> None:
    known = client.post("/accounts/login/code/", {"email": olive.email})
    unknown = Client().post("/accounts/login/code/", {"email": "nobody@example.org"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    again = Client().post("/accounts/signup/", {"email": olive.email})
    fresh = Client().post("/accounts/signup/", {"email": "fresh@example.org"})
    assert (again.status_code, again["Location"]) == (fresh.status_code, fresh["Location"])


def test_a_closed_account_gets_no_code(olive: Account, client: Client) -> None:
    Account.objects.update(is_active=False)
    client.post("/accounts/login/code/", {"email": olive.email})
    assert all("code" not in message.context["subject"] for message in OutboxMessage.objects.all())


@pytest.mark.parametrize(
    "page",
    [
        "/accounts/login/",
        "/accounts/signup/",
        "/accounts/login/code/",
        "/accounts/password/reset/",
        "/accounts/password/reset/done/",
    ],
)
def test_every_page_of_a_visitor_wears_the_design(page: str, client: Client, db: None) -> None:
    html = client.get(page).content.decode()
    assert '<header class="bar">' in html and html.count("<h1") == 1


@pytest.mark.parametrize(
    "page", ["/accounts/email/", "/accounts/password/change/", "/accounts/logout/", "/accounts/reauthenticate/"]
)
def test_every_page_of_an_account_wears_the_design(page: str, olive: Account, client: Client) -> None:
    client.post("/accounts/login/", {"login": olive.email, "password": PASSWORD})
    html = client.get(page, follow=True).content.decode()
    assert '<header class="bar">' in html and html.count("<h1") == 1
    assert "style=" not in html and "<script>" not in html
