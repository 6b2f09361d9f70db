"""An officer who has never seen the portal asks for video of one case with two places, by what the pages say."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from goodfences import source
from goodfences.people.models import Account
from goodfences.video_requests.models.request import VideoRequest
from goodfences.video_requests.publication import publish_policy
from tests.persons import signed_in
from tests.windows import READY, axe, browser

__all__ = ["browser"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]
SHOTS = os.environ.get("SHOTS", "")


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)


def draw_square(page: Page, x: float, y: float, size: float = 0.12) -> None:
    """Four corners around a point of the map, from 0 to 1 of its width and height, and the first one again."""
    canvas = page.locator("[data-island=draw] canvas.maplibregl-canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    for right, down in ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)):
        at = (box["x"] + box["width"] * (x + right * size), box["y"] + box["height"] * (y + down * size))
        page.mouse.move(*at, steps=4)
        page.mouse.click(*at)


def test_a_first_time_officer_asks_about_two_places_of_one_case(
    omar: Account, browser: Browser, live_server: Any
) -> None:
    publish_policy()
    window = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    cookies = signed_in(omar).cookies.items()
    window.add_cookies([{"name": name, "value": each.value, "url": live_server.url} for name, each in cookies])
    page = window.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(live_server.url + "/portal/")
    begun = time.monotonic()
    page.get_by_role("link", name="New request").click()
    page.wait_for_function(READY, timeout=60_000)
    shot(page, "1-new")
    draw_square(page, 0.3, 0.4)
    page.get_by_role("button", name="Another area").click()
    draw_square(page, 0.7, 0.4)
    make_it_fit = page.locator(".readout button")
    if make_it_fit.count():
        make_it_fit.click()
    page.get_by_label("Name of the place").fill("Oak Street and Mill Street")
    evening = source.now().date() - timedelta(days=1)
    page.get_by_label("Window begins").fill(f"{evening}T20:00")
    page.get_by_label("Window ends").fill(f"{evening}T21:30")
    page.get_by_label("Type of incident").select_option("vandalism")
    page.get_by_label("Case number").fill("26-0412")
    page.get_by_text("Words to begin with").click()
    # A slow answer to it: what the form asks for by itself in the meantime must not break it off.
    page.route("**/portal/requests/new/", lambda answer: (time.sleep(1.2), answer.continue_()), times=1)
    page.get_by_role("button", name="Use these words", exact=True).click()
    page.wait_for_function("() => document.querySelector('[name=reason]').value.includes('[Two parked cars]')")
    shot(page, "2-words")
    reason = page.get_by_label("Reason, in plain words")
    reason.fill(reason.input_value().replace("[", "").replace("]", ""))
    page.wait_for_function("() => document.querySelector('#rules').textContent.includes('It keeps every rule.')")
    assert "in 2 areas" in page.locator("#rules").inner_text()
    shot(page, "3-ready")
    assert axe(page) == []
    page.get_by_role("button", name="Submit to a second officer").click()
    page.get_by_text("Submitted. A second officer").wait_for()
    shot(page, "4-submitted")
    asked = VideoRequest.objects.get()
    assert (asked.state, asked.number_of_areas) == ("submitted", 2)
    assert time.monotonic() - begun < 180
    assert complaints == []
    window.close()
