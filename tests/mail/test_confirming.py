"""A bounced address is good again once its person has typed a code that was sent there."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from goodfences.mail.actions import confirm_address
from goodfences.mail.addresses import digest
from goodfences.mail.models import Suppression
from goodfences.people.models import Account
from tests.persons import PASSWORD
from tests.web.test_sign_in import mailed_code

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def real_mail(settings: Any) -> None:
    settings.EMAIL_BACKEND = "goodfences.mail.backend.OutboxBackend"


@pytest.fixture
def bounced(olive: Account) -> Account:
    Suppression.objects.create(address_digest=digest(olive.email), reason="bounced")
    return olive


def test_signing_in_with_a_code_confirms_the_address(bounced: Account) -> None:
    browser = Client()
    browser.post("/accounts/login/", {"login": bounced.email})
    assert Suppression.objects.exists()
    browser.post("/accounts/login/code/confirm/", {"code": mailed_code(bounced.email)})
    assert not Suppression.objects.exists()


def test_signing_in_with_a_password_confirms_nothing(bounced: Account) -> None:
    Client().post("/accounts/login/", {"login": bounced.email, "password": PASSWORD})
    assert Suppression.objects.exists()


def test_signing_up_confirms_the_address() -> None:
    Suppression.objects.create(address_digest=digest("nora@example.org"), reason="bounced")
    browser = Client()
    browser.post("/accounts/signup/", {"email": "nora@example.org"})
    browser.post("/accounts/confirm-email/", {"code": mailed_code("nora@example.org")})
    assert not Suppression.objects.exists()


def test_an_address_is_confirmed_also_where_the_secret_was_replaced_since(bounced: Account, settings: Any) -> None:
    settings.SECRET_KEY, settings.SECRETS_BEFORE = "a new one", [settings.SECRET_KEY]
    assert confirm_address(address=bounced.email)
    assert not Suppression.objects.exists()
