"""Every page that a person of the town can click to, as they see it: whole, readable, and without a complaint."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.urls import Resolver404, resolve
from playwright.sync_api import Browser, Page, Response
from playwright.sync_api import Error as BrowserError

from goodfences.demo.cast import BY_KEY
from tests.e2e.conftest import People, Town
from tests.windows import READY, axe

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("town"), pytest.mark.timeout(600)]

WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
LINKS = "() => [...document.querySelectorAll('a[href]:not([download])')].map(link => link.href)"
LOOKS: dict[str, dict[str, Any]] = {
    "desk": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light"},
}
PUBLIC = ("public", "account", "styleguide", "language")
WINGS = {
    "nobody": ("/", PUBLIC),
    **{name: (BY_KEY[name.lower()].start, ("resident",)) for name in ("Olive", "Nadia")},
    **{name: (BY_KEY[name.lower()].start, ("portal",)) for name in ("Omar", "Ada")},
    **{name: (BY_KEY[name.lower()].start, ("staff",)) for name in ("Max", "Otto")},
}
"""Where each begins, and which of the pages they come by they look at; the public's pages are looked at as nobody."""


@pytest.fixture(params=LOOKS)
def look(request: pytest.FixtureRequest) -> dict[str, Any]:
    return LOOKS[request.param]


@pytest.mark.parametrize("name", WINGS)
def test_every_page_is_whole(name: str, look: dict[str, Any], town: Town, browser: Browser) -> None:
    people = People(town, browser, **look)
    start, wings = WINGS[name]
    page = people.window(name) if name == "nobody" else people.sign_in(name)
    complaints = _listen(page)
    faults = {}
    seen = []
    for url in _tour(page, town.url + start, wings):
        seen.append(url)
        if found := [*_faults(page), *complaints]:
            faults[urlsplit(url).path] = found
        complaints.clear()
    people.leave()
    assert faults == {}
    assert len(seen) >= (1 if name == "Max" else 3), seen


def _listen(page: Page) -> list[str]:
    complaints: list[str] = []
    page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return complaints


def _tour(page: Page, start: str, wings: tuple[str, ...]) -> Iterator[str]:
    """Each page that links lead to from `start`, one address a route, open in `page` while it is yielded."""
    waiting, met = [start], set()
    while waiting:
        url = waiting.pop(0)
        route = _route(url)
        if route in met or not _is_in(route, wings):
            continue
        met.add(route)
        if not _open(page, url):
            continue
        yield url
        waiting += [link for link in page.evaluate(LINKS) if urlsplit(link).netloc == urlsplit(start).netloc]


def _route(url: str) -> str:
    try:
        return resolve(urlsplit(url).path).view_name
    except Resolver404:
        return ""


def _is_in(route: str, wings: tuple[str, ...]) -> bool:
    space, _, name = route.rpartition(":")
    return (space or name.partition("_")[0]) in wings


def _open(page: Page, url: str) -> bool:
    """Whether there is a page at this address; a file to download or data is none."""
    try:
        response: Response | None = page.goto(url)
    except BrowserError as error:
        assert "Download is starting" in str(error), error
        return False
    assert response is not None
    assert response.status == 200, f"{url}: {response.status}"
    if "text/html" not in response.headers.get("content-type", ""):
        return False
    page.wait_for_function(READY, timeout=60_000)
    return True


def _faults(page: Page) -> list[str]:
    found = [f"{wider} px too wide"] if (wider := page.evaluate(WIDER)) > 0 else []
    return [*found, *axe(page)]
