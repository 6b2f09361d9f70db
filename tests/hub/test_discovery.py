"""Cameras are found at home, and nothing is asked of anyone else."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Interface

import pytest

from goodfences_hub import discovery
from goodfences_hub.discovery import GROUP, Seen
from goodfences_hub.errors import HubError
from tests.hub.conftest import HubProgram
from tests.hub.onvif_camera import OnvifCamera, discovery_server
from tests.hub.rogue import request_of, rogue

LOOPBACK = IPv4Interface("127.0.0.1/8")


@contextmanager
def group(port: int = 0) -> Iterator[socket.socket]:
    """In the group that is asked, on loopback alone."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as joined:
        joined.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        joined.bind((GROUP, port))
        member = socket.inet_aton(GROUP) + LOOPBACK.ip.packed
        joined.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
        yield joined


@contextmanager
def answering(*answers: bytes, every_other_host: bool = False) -> Iterator[int]:
    """The port at which whoever asks gets these; `{id}` is the number of the question."""
    with group() as joined:

        def speak() -> None:
            data, asker = joined.recvfrom(65535)
            number = data.split(b"MessageID>")[1].split(b"</")[0]
            for count, each in enumerate(answers):
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
                    own.bind((f"127.0.{count // 200}.{count % 200 + 9}" if every_other_host else "127.0.0.9", 0))
                    own.sendto(each.replace(b"{id}", number), asker)
                time.sleep(0.001)  # what isn't read in time is lost

        threading.Thread(target=speak, daemon=True).start()
        yield int(joined.getsockname()[1])


def asked(port: int) -> list[Seen]:
    return discovery.probe([LOOPBACK], port=port, listen_s=1.5)


def matching(addresses: str, scopes: str = "", number: str = "{id}") -> bytes:
    return (
        f"<E><Header><RelatesTo>{number}</RelatesTo></Header><Body><ProbeMatches><ProbeMatch><Scopes>{scopes}</Scopes>"
        f"<XAddrs>{addresses}</XAddrs></ProbeMatch></ProbeMatches></Body></E>"
    ).encode()


def test_a_simulated_camera_answers() -> None:
    with OnvifCamera(rtsp_port=554, stream="live").running() as camera, group() as joined:
        port = joined.getsockname()[1]
        with discovery_server(camera, joined):
            [seen] = asked(port)
    assert seen == Seen("onvif", "127.0.0.1", camera.port, "Porch")
    assert seen.add == f"goodfences-hub add onvif://127.0.0.1:{camera.port} --user NAME"


def test_a_camera_is_where_it_sends_from_whatever_it_names() -> None:
    scopes = "onvif://www.onvif.org/name/Front%20Door%1b[2J onvif://www.onvif.org/hardware/D5 onvif://www.onvif.org/type/ptz"
    with answering(matching("http://[fe80::1]:80/x http://203.0.113.9:8000/onvif/device_service", scopes)) as port:
        [seen] = asked(port)
    assert (seen.host, seen.port) == ("127.0.0.9", 80)
    assert seen.name == "Front Door [2J D5"


def test_the_port_is_taken_from_the_address_that_it_sends_from() -> None:
    with answering(matching("http://[fe80::1]/x http://127.0.0.9:8000/x")) as port:
        assert [seen.port for seen in asked(port)] == [8000]


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\x00" * 60_000,
        b"<E><Header><RelatesTo>{id}</RelatesTo></Header></E>",
        matching("http://127.0.0.9/x", number="urn:uuid:another"),
        b'<!DOCTYPE b [<!ENTITY a "b">]>' + matching("http://127.0.0.9/&a;"),
        b'<?xml version="1.0" encoding="klingon"?>' + matching("http://127.0.0.9/x"),
    ],
)
def test_what_is_no_answer_is_no_camera(answer: bytes) -> None:
    with answering(answer) as port:
        assert asked(port) == []


def test_addresses_that_are_none_are_passed_over() -> None:
    with answering(matching("http://[::1 http://h:99999/ http://127.0.0.9:81/x")) as port:
        assert [seen.port for seen in asked(port)] == [81]


def test_a_flood_of_answers_ends() -> None:
    with answering(*[matching("http://127.0.0.9/x")] * 350, every_other_host=True) as port:
        assert 200 < len(asked(port)) <= discovery.ANSWERS_MOST


def test_a_scan_finds_who_speaks_rtsp_or_onvif_and_no_one_else() -> None:
    def rtsp(connection: socket.socket) -> None:
        request_of(connection)
        connection.sendall(b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n")

    def web(connection: socket.socket) -> None:
        request_of(connection)
        connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

    with OnvifCamera(rtsp_port=554, stream="x").running() as camera, rogue(rtsp) as one, rogue(web) as two:
        ports = [one, two, camera.port, 9]
        found = set(discovery.scan(["127.0.0.1", "127.0.0.2"], rtsp=ports, onvif=ports))
    assert found == {Seen("rtsp", "127.0.0.1", one), Seen("onvif", "127.0.0.1", camera.port)}


@pytest.mark.parametrize(
    ("interface", "covers"),
    [
        ("192.168.1.20/24", "192.168.1.0/24"),
        ("10.7.8.9/8", "10.7.8.0/24"),
        ("192.168.1.20/28", "192.168.1.16/28"),
        ("172.16.5.5/32", "172.16.5.5/32"),
    ],
)
def test_a_scan_stays_in_its_own_network_and_near(interface: str, covers: str) -> None:
    assert str(discovery.reach(IPv4Interface(interface))) == covers


def test_no_public_network_is_scanned() -> None:
    with pytest.raises(HubError, match="nothing is scanned there"):
        discovery.reach(IPv4Interface("8.8.4.4/24"))


def test_without_an_address_loopback_is_no_home() -> None:
    try:
        networks = discovery.own_networks()
    except HubError:
        return  # a computer in no private network
    assert all(each.ip.is_private and not each.ip.is_loopback for each in networks)


def test_an_address_that_is_not_this_computers_is_refused() -> None:
    with pytest.raises(HubError, match=r"It has: .*127\.0\.0\.1"):
        discovery.own_networks("192.0.2.77")


@pytest.mark.slow
def test_the_command_prints_what_to_type_next(hub: HubProgram) -> None:
    simulated = OnvifCamera(rtsp_port=554, stream="live").running()
    with simulated as camera, group(discovery.PORT) as joined, discovery_server(camera, joined):
        found = hub.do("discover", "--from", "127.0.0.1")
    assert "127.0.0.1  Porch" in found.stdout, found.stderr
    assert f"goodfences-hub add onvif://127.0.0.1:{camera.port} --user NAME" in found.stdout
    assert "--scan tries every address" in hub.do("discover", "--from", "127.0.0.1").stdout
