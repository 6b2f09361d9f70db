"""The words that the text rules look for: data of its own, published by its digest."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("words.toml")


@cache
def sha256() -> str:
    """SHA-256 of the word file, in hexadecimal: part of the policy's hash."""
    return hashlib.sha256(FILE.read_bytes()).hexdigest()
