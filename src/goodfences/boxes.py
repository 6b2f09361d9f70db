"""Short secrets kept in the database, sealed under the instance's own secret: each purpose has a key of its own.

Where that secret was replaced, what the ones before it sealed is still opened, until it is sealed anew.
"""

from __future__ import annotations

import base64
from collections.abc import Callable

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

kept: list[Callable[[], int]] = []
"""Each seals anew what its room keeps that an earlier secret sealed, and says how much that was. Rooms register."""


def seal(purpose: str, text: str) -> str:
    """The text as it may lie in a row. Only the same purpose opens it."""
    return _box(purpose, settings.SECRET_KEY).encrypt(text.encode()).decode()


def unseal(purpose: str, sealed: str) -> str:
    """What was sealed. Raises cryptography's InvalidToken for anything else."""
    boxes = [_box(purpose, secret) for secret in (settings.SECRET_KEY, *settings.SECRETS_BEFORE)]
    return MultiFernet(boxes).decrypt(sealed.encode()).decode()


def sealed_anew(purpose: str, sealed: str) -> str:
    """The same, sealed under the instance's secret of now. What is so, or what nothing opens, stays."""
    try:
        _box(purpose, settings.SECRET_KEY).decrypt(sealed.encode())
    except InvalidToken:
        try:
            return seal(purpose, unseal(purpose, sealed))
        except InvalidToken:
            pass
    return sealed


def _box(purpose: str, secret: str) -> Fernet:
    key = HKDF(SHA256(), 32, None, f"goodfences.{purpose}".encode()).derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(key))
