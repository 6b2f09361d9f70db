"""What the outbox expects of a way out, be it SMTP or a provider's API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class Outcome(Enum):
    """What became of one try."""

    SENT = "sent"
    LATER = "later"  # refused for now; certainly not taken
    REFUSED = "refused"  # refused for good; nothing is wrong with the address
    BAD_ADDRESS = "bad address"  # refused for good, and so would be all that follows
    UNCERTAIN = "uncertain"  # handed over, and no answer came


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A rendered message. `sender` is the envelope's, where bounces go; lines of `payload` end in CRLF."""

    pk: int
    sender: str
    to: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Result:
    """`error` is for the operator and holds no address; `provider_id` is a provider's name for the message."""

    outcome: Outcome
    error: str = ""
    provider_id: str = ""


class Unreachable(Exception):
    """The way out is closed: nothing was said about the message at hand. Holds no address."""


class Transport(Protocol):
    """One connection, used by one thread at a time."""

    def send(self, message: Outgoing, trying: Callable[[], None]) -> Result:
        """Send one message, calling `trying` right before the step after which it may have been taken.

        Raises Unreachable, in which case `trying` was not called.
        """

    def close(self) -> None:
        """Hang up."""
