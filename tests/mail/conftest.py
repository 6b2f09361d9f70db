"""A real mail server, a fresh sender, and messages to send."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from goodfences.mail import outbox
from goodfences.mail.models import OutboxMessage
from goodfences.mail.sending import Sender
from tests.mail.servers import Kept, mail_server


@pytest.fixture
def state(tmp_path: Path, settings: Any) -> Path:
    """The instance's state folder, empty."""
    settings.STATE = tmp_path / "state"
    return tmp_path / "state"


@pytest.fixture
def server(tmp_path: Path, settings: Any, state: Path) -> Iterator[Kept]:
    """A mail server that the outbox sends to."""
    with mail_server(tmp_path / "maildir") as (handler, port):
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        yield handler


@pytest.fixture
def sender(state: Path, db: None) -> Iterator[Sender]:
    """A worker's sender with two connections."""
    sender = Sender(lanes=2)
    yield sender
    sender.close()


@pytest.fixture
def queue() -> Callable[..., OutboxMessage]:
    """`queue("note:1")` writes a plain message and gives its row."""

    def write(
        once: str = "note:1", to: str = "olive@example.org", text: str = "Hello.", **fields: Any
    ) -> OutboxMessage:
        outbox.queue(
            once=once,
            to=to,
            template="ready-made",
            context={"subject": "A note", "text": text, "html": ""},
            language="en",
            time_zone="UTC",
            **fields,
        )
        return OutboxMessage.objects.get(once=once)

    return write
