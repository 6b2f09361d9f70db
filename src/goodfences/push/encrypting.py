"""Message encryption for Web Push (RFC 8291) in the aes128gcm content coding (RFC 8188): one record a message.

Only the browser that made the subscription can open it; its push service sees that something comes, and its length,
which is always the same.
"""

from __future__ import annotations

import base64
import os

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CURVE = ec.SECP256R1()
RECORD = 4096
PADDED = 1024
"""Bytes of plaintext and padding together: longer ones than we ever send would tell by their length."""
_POINT, _AUTH = 65, 16


def encrypt(
    message: bytes,
    *,
    p256dh: str,
    auth: str,
    own: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
    padded: int = PADDED,
) -> bytes:
    """The body of the push request: header and one sealed record.

    A fresh key and salt are drawn for each message; tests give those of the RFC's example. Raises ValueError for keys
    that aren't a subscription's, and for a message that doesn't fit.
    """
    reader, secret = keys(p256dh, auth)
    # Not from goodfences.source: a key that repeats would open what it sealed before.
    own, salt = own or ec.generate_private_key(CURVE), salt or os.urandom(16)
    own_point = point(own.public_key())
    shared = own.exchange(ec.ECDH(), reader)
    info = b"WebPush: info\0" + point(reader) + own_point
    material = _hkdf(shared, salt=secret, info=info, length=32)
    key = _hkdf(material, salt=salt, info=b"Content-Encoding: aes128gcm\0", length=16)
    nonce = _hkdf(material, salt=salt, info=b"Content-Encoding: nonce\0", length=12)
    padding = max(padded - len(message) - 1, 0)
    record = message + b"\2" + bytes(padding)
    if len(record) + 16 > RECORD:
        raise ValueError("A push message has at most 4079 bytes.")
    header = salt + RECORD.to_bytes(4, "big") + bytes([len(own_point)]) + own_point
    return header + AESGCM(key).encrypt(nonce, record, None)


def keys(p256dh: str, auth: str) -> tuple[ec.EllipticCurvePublicKey, bytes]:
    """What a browser gave: its public key and its secret. Raises ValueError for anything else."""
    raw, secret = decoded(p256dh), decoded(auth)
    if len(raw) != _POINT or len(secret) != _AUTH:
        raise ValueError("These aren't the keys of a push subscription.")
    return ec.EllipticCurvePublicKey.from_encoded_point(CURVE, raw), secret


def point(key: ec.EllipticCurvePublicKey) -> bytes:
    """The key, uncompressed: 65 bytes."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def encoded(raw: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """Raises ValueError for what isn't Base64url."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _hkdf(material: bytes, *, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(material)
