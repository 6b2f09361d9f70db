"""The key with which this instance signs agreements."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from goodfences.joining import signed
from goodfences.ledger import durable
from goodfences.ledger import keys as ledger_keys
from goodfences_record.notes import SigningKey


def agreement_key() -> SigningKey:
    """The private key, made on first use and named `<log>/agreements`. Raises notes.BadNote for a damaged file."""
    path = Path(settings.KEYS) / "agreements.key"
    try:
        return SigningKey.parse(path.read_text())
    except FileNotFoundError:
        pass
    # Not from goodfences.source: this key must never be repeatable.
    durable.create_private(path, f"{SigningKey.new(f'{ledger_keys.origin()}/agreements')}\n".encode())
    return SigningKey.parse(path.read_text())


def countersign(statement: str, agency_signature: str) -> dict[str, str]:
    """The agreement's file with the instance's signature under the agency's."""
    key = agreement_key()
    voucher = signed.vouch(key.verifier, ledger_keys.signing_key())
    return signed.sign(statement, agency_signature, key=key, voucher=voucher)
