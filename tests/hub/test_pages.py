"""The hub's own pages, as the household opens them and as nobody else can."""

from __future__ import annotations

import io
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import httpx
import pytest
from playwright.sync_api import Browser, expect
from simple_websocket import Client

from goodfences.demo.recording import FOOTAGE
from goodfences_hub.home import Home
from goodfences_hub.pages import doors
from goodfences_hub.running import Hub
from goodfences_hub.settings import CameraSettings, Settings
from tests.instance import wait_until
from tests.windows import axe, browser

__all__ = ["browser"]

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("hub")]


@dataclass
class House:
    """A hub at work, with a camera that shows a street, and one that isn't there."""

    hub: Hub

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.hub.pages.port}"

    @property
    def key(self) -> str:
        return doors.key_of(self.hub.state)

    def get(self, path: str, *, key: str | None = None, **headers: str) -> httpx.Response:
        cookies = {doors.COOKIE: self.key if key is None else key}
        return httpx.get(self.url + path, cookies=cookies, headers=headers)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    cameras = (
        CameraSettings("street", "demo", str(FOOTAGE / "whole-street.mp4"), longest_s=10),
        CameraSettings("gate", "demo", str(FOOTAGE / "crossing-hd.mp4"), sub=str(FOOTAGE / "crossing.mp4")),
        CameraSettings("shed", "rtsp", "rtsp://127.0.0.1:9/stream1"),
    )
    hub = Hub(Home(tmp_path_factory.mktemp("hub")), Settings(cameras=cameras, page_port=0))
    hub.start()
    wait_until(lambda: hub.state.rows("SELECT * FROM event WHERE ends_at IS NOT NULL"), "an event", seconds=60)
    yield House(hub)
    hub.stop()


def test_the_household_watches_live_and_plays_what_moved(house: House, browser: Browser) -> None:
    complaints: list[str] = []
    page = browser.new_page()
    page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
    page.goto(f"{house.url}/?key={house.key}")
    assert "key" not in page.url
    page.get_by_role("link", name="street").click()
    video = page.get_by_label("street, live")
    page.wait_for_function("() => document.querySelector('video').currentTime > 2", timeout=30_000)
    behind = video.evaluate("video => video.buffered.end(video.buffered.length - 1) - video.currentTime")
    assert behind < 1.0
    page.get_by_role("link", name="Play the event").first.click()
    page.wait_for_function("() => document.querySelector('.events video').currentTime > 0.3", timeout=30_000)
    assert axe(page) == []
    assert complaints == []
    page.close()


def test_the_wall_is_live_by_the_small_streams(house: House, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(f"{house.url}/?key={house.key}")
    playing = "() => [...document.querySelectorAll('video')].filter(v => v.currentTime > 1 && !v.paused).length === 2"
    page.wait_for_function(playing, timeout=30_000)
    assert page.locator("video").evaluate_all("videos => videos.map(video => video.videoWidth)") == [640, 640]
    page.get_by_role("link", name="gate").click()
    page.wait_for_function("() => document.querySelector('video').currentTime > 1", timeout=30_000)
    assert page.get_by_label("gate, live").evaluate("video => video.videoWidth") == 1280
    page.close()


def test_what_nobody_has_in_sight_is_not_asked_for(house: House, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 20})
    page.goto(f"{house.url}/?key={house.key}")
    page.get_by_role("link", name="gate").scroll_into_view_if_needed()
    channel = house.hub._crew._channels.smallest_of("gate")
    assert channel is not None
    wait_until(channel.is_watched, "somebody who watches", seconds=20)
    page.evaluate("scrollTo(0, 0)")
    wait_until(lambda: not channel.is_watched(), "that nobody does", seconds=20)
    page.close()


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark")])
def test_the_pages_are_whole(house: House, browser: Browser, width: int, scheme: str) -> None:
    context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{house.url}/?key={house.key}")
    for path in ("/", "/pair", "/requests", "/cameras/street", "/cameras/shed", "/nowhere", "/cameras/attic"):
        page.goto(house.url + path)
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    expect(page.get_by_role("heading", level=1)).to_have_text("Not Found")
    context.close()


def test_a_camera_that_is_away_says_so(house: House) -> None:
    told = house.get("/cameras/shed").text
    assert "The camera isn’t there" in told
    assert "shed doesn&#39;t answer" in told


def test_a_still_is_a_picture(house: House) -> None:
    jpeg = house.get("/cameras/street/still.jpg").content
    with av.open(io.BytesIO(jpeg), "r", format="mjpeg") as container:
        assert next(container.decode(video=0)).width > 300


@pytest.mark.parametrize("path", ["/", "/cameras/street", "/cameras/street/still.jpg", "/events/1.mp4"])
@pytest.mark.parametrize("key", ["", "x" * 32])
def test_without_the_key_nothing_opens(house: House, path: str, key: str) -> None:
    refused = house.get(path, key=key)
    assert refused.status_code == 403
    assert "goodfences-hub page" in refused.text


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
    ],
)
def test_no_website_reaches_it_through_the_owners_browser(house: House, headers: dict[str, str]) -> None:
    assert house.get("/cameras/street/still.jpg", **headers).status_code == 403


def test_live_pictures_need_the_key_too(house: House) -> None:
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    asked = {**upgrade, "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
    assert house.get("/cameras/street/live", key="", **asked).status_code == 403
    assert house.get("/cameras/street/live", **asked, Origin="https://evil.example").status_code == 403
    address = f"ws://127.0.0.1:{house.hub.pages.port}/cameras/street/live"
    mine = Client.connect(address, headers={"Cookie": f"{doors.COOKIE}={house.key}"})
    assert mine.receive(timeout=10) == "avc1.4d401f"
    assert mine.receive(timeout=10)[4:8] == b"ftyp"
    mine.close()


def test_nobody_on_the_home_network_can_connect(house: House) -> None:
    others = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)} - {"127.0.0.1"}
    for address in others:
        with pytest.raises(OSError), socket.create_connection((address, house.hub.pages.port), timeout=2):
            pass
    listening = [line.split()[1] for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    port = f"{house.hub.pages.port:04X}"
    assert [each for each in listening if each.endswith(f":{port}") and not each.startswith("0100007F")] == []
