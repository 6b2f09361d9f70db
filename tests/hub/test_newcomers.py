"""A camera is found, looked at, named and recorded without a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect

from goodfences_hub import settings
from goodfences_hub.adding import free_key, looked_at
from goodfences_hub.discovery import PORT
from goodfences_hub.pages.there import FACT
from goodfences_hub.settings import CameraSettings, Settings
from tests.hub.conftest import RtspCamera
from tests.hub.households import House, household
from tests.hub.onvif_camera import OnvifCamera, discovery_server
from tests.hub.test_discovery import group
from tests.instance import wait_until
from tests.windows import axe, browser

__all__ = ["browser"]

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("hub")]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A new hub, without a camera."""
    with household(tmp_path / "hub") as house:
        yield house


def test_a_camera_is_found_looked_at_named_and_recorded(
    house: House, rtsp_camera: RtspCamera, browser: Browser
) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    with OnvifCamera(rtsp_port=rtsp_camera.port, stream="street.mp4").running() as camera, group(PORT) as joined:
        page.goto(house.entrance)
        page.get_by_role("link", name="Add the first one").click()
        assert axe(page) == []
        with discovery_server(camera, joined):
            page.get_by_text("several networks").click()
            page.get_by_label("Its address in the one to search").fill("127.0.0.1")
            page.get_by_role("button", name="Find cameras").click()
            found = page.get_by_role("listitem").filter(has_text="Porch")
            found.wait_for()
        assert axe(page) == []
        found.get_by_label("User").fill("anna")
        found.get_by_label("Password").fill("open & <sesame>")
        found.get_by_role("button", name="See its picture").click()
        page.get_by_role("heading", name="Is this the one?").wait_for(timeout=60_000)
        assert axe(page) == []
        assert page.evaluate("document.querySelector('.picture img').naturalWidth") == 640
        assert page.get_by_text("It tells movement and its bell by itself.").is_visible()
        assert "sesame" not in page.content() and "sesame" not in page.url
        page.get_by_label("Name", exact=True).fill("Front door")
        page.get_by_role("button", name="Add it").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Front door")
        wait_until(lambda: house.get("/cameras/front-door/still.jpg").status_code == 200, "it to be recorded")
    context.close()
    read = settings.load(house.home.settings)
    assert (read.cameras[0].key, read.cameras[0].name) == ("front-door", "Front door")
    assert [trigger.camera for trigger in read.triggers] == ["front-door"]
    assert "sesame" not in house.get("/cameras/front-door/settings").text


def look(house: House, address: str, **signed_in: str) -> httpx.Response:
    return house.post("/add/look", address=address, **signed_in)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("rtsp://127.0.0.1:9/stream1", "camera-1 doesn&#39;t answer"),
        ("onvif://127.0.0.1:9", "camera-1 doesn&#39;t answer by ONVIF"),
        ("rtsp://[::1", "This is no address"),
        ("rtsp://127.0.0.1:99999/x", "This is no address"),
        ("/etc", "An address begins with"),
        ("/etc/passwd", "An address begins with"),
        ("file:///etc/passwd", "An address begins with"),
        ("/dev/video77", "camera-1"),
        ("", "An address begins with"),
    ],
)
def test_what_goes_wrong_is_said_with_what_to_do(house: House, address: str, said: str) -> None:
    told = look(house, address)
    assert told.status_code == 422
    assert said in told.text
    assert "need not be those of its app" in told.text
    assert settings.load(house.home.settings).cameras == ()


def test_a_wrong_password_is_said_and_not_shown_again(house: House) -> None:
    with OnvifCamera(rtsp_port=1, stream="x").running() as camera:
        told = look(house, camera.url, user="anna", password="guess-work")
    assert told.status_code == 422
    assert "refuses this user name or password" in told.text
    assert "anna" in told.text and "guess-work" not in told.text


def test_where_nobody_answers_it_says_what_helps(house: House) -> None:
    told = house.post("/add/find", **{"from": "127.0.0.1"})
    assert "No camera answered" in told.text and "turned on in their app" in told.text
    elsewhere = house.post("/add/find", **{"from": "203.0.113.9"})
    assert (elsewhere.status_code, "no such address" in elsewhere.text) == (422, True)


def test_which_camera_of_the_network_it_is_is_chosen_of_those_there_are(
    house: House, rtsp_camera: RtspCamera
) -> None:
    house.hub.state.remember(FACT, '[{"ref": "ref-of-street", "name": "Street"}]')
    shown = look(house, rtsp_camera.url)
    assert "Street</option>" in shown.text
    where = shown.url.path
    refused = house.post(where, name="A", upload_as="another-homes", keep_days="0")
    assert (refused.status_code, "no such camera" in refused.text) == (422, True)
    wrong = house.post(where, name="A", upload_as="", keep_days="400")
    assert "keep_days is between 0 and 365" in wrong.text
    house.post(where, name="Straße 7", upload_as="ref-of-street", keep_days="1")
    [camera] = settings.load(house.home.settings).cameras
    assert (camera.key, camera.name, camera.upload_as, camera.keep_days) == (
        "stra-e-7",
        "Straße 7",
        "ref-of-street",
        1,
    )
    assert house.get(where).status_code == 404


@pytest.mark.parametrize(
    ("name", "key"), [("Front door", "front-door"), ("street", "street-1"), ("", "camera-1"), ("猫", "camera-1")]
)
def test_a_key_is_made_of_the_name(name: str, key: str) -> None:
    assert free_key(Settings(cameras=(CameraSettings("street", "demo", "x"),)), name) == key


def test_a_user_and_password_take_their_place_in_the_address() -> None:
    camera, _, _ = looked_at(CameraSettings("a", "rtsp", "rtsp://old:one@192.168.1.20:554/s?x=1"), "an/na", "p@ss:w")
    assert camera.url == "rtsp://an%2Fna:p%40ss%3Aw@192.168.1.20:554/s?x=1"


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark")])
def test_the_page_is_whole(house: House, browser: Browser, width: int, scheme: Any) -> None:
    context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme)
    page = context.new_page()
    for path in (f"/?key={house.key}", "/add"):
        page.goto(house.url + path)
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    context.close()
