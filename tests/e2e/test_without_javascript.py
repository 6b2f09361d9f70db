"""What people live with works in a browser that runs no script: reading, watching, deciding, and every form."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from goodfences.demo.cast import BY_KEY
from tests.e2e.conftest import People, Town
from tests.e2e.steps import clips_of_the_day

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("town"), pytest.mark.timeout(600)]


@pytest.fixture
def olive(town: Town, browser: Browser) -> Iterator[Page]:
    people = People(town, browser, java_script_enabled=False)
    page = people.sign_in("Olive")
    page.goto(town.url + BY_KEY["olive"].start)
    yield page
    people.leave()


def test_a_day_is_read_searched_and_watched(olive: Page, town: Town) -> None:
    olive.goto(f"{town.url}/home/")
    olive.locator("select[name=kind]").select_option("doorbell")
    olive.locator("form:has(select[name=kind]) button").click()
    assert "kind=doorbell" in olive.url
    found = clips_of_the_day(olive, town, "doorbell")
    assert found.count() >= 1
    found.first.click()
    video = olive.locator("video[controls]")
    expect(video).to_be_visible()
    source = video.get_attribute("src") or video.locator("source").first.get_attribute("src") or ""
    part = olive.request.get(town.url + source, headers={"Range": "bytes=0-99"})
    assert (part.status, len(part.body())) == (206, 100)


def test_a_clip_is_starred_noted_deleted_and_taken_back(olive: Page, town: Town) -> None:
    clips_of_the_day(olive, town).last.click()
    clip = olive.url
    olive.locator("form[action$='/star/'] button").click()
    olive.locator("[name=note]").fill("The van with the broken lamp")
    olive.locator("form[action$='/note/'] button").click()
    expect(olive.locator("[name=note]")).to_have_value("The van with the broken lamp")
    olive.locator("form[action$='/delete/'] button, a[href$='/delete/']").first.click()
    if olive.url.endswith("/delete/"):
        olive.locator("main form button.stop").click()
    olive.locator("form[action$='/undo/'] button").first.click()
    olive.goto(clip)
    expect(olive.locator("video[controls]")).to_be_visible()


def test_a_copy_is_cut_and_downloaded(olive: Page, town: Town, tmp_path: Path) -> None:
    clips_of_the_day(olive, town).first.click()
    olive.locator("a[href$='/cover/']").click()
    olive.locator("main form .buttons button.strong").click()
    olive.wait_for_url("**/cover/check/**", timeout=90_000)
    with olive.expect_download() as downloading:
        olive.locator("form[action$='/cover/download/'] button").click()
    downloading.value.save_as(tmp_path / "copy.mp4")
    assert (tmp_path / "copy.mp4").read_bytes()[4:8] == b"ftyp"


def test_settings_are_kept(olive: Page, town: Town) -> None:
    olive.goto(f"{town.url}/settings/messages/")
    olive.locator("input[name=quiet_from], input[type=time]").nth(1).fill("22:00")
    olive.locator("input[type=time]").nth(2).fill("07:00")
    olive.locator("main form:has(input[type=time]) button").first.click()
    expect(olive.locator("input[type=time]").nth(2)).to_have_value("07:00")
