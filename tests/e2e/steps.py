"""What people of the town do in more than one story."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import People, Town
from tests.instance import wait_until

HELSINKI = ZoneInfo("Europe/Helsinki")
REASON = "A cyclist was hit at the corner and the driver left. We look for a light van with a broken right headlamp."
CORNERS = ((0.08, 0.08), (0.92, 0.08), (0.92, 0.92), (0.08, 0.92), (0.08, 0.08))


def letter_to(page: Page, town: Town, address: str, about: str) -> str:
    """The HTML part's address of the message to `address` that says `about`, once it has arrived."""

    def arrived() -> str:
        page.goto(f"{town.url}/demo/mail/?to={address}")
        found = page.locator("main a[href^='/demo/mail/']").filter(has_text=about)
        return found.first.get_attribute("href") or "" if found.count() else ""

    href: str = wait_until(arrived, f"mail to {address}", seconds=60)
    return f"{town.url}{href}html/"


def draw_the_middle(page: Page) -> None:
    """Draw four corners by mouse around what the map shows at first."""
    island = page.locator("[data-island=draw][data-island-state=ready]")
    island.wait_for(timeout=60_000)
    island.scroll_into_view_if_needed()
    box = island.locator("canvas.maplibregl-canvas").bounding_box()
    assert box
    for x, y in CORNERS:
        at = (box["x"] + box["width"] * x, box["y"] + box["height"] * y)
        page.mouse.move(*at, steps=4)
        page.mouse.click(*at)
    expect(island.locator("output")).to_contain_text("square miles")


def clips_of_the_day(page: Page, town: Town, kind: str = "") -> Locator:
    """Links to Olive's clips of today or, as right after midnight, of the day before."""
    page.goto(f"{town.url}/home/?kind={kind}")
    found = page.locator(".clips a[href*='/home/clips/']")
    if not found.count():
        before = page.locator(".days a[rel=prev]").get_attribute("href") or ""
        page.goto(urljoin(page.url, before))
    return found


def play(page: Page) -> None:
    """Play the page's video and see that its pictures move."""
    page.locator("[data-island=player][data-island-state=ready]").first.wait_for(timeout=30_000)
    page.get_by_role("button", name="Play").first.click()
    page.wait_for_function("() => document.querySelector('video').currentTime > 0.5", timeout=30_000)


def officer_asks(people: People, case: str) -> str:
    """Omar asks for the last two hours around the middle of the town; returns the request's address."""
    page = people.sign_in("Omar")
    page.get_by_role("link", name="New request").click()
    draw_the_middle(page)
    ends_at = datetime.now(HELSINKI) - timedelta(minutes=3)
    page.get_by_label("Window begins").fill((ends_at - timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M"))
    page.get_by_label("Window ends").fill(ends_at.strftime("%Y-%m-%dT%H:%M"))
    page.get_by_label("Type of incident").select_option("hit_and_run")
    page.get_by_label("Case number").fill(case)
    page.get_by_label("Reason, in plain words").fill(REASON)
    page.get_by_label("Name of the place").fill("Mikonkatu")
    page.get_by_role("button", name="Submit to a second officer").click()
    expect(page.get_by_role("status").first).to_contain_text("A second officer of your agency opens it")
    return page.url


def approver_opens(people: People, request_url: str) -> None:
    """Ada opens what Omar asked for."""
    page = people.sign_in("Ada")
    page.goto(request_url)
    expect(page.get_by_text(REASON)).to_be_visible()
    page.get_by_role("button", name="Open this request").click()
    expect(page.get_by_text("Entry", exact=False).first).to_be_visible()
