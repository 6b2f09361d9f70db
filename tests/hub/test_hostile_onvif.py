"""A camera that answers ONVIF with malice: an error in words, in a short time and with little memory."""

from __future__ import annotations

import itertools
import random
import socket
import time
import tracemalloc
from collections.abc import Callable, Iterator

import pytest

from goodfences_hub.errors import CameraLost
from goodfences_hub.onvif.device import Device
from goodfences_hub.onvif.events import PullPoint
from goodfences_hub.onvif.soap import MOST, Address
from tests.hub.onvif_camera import OnvifCamera
from tests.hub.rogue import Speak, answer, request_of, rogue

MB = 1_000_000
WITHIN_S = 1.5


@pytest.fixture
def measured() -> Iterator[Callable[[], float]]:
    """The most memory that Python held since the test began, in MB."""
    tracemalloc.start()
    begun = tracemalloc.get_traced_memory()[0]
    yield lambda: (tracemalloc.get_traced_memory()[1] - begun) / MB
    tracemalloc.stop()


def device(port: int) -> Device:
    made = Device(Address("127.0.0.1", port, user="anna", password="secret"), "porch")
    made.soap.within_s = WITHIN_S
    return made


def said(speak: Speak) -> str:
    """What its owner reads of a camera that speaks like this."""
    with rogue(speak) as port, pytest.raises(CameraLost) as caught:
        device(port).examine()
    return str(caught.value)


def saying(data: bytes) -> Speak:
    def speak(connection: socket.socket) -> None:
        request_of(connection)
        connection.sendall(data)

    return speak


def for_ever(head: bytes, piece: bytes, pause_s: float = 0.0) -> Speak:
    def speak(connection: socket.socket) -> None:
        request_of(connection)
        connection.sendall(head)
        for _ in itertools.count():
            connection.sendall(piece)
            time.sleep(pause_s)

    return speak


OK = b"HTTP/1.1 200 OK\r\n"
ENDLESS = {
    "body": (OK + b"\r\n", b"x" * 65536, 0.0),
    "chunks": (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"4000\r\n" + b"x" * 0x4000 + b"\r\n", 0.0),
    "headers": (OK, b"X-More: " + b"y" * 1000 + b"\r\n", 0.0),
    "one header": (OK + b"X-More: ", b"y" * 65536, 0.0),
    "status": (b"HTTP/1.1 ", b"2" * 65536, 0.0),
    "patience": (b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.0),
    "trickle of headers": (OK, b"X: y\r\n", 0.1),
    "trickle of body": (OK + b"\r\n", b"<", 0.1),
    "silence": (b"", b"", 0.2),
}


