"""Short secrets kept in the database, sealed under the instance's own secret: each purpose has a key of its own."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


def seal(purpose: str, text: str) -> str:
    """The text as it may lie in a row. Only the same purpose opens it."""
    return _box(purpose).encrypt(text.encode()).decode()


def unseal(purpose: str, sealed: str) -> str:
    """What was sealed. Raises cryptography's InvalidToken for anything else."""
    return _box(purpose).decrypt(sealed.encode()).decode()


def _box(purpose: str) -> Fernet:
    secret = HKDF(SHA256(), 32, None, f"goodfences.{purpose}".encode()).derive(settings.SECRET_KEY.encode())
    return Fernet(base64.urlsafe_b64encode(secret))
