"""Clips of a camera that Frigate records: each of its events that is over becomes one of the hub's, once."""

from __future__ import annotations

import base64
import io
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import av
import pytest

from goodfences_hub import doctor, frigate
from goodfences_hub.adding import source_of
from goodfences_hub.errors import CameraLost, HubError
from goodfences_hub.frigate import Frigate
from goodfences_hub.home import Home
from goodfences_hub.running import Hub
from goodfences_hub.settings import CameraSettings, Settings
from goodfences_hub.uploading.files import unsealed
from tests.footage import make_video
from tests.hub.films import pictures
from tests.hub.rogue import answer, request_of, rogue
from tests.instance import wait_until


def film(seconds: float) -> bytes:
    """As Frigate's FFmpeg pipes it: in fragments."""
    target = io.BytesIO()
    fragments = {"movflags": "frag_keyframe+empty_moov"}
    whole = io.BytesIO(make_video(seconds=seconds))
    with av.open(whole) as source, av.open(target, "w", format="mp4", options=fragments) as piped:
        stream = piped.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                piped.mux(packet)
    return target.getvalue()


FILM = film(6)


@dataclass
class Recorder:
    """Answers as Frigate's HTTP API does, with real films."""

    events: list[dict[str, Any]] = field(default_factory=list)
    clips: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    port: int = 0
    cuts_at: int = 0
    """Bytes of a clip after which the connection is lost; 0: never."""
    deleted: set[str] = field(default_factory=set)
    """Events whose recordings Frigate has deleted: they go on being listed."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/front"

    def add(self, id_: str, *, ago: float = 60, seconds: float | None = 6, film: bytes = FILM, **more: Any) -> None:
        begun = time.time() - ago
        over = None if seconds is None else begun + seconds
        told = {
            "id": id_,
            "camera": "front",
            "label": "person",
            "start_time": begun,
            "end_time": over,
            "has_clip": True,
        }
        self.events.append({**told, **more})
        self.clips[id_] = film

    def answer(self, path: str) -> tuple[int, bytes]:
        self.asked.append(path)
        parts = urlsplit(path)
        if parts.path == "/api/config":
            return 200, json.dumps({"cameras": {"front": {}, "back": {}}}).encode()
        if parts.path == "/api/events":
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            assert (query["has_clip"], query["in_progress"]) == ("1", "0")
            span = float(query["after"]), float(query.get("before", "inf"))
            fit = [e for e in self.events if e["camera"] == query["cameras"] and span[0] < e["start_time"] < span[1]]
            newest = sorted(fit, key=lambda event: -event["start_time"])[: int(query["limit"])]
            if query.get("include_thumbnails", "1") == "1":
                newest = [{**event, "thumbnail": "x" * 50_000} for event in newest]
            return 200, json.dumps(newest).encode()
        id_ = parts.path.removeprefix("/api/events/").removesuffix("/clip.mp4")
        if id_ in self.deleted:
            return 400, b'{"success": false, "message": "No recordings found for the specified time range"}'
        return (200, self.clips[id_]) if id_ in self.clips else (404, b'{"success": false}')


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    made = Recorder()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, data = made.answer(self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            cut = made.cuts_at if self.path.endswith(".mp4") else 0
            self.wfile.write(data[:cut] if cut else data)
            self.close_connection = True

        def log_message(self, *args: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made.port = server.server_port
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield made
        server.shutdown()


Started = Callable[[], Hub]


@pytest.fixture
def start(recorder: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Started]:
    """A hub whose camera was added an hour ago."""
    monkeypatch.setattr(frigate, "LOOK_EVERY_S", 0.3)
    home = Home(tmp_path / "hub")
    camera = CameraSettings("door", "frigate", recorder.url, upload_as="a-camera")
    running: list[Hub] = []

    def begin() -> Hub:
        hub = Hub(home, Settings(cameras=(camera,), page_port=0))
        hub.state.remember("frigate door since", str(time.time() - 3600))
        hub.start()
        running.append(hub)
        return hub

    yield begin
    for hub in running:
        if any(thread.is_alive() for thread in hub._threads):
            hub.stop()


def clips(hub: Hub, count: int) -> list[Any]:
    sql = """SELECT clip.*, event.kind, label.label FROM clip JOIN event ON event.id = clip.event
    LEFT JOIN label ON label.event = event.id ORDER BY clip.starts_at"""
    wait_until(lambda: len(hub.state.rows(sql)) >= count, f"{count} clips", seconds=30)
    time.sleep(2.5)  # longer than a turn of the hub's housekeeping: another would be there now
    return hub.state.rows(sql)


def test_an_event_that_is_over_becomes_a_clip_of_its_time_kind_and_label(recorder: Recorder, start: Started) -> None:
    recorder.add("1.1-a")
    recorder.add("1.2-b", ago=40, label="car")
    hub = start()
    person, car = clips(hub, 2)
    assert (person["kind"], car["kind"]) == ("person", "motion")
    assert (person["label"], car["label"]) == ("person", "vehicle")
    assert person["starts_at"] == pytest.approx(recorder.events[0]["start_time"], abs=0.01)
    assert person["duration_ms"] == 6000


def test_its_pictures_are_frigates_own_bit_by_bit(recorder: Recorder, start: Started, tmp_path: Path) -> None:
    recorder.add("1.1-a")
    hub = start()
    [clip] = clips(hub, 1)
    home = Home(tmp_path / "hub")
    with unsealed(home.spool / clip["file"], home) as content:
        kept = content.read()
    spooled = [path for path in home.folder.rglob("*") if path.is_file() and FILM[500:600] in path.read_bytes()]
    assert pictures(kept) == pictures(FILM)
    assert spooled == []


def test_each_is_taken_in_once_whatever_happens_to_the_hub(recorder: Recorder, start: Started) -> None:
    recorder.add("1.1-a")
    hub = start()
    clips(hub, 1)
    hub.stop()
    again = start()
    again.state.remember("frigate door done", "[]")  # it was killed before it could write that down
    recorder.add("1.2-b", ago=30)
    assert len(clips(again, 2)) == 2


def test_what_goes_on_or_has_just_ended_waits(recorder: Recorder, start: Started) -> None:
    recorder.add("1.1-a", ago=30, seconds=None)
    recorder.add("1.2-b", ago=10)
    recorder.add("1.3-c", ago=90)
    hub = start()
    assert len(clips(hub, 1)) == 1


def test_what_was_before_the_camera_was_added_stays_there(recorder: Recorder, start: Started) -> None:
    recorder.add("1.1-a", ago=7200)
    recorder.add("1.2-b", camera="back")
    recorder.add("1.3-c")
    assert len(clips(start(), 1)) == 1


def test_a_clip_that_is_cut_off_is_kept_as_far_as_it_came(recorder: Recorder, start: Started) -> None:
    long = film(40)
    recorder.add("1.1-a", ago=120, seconds=40, film=long)
    recorder.cuts_at = len(long) * 3 // 4
    [clip] = clips(start(), 1)
    assert 10_000 < clip["duration_ms"] < 35_000


def test_what_cannot_be_played_stops_nothing(recorder: Recorder, start: Started) -> None:
    recorder.add("1.1-a", ago=90, film=b"not a film")
    recorder.add("1.2-b", ago=80, film=b"#EXTM3U\n#EXTINF:2,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n")
    recorder.add("1.3-c", ago=70)
    recorder.events.append({"id": "1.4-d", "camera": "front", "start_time": time.time() - 60, "end_time": "never"})
    recorder.add("1.5-e", ago=50, film=b"")
    recorder.clips.pop("1.5-e")
    hub = start()
    clips(hub, 1)
    wait_until(lambda: hub.state.fact("frigate door done").count("-") == 4, "an end of trying", seconds=20)
    assert sum("1.1-a" in path for path in recorder.asked) == frigate.TRIES


def test_an_event_whose_recording_frigate_deleted_holds_up_no_other(recorder: Recorder, start: Started) -> None:
    recorder.add("1.1-a", ago=90)
    recorder.add("1.2-b", ago=60)
    recorder.deleted.add("1.1-a")
    assert len(clips(start(), 1)) == 1


def test_of_a_day_full_of_events_none_is_passed_over(recorder: Recorder) -> None:
    for number in range(70):
        recorder.add(f"1.{number}-a", ago=3600 - number)
    listed = Frigate(CameraSettings("door", "frigate", recorder.url)).events(time.time() - 7200)
    assert [event.id for event in listed] == [f"1.{number}-a" for number in range(70)]


def test_the_doctor_knows_which_cameras_frigate_has(recorder: Recorder) -> None:
    camera = CameraSettings("door", "frigate", recorder.url)
    assert doctor.try_camera(camera) == "what Frigate records of it becomes events."
    with pytest.raises(CameraLost, match=r"Frigate has no camera 'attic'\. It has: back, front"):
        doctor.try_camera(CameraSettings("door", "frigate", recorder.url.replace("front", "attic")))
    with pytest.raises(HubError, match="url is written as"):
        doctor.try_camera(CameraSettings("door", "frigate", "http://127.0.0.1:5000"))


def test_its_address_is_told_from_others() -> None:
    assert source_of("http://192.168.1.5:5000/front") == ("frigate", "http://192.168.1.5:5000/front")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (answer(b"<html>"), "isn't Frigate"),
        (answer(b"[" * 100_000), "isn't Frigate"),
        (answer(b"x" * 2_000_000), "isn't Frigate"),
        (answer(b"{}", status="503 Busy"), r"Frigate isn't well \(503\)"),
        (answer(b"{}", status="401 Unauthorized"), "Frigate refuses this user name or password"),
        (answer(b"", "Location: http://127.0.0.1:9/", status="302 Found"), r"Frigate isn't well \(302\)"),
        (b"noise\r\n\r\n", "Frigate doesn't answer"),
        (b"", "Frigate doesn't answer"),
    ],
)
def test_what_is_not_frigate_is_an_error_that_names_no_password(data: bytes, said: str) -> None:
    def speak(connection: Any) -> None:
        request_of(connection)
        connection.sendall(data)

    with rogue(speak) as port, pytest.raises(CameraLost, match=said) as caught:
        Frigate(CameraSettings("door", "frigate", f"http://anna:sesame@127.0.0.1:{port}/front")).events(0)
    assert "sesame" not in str(caught.value)


def test_a_password_in_its_address_goes_to_it() -> None:
    got: list[bytes] = []

    def speak(connection: Any) -> None:
        got.append(request_of(connection))
        connection.sendall(answer(b"[]"))

    with rogue(speak) as port:
        assert Frigate(CameraSettings("door", "frigate", f"http://anna:s%3A@127.0.0.1:{port}/front")).events(0) == []
    assert base64.b64encode(b"anna:s:") in got[0]
