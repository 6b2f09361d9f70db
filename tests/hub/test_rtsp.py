"""Cameras by RTSP: both codecs, a password by digest, patience with one that is away, and what a bad one may cost."""

from __future__ import annotations

import itertools
import random
import re
import resource
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from goodfences_hub import camera as camera_module
from goodfences_hub.clock import Clock
from goodfences_hub.errors import CameraLost
from goodfences_hub.home import Home
from goodfences_hub.running import Hub
from goodfences_hub.settings import CameraSettings, Settings
from goodfences_hub.sources.rtsp import Rtsp
from tests.clips.streams import clip as numbered
from tests.clips.streams import numbers
from tests.environment import ROOT, child_environment
from tests.footage import FOOTAGE, make_video
from tests.hub.conftest import RtspCamera
from tests.hub.rogue import Speak, request_of, rogue
from tests.hub.rtsp_door import door, framed
from tests.hub.test_recording import Shelf
from tests.instance import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("hub")]


@pytest.fixture
def play(tmp_path: Path) -> Iterator[Callable[[bytes], RtspCamera]]:
    """A real camera that plays this film."""
    started: list[RtspCamera] = []

    def begin(film: bytes) -> RtspCamera:
        folder = tmp_path / f"camera {len(started)}"
        folder.mkdir()
        (tmp_path / "film.mp4").write_bytes(film)
        started.append(RtspCamera(folder, tmp_path / "film.mp4"))
        started[-1].start()
        return started[-1]

    yield begin
    for each in started:
        each.stop()


