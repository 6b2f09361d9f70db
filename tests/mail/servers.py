"""Real SMTP servers on free loopback ports: one that keeps everything, and ones that misbehave on purpose."""

from __future__ import annotations

import asyncio
import email
import mailbox
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox
from aiosmtpd.smtp import SMTP, Envelope, Session


class Kept(Mailbox):
    """Keeps what was accepted in a Maildir. `before` runs for each message and may answer in its stead."""

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder))
        self.folder = folder
        self.on_rcpt: Callable[[str], str | None] = lambda address: None
        self.on_mail: Callable[[str], str | None] = lambda address: None
        self.on_data: Callable[[Envelope], str | None] = lambda envelope: None
        self.senders: list[str] = []

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if answer := self.on_mail(address):
            return answer
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        self.senders.append(address)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if answer := self.on_rcpt(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        answer = self.on_data(envelope)
        if answer == "drop before":
            self._hang_up(server)
            return "451 never seen"
        if answer and answer != "drop after":
            return answer
        kept: str = await super().handle_DATA(server, session, envelope)
        if answer == "drop after":
            self._hang_up(server)
        return kept

    @staticmethod
    def _hang_up(server: SMTP) -> None:
        assert server.transport is not None
        server.transport.abort()

    @property
    def messages(self) -> list[EmailMessage]:
        """What arrived, parsed."""
        box = mailbox.Maildir(self.folder, create=False)
        parsed = [email.message_from_bytes(box.get_bytes(key), policy=policy.default) for key in box.iterkeys()]
        assert all(isinstance(one, EmailMessage) for one in parsed)
        return parsed  # type: ignore[return-value]


@contextmanager
def mail_server(folder: Path, **options: Any) -> Iterator[tuple[Kept, int]]:
    """A server that keeps mail in a Maildir in `folder`, and its port."""
    handler = Kept(folder)
    controller = Controller(handler, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    try:
        yield handler, controller.port
    finally:
        controller.stop()


@contextmanager
def scripted_server(script: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any]) -> Iterator[int]:
    """A server that does what `script(reader, writer)` does with each connection; its port."""
    import threading

    loop = asyncio.new_event_loop()
    ready = threading.Event()
    port = free_port()

    async def serve() -> None:
        server = await asyncio.start_server(script, "127.0.0.1", port)
        ready.set()
        try:
            await stop.wait()
        finally:
            server.close()

    stop = asyncio.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    ready.wait(5)
    try:
        yield port
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