@pytest.mark.parametrize("kind", ENDLESS)
def test_an_endless_answer_ends(kind: str, measured: Callable[[], float]) -> None:
    begun = time.monotonic()
    words = said(for_ever(*ENDLESS[kind]))
    assert "porch" in words
    assert time.monotonic() - begun < 2 * WITHIN_S
    assert measured() < 3


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaaaaaaaa">'
    + "".join(
        f'<!ENTITY {new} "{"&" + old + ";"}{("&" + old + ";") * 9}">' for old, new in itertools.pairwise("abcdefghij")
    )
    + "]><b>&j;</b>"
)
READS_FILE = (
    '<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a SYSTEM "file:///etc/hostname">]><E><Body><b>&a;</b></Body></E>'
)
WRONG = {
    "a bomb of entities": (BOMB.encode(), "isn't plain XML"),
    "an entity that reads a file": (READS_FILE.encode(), "isn't plain XML"),
    "a DTD from elsewhere": (b'<!DOCTYPE b SYSTEM "http://127.0.0.1:9/x"><b/>', "isn't plain XML"),
    "a page": (b"<!doctype html><title>Camera</title><p>Sign in", "isn't plain XML"),
    "nothing": (b"", "isn't plain XML"),
    "noise": (bytes(range(256)) * 9, "isn't plain XML"),
    "an encoding that there isn't": (b'<?xml version="1.0" encoding="klingon"?><b/>', "isn't plain XML"),
    "XML of another kind": (b"<rss><channel/></rss>", "isn't SOAP"),
    "an empty envelope": (b"<E><Body/></E>", "isn't SOAP"),
    "a fault": (
        b"<E><Body><Fault><Reason><Text>no\x1b[2J\n</Text></Reason></Fault></Body></E>".replace(b"\x1b", b"&#155;"),
        "says no by ONVIF: no",
    ),
    "nothing that was asked for": (b"<E><Body><Other/></Body></E>", "names no media service"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_answer_is_an_error_in_words(kind: str, measured: Callable[[], float]) -> None:
    data, expected = WRONG[kind]
    words = said(saying(answer(data)))
    assert expected in words
    assert words.isprintable()
    assert measured() < 3


@pytest.mark.parametrize("depth", [1, 25_000])
def test_the_largest_answer_taken_needs_little_memory(depth: int, measured: Callable[[], float]) -> None:
    nested = b"<a>" * depth + b"</a>" * depth
    data = b"<E><Body>" + nested * ((MOST - 100) // len(nested)) + b"</Body></E>"
    assert "names no media service" in said(saying(answer(data)))
    assert measured() < 30


LENGTHS = ["99999999999", "-1", "1e9", "12", "0x10"]


@pytest.mark.parametrize("length", LENGTHS)
def test_a_wrong_length_is_no_harm(length: str, measured: Callable[[], float]) -> None:
    words = said(saying(OK + f"Content-Length: {length}\r\n\r\n".encode() + b"<E><Body><Other/></Body></E>"))
    assert "porch" in words
    assert measured() < 3


def test_it_sends_the_password_nowhere_else() -> None:
    asked: list[bytes] = []

    def elsewhere(connection: socket.socket) -> None:
        asked.append(request_of(connection))

    with rogue(elsewhere) as thief:
        moved = answer(b"", f"Location: http://127.0.0.1:{thief}/x", status="307 Temporary Redirect")
        assert "isn't plain XML" in said(saying(moved))
        with OnvifCamera(rtsp_port=thief, stream="live").running() as camera:
            # The simulator names the thief as the host of its services and streams.
            camera.config.local_ip, camera.config.onvif_port = "localhost.evil.example", thief
            made = Device(Address("127.0.0.1", camera.port, user="anna", password="open & <sesame>"), "porch")
            found = made.examine()
    assert asked == []
    assert "@127.0.0.1:" in found.url and "evil" not in found.url


@pytest.mark.parametrize(
    "uri", ["file:///etc/passwd", "http://127.0.0.1/x", "", "rtsp://[::1", "rtsp://h:99999/", "concat:a"]
)
def test_a_stream_that_is_none_is_refused(uri: str) -> None:
    with OnvifCamera(rtsp_port=554, stream="live").running() as camera:
        told = camera.service.get_stream_uri
        camera.service.get_stream_uri = lambda body: told(body).replace("rtsp://127.0.0.1:554/live", uri)
        made = Device(Address("127.0.0.1", camera.port, user="anna", password="open & <sesame>"), "porch")
        with pytest.raises(CameraLost, match="names no RTSP stream"):
            made.examine()


def test_an_address_with_other_words_in_it_stays_one_address() -> None:
    with OnvifCamera(rtsp_port=554, stream='a b"c?x=1#y\u202e').running() as camera:
        found = Device(Address("127.0.0.1", camera.port, user="anna", password="open & <sesame>"), "porch").examine()
    assert found.url.isascii() and found.url.isprintable() and " " not in found.url


def test_whatever_is_changed_in_its_answers_the_worst_is_an_error(measured: Callable[[], float]) -> None:
    real = list(_real_answers())
    chance = random.Random(7)

    def speak(connection: socket.socket) -> None:
        request_of(connection)
        connection.sendall(answer(_spoiled(chance.choice(real), chance)))

    ended = set()
    with rogue(speak) as port:
        for _ in range(300):
            made = device(port)
            point = PullPoint(made)
            for act in (made.read_clock, made.examine, point.subscribe, point.pull):
                try:
                    act()
                    ended.add("well")
                except CameraLost as lost:
                    assert str(lost).isprintable()
                    ended.add("error")
    assert ended == {"well", "error"}
    assert measured() < 30


def _real_answers() -> Iterator[bytes]:
    with OnvifCamera(rtsp_port=554, stream="live").running() as camera:
        camera.tell("tns1:VideoSource/MotionAlarm", State="true")
        for call in (
            "GetCapabilities",
            "GetProfiles",
            "GetStreamUri",
            "GetSystemDateAndTime",
            "GetDeviceInformation",
        ):
            yield str(camera.service.handle_action(call, f"<{call} />")).encode()
        for call in ("CreatePullPointSubscription", "PullMessages"):
            yield str(camera.service.handle_action("", f"<{call} >>42</")).encode()


def _spoiled(data: bytes, chance: random.Random) -> bytes:
    """Some bytes changed, cut out, said twice, or numbers made huge."""
    for _ in range(chance.randint(0, 3)):
        at, length = chance.randrange(len(data)), chance.randint(1, 60)
        piece = data[at : at + length]
        new = chance.choice(
            [b"", piece * 2, bytes(chance.randrange(256) for _ in piece), b"9" * 400, b"-1", b"<![CDATA["]
        )
        data = data[:at] + new + data[at + length :]
    return data or b"<"
