"""An agency's own key, and what `ssh-keygen -Y sign` does with it."""

from __future__ import annotations

import base64
import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

KEY = Ed25519PrivateKey.from_private_bytes(b"an agency's own key, for tests..")


def string(raw: bytes) -> bytes:
    return len(raw).to_bytes(4, "big") + raw


def signature(
    message: bytes,
    *,
    key: Ed25519PrivateKey = KEY,
    namespace: str = "goodfences-agreement",
    hashed_by: str = "sha512",
    kind: bytes = b"ssh-ed25519",
    after: bytes = b"",
) -> str:
    """As OpenSSH's PROTOCOL.sshsig says."""
    public = string(kind) + string(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))
    head = string(namespace.encode()) + string(b"") + string(hashed_by.encode())
    signed = key.sign(b"SSHSIG" + head + string(hashlib.new(hashed_by, message).digest()))
    blob = b"SSHSIG\0\0\0\1" + string(public) + head + string(string(kind) + string(signed)) + after
    text = base64.b64encode(blob).decode()
    lines = [text[at : at + 70] for at in range(0, len(text), 70)]
    return "\n".join(["-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----", ""])
