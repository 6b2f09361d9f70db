"""What a witness signs: that it saw this checkpoint, when, and that the log only grew until then.

C2SP tlog-cosignature, `cosignature/v1` with Ed25519. A witness's key is a `notes.VerifierKey` of kind COSIGNER.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

from goodfences_record.notes import (
    COSIGNER,
    BadNote,
    Signature,
    SigningKey,
    VerifierKey,
    ed25519_holds,
    split,
)

_STAMP = struct.Struct(">Q")
_LATEST = 2**63 - 1


def witness_key(text: str) -> VerifierKey:
    """A witness's public key, `name+hash+base64`. Raises BadNote, also for the key of a log."""
    return VerifierKey.parse(text, COSIGNER)


def cosign(text: str, key: SigningKey, at: int) -> Signature:
    """The witness's signature on a checkpoint's text, at this time in seconds since 1970."""
    signature = key.private.sign(_message(text, at))
    return Signature(key.name, key.verifier.key_id, _STAMP.pack(at) + signature)


def cosigned_at(text: str, signature: Signature, key: VerifierKey) -> int:
    """When `key` cosigned this text, in seconds since 1970. Raises BadNote where it didn't."""
    if len(signature.raw) != _STAMP.size + 64 or not signature.is_of(key):
        raise BadNote(f"The cosignature isn't one of {key.name}.")
    (at,) = _STAMP.unpack_from(signature.raw)
    if at > _LATEST or not ed25519_holds(key.public, signature.raw[_STAMP.size :], _message(text, at)):
        raise BadNote(f"The cosignature of {key.name} doesn't belong to this checkpoint.")
    return int(at)


def witnesses_of(note: str, keys: Iterable[VerifierKey]) -> dict[VerifierKey, int]:
    """Which of these witnesses cosigned the note, and when first. Raises BadNote for a cosignature that doesn't hold.

    Lines of signers that aren't among them are passed over.
    """
    text, signatures = split(note)
    seen: dict[VerifierKey, int] = {}
    for key in keys:
        times = [cosigned_at(text, signature, key) for signature in signatures if signature.is_of(key)]
        if times:
            seen[key] = min(times)
    return seen


def _message(text: str, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n{text}".encode()
