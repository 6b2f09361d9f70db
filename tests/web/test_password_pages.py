import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from goodfences.people.models import Account

pytestmark = pytest.mark.django_db

NEW = "a-garden-gate-at-dusk"


@pytest.fixture(autouse=True)
def mail_in_memory(settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def account() -> Account:
    return Account.objects.create_user(email="olive@example.org", password="the-old-oak-tree")


@pytest.mark.parametrize("name", ["account_reset_password", "account_reset_password_done"])
def test_anyone_can_open_the_way_to_a_new_password(client: Client, name: str) -> None:
    response = client.get(reverse(name))
    assert response.status_code == 200
    assert b'<main id="main"' in response.content


def test_a_forgotten_password_is_replaced_through_the_mail(client: Client, account: Account) -> None:
    client.post(reverse("account_reset_password"), {"email": account.email})
    link = re.search(r"https?://\S+", mail.outbox[0].body).group()
    page = client.get(link, follow=True)
    assert b"A new password" in page.content
    client.post(page.request["PATH_INFO"], {"password1": NEW, "password2": NEW})
    account.refresh_from_db()
    assert account.check_password(NEW)
    again = client.get(link, follow=True)
    assert "doesn’t work any more" in again.content.decode()


def test_a_password_is_changed_and_the_owner_is_told(client: Client, account: Account) -> None:
    client.force_login(account)
    url = reverse("account_change_password")
    assert b"Change your password" in client.get(url).content
    given = {"oldpassword": "the-old-oak-tree", "password1": NEW, "password2": NEW}
    response = client.post(url, given, follow=True)
    account.refresh_from_db()
    assert account.check_password(NEW)
    assert response.status_code == 200


def test_a_wrong_old_password_changes_nothing_and_says_so(client: Client, account: Account) -> None:
    client.force_login(account)
    given = {"oldpassword": "wrong", "password1": NEW, "password2": NEW}
    response = client.post(reverse("account_change_password"), given)
    assert b'class="summary"' in response.content
    account.refresh_from_db()
    assert account.check_password("the-old-oak-tree")
