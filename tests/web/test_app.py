"""The pages as an app: what a phone needs to install it, and what the worker is given."""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from django.test import Client

from goodfences.people.models import Account
from goodfences.web import splash
from tests.pages import Page

ClientOf = Callable[[Account], Client]
IPHONE = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0"}


def test_the_manifest_has_what_installing_needs(client: Client, db: None) -> None:
    response = client.get("/app.webmanifest")
    told = response.json()
    assert response["Content-Type"] == "application/manifest+json"
    assert (told["display"], told["start_url"], told["scope"]) == ("standalone", "/home/", "/")
    assert {(icon["sizes"], icon["purpose"]) for icon in told["icons"]} >= {
        ("192x192", "any"),
        ("512x512", "any"),
        ("512x512", "maskable"),
    }
    assert told["share_target"]["action"] == "/home/upload/shared/"
    assert client.get("/app.webmanifest", headers={"Accept-Language": "es"}).json()["lang"] == "es"


def test_every_icon_is_there_and_as_large_as_it_says(client: Client, db: None) -> None:
    for icon in client.get("/app.webmanifest").json()["icons"]:
        data = (Path(site.FRONTEND_DIST) / icon["src"].removeprefix(site.STATIC_URL)).read_bytes()
        width, height = struct.unpack(">II", data[16:24])
        assert data[:8] == b"\x89PNG\r\n\x1a\n" and icon["sizes"] == f"{width}x{height}"


def test_a_maskable_icon_keeps_its_mark_in_the_middle() -> None:
    """Whatever lies outside the middle four fifths may be cut off, so that nothing but ground lies there."""
    import av

    with av.open(str(Path(site.FRONTEND_DIST) / "icons" / "maskable-512.png")) as file:
        picture = next(file.decode(video=0)).to_ndarray(format="rgb24")
    ground = picture[0, 0]
    for y in range(0, 512, 4):
        for x in range(0, 512, 4):
            if (x - 256) ** 2 + (y - 256) ** 2 > (0.4 * 512) ** 2:
                assert (picture[y, x] == ground).all(), (x, y)


def test_an_iphone_has_a_splash_screen_of_its_very_size(client_of: ClientOf, olive: Account, omar: Account) -> None:
    assert not Page(client_of(olive).get("/settings/")).all("link", rel="apple-touch-startup-image")
    page = Page(client_of(olive).get("/settings/", headers=IPHONE))
    assert page.all("meta", name="apple-mobile-web-app-capable", content="yes")
    screens = page.all("link", rel="apple-touch-startup-image")
    assert len({each["media"] for each in screens}) == len(screens) == len(splash.SCREENS) * 2
    for each in screens:
        data = (Path(site.FRONTEND_DIST) / each["href"].removeprefix(site.STATIC_URL)).read_bytes()
        width, height, ratio = map(int, re.findall(r"(?:width|height|ratio): (\d+)", each["media"]))
        assert struct.unpack(">II", data[16:24]) == (width * ratio, height * ratio)
    assert not Page(client_of(omar).get("/portal/", headers=IPHONE)).all("link", rel="apple-touch-startup-image")


def test_the_worker_keeps_the_shell_and_never_footage(client: Client, db: None) -> None:
    response = client.get("/sw.js")
    assert response["Content-Type"] == "text/javascript; charset=utf-8" and "no-store" in response["Cache-Control"]
    first, _, script = response.content.decode().partition("\n")
    shell = json.loads(first.removeprefix("self.SHELL=").rstrip(";"))
    assert shell["files"] and all(
        re.fullmatch(r"/static/assets/[\w.-]+\.(js|css|woff2)", name) for name in shell["files"]
    )
    assert "/media/" not in script and not re.search(r"^(import|export)\b", script, re.MULTILINE)
    assert shell["offline"] == "/offline/" and client.get("/offline/").status_code == 200
    spanish = client.get("/sw.js", headers={"Accept-Language": "es"}).content.decode()
    assert spanish.partition("\n")[0] != first


def test_a_server_whose_front_end_was_never_built_has_no_worker(
    client: Client, db: None, settings: Any, tmp_path: Path
) -> None:
    settings.FRONTEND_DIST = tmp_path
    assert client.get("/sw.js").status_code == 404


@pytest.mark.parametrize(("person", "links", "works"), [("olive", 1, 1), ("omar", 0, 0), ("otto", 0, 0)])
def test_residents_pages_are_the_app_and_officers_arent(
    person: str, links: int, works: int, client_of: ClientOf, request: pytest.FixtureRequest
) -> None:
    page = client_of(request.getfixturevalue(person)).get("/promises/").content.decode()
    assert (page.count('rel="manifest"'), page.count('name="app-worker"')) == (links, works)
