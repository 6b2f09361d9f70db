"""The key that signs checkpoints, and the name that the log has for good."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from goodfences.ledger import durable
from goodfences_record.notes import SigningKey


def signing_key() -> SigningKey:
    """The log's private key, made on first use.

    The name of a log never changes: settings.LEDGER_ORIGIN decides it when the key is made, and not after.
    Raises notes.BadNote where the file was damaged.
    """
    path = _path()
    try:
        return SigningKey.parse(path.read_text())
    except FileNotFoundError:
        pass
    # Not from goodfences.source: this key must never be repeatable.
    durable.create_private(path, f"{SigningKey.new(settings.LEDGER_ORIGIN)}\n".encode())
    return SigningKey.parse(path.read_text())


def origin() -> str:
    """The name of this log, as its checkpoints begin."""
    return signing_key().name


def public_key() -> str:
    """The key to check this log with, as C2SP writes it: `name+hash+base64`."""
    return str(signing_key().verifier)


def _path() -> Path:
    return Path(settings.KEYS) / "ledger.key"
