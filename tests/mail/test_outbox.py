"""Writing into the outbox."""

from __future__ import annotations

import pytest
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from django.db import transaction

from goodfences.mail import outbox
from goodfences.mail.addresses import digest
from goodfences.mail.models import OutboxMessage

BACKEND = "goodfences.mail.backend.OutboxBackend"

pytestmark = pytest.mark.django_db


def message(once: str = "ask:1", to: str = "olive@example.org", **fields: object) -> outbox.NewMessage:
    return outbox.NewMessage(once=once, to=to, template="ask", context={}, **fields)  # type: ignore[arg-type]


def queue(once: str = "ask:1", to: str = "olive@example.org", **fields: object) -> bool:
    return outbox.queue(
        once=once,
        to=to,
        template="ask",
        context={"a": 1},
        language="en",
        time_zone="UTC",
        **fields,  # type: ignore[arg-type]
    )


def test_the_same_key_is_written_once() -> None:
    assert queue()
    assert not queue(to="nadia@example.org")
    assert OutboxMessage.objects.get().to == "olive@example.org"


def test_bulk_counts_only_what_is_new() -> None:
    queue("ask:1")
    assert outbox.queue_many([message("ask:1"), message("ask:2"), message("ask:3")]) == 2
    assert outbox.queue_many([message("ask:1"), message("ask:2"), message("ask:3")]) == 0
    assert OutboxMessage.objects.count() == 3


def test_bulk_takes_thousands_at_once() -> None:
    assert outbox.queue_many([message(f"ask:{number}") for number in range(2500)]) == 2500


def test_a_message_falls_with_its_act() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        queue()
        1 / 0  # noqa: B018
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_no_message_without_a_transaction() -> None:
    with pytest.raises(RuntimeError):
        queue()


@pytest.mark.parametrize(
    "to",
    [
        "olive@example.org\nBcc: sam@harbor.example",
        "olive@example.org\r\n",
        "olive@example.org,sam@harbor.example",
        "olive@example.org sam",
        "oliveñ@example.org",
        "olive",
        "",
        "olive@example.org\u2028x",
    ],
)
def test_an_address_that_smuggles_is_refused(to: str) -> None:
    with pytest.raises(ValueError, match="address"):
        queue(to=to)


@pytest.mark.parametrize(
    ("name", "value"),
    [("Subject", "x"), ("X-A\r\nBcc", "x"), ("X-A", "x\r\nBcc: sam@harbor.example"), ("To", "x"), ("X A", "x")],
)
def test_a_header_that_smuggles_is_refused(name: str, value: str) -> None:
    with pytest.raises(ValueError, match="header"):
        queue(headers={name: value})


def test_the_digest_ignores_case_and_hides_the_address() -> None:
    queue(to="Olive@Example.org")
    row = OutboxMessage.objects.get()
    assert row.to_digest == digest("olive@example.org")
    assert "olive" not in row.to_digest


def test_a_withdrawn_batch_is_not_sent() -> None:
    part = outbox.common_part(key="request:1", context={})
    outbox.queue_many([message("ask:1", common=part), message("ask:2", common=part), message("ask:3")])
    assert outbox.cancel(common_key="request:1", reason="The request was withdrawn.") == 2
    assert OutboxMessage.objects.get(state="waiting").once == "ask:3"
    assert OutboxMessage.objects.filter(to="").count() == 2


def test_the_common_part_is_kept_once() -> None:
    first = outbox.common_part(key="request:1", context={"agency": "Northgate"})
    second = outbox.common_part(key="request:1", context={"agency": "Another"})
    assert first.pk == second.pk
    assert second.context == {"agency": "Northgate"}


def test_django_mail_is_queued_as_urgent() -> None:
    mail = EmailMultiAlternatives("Your code", "123456", to=["olive@example.org"])
    mail.attach_alternative("<p>123456", "text/html")
    sent = get_connection(BACKEND).send_messages([mail])
    row = OutboxMessage.objects.get()
    assert sent == 1
    assert row.priority == outbox.Priority.URGENT
    assert row.context == {"subject": "Your code", "text": "123456", "html": "<p>123456"}
    assert row.not_after is not None


def test_django_mail_with_an_attachment_is_refused() -> None:
    mail = EmailMessage("Hi", "text", to=["olive@example.org"], attachments=[("a.txt", "x", "text/plain")])
    with pytest.raises(ValueError, match="attachments"):
        get_connection(BACKEND).send_messages([mail])
    assert not OutboxMessage.objects.exists()


def test_single_messages_are_dropped_while_they_wait() -> None:
    with transaction.atomic():
        for number in range(3):
            queue(f"invitation:{number}")
        assert outbox.cancel_each(once=["invitation:0", "invitation:1", "other"], reason="Taken back.") == 2
    left = OutboxMessage.objects.get(state="waiting")
    assert left.once == "invitation:2"
    assert set(OutboxMessage.objects.exclude(pk=left.pk).values_list("to", flat=True)) == {""}