def settings(url: str, **more: object) -> CameraSettings:
    return replace(CameraSettings("street", "rtsp", url), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_both_codecs_are_recorded_as_they_come(
    play: Callable[[bytes], RtspCamera], tmp_path: Path, codec: str
) -> None:
    film = numbered(150, codec=codec)
    camera = settings(play(film).url, keep_days=1)
    shelf = Shelf(tmp_path / "hub")
    with Rtsp().open(camera, Clock()) as feed:
        assert feed.video.codec_context.name == codec
        recorder = shelf.recorder(camera, feed.streams)
        for arrival in itertools.islice(feed, 60):
            recorder.take(arrival)
        recorder.close(arrival.at)
    shown = [number for segment in shelf.segments() for number in numbers(segment)]
    name = {"h264": b"avc1", "hevc": b"hvc1"}[codec]  # as Safari wants it called
    assert all(name in segment for segment in shelf.segments())
    assert len(shown) >= 45
    assert shown == list(range(shown[0], shown[0] + len(shown)))
    shelf.state.close()


def test_a_password_is_given_by_digest_and_never_in_clear(play: Callable[[bytes], RtspCamera]) -> None:
    film = play(make_video())
    with door(film.port, user="anna", password="open:sesame") as port:
        url = f"rtsp://anna:open%3Asesame@127.0.0.1:{port}/street.mp4"
        with Rtsp().open(settings(url), Clock()) as feed:
            assert next(iter(feed)).is_key
        wrong = settings(url.replace("sesame", "guess"))
        with pytest.raises(CameraLost) as caught, Rtsp().open(wrong, Clock()):
            pass
    assert "street doesn't answer" in str(caught.value) and "guess" not in str(caught.value)


def test_a_camera_that_is_away_is_asked_less_and_less(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_module, "FIRST_WAIT", 0.2)
    monkeypatch.setattr(camera_module, "LONGEST_WAIT", 1.6)
    asked: list[float] = []
    with rogue(lambda connection: asked.append(time.monotonic())) as port:
        hub = Hub(Home(tmp_path / "hub"), Settings(cameras=(settings(f"rtsp://127.0.0.1:{port}/x"),), page_port=0))
        hub.start()
        wait_until(lambda: len(asked) >= 6, "six tries", seconds=20)
        hub.stop()
    waits = [later - earlier for earlier, later in itertools.pairwise(asked)]
    for least, wait in zip((0.4, 0.8, 1.6, 1.6, 1.6), waits, strict=False):
        assert least <= wait < least + 0.6


CODE = """
import sys
from goodfences_hub.clock import Clock
from goodfences_hub.errors import CameraLost
from goodfences_hub.settings import CameraSettings
from goodfences_hub import sources
from goodfences_hub.sources import rtsp, streamed
rtsp.ANSWER_WITHIN = 3.0
exec(sys.argv[2])
try:
    with rtsp.Rtsp().open(CameraSettings("street", "rtsp", sys.argv[1]), Clock()) as feed:
        for _ in feed:
            pass
except CameraLost as lost:
    print(lost)
print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
"""


def tried(url: str, first: str = "") -> tuple[str, int]:
    """What is said of a camera, and the most memory of the process that tried it, in MB."""
    done = subprocess.run(
        [sys.executable, "-c", CODE, url, first],
        env=child_environment(),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    *words, memory = done.stdout.splitlines()
    return "\n".join(words), int(memory) // 1024


def head_of(request: bytes) -> bytes:
    number = re.search(rb"^CSeq: *(\d+)", request, re.MULTILINE)
    return b"RTSP/1.0 200 OK\r\nCSeq: " + (number[1] if number else b"1") + b"\r\n"


def answering(options: bytes = b"", describe: bytes = b"", then: bytes = b"") -> Speak:
    """What follows the first line of the answers, and what is sent for ever after the last."""

    def speak(connection: socket.socket) -> None:
        while request := request_of(connection):
            said = options if request.startswith(b"OPTIONS") else describe
            connection.sendall(head_of(request) + (said or b"\r\n"))
            while said and then:
                connection.sendall(then)

    return speak


SDP = b"v=0\r\ns=x\r\n"
STREAM = b"m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:x\r\n"


def described(body: bytes, length: int | None = None) -> bytes:
    return (
        b"Content-Type: application/sdp\r\nContent-Length: %d\r\n\r\n" % (len(body) if length is None else length)
        + body
    )


MOVED = b"RTSP/1.0 302 Moved\r\nCSeq: 1\r\nLocation: file:///etc/passwd\r\n\r\n"
HOSTILE: dict[str, Speak] = {
    "endless headers": answering(b"X: y\r\n", then=b"X-More: " + b"y" * 1000 + b"\r\n"),
    "one endless header": answering(b"X: y", then=b"y" * 65536),
    "two gigabytes of description": answering(describe=described(b"", 2_000_000_000), then=b"a" * 65536),
    "a negative length": answering(describe=described(SDP, -5), then=b"a" * 65536),
    "a length that is too long": answering(describe=described(SDP + STREAM, 100_000)),
    "a hundred thousand streams": answering(describe=described(SDP + STREAM * 100_000)),
    "a long line": answering(describe=described(SDP + b"a=fmtp:96 " + b"A" * 3_000_000 + b"\r\n" + STREAM)),
    "noise": lambda connection: connection.sendall(bytes(range(256)) * 4000),
    "silence": lambda connection: time.sleep(30),
    "a file": lambda connection: connection.sendall(MOVED),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_answer_costs_little_time_and_memory(kind: str) -> None:
    begun = time.monotonic()
    with rogue(HOSTILE[kind]) as port:
        words, memory = tried(f"rtsp://anna:sesame@127.0.0.1:{port}/x")
    assert "street doesn't answer" in words or "street sends no H.264" in words
    assert "sesame" not in words
    assert time.monotonic() - begun < 15
    assert memory < 110


@pytest.mark.parametrize(
    ("without", "said"),
    [("streamed.PACKETS_A_SECOND = 10**9", "sends no key frame"), ("sources.GOP_PACKETS = 10**9", "sends more than")],
)
def test_a_camera_that_never_sends_a_second_key_frame_costs_little(
    play: Callable[[bytes], RtspCamera], without: str, said: str
) -> None:
    """Either limit is enough. The same picture's packets come again and again, each as a new one."""
    film = play(make_video(seconds=60, rate=25, key_frame_every=100_000))
    flood = itertools.count(1)

    def more(channel: int, payload: bytes) -> bytes:
        if channel or len(payload) < 16:
            return framed(channel, payload)
        sequence, stamp = int.from_bytes(payload[2:4], "big"), int.from_bytes(payload[4:8], "big")
        copies = []
        for _ in range(200):
            shift = next(flood)
            head = ((sequence + shift) & 0xFFFF).to_bytes(2, "big") + ((stamp + shift * 90) & 0xFFFFFFFF).to_bytes(
                4, "big"
            )
            copies.append(framed(channel, payload[:2] + head + payload[8:12] + payload[12:] + bytes(1200)))
        return b"".join(copies)

    with door(film.port, spoil=more) as port:
        words, memory = tried(f"rtsp://127.0.0.1:{port}/street.mp4", without)
    assert f"street {said}" in words
    assert memory < 150


def test_spoiled_packets_stop_neither_the_hub_nor_its_other_cameras(
    play: Callable[[bytes], RtspCamera], tmp_path: Path
) -> None:
    chance = random.Random(7)

    def spoiled(channel: int, payload: bytes) -> bytes:
        data = bytearray(payload)
        for _ in range(chance.choice([0, 0, 1, 8])):
            data[chance.randrange(len(data))] = chance.randrange(256)
        kind = chance.randrange(12)
        if kind == 0:
            return framed(channel, bytes(data), chance.randrange(65536))
        if kind == 1:
            return framed(chance.randrange(256), bytes(chance.randrange(256) for _ in range(chance.randrange(1500))))
        if kind == 2:
            return framed(channel, bytes(data[: chance.randrange(len(data))]))
        return framed(channel, bytes(data))

    film = play(make_video(seconds=20, rate=25))
    with door(film.port, spoil=spoiled) as port:
        bad = replace(settings(f"rtsp://127.0.0.1:{port}/street.mp4"), key="bad", keep_days=1)
        good = CameraSettings("good", "demo", str(FOOTAGE / "crossing.mp4"), keep_days=1)
        hub = Hub(Home(tmp_path / "hub"), Settings(cameras=(bad, good), page_port=0))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        hub.start()
        sql = "SELECT * FROM segment WHERE camera = 'good'"
        wait_until(lambda: len(hub.state.rows(sql)) >= 4, "the other camera's segments", seconds=40)
        alive = {each.name for each in threading.enumerate()}
        hub.stop()
    assert {"camera bad", "camera good"} <= alive
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024 < 150
