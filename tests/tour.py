"""Every page that a person of the demo town can click to."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from django.urls import Resolver404, resolve
from playwright.sync_api import Error as BrowserError
from playwright.sync_api import Page, Response

from goodfences.demo.cast import BY_KEY
from tests.browser import READY

LINKS = "() => [...document.querySelectorAll('a[href]:not([download])')].map(link => link.href)"
PUBLIC = ("public", "account", "styleguide", "language")
WINGS = {
    "nobody": ("/", PUBLIC),
    **{name: (BY_KEY[name.lower()].start, ("resident",)) for name in ("Olive", "Nadia")},
    **{name: (BY_KEY[name.lower()].start, ("portal",)) for name in ("Omar", "Ada")},
    **{name: (BY_KEY[name.lower()].start, ("staff",)) for name in ("Max", "Otto")},
}
"""Where each begins, and which of the pages they come by they look at; the public's pages are looked at as nobody."""


def tour(page: Page, start: str, wings: tuple[str, ...]) -> Iterator[str]:
    """Each page that links lead to from `start`, one address a route, open in `page` while it is yielded."""
    waiting, met = [start], set()
    while waiting:
        url = waiting.pop(0)
        route = route_of(url)
        if route in met or not _is_in(route, wings):
            continue
        met.add(route)
        if not _open(page, url):
            continue
        yield url
        waiting += [link for link in page.evaluate(LINKS) if urlsplit(link).netloc == urlsplit(start).netloc]


def route_of(url: str) -> str:
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
