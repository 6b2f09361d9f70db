"""What other websites and guessers try: forms of theirs, sessions prepared for somebody, links that lead away, and
what an answer and the work behind it tell of who has an account.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings as configured
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.cache import cache
from django.db import transaction
from django.test import Client

from goodfences.mail.models import OutboxMessage
from goodfences.people.models import Account
from goodfences.web import steady
from tests.pages import bytes_of
from tests.persons import PASSWORD, sign_in
from tests.web import everything as instance
from tests.web import routes
from tests.web.everything import Everything
from tests.web.test_sign_in import mailed_code

NO_SESSION = ("api:", "scim", "link", "resident:email_")
"""What these do they do for a token, or for whoever holds the link."""
NOTHING_DONE = {"resident:upload_shared"}
"""What a phone's share brings is shown in a form, and nothing of it kept."""

AWAY = (
    *("//evil.example/", "https://evil.example/", "/\\evil.example/"),
    *("https:evil.example", "javascript:alert(1)", "///evil.example"),
)


@pytest.fixture(autouse=True)
def _limits_of_one_test_are_not_anothers(settings: Any) -> None:
    settings.EMAIL_BACKEND = "goodfences.mail.backend.OutboxBackend"


def test_no_other_websites_form_does_anything(everything: Everything) -> None:
    """But where there is no session to abuse: devices, mail programs' buttons, links that are a right themselves."""
    table, refused = routes.table(), 0
    exempt: set[str] = set()
    for role in ("olive", "omar", "aggie", "max", "otto", "anyone"):
        client = Client(enforce_csrf_checks=True, raise_request_exception=False)
        if role != "anyone":
            sign_in(client, everything.persons[role])
        for route, method in table:
            if method != "POST" or table[route, method][role] in ("404", "405", "in"):
                continue
            with transaction.atomic():
                posted = instance.posted(everything, route, "POST")
                posted.get("data", {}).pop("csrfmiddlewaretoken", None) if isinstance(
                    posted.get("data"), dict
                ) else None
                answer = client.post(routes.address(everything, route), **posted)
                bytes_of(answer)
                transaction.set_rollback(True)
            if answer.status_code == 403:
                refused += 1
            else:
                exempt.add(route)
    assert refused > 200
    assert {route for route in exempt if not route.startswith(NO_SESSION)} == NOTHING_DONE


@pytest.mark.parametrize("by", ["password", "code"])
def test_a_session_that_somebody_prepared_is_not_the_one_that_signs_in(by: str, olive: Account) -> None:
    victim = Client()
    victim.post("/language/", {"language": "es"})
    session = victim.session
    session["prepared"] = True
    session.save()
    prepared = session.session_key
    victim.cookies[configured.SESSION_COOKIE_NAME] = prepared
    if by == "password":
        victim.post("/accounts/login/", {"login": olive.email, "password": PASSWORD})
    else:
        victim.post("/accounts/login/code/", {"email": olive.email})
        victim.post("/accounts/login/code/confirm/", {"code": mailed_code(olive.email)})
    assert victim.get("/cameras/").status_code in (200, 302) and victim.session.get("_auth_user_id") == str(olive.pk)
    assert victim.session.session_key != prepared
    thief = Client()
    thief.cookies[configured.SESSION_COOKIE_NAME] = prepared
    assert thief.get("/cameras/").status_code == 302 and "_auth_user_id" not in thief.session


@pytest.mark.parametrize("away", AWAY)
def test_no_sign_in_and_no_choice_leads_to_another_site(away: str, olive: Account) -> None:
    client = Client()
    answers = [client.post("/accounts/login/", {"login": olive.email, "password": PASSWORD, "next": away})]
    assert answers[0].status_code == 302, "signed in"
    answers += [
        client.post("/i18n/setlang/", {"language": "es", "next": away}),
        client.get("/accounts/login/", {"next": away}),
        client.get("/accounts/reauthenticate/", {"next": away}),
        client.post("/accounts/logout/", {"next": away}),
    ]
    for answer in answers:
        target = answer.headers.get("Location", "/")
        assert target.startswith("/") and not target.startswith(("//", "/\\")), target
    page = Client().get("/language/", {"next": away}).content.decode()
    assert "evil.example" not in page and "javascript:" not in page


class Counting(MD5PasswordHasher):
    """Counts how often a password is hashed: what takes the time by which one could tell."""

    algorithm = "counting"
    hashed = 0

    def encode(self, password: str, salt: str) -> str:
        type(self).hashed += 1
        return super().encode(password, salt)


def test_a_wrong_password_costs_the_same_whether_there_is_an_account_or_not(olive: Account, settings: Any) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.Counting"]
    olive.set_password(PASSWORD)
    olive.save()
    Account.objects.create_user("codes.alone@example.org")
    work, pages = {}, {}
    for email in (olive.email, "nobody@example.org", "codes.alone@example.org"):
        cache.clear()
        Counting.hashed = 0
        answer = Client().post("/accounts/login/", {"login": email, "password": "another password"})
        work[email], pages[email] = Counting.hashed, (answer.status_code, len(answer.content) - len(email))
    assert len(set(work.values())) == 1 and work[olive.email] > 0, work
    assert len(set(pages.values())) == 1, pages


@pytest.mark.parametrize("door", ["login/code", "password/reset", "signup"])
def test_every_door_sends_one_mail_and_hashes_as_much_whether_there_is_an_account_or_not(
    olive: Account, settings: Any, django_capture_on_commit_callbacks: Any, door: str
) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.Counting"]
    Account.objects.create_user("codes.alone@example.org")
    work = {}
    for email in (olive.email, "nobody@example.org", "codes.alone@example.org"):
        cache.clear()
        Counting.hashed = 0
        OutboxMessage.objects.all().delete()
        with django_capture_on_commit_callbacks(execute=True):
            answer = Client().post(f"/accounts/{door}/", {"email": email})
        mails = list(OutboxMessage.objects.values_list("to", flat=True))
        assert mails == [email]
        work[email] = answer.status_code, answer["Location"], Counting.hashed, set(answer.cookies)
    assert len(set(map(str, work.values()))) == 1, work


@pytest.mark.parametrize("door", ["login", "login/code", "password/reset", "signup"])
@pytest.mark.parametrize("took", [0.004, 0.013, 0.26])
def test_every_door_answers_at_a_whole_step_whatever_its_work_took(
    olive: Account, monkeypatch: pytest.MonkeyPatch, door: str, took: float
) -> None:
    moments, slept = iter([1000.0, 1000.0 + took]), []
    clock = SimpleNamespace(monotonic=lambda: next(moments), sleep=slept.append)
    monkeypatch.setattr(steady, "time", clock)
    Client().post(f"/accounts/{door}/", {"email": olive.email, "login": olive.email, "password": "another"})
    assert [took + wait for wait in slept] == [pytest.approx(0.25 if took < 0.25 else 0.5)]


def test_a_code_of_an_app_that_nothing_opens_any_more_is_a_wrong_code(omar: Account) -> None:
    """The instance's secret was replaced since it was set up."""
    client = sign_in(Client(), omar)
    answer = client.post("/accounts/2fa/reauthenticate/", {"code": "123456"})
    assert answer.status_code == 200 and "code" in answer.content.decode()


def test_every_page_says_that_it_may_not_be_framed_or_guessed_at(client: Client, db: None) -> None:
    for address in ("/", "/accounts/login/", "/nothing-here/", "/api/v1/cameras"):
        headers = client.get(address).headers
        assert headers["X-Content-Type-Options"] == "nosniff", address
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"], address
        assert headers["Referrer-Policy"] in ("same-origin", "no-referrer"), address
