"""Who asks, where proxies stand in front: they say so in X-Forwarded-For, and only those that are ours are believed.

granian's own `proxy_headers` isn't taken: it knows no IPv4 address as an IPv6 socket writes it, no port behind an
address and no UNIX socket, passes on what is no address at all, and believes what a proxy says of the scheme, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

SOCKET = "unix"
"""The name of whoever comes by a UNIX socket, and so has no address."""
HOME = 64
"""Of an IPv6 address, what a home is given: all behind it is its own to choose."""
AREA, AREA_OF_IPV4 = 48, 24

Address = IPv4Address | IPv6Address


@dataclass(frozen=True)
class Proxies:
    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    by_socket: bool = False

    def client(self, peer: str, forwarded: str) -> str:
        """The address of whoever asks: the last one before our proxies. `peer` is who is connected to us.

        Each proxy writes at the end of `forwarded` who was connected to it, so what a client wrote there itself
        stands before that. Where one of ours wrote no address, it counts itself.
        """
        here = _address(peer)
        for said in reversed(forwarded.split(",")):
            there = _address(said)
            if there is None or not self._is_ours(here):
                break
            here = there
        return str(here) if here is not None else ""

    def _is_ours(self, address: Address | None) -> bool:
        if address is None:
            return self.by_socket
        return any(address in network for network in self.networks)


def read(said: Sequence[str]) -> Proxies:
    """Addresses, networks (10.0.0.0/8) and `unix`. Raises ValueError, which names what is none."""
    networks = [ip_network(one) for one in said if one != SOCKET]
    if everybody := [str(one) for one in networks if one.prefixlen == 0]:
        raise ValueError(f"{everybody[0]} is everybody: each client could say that it is another")
    return Proxies(tuple(networks), by_socket=SOCKET in said)


def home_of(address: str) -> str:
    """Whom a limit counts as one: an IPv4 address, or the network of an IPv6 address that one home is given."""
    found = _address(address)
    if isinstance(found, IPv6Address):
        return str(ip_network((found.packed[: HOME // 8].ljust(16, b"\0"), HOME)))
    return str(found) if found is not None else address


def area_of(home: str) -> str:
    """The wider network that a home's address is in, many of which one customer may have: a /24, or a /48 of IPv6."""
    try:
        found = ip_network(home)
    except ValueError:
        return home
    wide = AREA if isinstance(found, IPv6Network) else AREA_OF_IPV4
    return str(found.supernet(new_prefix=wide)) if found.prefixlen > wide else str(found)


def _address(said: str) -> Address | None:
    """The address in `said`, which may have a port behind it; None for anything else."""
    text = said.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found
