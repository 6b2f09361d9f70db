"""Finds cameras at home: by asking who is there (WS-Discovery), and by a scan where its owner asks for one.

Neither leaves the home: the question goes to private networks that this computer is in, and a scan covers the 256
addresses around this computer's own at most.
"""

from __future__ import annotations

import secrets
import socket
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import IPv4Interface, IPv4Network
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element, ParseError

import ifaddr
from defusedxml.ElementTree import fromstring

from goodfences_hub.errors import CameraLost, HubError
from goodfences_hub.onvif.device import Device
from goodfences_hub.onvif.soap import Address, Fault, Refused, local, printable, text

GROUP, PORT = "239.255.255.250", 3702
LISTEN_S = 3.0
ANSWERS_MOST = 256
RTSP_PORTS, ONVIF_PORTS = (554, 8554), (80,)
CONNECT_S, ANSWER_S = 0.7, 2.0
AT_ONCE = 64
PROBE = (
    '<?xml version="1.0" encoding="utf-8"?><e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"'
    ' xmlns:w="http://schemas.xmlsoap.org/ws/2004/08/addressing"'
    ' xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"'
    ' xmlns:n="http://www.onvif.org/ver10/network/wsdl"><e:Header>'
    "<w:MessageID>urn:uuid:{id}</w:MessageID><w:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</w:To>"
    "<w:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</w:Action></e:Header>"
    "<e:Body><d:Probe><d:Types>n:NetworkVideoTransmitter</d:Types></d:Probe></e:Body></e:Envelope>"
)


@dataclass(frozen=True)
class Seen:
    """Something that may be a camera; `kind` is onvif or rtsp."""

    kind: str
    host: str
    port: int
    name: str = ""

    @property
    def add(self) -> str:
        """What to type to add it."""
        if self.kind == "onvif":
            port = "" if self.port == 80 else f":{self.port}"
            return f"goodfences-hub add onvif://{self.host}{port} --user NAME"
        return f"goodfences-hub add rtsp://NAME:PASSWORD@{self.host}:{self.port}/PATH"


def own_networks(address: str = "") -> list[IPv4Interface]:
    """Where this computer is at home: its private addresses with their networks, or the one that is named.

    Raises HubError where it has none such.
    """
    all_ = [
        IPv4Interface(f"{ip.ip}/{ip.network_prefix}")
        for adapter in ifaddr.get_adapters()
        for ip in adapter.ips
        if ip.is_IPv4
    ]
    if address:
        found = [each for each in all_ if str(each.ip) == address]
    else:
        found = [each for each in all_ if each.ip.is_private and not each.ip.is_loopback]
    if not found:
        have = ", ".join(str(each.ip) for each in all_)
        raise HubError(f"This computer has no such address in a home's network. It has: {have}.")
    return found


def reach(interface: IPv4Interface) -> IPv4Network:
    """What a scan may cover: the interface's own private network, and of a larger one the 256 around it."""
    if not interface.ip.is_private:
        raise HubError(f"{interface.ip} is no address of a home's own network: nothing is scanned there.")
    return IPv4Network((interface.ip, max(24, interface.network.prefixlen)), strict=False)


def probe(interfaces: Iterable[IPv4Interface], *, port: int = PORT, listen_s: float = LISTEN_S) -> list[Seen]:
    """Ask in each network who is an ONVIF camera; everyone who answers, by address."""
    interfaces = list(interfaces)
    with ThreadPoolExecutor(max(1, len(interfaces))) as pool:
        answers = pool.map(lambda interface: list(_ask(interface, port, listen_s)), interfaces)
        found = {seen.host: seen for several in answers for seen in several}
    return sorted(found.values(), key=lambda seen: socket.inet_aton(seen.host))


def _ask(interface: IPv4Interface, port: int, listen_s: float) -> Iterator[Seen]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.bind((str(interface.ip), 0))
        asking.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, interface.ip.packed)
        asking.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
        number = _number()
        try:
            asking.sendto(PROBE.format(id=number).encode(), (GROUP, port))
        except OSError:
            return  # an interface without multicast
        yield from _answers(asking, number, time.monotonic() + listen_s)


def _number() -> str:
    """A UUID of chance (RFC 9562, version 4)."""
    digits = secrets.token_hex(16)
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def _answers(asking: socket.socket, number: str, until: float) -> Iterator[Seen]:
    for _ in range(ANSWERS_MOST):
        left = until - time.monotonic()
        if left <= 0:
            return
        asking.settimeout(left)
        try:
            data, (host, _port) = asking.recvfrom(65535)
        except OSError:
            return
        if (seen := _read(data, host, number)) is not None:
            yield seen


def _read(data: bytes, host: str, number: str) -> Seen | None:
    """None for what answers another question or none. It is where it sent from, whatever address it names."""
    try:
        root: Element = fromstring(data, forbid_dtd=True)
    except (ParseError, ValueError, LookupError):
        return None
    told = {local(each): text(each, 2000) for each in root.iter()}
    if not told.get("RelatesTo", "").endswith(number) or "XAddrs" not in told:
        return None
    return Seen("onvif", host, _port(told["XAddrs"], host), _name(told.get("Scopes", "")))


def _port(addresses: str, host: str) -> int:
    """Of its service, best at the address that it sent from: many name one in IPv6 too."""
    ports = []
    for address in addresses.split()[:8]:
        try:
            parts = urlsplit(address)
            ports.append((parts.hostname != host, parts.scheme != "http", parts.port or 80))
        except ValueError:
            continue
    return min(ports)[2] if ports else 80


def _name(scopes: str) -> str:
    said = {}
    for scope in scopes.split():
        kind, _, value = scope.removeprefix("onvif://www.onvif.org/").partition("/")
        said[kind] = printable(unquote(value), 60)
    return " ".join(said[kind] for kind in ("name", "hardware") if said.get(kind))


def scan(
    hosts: Iterable[str], *, rtsp: Iterable[int] = RTSP_PORTS, onvif: Iterable[int] = ONVIF_PORTS
) -> Iterator[Seen]:
    """Of these hosts, those that speak RTSP or ONVIF on one of these ports."""
    asked = [
        Seen(kind, host, port)
        for host in hosts
        for kind, ports in (("onvif", onvif), ("rtsp", rtsp))
        for port in ports
    ]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for seen, speaks in zip(asked, pool.map(_speaks, asked), strict=True):
            if speaks:
                yield seen


def _speaks(seen: Seen) -> bool:
    try:
        with socket.create_connection((seen.host, seen.port), timeout=CONNECT_S) as connection:
            if seen.kind == "rtsp":
                return _speaks_rtsp(connection, seen)
    except OSError:
        return False
    device = Device(Address(seen.host, seen.port), seen.host)
    device.soap.within_s = ANSWER_S
    try:
        device.ask_clock()
    except (Refused, Fault):
        return True
    except CameraLost:
        return False
    return True


def _speaks_rtsp(connection: socket.socket, seen: Seen) -> bool:
    connection.settimeout(ANSWER_S)
    connection.sendall(f"OPTIONS rtsp://{seen.host}:{seen.port}/ RTSP/1.0\r\nCSeq: 1\r\n\r\n".encode())
    return connection.recv(16).startswith(b"RTSP/1.")
