"""Names and keys that nobody can guess, made as `secrets` makes them.

That module loads OpenSSL for what the hub doesn't ask of it: 4 MB that a hub whose pages nobody opens
can do without.
"""

from __future__ import annotations

import base64
import os


def hexadecimal(size: int) -> str:
    """Of so many bytes, two digits each."""
    return os.urandom(size).hex()


def in_addresses(size: int) -> str:
    """Of so many bytes, in letters that an address takes as they are."""
    return base64.urlsafe_b64encode(os.urandom(size)).rstrip(b"=").decode()
