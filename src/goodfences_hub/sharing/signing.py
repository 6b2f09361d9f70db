"""What the owner decided, signed with a key that never leaves this hub.

The network has its public half since pairing. It sees that a decision was made here, and can't make one up.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from goodfences_hub import chance
from goodfences_hub.home import Home, write_private
from goodfences_hub.sharing.asks import Ask
from goodfences_hub.sharing.cutting import Cut

if TYPE_CHECKING:
    from goodfences_record.notes import SigningKey

FORMAT = "goodfences-decision/1"


def public_key(home: Home) -> str:
    """The C2SP verifier key that decisions can be checked with."""
    return str(_key(home).verifier)


def decision(home: Home, ask: Ask, act: str, cuts: Sequence[Cut], at: datetime) -> str:
    """The signed note (C2SP) of an answer: `act` is share or decline. Each cut is named by its hash."""
    from goodfences_record import notes
    from goodfences_record.canonical import canonical

    said = {
        "format": FORMAT,
        "act": act,
        "ask": ask.ref,
        "request": ask.request.ref,
        "entry": ask.request.entry,
        "cuts": [_said(cut) for cut in cuts],
        "decided_at": _text(at),
    }
    return notes.sign(f"{canonical(said).decode()}\n", _key(home))


def _said(cut: Cut) -> dict[str, object]:
    return {
        "camera": cut.upload_as,
        "sha256": cut.sha256,
        "starts_at": _text(cut.starts_at),
        "duration_ms": cut.duration_ms,
        "audio": cut.audio,
    }


def _key(home: Home) -> SigningKey:
    from goodfences_record.notes import SigningKey

    if not home.decision_key.exists():
        # The name says nothing: it goes to the network.
        write_private(home.decision_key, f"{SigningKey.new(f'hub-{chance.hexadecimal(4)}')}\n".encode())
    return SigningKey.parse(home.decision_key.read_text())


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
