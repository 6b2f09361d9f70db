"""Email addresses: their digests, and what the outbox accepts."""

from __future__ import annotations

import re

from django.conf import settings
from django.utils.crypto import salted_hmac
from django.utils.encoding import punycode

# C0, DEL, C1, and the two separators that some software takes for line ends.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def digest(address: str) -> str:
    """The name under which an address is remembered after the address itself was forgotten.

    Keyed with the instance's secret (HMAC-SHA-256, hexadecimal): with a copy of the database alone
    nobody can try a list of addresses against it. Letter case doesn't count.
    """
    return _digest(address, settings.SECRET_KEY)


def digests(address: str) -> list[str]:
    """By all of its names: the one of now, and those that the instance's earlier secrets gave it."""
    return [_digest(address, secret) for secret in (settings.SECRET_KEY, *settings.SECRETS_BEFORE)]


def _digest(address: str, secret: str) -> str:
    return salted_hmac("goodfences.mail.address", address.strip().lower(), secret, algorithm="sha256").hexdigest()


def has_control(text: str) -> bool:
    """Whether a control character (line break, NUL) hides in `text`: the means of header injection."""
    return _CONTROL.search(text) is not None


def is_plain(address: str) -> bool:
    """Whether it is one plain address that any mail server takes: the part before the @ in ASCII."""
    local, _, domain = address.partition("@")
    smuggles = has_control(address) or "@" in domain or " " in address or "," in address
    return bool(local and domain) and local.isascii() and not smuggles


def on_the_wire(address: str) -> str:
    """The address in ASCII: a domain in another script in its `xn--` form (RFC 5891)."""
    if address.isascii():
        return address
    local, _, domain = address.rpartition("@")
    return f"{local}@{punycode(domain)}"
