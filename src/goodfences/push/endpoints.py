"""Where a message may go: to a push service on the internet, never into our own network.

The address comes from the person's browser, and so from anyone who can post a form. It is looked at when it is given,
and the address that its name leads to is looked at once more on the open connection, so that no name can lead us in.
"""

from __future__ import annotations

import ipaddress
from typing import Any
from urllib.parse import urlsplit

import urllib3
from django.conf import settings
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError

SECONDS = urllib3.Timeout(connect=5, read=10)


def is_fine(endpoint: str) -> bool:
    """Whether this may be a push service's address: https, a public name, nothing of a sign-in in it."""
    try:
        found = urlsplit(endpoint)
        host, port = found.hostname or "", found.port
    except ValueError:
        return False
    if not endpoint.isascii() or len(endpoint) > 500 or any(letter <= " " for letter in endpoint):
        return False
    if settings.PUSH_ANYWHERE:
        return found.scheme in ("http", "https") and bool(host)
    if found.scheme != "https" or found.username is not None or found.password is not None or port not in (None, 443):
        return False
    return (
        "." in host.rstrip(".") and not _is_private(host) and not host.endswith((".local", ".internal", ".localhost"))
    )


def pool() -> urllib3.PoolManager:
    """Opens connections to push services alone; follows no redirect and repeats nothing."""
    manager = urllib3.PoolManager(num_pools=8, maxsize=4, timeout=SECONDS, retries=False)
    manager.pool_classes_by_scheme = {**manager.pool_classes_by_scheme, "https": _GuardedPool}
    return manager


class _GuardedConnection(HTTPSConnection):
    def _new_conn(self) -> Any:
        opened = super()._new_conn()
        if not settings.PUSH_ANYWHERE and _is_private(opened.getpeername()[0]):
            opened.close()
            raise NewConnectionError(self, "This name leads into a private network.")
        return opened


class _GuardedPool(HTTPSConnectionPool):
    ConnectionCls: type[HTTPConnection] = _GuardedConnection  # type: ignore[assignment,unused-ignore]


def _is_private(host: str) -> bool:
    """Whether this is written as an address, and as one that isn't everybody's."""
    try:
        address = ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return not (mapped or address).is_global or address.is_multicast
