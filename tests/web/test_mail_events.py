"""The mail provider's webhook, called as Postmark calls it."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from django.test import Client

from goodfences.mail import providers
from goodfences.mail.addresses import digest
from goodfences.mail.models import OutboxMessage, Suppression
from goodfences.web import mail_events, urls

pytestmark = pytest.mark.django_db
SECRET = "a long secret"


@pytest.fixture
def webhook(settings: Any) -> None:
    """The instance sends by Postmark, which knows the webhook's secret."""
    settings.MAIL_PROVIDER, settings.MAIL_WEBHOOK_SECRET = "postmark", SECRET
    settings.ANYMAIL = providers.webhook_settings(SECRET, "")
    settings.ROOT_URLCONF = (*mail_events.urlpatterns(), *urls.urlpatterns)


@pytest.fixture
def sent(db: None) -> OutboxMessage:
    """A message to Olive that the provider took."""
    return OutboxMessage.objects.create(
        once="note:1",
        to_digest=digest("olive@example.org"),
        template="ready-made",
        state="sent",
        provider_id="883953f4-6105-42a2-a16a-77a8eac79483",
    )


def bounce(**changes: Any) -> dict[str, Any]:
    event = {
        "RecordType": "Bounce",
        "Type": "HardBounce",
        "ID": 42,
        "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483",
        "Details": "smtp;550 5.1.1 The email account that you tried to reach does not exist",
        "Email": "olive@example.org",
        "BouncedAt": "2026-11-25T16:33:54.9070259Z",
    }
    return {**event, **changes}


def post(event: dict[str, Any], user: str = providers.WEBHOOK_USER, password: str = SECRET) -> int:
    basic = base64.b64encode(f"{user}:{password}".encode()).decode()
    client = Client(enforce_csrf_checks=True)
    headers = {"Authorization": f"Basic {basic}"} if password else {}
    return client.post("/mail/events/", event, content_type="application/json", headers=headers).status_code


def test_a_bounce_is_written_down_and_its_address_not_written_to_again(webhook: None, sent: OutboxMessage) -> None:
    assert post(bounce()) == 200
    sent.refresh_from_db()
    assert sent.bounced_at is not None
    assert "5.1.1" in sent.last_error and "olive" not in sent.last_error
    assert Suppression.objects.get().address_digest == digest("olive@example.org")


def test_a_message_is_known_by_our_own_reference_where_the_answer_was_lost(
    webhook: None, sent: OutboxMessage
) -> None:
    OutboxMessage.objects.update(provider_id="", state="uncertain")
    assert post(bounce(Metadata={"ref": sent.ref})) == 200
    sent.refresh_from_db()
    assert sent.bounced_at is not None


def test_a_full_mailbox_stops_no_other_mail(webhook: None, sent: OutboxMessage) -> None:
    assert post(bounce(Type="SoftBounce", Details="smtp;552 5.2.2 Mailbox full")) == 200
    sent.refresh_from_db()
    assert sent.bounced_at is not None and not Suppression.objects.exists()


def test_a_complaint_stops_all_mail(webhook: None, sent: OutboxMessage) -> None:
    assert post(bounce(RecordType="SpamComplaint", Type="SpamComplaint")) == 200
    sent.refresh_from_db()
    assert sent.bounced_at is None and Suppression.objects.count() == 1


def test_a_delivery_changes_nothing(webhook: None, sent: OutboxMessage) -> None:
    assert post({"RecordType": "Delivery", "MessageID": sent.provider_id, "Recipient": "olive@example.org"}) == 200
    assert not OutboxMessage.objects.exclude(bounced_at=None).exists()


def test_an_event_about_a_stranger_changes_nothing(webhook: None, sent: OutboxMessage) -> None:
    assert post(bounce(MessageID="another")) == 200
    assert not Suppression.objects.exists()


@pytest.mark.parametrize("password", ["", "a guess"])
def test_without_the_secret_nothing_is_taken_in(webhook: None, sent: OutboxMessage, password: str) -> None:
    assert post(bounce(), password=password) == 400
    sent.refresh_from_db()
    assert sent.bounced_at is None and not Suppression.objects.exists()


@pytest.mark.parametrize("missing", ["MAIL_PROVIDER", "MAIL_WEBHOOK_SECRET"])
def test_there_is_no_webhook_without_a_provider_and_a_secret(webhook: None, settings: Any, missing: str) -> None:
    setattr(settings, missing, "")
    assert mail_events.urlpatterns() == []


@pytest.mark.parametrize("name", sorted(providers.PROVIDERS))
def test_every_provider_has_a_webhook(webhook: None, settings: Any, name: str) -> None:
    settings.MAIL_PROVIDER = name
    settings.ANYMAIL = providers.webhook_settings(SECRET, "a signing key")
    [pattern] = mail_events.urlpatterns()
    settings.ROOT_URLCONF = (pattern, *urls.urlpatterns)
    assert post(bounce(), password="a guess") == 400
