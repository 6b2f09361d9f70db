"""The key that signs receipts and packages, and the ledger key's word for it."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from goodfences.evidence import credentials, signing
from goodfences.ledger import durable
from goodfences.ledger import keys as ledger_keys
from goodfences_record.notes import SigningKey


def evidence_key() -> SigningKey:
    """The private key, made on first use and named `<log>/evidence`. Raises notes.BadNote for a damaged file."""
    path = Path(settings.KEYS) / "evidence.key"
    try:
        return SigningKey.parse(path.read_text())
    except FileNotFoundError:
        pass
    # Not from goodfences.source: this key must never be repeatable.
    durable.create_private(path, f"{SigningKey.new(f'{ledger_keys.origin()}/evidence')}\n".encode())
    return SigningKey.parse(path.read_text())


def voucher() -> str:
    """The note in which the ledger's key vouches for the evidence key; the same one each time."""
    return signing.vouch(evidence_key().verifier, ledger_keys.signing_key())


def certificates() -> bytes:
    """The evidence key's certificate and its issuer's, in PEM, made on first use: content credentials need one.

    Raises signing.BadSignature where the file beside the key is another key's.
    """
    path, key = Path(settings.KEYS) / "evidence-certificates.pem", evidence_key()
    if not path.exists():
        durable.create_private(path, credentials.certificates(key, settings.INSTANCE_NAME))
    found = path.read_bytes()
    credentials.read_certificates(found, key.verifier)
    return found
