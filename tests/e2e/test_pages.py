"""Every page that a person of the town can click to, as they see it: whole, readable, and without a complaint."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.conftest import People, Town
from tests.tour import WINGS, tour
from tests.windows import axe, beyond_keys

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("town"), pytest.mark.timeout(600)]

WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
LOOK: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"}
"""On a desk, in the dark; on a phone every page stands in tests/web/test_every_page.py."""


@pytest.mark.parametrize("name", WINGS)
def test_every_page_is_whole(name: str, town: Town, browser: Browser) -> None:
    people = People(town, browser, **LOOK)
    start, wings = WINGS[name]
    page = people.window(name) if name == "nobody" else people.sign_in(name)
    complaints = _listen(page)
    faults = {}
    seen = []
    for url in tour(page, town.url + start, wings):
        seen.append(url)
        if found := [*_faults(page), *beyond_keys(page), *complaints]:
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


def _faults(page: Page) -> list[str]:
    found = [f"{wider} px too wide"] if (wider := page.evaluate(WIDER)) > 0 else []
    return [*found, *axe(page)]
