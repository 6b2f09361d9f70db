"""Voluntary Application Server Identification (RFC 8292): by which a push service knows that a message is ours."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from django.conf import settings

from goodfences import source
from goodfences.env import secret_file
from goodfences.push.encrypting import CURVE, encoded, point

LASTS = timedelta(hours=12)
"""At most a day, by the RFC."""
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of P-256: a private key is a number below it."""


def public_key() -> str:
    """What a browser is given when it subscribes: only messages signed by this key reach it."""
    return encoded(point(_key(Path(settings.KEYS)).public_key()))


def authorization(endpoint: str) -> str:
    """The header that signs a message to this endpoint's push service."""
    origin = urlsplit(endpoint)
    claims = {
        "aud": f"{origin.scheme}://{origin.netloc}",
        "exp": int((source.now() + LASTS).timestamp()),
        "sub": _contact(),
    }
    return f"vapid t={_signed(claims)}, k={public_key()}"


def _signed(claims: dict[str, object]) -> str:
    """A JSON Web Token by ES256 (RFC 7515, RFC 7518)."""
    parts = [json.dumps(part, separators=(",", ":")).encode() for part in ({"typ": "JWT", "alg": "ES256"}, claims)]
    told = ".".join(encoded(part) for part in parts)
    r, s = utils.decode_dss_signature(_key(Path(settings.KEYS)).sign(told.encode(), ec.ECDSA(SHA256())))
    return f"{told}.{encoded(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def _contact() -> str:
    """Whom the push service may write to."""
    if settings.SECURE:
        return str(settings.SITE_URL)
    return f"mailto:{settings.DEFAULT_FROM_EMAIL.rpartition('<')[2].rstrip('>')}"


@lru_cache(maxsize=4)
def _key(folder: Path) -> ec.EllipticCurvePrivateKey:
    """Made on first use; it never changes, since browsers subscribed to it."""
    secret = secret_file(folder / "vapid").encode()
    return ec.derive_private_key(int.from_bytes(hashlib.sha512(secret).digest(), "big") % (_ORDER - 1) + 1, CURVE)
