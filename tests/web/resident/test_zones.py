"""The page of a camera's privacy zones: with forms alone, and in a browser."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from goodfences.cameras import zones
from goodfences.cameras.models import Camera, Device
from goodfences.people.models import Account
from tests import ingest
from tests.footage import make_video
from tests.windows import axe, browser, visit

__all__ = ["browser", "visit"]

ClientOf = Callable[[Account], Client]
ZONE = [[0, 5000], [2000, 5000], [2000, 10_000]]


@pytest.fixture
def url(street_camera: Camera, olives_device: Device, settings: Any, tmp_path: Path) -> str:
    settings.BLOBS = str(tmp_path / "blobs")
    settings.KEYS = tmp_path / "keys"
    ingest.checked(olives_device, street_camera, make_video(seconds=2))
    return f"/cameras/{street_camera.ref}/zones/"


@pytest.mark.django_db
def test_a_zone_is_typed_and_taken_away_without_a_script(
    olive: Account, street_camera: Camera, url: str, client_of: ClientOf
) -> None:
    client = client_of(olive)
    client.post(url, {"areas": json.dumps([ZONE]), "left": "10", "top": "0", "right": "20,5", "bottom": "100"})
    typed = ((1000, 0), (2050, 0), (2050, 10_000), (1000, 10_000))
    assert zones.areas_of(street_camera.pk)[1] == typed
    assert "Take zone 2 away" in client.get(url).content.decode()
    client.post(url, {"areas": json.dumps([ZONE, [list(point) for point in typed]]), "remove": ["0"]})
    assert zones.areas_of(street_camera.pk) == [typed]


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", [{"areas": "{"}, {"areas": "3"}, {"left": "10"}, {"left": "a", "top": "1"}])
def test_what_cannot_be_read_changes_nothing(
    olive: Account, street_camera: Camera, url: str, client_of: ClientOf, wrong: dict[str, str]
) -> None:
    zones.replace(account=olive, camera_ref=street_camera.ref, areas=[ZONE])
    answer = client_of(olive).post(url, wrong)
    assert answer.status_code == 422 and "can’t be read" in answer.content.decode()
    assert len(zones.areas_of(street_camera.pk)) == 1


@pytest.mark.django_db
def test_it_is_the_owners_page(url: str, client_of: ClientOf, hugo: Account, nadia: Account, omar: Account) -> None:
    for account in (hugo, nadia, omar):
        assert client_of(account).get(url).status_code == 404
        assert client_of(account).post(url, {"areas": "[]"}).status_code == 404


@pytest.mark.browser
@pytest.mark.xdist_group("browser")
@pytest.mark.django_db(transaction=True)
def test_a_zone_is_drawn_and_bent(
    visit: Any, url: str, olive: Account, street_camera: Camera, client_of: ClientOf
) -> None:
    session = client_of(olive).cookies["sessionid"].value
    cookie = {"name": "sessionid", "value": session, "domain": "localhost", "path": "/"}
    state = {"cookies": [cookie], "origins": []}
    page = visit(url, storage_state=state, viewport={"width": 390, "height": 844}, color_scheme="dark").page
    page.wait_for_function("() => document.querySelector('.stage img').complete")
    page.get_by_role("button", name="Draw a zone").click()
    box = page.locator("svg.overlay").bounding_box()
    assert box
    page.mouse.move(box["x"], box["y"])
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=3)
    page.mouse.up()
    page.get_by_role("button", name="Corner 3 of zone 1").press("Shift+ArrowRight")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved. What leaves from now on is covered there.").wait_for()
    corner = zones.areas_of(street_camera.pk)[0][2]
    assert abs(corner[0] - 5250) < 60 and abs(corner[1] - 5000) < 60
