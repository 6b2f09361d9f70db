"""ONVIF cameras: added by their address alone, and heard."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from goodfences_hub import doctor, settings
from goodfences_hub.causes import Cue, Cues
from goodfences_hub.clock import Clock
from goodfences_hub.errors import CameraLost, HubError
from goodfences_hub.home import Home
from goodfences_hub.onvif import adding, soap
from goodfences_hub.onvif.device import Device
from goodfences_hub.onvif.digest import authorization
from goodfences_hub.onvif.events import Meaning, Message, meaning
from goodfences_hub.onvif.soap import Address
from goodfences_hub.running import Hub
from goodfences_hub.settings import CameraSettings, Settings, TriggerSettings
from goodfences_hub.triggers import TriggerLoop, onvif
from tests.environment import ROOT, child_environment
from tests.hub.conftest import HubProgram, RtspCamera
from tests.hub.onvif_camera import OnvifCamera
from tests.hub.rogue import answer, request_of, rogue
from tests.instance import Instance, wait_until

ANNA = {"user": "anna", "password": "open & <sesame>"}
MOVES, RINGS = "tns1:RuleEngine/CellMotionDetector/Motion", "tns1:RuleEngine/MyRuleDetector/Visitor"


@pytest.fixture
def camera() -> Iterator[OnvifCamera]:
    with OnvifCamera(rtsp_port=554, stream="live").running() as made:
        yield made


def device(camera: OnvifCamera, **who: str) -> Device:
    return Device(Address("127.0.0.1", camera.port, **{**ANNA, **who}), "porch")


def heard(camera: OnvifCamera, count: int, **trigger: str) -> list[Cue]:
    """The first so many things that a trigger says of the camera."""
    cues, found = Cues(Clock()), list[Cue]()
    url = adding.url_of(Address("127.0.0.1", camera.port, **ANNA))
    loop = TriggerLoop(TriggerSettings("porch", "onvif", url, **trigger), cues)
    loop.start()

    def enough() -> bool:
        found.extend(cues.taken())
        return len(found) >= count

    wait_until(enough, "what the camera told", seconds=15)
    loop.stop()
    loop.join(10)
    return [*found, *cues.taken()]


def test_a_camera_says_what_it_is_and_where_its_streams_are(camera: OnvifCamera) -> None:
    found = device(camera).examine()
    assert (found.maker, found.model) == ("Acme", "Dome 5")
    assert (found.main.width, found.sub and found.sub.width) == (1920, 640)
    assert found.url == "rtsp://anna:open%20%26%20%3Csesame%3E@127.0.0.1:554/live"
    assert found.tells_events
    assert abs(found.ahead.total_seconds()) < 3


def test_a_wrong_password_is_said_to_be_one(camera: OnvifCamera) -> None:
    with pytest.raises(CameraLost, match="porch refuses this user name or password"):
        device(camera, password="guess").examine()
    with pytest.raises(CameraLost, match="porch wants a user name and a password: add --user NAME"):
        device(camera, user="", password="").examine()


def test_a_camera_whose_clock_is_off_is_asked_by_its_own_time(camera: OnvifCamera) -> None:
    made = device(camera)
    made.soap.ahead = timedelta(hours=7)  # the simulator's limit is five minutes
    with pytest.raises(CameraLost, match="refuses"):
        made.services()
    made.soap.ahead = timedelta()
    assert made.services()


def test_its_time_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    with OnvifCamera(rtsp_port=554, stream="live").running() as camera:
        camera.config.username = ""  # open: then it tells its time to everyone, as cameras do
        told = camera.service.get_system_date_time
        later = timedelta(days=1)
        monkeypatch.setattr(camera.service, "get_system_date_time", lambda: shifted(told(), later))
        made = device(camera)
        made.read_clock()
        assert abs(made.soap.ahead - later) < timedelta(seconds=3)


def shifted(told: str, later: timedelta) -> str:
    """The same answer, of another day."""
    import re
    from datetime import date

    year, month, day = (int(re.search(rf"<tt:{part}>(\d+)<", told)[1]) for part in ("Year", "Month", "Day"))  # type: ignore[index]
    new = date(year, month, day) + later
    for part, value in (("Year", new.year), ("Month", new.month), ("Day", new.day)):
        told = re.sub(rf"<tt:{part}>\d+<", f"<tt:{part}>{value}<", told)
    return told


def test_it_is_added_by_its_address_and_recorded_with_what_it_tells(rtsp_camera: RtspCamera, hub: HubProgram) -> None:
    with OnvifCamera(rtsp_port=rtsp_camera.port, stream="street.mp4").running() as camera:
        added = hub.do("add", camera.url, "--user", "anna", "--key", "porch", typed="open & <sesame>\n")
        assert "Acme Dome 5: main stream 1920×1080." in added.stdout, added.stderr
        assert "It tells movement and its bell by itself." in added.stdout
        assert "Added porch: pictures of 640×360, watched at 640×360." in added.stdout
        read = settings.load(hub.home / "hub.toml")
        assert read.cameras[0].sub.startswith("rtsp://anna:open%20")
        assert (read.cameras[0].source, read.triggers[0].source) == ("rtsp", "onvif")
        assert "porch: it tells events by ONVIF." in hub.do("doctor").stdout
        assert "sesame" not in added.stdout + added.stderr


@pytest.mark.slow
@pytest.mark.xdist_group("hub")
def test_a_ring_reaches_the_network_as_a_clip_of_its_kind(
    network: Instance, rtsp_camera: RtspCamera, hub: HubProgram
) -> None:
    with OnvifCamera(rtsp_port=rtsp_camera.port, stream="street.mp4").running() as camera:
        hub.do("pair", network.url, network.run("tests.hub.town", "code"))
        added = hub.do("add", camera.url, "--user", "anna", "--as", "Street", typed="open & <sesame>\n")
        assert "Added camera-1" in added.stdout, added.stderr
        settings_ = hub.home / "hub.toml"
        settings_.write_text(settings_.read_text().replace("lasts_s = 20.0", "lasts_s = 3.0"))
        hub.start()
        wait_until(lambda: camera.count("PullMessages") > 3, "the hub to listen", seconds=30)
        camera.tell(RINGS, State="true")

        def rung() -> list[dict[str, Any]]:
            clips = network.run("tests.hub.town", "clips")
            return [clip for clip in clips if clip["kind"] == "doorbell" and clip["state"] == "stored"]

        [clip] = wait_until(rung, f"the clip\n{hub.log()}", seconds=90)
        assert clip["seconds"] >= 5
        assert hub.stop() == 0
        assert "sesame" not in hub.log()


def test_the_password_is_asked_for_without_showing_it(camera: OnvifCamera, hub: HubProgram) -> None:
    import os
    import pty
    import subprocess

    ours, theirs = pty.openpty()
    program = subprocess.Popen(
        hub._command("add", camera.url, "--user", "anna"), env=child_environment(), cwd=ROOT,
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    while b"Password of anna:" not in shown:
        shown += os.read(ours, 1000)
    os.write(ours, b"guess-work\n")
    program.wait(30)
    shown += os.read(ours, 10_000)
    os.close(ours)
    assert b"refuses this user name or password" in shown
    assert b"guess-work" not in shown


@pytest.mark.parametrize(
    ("topic", "data", "operation", "means"),
    [
        ("VideoSource/MotionAlarm", {"State": "true"}, "Changed", Meaning("motion", True)),
        ("VideoSource/MotionAlarm", {"State": "0"}, "Changed", Meaning("motion", False)),
        ("VideoSource/MotionAlarm", {"State": "true"}, "Initialized", Meaning("motion", True)),
        ("VideoSource/MotionAlarm", {}, "Deleted", Meaning("motion", False)),
        ("RuleEngine/CellMotionDetector/Motion", {"IsMotion": "true"}, "Changed", Meaning("motion", True)),
        ("RuleEngine/LineDetector/Crossed", {"ObjectId": "17"}, "", Meaning("motion", None)),
        ("RuleEngine/MyRuleDetector/PeopleDetect", {"State": "true"}, "Changed", Meaning("person", True)),
        ("RuleEngine/MyRuleDetector/VehicleDetect", {"State": "true"}, "Changed", Meaning("motion", True, "vehicle")),
        ("RuleEngine/MyRuleDetector/DogCatDetect", {"State": "1"}, "Changed", Meaning("motion", True, "animal")),
        ("RuleEngine/MyRuleDetector/Visitor", {"State": "true"}, "Changed", Meaning("doorbell", None)),
        ("RuleEngine/MyRuleDetector/Visitor", {"State": "false"}, "Changed", None),
        ("RuleEngine/MyRuleDetector/Visitor", {"State": "true"}, "Initialized", None),
        ("RuleEngine/MyRuleDetector/FaceDetect", {"State": "true"}, "Changed", None),
        ("RuleEngine/Recognition/LicensePlate", {"State": "true"}, "Changed", None),
        ("RuleEngine/TamperDetector/Tamper", {"IsTamper": "true"}, "Changed", None),
    ],
)
def test_what_makers_tell_is_understood(topic: str, data: dict[str, str], operation: str, means: Meaning) -> None:
    assert meaning(Message(topic, operation, {}, data)) == means


def test_movement_goes_on_until_the_camera_says_that_it_is_over(camera: OnvifCamera) -> None:
    camera.tell(MOVES, IsMotion="true")
    camera.tell(MOVES, IsMotion="false")
    begun, over = heard(camera, 2)
    assert (begun.kind, over.kind) == ("motion", "")
    assert begun.cause == over.cause


def test_a_press_of_its_bell_is_heard(camera: OnvifCamera) -> None:
    camera.tell(RINGS, State="true")
    assert [cue.kind for cue in heard(camera, 1)] == ["doorbell"]
    assert camera.count("Unsubscribe") == 1


def test_what_went_on_is_over_when_the_camera_goes(camera: OnvifCamera) -> None:
    camera.tell(MOVES, IsMotion="true")
    begun, over = heard(camera, 1)
    assert over.kind == "" and over.cause == begun.cause


def test_of_a_recorder_with_several_cameras_one_is_heard(camera: OnvifCamera) -> None:
    camera.tell(MOVES, source="yard", IsMotion="true")
    camera.tell(RINGS, source="porch", State="true")
    assert [cue.kind for cue in heard(camera, 1, says="porch")] == ["doorbell"]


@pytest.mark.parametrize("knows_renew", [True, False])
def test_a_subscription_is_kept_alive(
    camera: OnvifCamera, monkeypatch: pytest.MonkeyPatch, knows_renew: bool
) -> None:
    monkeypatch.setattr(onvif, "RENEW_AFTER_S", 0.0)
    camera.knows_renew = knows_renew
    threading.Timer(2.5, lambda: camera.tell(RINGS, State="true")).start()
    assert [cue.kind for cue in heard(camera, 1)] == ["doorbell"]
    assert camera.count("Renew") >= 1
    assert (camera.count("CreatePullPointSubscription") > 1) is not knows_renew


def test_a_ring_becomes_an_event_of_a_hub(camera: OnvifCamera, tmp_path) -> None:  # type: ignore[no-untyped-def]
    from goodfences.demo.recording import FOOTAGE

    porch = CameraSettings("porch", "demo", str(FOOTAGE / "parked-van.mp4"), sensitivity="low")
    told = TriggerSettings("porch", "onvif", adding.url_of(Address("127.0.0.1", camera.port, **ANNA)), lasts_s=3)
    hub = Hub(Home(tmp_path / "hub"), Settings(cameras=(porch,), triggers=(told,), page_port=0))
    hub.start()
    wait_until(lambda: camera.count("PullMessages"), "the hub to listen", seconds=20)
    camera.tell(RINGS, State="true")
    sql = "SELECT * FROM event WHERE kind = 'doorbell' AND ends_at IS NOT NULL"
    wait_until(lambda: hub.state.rows(sql), "the event", seconds=30)
    hub.stop()


def test_a_camera_that_tells_nothing_is_added_all_the_same() -> None:
    with OnvifCamera(rtsp_port=554, stream="live", events=False).running() as camera:
        made, triggers, words = adding.examined(
            CameraSettings("porch", "rtsp", ""), Address("127.0.0.1", camera.port, **ANNA)
        )
    assert made.url.startswith("rtsp://anna:")
    assert triggers == []
    assert "It tells no events" in words


def test_the_examples_of_the_standard_are_answered_as_it_says() -> None:
    """RFC 7616, 3.9.1."""
    asked = (
        'realm="http-auth@example.org", qop="auth, auth-int", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"'
    )
    for algorithm, response in (
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ):
        header = authorization(
            f"Digest {asked}, algorithm={algorithm}", "Mufasa", "Circle of Life", "GET", "/dir/index.html",
            "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
        )  # fmt: skip
        assert header is not None and f'response="{response}"' in header


def test_a_camera_that_wants_http_digest_gets_it() -> None:
    got: list[bytes] = []

    def speak(connection) -> None:  # type: ignore[no-untyped-def]
        got.append(request_of(connection))
        basic, digest = (
            'WWW-Authenticate: Basic realm="c"',
            'WWW-Authenticate: Digest realm="c", nonce="n7", qop="auth"',
        )
        if b"Authorization: Digest" not in got[-1]:
            connection.sendall(answer(b"", basic, digest, status="401 Unauthorized"))
        else:
            connection.sendall(answer(b"<E><Body><GetXResponse>1</GetXResponse></Body></E>"))

    with rogue(speak) as port:
        made = soap.Soap(Address("127.0.0.1", port, **ANNA), "porch")
        assert made.call("/x", "GetX", "<GetX/>").text == "1"
    assert b'nonce="n7"' in got[1] and b"Authorization: Basic" not in b"".join(got)


@pytest.mark.parametrize("url", ["onvif://", "onvif://host:99999", "http://192.168.1.2", "onvif://[::1"])
def test_an_address_that_is_none_is_explained(url: str) -> None:
    with pytest.raises(HubError, match=r"is written as onvif://192\.168\.1\.20"):
        Address.of(url)


def test_an_address_is_read_back_as_it_was_written() -> None:
    address = Address("192.168.1.20", 8000, "/onvif/device_service", "a@b", "p:/ü%")
    assert Address.of(adding.url_of(address)) == address
    assert "p:/" not in repr(address)


def test_the_doctor_says_who_no_longer_tells() -> None:
    gone = TriggerSettings("porch", "onvif", "onvif://anna:secret@127.0.0.1:9")
    [finding] = list(doctor._triggers(replace(Settings(), triggers=(gone,))))
    assert not finding.well
    assert "porch doesn't answer by ONVIF" in finding.words and "secret" not in finding.words
