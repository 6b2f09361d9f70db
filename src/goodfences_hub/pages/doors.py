"""Who may open the hub's pages: from this computer whoever has the key that `goodfences-hub page` prints; from the
home's network, where its owner opened them to it, whoever has signed in.

Pages on loopback can still be reached by a website in the owner's browser and by other users of the computer, pages
in the home's network by its guests and devices. A website is stopped by the names that a request is addressed to and
comes from (DNS rebinding, cross-site requests); the others by key and password.
"""

from __future__ import annotations

import socket
import time
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from goodfences_hub import chance
from goodfences_hub.state import State

if TYPE_CHECKING:
    from werkzeug.wrappers import Request

COOKIE = "hub_key"
FACT = "page key"
METRICS_FACT = "metrics key"
NAMES = {"127.0.0.1", "localhost", "[::1]"}
LOOK_EVERY_S = 30.0


def key_of(state: State) -> str:
    """The key of this hub's pages, made at first use."""
    if not (key := state.fact(FACT)):
        key = chance.in_addresses(24)
        state.remember(FACT, key)
    return key


def metrics_key_of(state: State) -> str:
    """What a program brings that reads the metrics: it opens nothing else."""
    if not (key := state.fact(METRICS_FACT)):
        key = chance.in_addresses(24)
        state.remember(METRICS_FACT, key)
    return key


def bears(request: Request, key: str) -> bool:
    """Whether the request brings it as `Authorization: Bearer KEY`."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return _is_same(given, key)


def is_addressed_here(request: Request) -> bool:
    """Whether the request is of this computer, names it as itself, and comes from no other website."""
    peer = _peer(request)
    return peer is not None and peer.is_loopback and _host(request) in NAMES and _is_no_websites(request)


class HomeNetwork:
    """The names of this computer in its home's network. They change: addresses are lent there."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._looked_at = -LOOK_EVERY_S

    def is_addressed(self, request: Request) -> bool:
        """Whether the request is of the home's network, names this computer, and comes from no other website."""
        peer = _peer(request)
        is_of_home = isinstance(peer, IPv4Address) and (peer.is_private or peer.is_loopback)
        return is_of_home and _host(request) in self.names() and _is_no_websites(request)

    def names(self) -> set[str]:
        """As browsers may write them."""
        if time.monotonic() - self._looked_at >= LOOK_EVERY_S:
            name = socket.gethostname().lower().partition(".")[0]
            self._names = {*own_addresses(), name, f"{name}.local", f"{name}.lan", f"{name}.home.arpa"} - NAMES
            self._looked_at = time.monotonic()
        return self._names


def own_addresses() -> list[str]:
    """This computer's private IPv4 addresses."""
    import ifaddr  # who listens on loopback alone pays no memory for it

    addresses = [ip_address(str(ip.ip)) for adapter in ifaddr.get_adapters() for ip in adapter.ips if ip.is_IPv4]
    return [str(address) for address in addresses if address.is_private and not address.is_loopback]


def has_key(request: Request, key: str) -> bool:
    """Whether the request brings the key in its cookie."""
    return _is_same(request.cookies.get(COOKIE, ""), key)


def brings_key(request: Request, key: str) -> bool:
    """Whether it brings it in its address, to be kept as a cookie."""
    return _is_same(request.args.get("key", ""), key)


def _is_same(given: str, key: str) -> bool:
    import hmac  # as the pages, not needed to record

    return hmac.compare_digest(given.encode(), key.encode())


def _peer(request: Request) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(request.remote_addr or "")
    except ValueError:
        return None


def _host(request: Request) -> str:
    host = request.host.rsplit(":", 1)[0] if not request.host.endswith("]") else request.host
    return host.lower()


def _is_no_websites(request: Request) -> bool:
    origin = request.headers.get("Origin")
    from_here = origin is None or (origin != "null" and urlsplit(origin).netloc == request.host)
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    is_link = request.method == "GET" and request.headers.get("Sec-Fetch-Mode") == "navigate"
    return from_here and (site in {"same-origin", "none"} or is_link)
