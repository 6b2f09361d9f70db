"""Nadia on a telephone and Olive at a desk, in two windows of a browser: asked, shared, watched, thanked, ended."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from goodfences.clips.models import Clip
from goodfences.neighbor_requests import tasks
from goodfences.people.models import Account
from tests.neighbor_requests.conftest import REASON, add_homes
from tests.windows import READY, axe, browser

__all__ = ["browser"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("pages")]

PHONE = {"viewport": {"width": 390, "height": 844}}
DESK = {"viewport": {"width": 1280, "height": 900}}
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
CAN_PLAY = "() => [...document.querySelectorAll('video')].every((video) => video.readyState > 0)"


@pytest.fixture
def window(browser: Browser, live_server: Any, client_of: Callable[[Account], Any]) -> Callable[..., Page]:
    def open_for(account: Account, **how: Any) -> Page:
        context = browser.new_context(reduced_motion="reduce", **how)
        cookies = client_of(account).cookies.items()
        context.add_cookies([{"name": name, "value": one.value, "url": live_server.url} for name, one in cookies])
        page = context.new_page()
        page.set_default_timeout(30_000)
        return page

    return open_for


def sound(page: Page, name: str) -> None:
    """The page is whole: nothing wider than the window, nothing that axe finds. Pictures of it for who wants them."""
    page.wait_for_function(READY)
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
    assert page.evaluate(WIDER) <= 0, name
    assert axe(page) == [], name


def test_from_the_question_to_the_thanks(
    asker: Account, olive: Account, clip: Clip, window: Callable[..., Page], live_server: Any
) -> None:
    add_homes(9, asker)
    nadia, desk = window(asker, **PHONE), window(olive, **DESK, color_scheme="dark")

    nadia.goto(f"{live_server.url}/requests/neighbors/")
    sound(nadia, "1-list")
    nadia.get_by_role("link", name="Ask my neighbors").click()
    nadia.get_by_role("button", name="Ask my neighbors").click()
    expect(nadia.get_by_role("alert")).to_contain_text("Choose what happened.")
    sound(nadia, "2-refused")
    nadia.get_by_label("My car or bicycle was hit").check()
    nadia.get_by_label("It happened after").fill("2026-11-24T09:00")
    nadia.get_by_label("and before").fill("2026-11-24T11:00")
    nadia.get_by_label("In your own words").fill(REASON)
    nadia.get_by_label("This happened to me").check()
    nadia.get_by_role("button", name="Ask my neighbors").click()
    expect(nadia.get_by_text("Nothing yet.")).to_be_visible()
    sound(nadia, "3-sent")

    tasks.run_due(10)
    desk.goto(f"{live_server.url}/requests/")
    desk.get_by_role("link", name="A neighbor asks you, too").click()
    sound(desk, "4-list")
    desk.get_by_role("link", name="Look at it").click()
    sound(desk, "5-letter")
    desk.get_by_label("Choose Street").check()
    desk.get_by_label("A note to your neighbor").fill("The gray van, I think.")
    desk.get_by_role("button", name="See what would be shared").click()
    desk.wait_for_function(CAN_PLAY)
    sound(desk, "6-check")
    desk.get_by_role("button", name="Share with this neighbor").click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("You shared video with a neighbor")
    sound(desk, "7-shared")

    nadia.reload()
    expect(nadia.get_by_text("The gray van, I think.")).to_be_visible()
    desk.reload()
    expect(desk.get_by_text("Nobody has watched it.")).to_be_visible()
    nadia.locator("video").evaluate("video => { video.muted = true; return video.play(); }")
    nadia.wait_for_function(CAN_PLAY)
    sound(nadia, "8-watched")
    nadia.get_by_label("A word of thanks").fill("Thank you, that helps a lot.")
    nadia.get_by_role("button", name="Send it").click()
    expect(nadia.get_by_text("Passed on.")).to_be_visible()

    desk.reload()
    expect(desk.get_by_text("Your neighbor watched it")).to_be_visible()
    expect(desk.get_by_text("Thank you, that helps a lot.")).to_be_visible()
    sound(desk, "9-thanked")
    desk.get_by_role("button", name="End it").click()
    expect(desk.get_by_text("You ended it, and its keys are destroyed.")).to_be_visible()
    nadia.reload()
    assert nadia.locator("video").count() == 0
    for page in (nadia, desk):
        page.context.close()
