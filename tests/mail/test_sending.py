"""From the outbox to a real mail server, and what is written down."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from goodfences.mail import actions, hooks, outbox
from goodfences.mail.addresses import digest
from goodfences.mail.models import OutboxMessage, Suppression
from goodfences.mail.outbox import Priority
from goodfences.mail.sending import Sender
from goodfences.source import SeededSource
from tests.mail.servers import Kept, free_port

pytestmark = pytest.mark.django_db
Queue = Callable[..., OutboxMessage]


def test_a_message_arrives(server: Kept, sender: Sender, queue: Queue) -> None:
    row = queue(text="Grüße, Olive.\n.\n..dots\nend")
    assert sender.run(10) == 1
    [message] = server.messages
    assert message["To"] == "olive@example.org"
    assert message["Subject"] == "A note"
    assert message["Message-ID"] == f"<{row.ref}@goodfences.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content() == "Grüße, Olive.\n.\n..dots\nend\n"


@pytest.mark.usefixtures("thousand_open_files")
def test_with_a_thousand_files_open_too(server: Kept, sender: Sender, queue: Queue) -> None:
    queue()
    assert sender.run(10) == 1 and len(server.messages) == 1


def test_nothing_is_sent_twice(server: Kept, sender: Sender, queue: Queue) -> None:
    queue()
    assert [sender.run(10), sender.run(10)] == [1, 0]
    assert len(server.messages) == 1


def test_personal_parts_are_forgotten_once_sent(server: Kept, sender: Sender, queue: Queue) -> None:
    row = queue(headers={"X-Note": "olive"})
    sender.run(10)
    row.refresh_from_db()
    assert (row.state, row.to, row.context, row.headers) == ("sent", "", {}, {})
    assert row.to_digest == digest("olive@example.org")
    assert row.sent_at is not None


def test_a_batch_goes_over_several_connections(server: Kept, sender: Sender, queue: Queue) -> None:
    for number in range(40):
        queue(f"note:{number}")
    while sender.run(100):
        pass
    assert len(server.messages) == 40
    assert set(OutboxMessage.objects.values_list("state", flat=True)) == {"sent"}


def test_a_code_goes_before_everything_else(server: Kept, sender: Sender, queue: Queue) -> None:
    queue("note:1")
    queue("code:1", to="nadia@example.org", priority=Priority.URGENT)
    sender.run(1)
    assert [message["To"] for message in server.messages] == ["nadia@example.org"]


def test_a_busy_server_is_asked_again_later(server: Kept, sender: Sender, queue: Queue, clock: SeededSource) -> None:
    server.on_rcpt = lambda address: f"450 4.2.0 <{address}> come back later"
    row = queue()
    assert sender.run(10) == 1
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("waiting", 1)
    assert timedelta(seconds=45) <= row.due_at - clock.now() <= timedelta(seconds=75)
    assert "olive" not in row.last_error and "4.2.0" in row.last_error
    server.on_rcpt = lambda address: None
    assert sender.run(10) == 0
    clock.advance(timedelta(seconds=80))
    assert sender.run(10) == 1
    assert len(server.messages) == 1


def test_waiting_doubles_and_stays_under_a_limit(
    server: Kept, sender: Sender, queue: Queue, clock: SeededSource
) -> None:
    server.on_data = lambda envelope: "451 4.3.0 not now"
    row = queue()
    waits = []
    for _ in range(12):
        sender.run(10)
        row.refresh_from_db()
        waits.append((row.due_at - clock.now()).total_seconds())
        clock.advance(row.due_at - clock.now())
    assert all(1.1 < later / sooner < 3.4 for sooner, later in pairwise(waits[:6]))
    assert max(waits) <= 4 * 3600 * 1.25


def test_after_three_days_it_is_given_up(server: Kept, sender: Sender, queue: Queue, clock: SeededSource) -> None:
    server.on_data = lambda envelope: "451 4.3.0 not now"
    row = queue()
    clock.advance(timedelta(days=3))
    sender.run(10)
    row.refresh_from_db()
    assert (row.state, row.to) == ("failed", "")
    assert not Suppression.objects.exists()


def test_a_dead_address_is_not_written_to_again(server: Kept, sender: Sender, queue: Queue) -> None:
    server.on_rcpt = lambda address: "550 5.1.1 no such user"
    row = queue("note:1")
    sender.run(10)
    row.refresh_from_db()
    assert row.state == "failed" and row.bounced_at is not None
    server.on_rcpt = lambda address: None
    queue("note:2", to="OLIVE@example.org")
    queue("note:3", to="nadia@example.org")
    sender.run(10)
    assert [message["To"] for message in server.messages] == ["nadia@example.org"]


def test_a_confirmed_address_is_written_to_again(server: Kept, sender: Sender, queue: Queue) -> None:
    server.on_rcpt = lambda address: "550 5.1.1 no such user"
    queue("note:1")
    sender.run(10)
    server.on_rcpt = lambda address: None
    assert actions.confirm_address(address="olive@example.org")
    queue("note:2")
    sender.run(10)
    assert len(server.messages) == 1


def test_a_dead_address_stays_known_where_the_secret_was_replaced(
    server: Kept, sender: Sender, queue: Queue, settings: Any
) -> None:
    Suppression.objects.create(address_digest=digest("olive@example.org"), reason="bounced")
    queue("note:1")
    settings.SECRET_KEY, settings.SECRETS_BEFORE = "a new one", [settings.SECRET_KEY]
    queue("note:2")
    queue("note:3", to="nadia@example.org")
    sender.run(10)
    assert [message["To"] for message in server.messages] == ["nadia@example.org"]
    outbox.forget(address="olive@example.org")
    assert not Suppression.objects.exists()
    assert not OutboxMessage.objects.exclude(to_digest=digest("nadia@example.org")).exclude(to_digest="").exists()


def test_a_code_is_sent_even_to_an_address_that_bounced(server: Kept, sender: Sender, queue: Queue) -> None:
    Suppression.objects.create(address_digest=digest("olive@example.org"), reason="bounced")
    queue(priority=Priority.URGENT)
    sender.run(10)
    assert len(server.messages) == 1


@pytest.mark.parametrize("answer", ["554 5.7.1 spam", "552 5.3.4 too big", "554 no"])
def test_a_message_refused_for_good_says_nothing_about_its_address(
    server: Kept, sender: Sender, queue: Queue, answer: str
) -> None:
    server.on_data = lambda envelope: answer
    row = queue()
    sender.run(10)
    row.refresh_from_db()
    assert row.state == "failed"
    assert not Suppression.objects.exists()


@pytest.mark.parametrize("answer", ["554 5.7.1 relay access denied", "530 sign in first"])
def test_a_server_that_will_not_relay_for_us_loses_no_mail(
    server: Kept, sender: Sender, queue: Queue, answer: str
) -> None:
    server.on_rcpt = lambda address: answer
    row = queue()
    sender.run(10)
    row.refresh_from_db()
    assert row.state == "waiting"
    assert not Suppression.objects.exists()


def test_one_refused_message_does_not_hold_up_the_next(server: Kept, sender: Sender, queue: Queue) -> None:
    server.on_rcpt = lambda address: "550 5.1.1 no" if address.startswith("stranger") else None
    for number in range(12):
        queue(f"note:{number}", to="stranger@example.org" if number % 3 == 0 else "olive@example.org")
    sender.run(100)
    assert len(server.messages) == 8


def test_without_a_server_nothing_is_lost_and_no_try_is_counted(
    state: Any, sender: Sender, queue: Queue, settings: Any, clock: SeededSource
) -> None:
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    row = queue()
    assert sender.run(10) == 0
    row.refresh_from_db()
    assert (row.state, row.attempts, row.claimed_by) == ("waiting", 0, "")


def test_a_server_that_comes_back_is_noticed_within_half_a_minute(
    server: Kept, sender: Sender, queue: Queue, settings: Any, clock: SeededSource
) -> None:
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, free_port()
    queue()
    for _ in range(20):
        assert sender.run(10) == 0
        clock.advance(timedelta(seconds=30))
    settings.EMAIL_PORT = port
    assert sender.run(10) == 1


def test_a_message_of_no_more_use_is_dropped(server: Kept, sender: Sender, queue: Queue, clock: SeededSource) -> None:
    row = queue(not_after=clock.now() + timedelta(minutes=5))
    clock.advance(timedelta(minutes=6))
    sender.run(10)
    row.refresh_from_db()
    assert row.state == "failed" and not server.messages


def test_a_broken_template_stops_no_other_mail(server: Kept, sender: Sender, queue: Queue) -> None:
    queue("note:1")
    OutboxMessage.objects.update(template="there-is-none")
    queue("note:2")
    sender.run(10)
    assert len(server.messages) == 1
    assert OutboxMessage.objects.get(once="note:1").state == "failed"


def test_rooms_are_told_what_went_out(
    server: Kept, sender: Sender, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[list[str]] = []
    monkeypatch.setitem(hooks._on_sent, "ready-made", [told.append])
    server.on_rcpt = lambda address: "550 5.1.1 no" if address.startswith("stranger") else None
    queue("note:1")
    queue("note:2", to="stranger@example.org")
    sender.run(10)
    assert told == [["note:1"]]


def test_a_sender_address_tells_which_message_bounced(
    server: Kept, sender: Sender, queue: Queue, settings: Any
) -> None:
    settings.MAIL_BOUNCES = "bounces@goodfences.example"
    queue()
    sender.run(10)
    assert server.senders[0].startswith("bounces+") and server.senders[0].endswith("@goodfences.example")
    assert len(server.senders[0].partition("@")[0]) == len("bounces+") + 32


def test_a_domain_in_another_script_is_written_in_ascii(server: Kept, sender: Sender, queue: Queue) -> None:
    accepted: list[str] = []
    server.on_rcpt = lambda address: accepted.append(address)  # type: ignore[func-returns-value]
    queue(to="olive@bücher.example")
    sender.run(10)
    assert accepted == ["olive@xn--bcher-kva.example"]
