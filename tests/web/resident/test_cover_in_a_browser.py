"""The editor in a real browser: a box by mouse, one by keys, and what is posted of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page

from goodfences.cameras.models import Camera, Device
from goodfences.clips.models import Clip
from goodfences.people.models import Account
from goodfences.redaction.models import Draft
from tests import ingest
from tests.clips import streams
from tests.windows import axe, browser, visit

__all__ = ["browser", "visit"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]
LOADED = "() => document.querySelector('#cover-player video').readyState >= 2"


@pytest.fixture
def clip(olives_device: Device, street_camera: Camera, settings: Any, tmp_path: Path) -> Clip:
    settings.BLOBS = str(tmp_path / "blobs")
    settings.KEYS = tmp_path / "keys"
    return ingest.checked(olives_device, street_camera, streams.clip(audio=True), duration_ms=5000)


@pytest.fixture
def editor(visit: Any, live_server: Any, olive: Account, clip: Clip, client_of: Callable[[Account], Client]) -> Any:
    session = client_of(olive).cookies["sessionid"].value

    def open_it(**how: Any) -> Page:
        cookie = {"name": "sessionid", "value": session, "url": live_server.url}
        state = {"cookies": [{**cookie, "domain": "localhost", "path": "/"}], "origins": []}
        state["cookies"][0].pop("url")
        return visit(f"/home/clips/{clip.ref}/cover/", storage_state=state, **how).page

    return open_it


def drag(page: Page, *way: tuple[float, float]) -> None:
    """From one part of the picture to the next, each 0 to 1."""
    box = page.locator("svg.overlay").bounding_box()
    assert box
    points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in way]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=4)
    page.mouse.up()


def marks(page: Page) -> list[dict[str, Any]]:
    return json.loads(page.locator("textarea[name=marks]").input_value())


def test_a_box_is_drawn_moved_and_ended_and_another_set_by_keys(editor: Any) -> None:
    page = editor(viewport={"width": 390, "height": 844}, color_scheme="dark")
    page.wait_for_function(LOADED)
    page.get_by_role("button", name="Draw a box").click()
    drag(page, (0.25, 0.25), (0.5, 0.5))
    (drawn,) = marks(page)
    at, *place = drawn["anchors"][0]
    assert at == 0 and all(abs(got - wanted) < 120 for got, wanted in zip(place, (2500,) * 4, strict=True))

    page.evaluate("document.querySelector('#cover-player video').currentTime = 2")
    page.wait_for_function("() => !document.querySelector('#cover-player video').seeking")
    drag(page, (0.4, 0.4), (0.5, 0.4))
    (moved,) = marks(page)
    assert [anchor[0] for anchor in moved["anchors"]] == [0, 2000]
    assert abs(moved["anchors"][1][1] - 3500) < 150
    page.get_by_role("button", name="Cover up to here: Box 1").click()
    assert marks(page)[0]["ends_ms"] == 2001

    page.get_by_role("button", name="Put a box in the middle").press("Enter")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    assert marks(page)[1]["anchors"] == [[2000, 4050, 3500, 2000, 3050]]
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.keyboard.press("Delete")
    assert len(marks(page)) == 1

    page.get_by_role("button", name="Save, and see what would leave").click()
    page.wait_for_url("**/cover/check/")
    assert page.get_by_text("one box").is_visible()
    assert axe(page) == []
    assert Draft.objects.get().marks == [moved | {"ends_ms": 2001}]


def test_times_sound_and_boxes_are_saved_without_a_script(editor: Any, clip: Clip) -> None:
    page = editor(java_script_enabled=False)
    page.get_by_label("From (minutes:seconds)").fill("0:01.5")
    page.get_by_label("With sound").check()
    page.get_by_role("button", name="Save, and see what would leave").click()
    assert page.get_by_text("With sound.").is_visible()
    assert (Draft.objects.get().starts_ms, Draft.objects.get().audio) == (1500, True)
