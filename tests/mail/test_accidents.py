"""Servers that break off at each point of the conversation. No message is ever doubled, none is lost in silence."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from goodfences.mail import actions, queries
from goodfences.mail.models import OutboxMessage
from goodfences.mail.sending import Sender
from goodfences.source import SeededSource
from tests.mail.servers import Kept, scripted_server

pytestmark = pytest.mark.django_db
Queue = Callable[..., OutboxMessage]
Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any]

STEPS = [b"EHLO", b"MAIL", b"RCPT", b"DATA"]


def breaks_at(step: bytes, say: bytes = b"") -> Script:
    """A server that hangs up when it hears `step`, perhaps saying a last word."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if step != b"connect":
            writer.write(b"220 fragile\r\n")
            while line := await reader.readline():
                if line[:4].upper() == step:
                    break
                writer.write(b"354 go on\r\n" if line[:4].upper() == b"DATA" else b"250 ok\r\n")
        writer.write(say)
        await writer.drain()
        writer.close()

    return script


def breaks_inside(count: int, got: list[bytes]) -> Script:
    """A server that hangs up after `count` bytes of the message; -1: after all of it, without an answer."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 fragile\r\n")
        while line := await reader.readline():
            if line[:4].upper() == b"DATA":
                break
            writer.write(b"250 ok\r\n")
        writer.write(b"354 go on\r\n")
        await writer.drain()
        got.append(await (reader.readuntil(b"\r\n.\r\n") if count < 0 else reader.readexactly(count)))
        writer.transport.abort()

    return script


@contextmanager
def fragile(script: Script, settings: Any) -> Iterator[None]:
    with scripted_server(script) as port:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        yield


@pytest.mark.parametrize("step", [b"connect", *STEPS])
def test_a_server_that_breaks_off_before_the_message_gets_it_later(
    step: bytes, queue: Queue, sender: Sender, settings: Any, clock: SeededSource
) -> None:
    row = queue()
    with fragile(breaks_at(step), settings):
        sender.run(10)
    row.refresh_from_db()
    assert row.state == "waiting"


@pytest.mark.parametrize("step", [b"connect", *STEPS])
def test_a_server_that_goes_down_politely_gets_it_later(
    step: bytes, queue: Queue, sender: Sender, settings: Any, clock: SeededSource
) -> None:
    row = queue()
    with fragile(breaks_at(step, b"421 4.3.2 shutting down\r\n"), settings):
        sender.run(10)
    row.refresh_from_db()
    assert row.state == "waiting"


def test_no_answer_after_the_whole_message_is_uncertain_for_good(
    server: Kept, queue: Queue, sender: Sender, settings: Any, clock: SeededSource
) -> None:
    good, got = settings.EMAIL_PORT, []  # type: ignore[var-annotated]
    row = queue()
    with fragile(breaks_inside(-1, got), settings):
        sender.run(10)
    assert got[0].endswith(b"Hello.\r\n.\r\n")
    settings.EMAIL_PORT = good
    for _ in range(10):
        clock.advance(timedelta(hours=12))
        assert sender.run(10) == 0
    row.refresh_from_db()
    assert row.state == "uncertain" and not server.messages
    assert [trouble.ref for trouble in queries.troubles()] == [row.ref]


@pytest.mark.slow
@pytest.mark.parametrize("count", [0, 200_000])
def test_a_server_that_breaks_off_inside_a_message_never_gets_it_twice(
    count: int, server: Kept, queue: Queue, sender: Sender, settings: Any, clock: SeededSource
) -> None:
    """A long one fills the line before its end: then it is certain that the server has nothing."""
    good, got = settings.EMAIL_PORT, []  # type: ignore[var-annotated]
    row = queue(text="0123456789\n" * 1_000_000)
    with fragile(breaks_inside(count, got), settings):
        sender.run(10)
    row.refresh_from_db()
    assert row.state == "waiting"
    settings.EMAIL_PORT = good
    server.on_data = lambda envelope: "250 seen"
    clock.advance(timedelta(minutes=2))
    assert sender.run(10) == 1


def test_a_server_that_takes_it_and_dies_before_saying_so_gets_it_once(
    server: Kept, queue: Queue, sender: Sender, clock: SeededSource
) -> None:
    server.on_data = lambda envelope: "drop after"
    row = queue()
    sender.run(10)
    server.on_data = lambda envelope: None
    for _ in range(5):
        clock.advance(timedelta(hours=1))
        sender.run(10)
    row.refresh_from_db()
    assert row.state == "uncertain"
    assert len(server.messages) == 1


def test_a_connection_that_the_server_closed_meanwhile_is_opened_anew(
    tmp_path: Path, queue: Queue, settings: Any, state: Path
) -> None:
    from tests.mail.servers import mail_server

    with mail_server(tmp_path / "maildir", timeout=0.3) as (kept, port):
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        sender = Sender(lanes=1)
        queue("note:1")
        assert sender.run(10) == 1
        import time

        time.sleep(0.6)
        queue("note:2")
        assert sender.run(10) == 1
        sender.close()
        assert len(kept.messages) == 2


def test_an_operator_decides_on_the_uncertain(
    server: Kept, queue: Queue, sender: Sender, clock: SeededSource
) -> None:
    server.on_data = lambda envelope: "drop before"
    first, second = queue("note:1"), queue("note:2")
    sender.run(1)
    sender.run(1)
    assert set(OutboxMessage.objects.values_list("state", flat=True)) == {"uncertain"}
    server.on_data = lambda envelope: None
    actions.send_again(ref=first.ref)
    actions.count_as_sent(ref=second.ref)
    sender.run(10)
    assert [message["Message-ID"] for message in server.messages] == [f"<{first.ref}@goodfences.example>"]
    assert set(OutboxMessage.objects.values_list("state", "to")) == {("sent", "")}


def test_after_a_restore_nothing_goes_out_by_itself(
    server: Kept, queue: Queue, sender: Sender, capsys: pytest.CaptureFixture[str]
) -> None:
    queue()
    call_command("hold_mail")
    assert capsys.readouterr().out == "1 held.\n"
    assert sender.run(10) == 0
    assert not server.messages
