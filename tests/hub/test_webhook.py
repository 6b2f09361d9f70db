"""An event that a program of this computer begins by HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from goodfences.demo.recording import FOOTAGE
from goodfences_hub import settings
from goodfences_hub.causes import Cues
from goodfences_hub.clock import Clock
from goodfences_hub.errors import HubError
from goodfences_hub.home import Home
from goodfences_hub.pages import webhook
from goodfences_hub.pages.serving import PageServer
from goodfences_hub.pages.webhook import Webhooks
from goodfences_hub.running import Hub
from goodfences_hub.settings import CameraSettings, Settings, TriggerSettings
from tests.hub.conftest import HubProgram
from tests.instance import wait_until

SECRET = "a-secret-of-twenty-five-s"
DOOR = TriggerSettings("door", "webhook", kind="doorbell", secret=SECRET, lasts_s=5)
BEARER = {"Authorization": f"Bearer {SECRET}"}


class StandingClock(Clock):
    seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds


@dataclass
class House:
    port: int
    cues: dict[str, Cues]
    clock: StandingClock

    def post(self, path: str = "/trigger/door", **more: object) -> httpx.Response:
        return httpx.post(f"http://127.0.0.1:{self.port}{path}", **({"headers": BEARER} | more))  # type: ignore[arg-type]

    def begun(self) -> list[tuple[str, float]]:
        return [(cue.kind, cue.until) for cue in self.cues["door"].taken()]


def pages(environ: object, start_response: object) -> list[bytes]:
    start_response("200 OK", [])  # type: ignore[operator]
    return [b"the pages"]


@pytest.fixture
def house() -> Iterator[House]:
    clock = StandingClock()
    cues = {key: Cues(clock) for key in ("door", "yard")}
    yard = TriggerSettings("yard", "mqtt", "mqtt://127.0.0.1", topic="x", secret=SECRET)
    server = PageServer(lambda: Webhooks(pages, [DOOR, yard], cues, clock), 0)
    server.start()
    yield House(server.port, cues, clock)
    server.stop()


def test_a_call_begins_an_event_as_the_settings_say(house: House) -> None:
    assert house.post().status_code == 202
    assert house.begun() == [("doorbell", 5.0)]


def test_a_secret_in_the_address_does_as_well(house: House) -> None:
    assert house.post(f"/trigger/door/{SECRET}", headers={}).status_code == 202
    assert house.begun() == [("doorbell", 5.0)]


def test_a_call_says_kind_and_length(house: House) -> None:
    assert house.post("/trigger/door?kind=manual&seconds=30").status_code == 202
    assert house.begun() == [("manual", 30.0)]


@pytest.mark.parametrize(
    "asked", ["kind=face", "seconds=1", "seconds=601", "seconds=nan", "seconds=inf", "seconds=soon"]
)
def test_what_cannot_be_is_refused_with_its_limit(house: House, asked: str) -> None:
    refused = house.post(f"/trigger/door?{asked}")
    assert refused.status_code == 400
    assert "is one of motion" in refused.text or "between 2 and 600" in refused.text
    assert house.begun() == []


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/trigger/door", {}),
        ("/trigger/door", {"Authorization": "Basic YTpi"}),
        ("/trigger/door", {"Authorization": f"Bearer {SECRET}x"}),
        ("/trigger/door", {"Authorization": b"Bearer \xff\xfe"}),
        ("/trigger/door/", {}),
        ("/trigger/door/wrong", BEARER),
        ("/trigger/yard", BEARER),
        ("/trigger/attic", BEARER),
        ("/trigger/", BEARER),
    ],
)
def test_without_its_secret_all_is_answered_alike(house: House, path: str, headers: dict[str, str]) -> None:
    refused = house.post(path, headers=headers)
    assert (refused.status_code, refused.text) == (403, "There is no trigger with this camera and secret.\n")
    assert house.begun() == []


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}])
def test_no_website_calls_it_through_the_owners_browser(house: House, headers: dict[str, str]) -> None:
    assert house.post(headers={**BEARER, **headers}).status_code == 403
    assert house.begun() == []


def test_reading_it_begins_nothing(house: House) -> None:
    url = f"http://127.0.0.1:{house.port}/trigger/door"
    assert httpx.get(url, headers=BEARER).status_code == 405
    assert house.begun() == []


def test_too_many_calls_are_refused_for_a_while(house: House) -> None:
    answers = [house.post().status_code for _ in range(webhook.CALLS + 3)]
    assert answers == [202] * webhook.CALLS + [429] * 3
    house.clock.seconds = webhook.IN_S + 1
    assert house.post().status_code == 202


def test_a_large_body_is_not_read(house: House) -> None:
    assert house.post(content=b"x" * 5_000_000).status_code == 202


def test_everything_else_goes_to_the_pages(house: House) -> None:
    assert house.post("/triggers").text == "the pages"


@pytest.mark.parametrize("secret", ["", "short", "nineteen-characters", "with a space in it, and long"])
def test_a_weak_secret_is_refused(tmp_path: Path, secret: str) -> None:
    path = tmp_path / "hub.toml"
    camera = '[[camera]]\nkey = "door"\nsource = "demo"\nurl = "x"\n'
    path.write_text(f'{camera}[[trigger]]\ncamera = "door"\nsource = "webhook"\nsecret = "{secret}"\n')
    with pytest.raises(HubError, match="secret is at least 20"):
        settings.load(path)
    assert SECRET not in repr(DOOR)


@pytest.mark.slow
def test_what_the_command_prints_begins_an_event(hub: HubProgram, tmp_path: Path) -> None:
    hub.do("add", str(FOOTAGE / "parked-van.mp4"), "--key", "door")
    printed = hub.do("webhook", "door", "--kind", "manual").stdout
    secret = printed.split("Bearer ")[1].split('"')[0]
    read = settings.load(hub.home / "hub.toml")
    running = Hub(Home(hub.home), Settings(cameras=read.cameras, triggers=read.triggers, page_port=0))
    running.start()
    url = f"http://127.0.0.1:{running.pages.port}/trigger/door"

    def event() -> bool:
        headers = {"Authorization": f"Bearer {secret}"}
        assert httpx.post(url, headers=headers, params={"seconds": 2}).status_code in {202, 429}
        return bool(running.state.rows("SELECT * FROM event WHERE kind = 'manual'"))

    wait_until(event, "the event", seconds=20)
    running.stop()
    assert "no camera 'attic'" in hub.do("webhook", "attic").stderr
    assert CameraSettings("door", "demo", "x").key in hub.do("doctor").stdout
