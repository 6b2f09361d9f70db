"""Calls to programs on the internet whose addresses others choose: never into our own network.

An address is looked at when it is given, and the address that its name leads to once more on the open connection,
so that no name can lead us in.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError

SECONDS = urllib3.Timeout(connect=5, read=10)
_LONGEST = 500
_MOST_BYTES = 1_000_000
_MOST_SECONDS = 20


def is_fine(address: str, *, anywhere: bool = False, any_port: bool = False) -> bool:
    """Whether this may be somebody's program on the internet: https, a public name, nothing of a sign-in in it.

    `anywhere` also allows http and this machine, as a demo and a test need them; `any_port` others than 443.
    """
    try:
        found = urlsplit(address)
        host, port = found.hostname or "", found.port
    except ValueError:
        return False
    if not address.isascii() or len(address) > _LONGEST or any(letter <= " " for letter in address):
        return False
    if anywhere:
        return found.scheme in ("http", "https") and bool(host)
    if found.scheme != "https" or found.username is not None or found.password is not None:
        return False
    return (any_port or port in (None, 443)) and _is_public_name(host)


def pool(anywhere: Callable[[], bool]) -> urllib3.PoolManager:
    """Opens no connection into a private network, unless `anywhere`; follows no redirect and repeats nothing."""

    class Connection(HTTPSConnection):
        def _new_conn(self) -> Any:
            opened = super()._new_conn()
            if not anywhere() and _is_private(opened.getpeername()[0]):
                opened.close()
                raise NewConnectionError(self, "This name leads into a private network.")
            return opened

    class Pool(HTTPSConnectionPool):
        ConnectionCls: type[HTTPConnection] = Connection  # type: ignore[assignment,unused-ignore]

    manager = urllib3.PoolManager(num_pools=8, maxsize=4, timeout=SECONDS, retries=False)
    manager.pool_classes_by_scheme = {**manager.pool_classes_by_scheme, "https": Pool}
    return manager


class _Door(HTTPAdapter):
    """Lets a session of `requests` out by `pool`, and takes no long answer in."""

    def __init__(self, anywhere: Callable[[], bool]) -> None:
        self.anywhere = anywhere
        super().__init__()

    def init_poolmanager(self, *_: Any, **__: Any) -> None:
        self.poolmanager = pool(self.anywhere)

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        if not is_fine(request.url or "", anywhere=self.anywhere(), any_port=True):
            raise requests.exceptions.InvalidURL("This address isn't a program's on the internet.", request=request)
        timeout = (SECONDS.connect_timeout, SECONDS.read_timeout)
        answer = super().send(request, stream=True, timeout=timeout)  # type: ignore[arg-type]
        if answer.is_redirect:
            raise requests.exceptions.TooManyRedirects("No redirect is followed.", request=request, response=answer)
        taken, ends = b"", time.monotonic() + _MOST_SECONDS
        for part in answer.iter_content(65_536):
            taken += part
            if len(taken) > _MOST_BYTES or time.monotonic() > ends:
                raise requests.exceptions.ReadTimeout("The answer is too long.", request=request)
        answer._content = taken
        return answer


def session(anywhere: Callable[[], bool]) -> requests.Session:
    """For a library that asks by `requests`: as `pool`, at most a megabyte an answer, no proxy, no cookie."""
    opened = requests.Session()
    opened.trust_env = False
    for scheme in ("https://", "http://"):
        opened.mount(scheme, _Door(anywhere))
    return opened


def _is_public_name(host: str) -> bool:
    return (
        "." in host.rstrip(".") and not _is_private(host) and not host.endswith((".local", ".internal", ".localhost"))
    )


def _is_private(host: str) -> bool:
    """Whether this is written as an address, and as one that isn't everybody's."""
    try:
        address = ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return not (mapped or address).is_global or address.is_multicast
