"""What the instance signs about shared video: receipts and packages. Knows no database and no Django.

The evidence key is an Ed25519 key of its own, named `<log>/evidence`. The ledger's key vouches for it once,
so that whoever holds the ledger's public key can check everything. Text forms are those of C2SP signed-note.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from goodfences_record.notes import BadNote, SigningKey, VerifierKey, b64, unb64

_VOUCHER = "goodfences evidence key/1"
_SEPARATOR = "\n\n"


class BadSignature(ValueError):
    """A signature that doesn't hold. Says why."""


def sign_note(text: str, key: SigningKey) -> str:
    """`text` (whole lines, no empty one) as a note with one signature."""
    if not text.endswith("\n") or _SEPARATOR in text:
        raise ValueError("A note is whole lines of text without an empty line.")
    signature = key.verifier.key_id + key.private.sign(text.encode())
    return f"{text}\n— {key.name} {b64(signature)}\n"


def open_note(note: str, key: VerifierKey) -> str:
    """The text of a note with exactly one signature, by `key`. Raises BadSignature."""
    text, found, last = note.partition(_SEPARATOR)
    text += "\n"
    parts = last.removesuffix("\n").split(" ")
    if not found or not last.endswith("\n") or len(parts) != 3 or parts[0] != "—":
        raise BadSignature("It isn't a signed note.")
    if parts[1] != key.name:
        raise BadSignature(f"It is signed by {parts[1]!r}, not by {key.name!r}.")
    _check(text.encode(), parts[2], key)
    return text


def sign_bytes(content: bytes, key: SigningKey) -> str:
    """A detached signature in base64: four bytes of key id, then Ed25519."""
    return b64(key.verifier.key_id + key.private.sign(content))


def check_bytes(content: bytes, signature: str, key: VerifierKey) -> None:
    """Raises BadSignature unless `key` made `signature` over exactly `content`."""
    _check(content, signature, key)


def vouch(evidence_key: VerifierKey, ledger_key: SigningKey) -> str:
    """The ledger key's word that `evidence_key` signs for the same instance."""
    return sign_note(f"{_VOUCHER}\n{evidence_key}\n", ledger_key)


def vouched_for(voucher: str, ledger_key: VerifierKey) -> VerifierKey:
    """The evidence key that the ledger's key vouches for. Raises BadSignature."""
    lines = open_note(voucher, ledger_key).split("\n")
    if len(lines) != 3 or lines[0] != _VOUCHER:
        raise BadSignature("It doesn't vouch for an evidence key.")
    return read_key(lines[1])


def read_key(text: str) -> VerifierKey:
    """A public key as `name+hash+base64`, in its one spelling. Raises BadSignature."""
    try:
        key = VerifierKey.parse(text)
    except BadNote as error:
        raise BadSignature(str(error)) from error
    if str(key) != text:
        raise BadSignature("The public key isn't written as it should be.")
    return key


def _check(content: bytes, signature: str, key: VerifierKey) -> None:
    try:
        raw = unb64(signature, "The signature")
        if raw[:4] != key.key_id:
            raise BadSignature(f"The signature isn't by the key {key.key_id.hex()}.")
        Ed25519PublicKey.from_public_bytes(key.public).verify(raw[4:], content)
    except BadNote as error:
        raise BadSignature(str(error)) from error
    except InvalidSignature as error:
        raise BadSignature(f"The signature of {key.name} doesn't belong to this content.") from error
