"""What comes back: delivery reports as mail servers write them."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from goodfences.mail import actions
from goodfences.mail.addresses import digest
from goodfences.mail.models import OutboxMessage, Suppression
from goodfences.mail.sending import Sender
from tests.mail.servers import Kept

pytestmark = pytest.mark.django_db
Queue = Callable[..., OutboxMessage]
SAMPLES = Path(__file__).parent / "samples"


@pytest.fixture
def row(queue: Queue) -> OutboxMessage:
    """A message to Olive that was sent."""
    row = queue()
    OutboxMessage.objects.update(state="sent", to="", context={})
    return row


def sample(name: str, ref: str) -> bytes:
    raw = (SAMPLES / f"{name}.eml").read_text()
    hexed = base64.urlsafe_b64decode(ref + "==").hex().upper()
    return raw.replace("@REF@", ref).replace("@HEX@", hexed).replace("\n", "\r\n").encode()


@pytest.mark.parametrize("name", ["postfix", "exchange_headers_only", "verp_only"])
def test_a_dead_address_is_recorded_and_suppressed(row: OutboxMessage, name: str) -> None:
    assert actions.record_bounce(sample(name, row.ref))
    row.refresh_from_db()
    assert row.bounced_at is not None
    assert Suppression.objects.get().address_digest == digest("olive@example.org")
    assert "olive" not in row.last_error


def test_a_full_mailbox_is_recorded_and_may_be_written_to_again(row: OutboxMessage) -> None:
    assert actions.record_bounce(sample("mailbox_full", row.ref))
    row.refresh_from_db()
    assert row.bounced_at is not None
    assert not Suppression.objects.exists()


@pytest.mark.parametrize("name", ["delayed", "out_of_office"])
def test_what_is_no_failure_changes_nothing(row: OutboxMessage, name: str) -> None:
    assert not actions.record_bounce(sample(name, row.ref))
    row.refresh_from_db()
    assert row.bounced_at is None and not Suppression.objects.exists()


def test_a_complaint_stops_all_mail_to_the_address(row: OutboxMessage) -> None:
    assert actions.record_bounce(sample("complaint", row.ref))
    assert Suppression.objects.get().address_digest == digest("olive@example.org")


def test_a_report_about_an_unknown_message_changes_nothing(row: OutboxMessage) -> None:
    assert not actions.record_bounce(sample("postfix", "A" * 22))
    assert not Suppression.objects.exists()


def test_a_report_about_a_message_that_was_not_sent_yet_is_forged(queue: Queue) -> None:
    assert not actions.record_bounce(sample("postfix", queue().ref))
    assert not Suppression.objects.exists()


@pytest.mark.parametrize("name", ["postfix", "exchange_headers_only", "verp_only", "complaint"])
def test_half_a_report_breaks_nothing(row: OutboxMessage, name: str) -> None:
    whole = sample(name, row.ref)
    for end in range(0, len(whole), 37):
        actions.record_bounce(whole[:end])


@pytest.mark.parametrize(
    "raw", [b"", b"\x00" * 1000, b"Content-Type: multipart/report\r\n\r\n", b"\xff\xfe: x\r\n\r\n"]
)
def test_rubbish_is_no_report(row: OutboxMessage, raw: bytes) -> None:
    assert not actions.record_bounce(raw)


def test_the_same_report_twice_is_recorded_once(row: OutboxMessage) -> None:
    actions.record_bounce(sample("postfix", row.ref))
    row.refresh_from_db()
    first = row.bounced_at
    actions.record_bounce(sample("postfix", row.ref))
    row.refresh_from_db()
    assert row.bounced_at == first and Suppression.objects.count() == 1


def test_the_command_takes_a_report_from_standard_input(
    row: OutboxMessage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Piped:
        buffer = io.BytesIO(sample("postfix", row.ref))

    monkeypatch.setattr("sys.stdin", Piped)
    call_command("mail_in")
    assert "Recorded" in capsys.readouterr().out
    assert Suppression.objects.exists()


def test_what_was_returned_to_the_sender_address_finds_its_message(
    server: Kept, sender: Sender, queue: Queue, settings: Any
) -> None:
    """The address that a real server was given as sender is the one that the report is read by."""
    settings.MAIL_BOUNCES = "bounces@fences.example"
    row = queue()
    sender.run(10)
    raw = sample("verp_only", "A" * 22).decode()
    returned = raw.replace(f"Bounces+{'00' * 16}@fences.example", server.senders[0])
    assert server.senders[0] in returned
    assert actions.record_bounce(returned.encode())
    row.refresh_from_db()
    assert row.bounced_at is not None
