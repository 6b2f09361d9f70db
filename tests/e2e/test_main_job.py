"""The main job, as people do it: `goodfences demo`, real mail, real video, and a real browser for each of them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import People
from tests.e2e.steps import REASON, approver_opens, letter_to, officer_asks, play
from tests.environment import child_environment

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("town"), pytest.mark.timeout(600)]

CASE = "NG-2026-11873"


def test_an_officer_asks_owners_decide_and_anyone_can_check(people: People, tmp_path: Path) -> None:
    request_url = officer_asks(people, CASE)
    approver_opens(people, request_url)
    ask_url = _owner_trims_and_shares(people)
    _neighbor_declines_from_the_email(people)
    package = _officer_plays_and_downloads(people, request_url, tmp_path)
    _anyone_verifies(package)
    _owner_sees_who_watched(people, ask_url)
    _the_public_sees_the_request(people)


def _owner_trims_and_shares(people: People) -> str:
    """Returns the address of the owner's page for the ask."""
    page = people.sign_in("Olive")
    page.goto(letter_to(page, people.town, "olive@town.example", "Northgate Police"))
    page.get_by_role("link", name="Look at it").click()
    page.wait_for_url("**/requests/*/")
    ask_url = page.url
    clip = page.locator("li.clip").first
    clip.get_by_text("Play and trim").click()
    until = clip.get_by_role("slider", name="End")
    before = until.get_attribute("aria-valuetext")
    for _ in range(3):
        until.press("ArrowLeft")
    assert until.get_attribute("aria-valuetext") != before
    clip.locator("label.pick").click()
    page.get_by_role("button", name="See what would be shared").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("This is what Northgate Police would get")
    play(page)
    page.get_by_role("button", name="Share with Northgate Police").click()
    expect(page.get_by_text("Northgate Police can see it now")).to_be_visible(timeout=60_000)
    return ask_url


def _neighbor_declines_from_the_email(people: People) -> None:
    page = people.window("a home without a sign-in")
    page.goto(letter_to(page, people.town, "home12@town.example", "Northgate Police"))
    page.get_by_role("link", name="Not this time").click()
    expect(page.get_by_text("Opening this page has decided nothing")).to_be_visible()
    page.get_by_role("button", name="Not this time").click()
    expect(page.get_by_text("Nobody was told")).to_be_visible()


def _officer_plays_and_downloads(people: People, request_url: str, folder: Path) -> Path:
    page = people.window("Omar")
    page.goto(request_url)
    rows = page.locator("section[aria-labelledby=shared-videos] tbody tr")
    assert rows.count() == 1
    rows.get_by_role("link", name="Open").click()
    play(page)
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download the evidence package").click()
    package = folder / downloading.value.suggested_filename
    downloading.value.save_as(package)
    return package


def _anyone_verifies(package: Path) -> None:
    command = [sys.executable, "-m", "goodfences.cli", "verify", str(package)]
    done = subprocess.run(command, env=child_environment(), capture_output=True, text=True, cwd=package.parent)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Everything holds" in done.stdout


def _owner_sees_who_watched(people: People, ask_url: str) -> None:
    page = people.window("Olive")
    page.goto(ask_url)
    expect(page.get_by_text(f"Officer 4411 of Northgate Police opened it, for case {CASE}").first).to_be_visible()
    expect(page.get_by_text(f"Officer 4411 of Northgate Police downloaded it, for case {CASE}")).to_be_visible()
    expect(page.get_by_text("it can’t be taken back any more")).to_be_visible()


def _the_public_sees_the_request(people: People) -> None:
    page = people.window("the public")
    page.goto(f"{people.town.url}/record/")
    row = page.locator("tbody tr").filter(has_text="Mikonkatu")
    expect(row).to_contain_text("Hit and run")
    row.get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Northgate Police asked for video")
    text = page.locator("main").inner_text()
    assert CASE not in text and REASON not in text
    assert not re.search(r"\d+ (owners|homes|people|asked|declined)", text)
