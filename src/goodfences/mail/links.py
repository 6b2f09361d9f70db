"""Signed links of a single purpose: what a mailed link may do without a sign-in.

A token is `payload.issued.signature`. The signature (HMAC-SHA-256 by django.core.signing) is salted with
the purpose: a token that opens a page can't decline, and one that declines can't stop mail.
"""

from __future__ import annotations

import re
from datetime import timedelta

from django.conf import settings
from django.core.signing import BadSignature, Signer

from goodfences import source
from goodfences.errors import NotFound

_PAYLOAD = re.compile(r"[A-Za-z0-9_.~-]{1,200}")


def sign(purpose: str, payload: str) -> str:
    """A token that allows `purpose` for `payload` (letters, digits, `_ . ~ -`; at most 200 characters).

    The payload is readable by anyone who holds the token: put a reference in it, never a secret.
    Raises ValueError for another payload.
    """
    if not _PAYLOAD.fullmatch(payload):
        raise ValueError("A link's payload holds 1 to 200 letters, digits and _ . ~ - alone.")
    issued = format(int(source.now().timestamp()), "x")
    return _signer(purpose).sign(f"{payload}.{issued}")


def read(purpose: str, token: str, max_age: timedelta | None = None) -> str:
    """The payload of `token`. Raises NotFound if it was forged, cut, made for another purpose, or is too old.

    `max_age` is how long after signing it is good; None means always.
    """
    try:
        payload, _, issued = _signer(purpose).unsign(token).rpartition(".")
        age = source.now().timestamp() - int(issued, 16)
    except (BadSignature, ValueError) as error:
        raise NotFound from error
    if max_age is not None and age > max_age.total_seconds():
        raise NotFound
    return payload


def _signer(purpose: str) -> Signer:
    # A link that declines works for as long as its email lies there, also when the secret was replaced (P4).
    return Signer(salt=f"goodfences.mail.links/{purpose}", sep=".", fallback_keys=[*settings.SECRETS_BEFORE])
