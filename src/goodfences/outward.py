"""Calls to programs on the internet whose addresses others choose: never into our own network.

An address is looked at when it is given. When it is called its name is looked up once, and what is connected to is an
address out of that answer: no name leads us in, however often its owner changes what it means.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NameResolutionError, NewConnectionError

SECONDS = urllib3.Timeout(connect=5, read=10)
"""For one step. A step may be a byte, so whole answers have an end of their own."""
_LONGEST = 500
_MOST_BYTES = 1_000_000
_MOST_SECONDS = 20
_MOST_ADDRESSES = 4
"""Of one name that are tried: each may take as long as a connection may."""
_UNICAST, _NAT64 = ipaddress.ip_network("2000::/3"), ipaddress.ip_network("64:ff9b::/96")


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


class TooMuch(HTTPError):
    """An answer is longer than it may be."""


class TooSlow(HTTPError):
    """An answer takes longer than it may, however steadily it comes."""


def read(answer: urllib3.BaseHTTPResponse, most: int, *, seconds: float | None = None) -> bytes:
    """All of its content, unpacked. Raises TooMuch, TooSlow or what urllib3 raises; it is closed then."""
    try:
        with _ended_after(seconds or _MOST_SECONDS, answer.shutdown):
            content = b""
            while len(content) <= most and (piece := answer.read(most + 1 - len(content), decode_content=True)):
                content += piece
        if len(content) > most:
            raise TooMuch("The answer is too long.")
    except BaseException:
        answer.close()
        raise
    return content


def pool(anywhere: Callable[[], bool]) -> urllib3.PoolManager:
    """Opens no connection into a private network, unless `anywhere`; follows no redirect and repeats nothing."""

    class Connection(HTTPConnection):
        _opened: socket.socket | None = None
        _late = False

        def connect(self) -> None:
            self._late = False
            with _ended_after(_MOST_SECONDS, self._hang_up):
                super().connect()

        def getresponse(self) -> Any:
            with _ended_after(_MOST_SECONDS, self._hang_up):
                return super().getresponse()

        def close(self) -> None:
            super().close()
            if self._opened is not None:
                self._opened.close()

        def _hang_up(self) -> None:
            self._late = True
            if self._opened is not None:
                self._opened.shutdown(socket.SHUT_RDWR)

        def _new_conn(self) -> socket.socket:
            opened = super()._new_conn() if anywhere() else self._public_conn()
            # A descriptor of our own: TLS takes the other one over before it speaks.
            self._opened = opened.dup()
            if self._late:
                self._hang_up()
            return opened

        def _public_conn(self) -> socket.socket:
            name, trouble = self._dns_host, HTTPError()
            for address in _public_addresses(self, name):
                try:
                    self._dns_host = address
                    return super()._new_conn()
                except (NewConnectionError, ConnectTimeoutError) as error:
                    trouble = error
                finally:
                    self._dns_host = name  # whom its certificate has to name
            raise trouble

    class SecureConnection(Connection, HTTPSConnection):
        pass

    class Pool(HTTPConnectionPool):
        ConnectionCls = Connection

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls: type[HTTPConnection] = SecureConnection  # type: ignore[assignment,unused-ignore]

    manager = urllib3.PoolManager(num_pools=8, maxsize=4, timeout=SECONDS, retries=False)
    manager.pool_classes_by_scheme = {"http": Pool, "https": SecurePool}
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
        try:
            answer = super().send(request, stream=True, timeout=timeout)  # type: ignore[arg-type]
            if answer.is_redirect:
                answer.close()
                raise requests.exceptions.TooManyRedirects("No redirect is followed.", request=request)
            answer._content = read(answer.raw, _MOST_BYTES)
        except HTTPError as error:
            raise requests.exceptions.ConnectionError(str(error), request=request) from error
        return answer


def session(anywhere: Callable[[], bool]) -> requests.Session:
    """For a library that asks by `requests`: as `pool`, at most a megabyte an answer, no proxy, no cookie."""
    opened = requests.Session()
    opened.trust_env = False
    for scheme in ("https://", "http://"):
        opened.mount(scheme, _Door(anywhere))
    return opened


@contextlib.contextmanager
def _ended_after(seconds: float, end: Callable[[], None]) -> Iterator[None]:
    """Raises TooSlow where what is inside takes longer than that; `end` is called from outside to end it."""
    over = threading.Event()

    def late() -> None:
        over.set()
        with contextlib.suppress(OSError, ValueError):  # it ended by itself meanwhile
            end()

    timer = threading.Timer(seconds, late)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (HTTPError, OSError) as error:
        if over.is_set():
            raise TooSlow("The answer takes too long.") from error
        raise
    finally:
        timer.cancel()
    if over.is_set():
        raise TooSlow("The answer takes too long.")


def _is_public_name(host: str) -> bool:
    return (
        "." in host.rstrip(".") and not _is_private(host) and not host.endswith((".local", ".internal", ".localhost"))
    )


def _public_addresses(connection: HTTPConnection, name: str) -> list[str]:
    """The first few that this name leads to now. Raises NewConnectionError where none is everybody's."""
    try:
        found = socket.getaddrinfo(name.strip("[]"), connection.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NameResolutionError(name, connection, socket.gaierror(str(error))) from error
    public = [address for each in found if not _is_private(address := str(each[4][0]))]
    if not public:
        raise NewConnectionError(connection, "This name leads into a private network.")
    return public[:_MOST_ADDRESSES]


def _is_private(host: str) -> bool:
    """Whether this is written as an address, and as one that isn't everybody's."""
    try:
        address = ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        if (inside := _led_to(address)) is None:
            return address not in _UNICAST or not address.is_global
        address = inside
    return not address.is_global or address.is_multicast


def _led_to(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that this IPv6 address is another way to."""
    translated = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else None
    return address.ipv4_mapped or address.sixtofour or translated
