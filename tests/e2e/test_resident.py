"""An owner's life with the app, from the pin on the map to leaving: on a phone in Spanish, and at a desk at night."""

from __future__ import annotations

import re
import zipfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.conftest import People, Town
from tests.e2e.steps import HELSINKI, approver_opens, clips_of_the_day, letter_to, officer_asks
from tests.footage import FOOTAGE
from tests.instance import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("town"), pytest.mark.timeout(600)]

LOOKS: dict[str, dict[str, Any]] = {
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "locale": "es-US",
        "color_scheme": "light",
        "timezone_id": "Europe/Helsinki",
    },
    "desk": {
        "viewport": {"width": 1280, "height": 900},
        "locale": "en-US",
        "color_scheme": "dark",
        "timezone_id": "Europe/Helsinki",
    },
}


@pytest.fixture(params=LOOKS)
def look(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_an_owner_settles_shares_takes_along_and_leaves(
    look: str, people: People, town: Town, browser: Browser, tmp_path: Path
) -> None:
    at_home = People(town, browser, **LOOKS[look])
    address = f"rosa-{look}@town.example"
    page = at_home.window("Rosa")
    _sign_up(page, town, address)
    _settle(page, "es" if look == "phone" else "en")
    _bring_a_first_clip(page)
    clip_url = _find_it_on_the_time_line(page, town)
    _cover_something_and_take_the_copy(page, clip_url, tmp_path)
    _give_it_by_a_link(page, clip_url, at_home.window("the insurer"))
    _delete_it_and_take_it_back(page, clip_url)
    request_url = officer_asks(people, f"NG-2026-{look}")
    approver_opens(people, request_url)
    _share_and_take_it_back(page, town, address)
    _take_everything_along(page, town, tmp_path)
    _leave(page, town, clip_url, address)
    at_home.leave()


def go(page: Page, form: str) -> None:
    """Press the button of the form that posts to an address that ends so; words are the look's own language."""
    button(page, form).click()
    page.wait_for_load_state()


def button(page: Page, form: str) -> Locator:
    return page.locator(f"form[action$='{form}'] button:not([hidden])").first


def _sign_up(page: Page, town: Town, address: str) -> None:
    page.goto(f"{town.url}/accounts/signup/")
    page.locator("input[name=email]").fill(address)
    go(page, "/accounts/signup/")
    mailbox = page.context.new_page()
    letter_to(mailbox, town, address, "-")
    code = re.search(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}\b", mailbox.locator("main table").inner_text())
    mailbox.close()
    assert code is not None
    page.locator("input[name=code]").fill(code[0])
    page.locator("main form button").first.click()
    page.wait_for_url("**/welcome/")


def _settle(page: Page, language: str) -> None:
    island = page.locator("[data-island=pin][data-island-state=ready]")
    island.wait_for(timeout=60_000)
    island.locator("canvas.maplibregl-canvas").click()
    page.wait_for_function("() => document.querySelector('input[name=cell]').value !== ''")
    page.locator("select[name=language]").select_option(language)
    page.locator("select[name=time_zone]").select_option("Europe/Helsinki")
    page.locator("main form button.strong").click()
    page.wait_for_url("**/start/**")
    assert page.locator("html").get_attribute("lang") == language


def _bring_a_first_clip(page: Page) -> None:
    _skip(page)  # who lives with me
    page.locator("input[name=name]").fill("Rosa 7")
    page.locator("input[name=looks_at][value=street]").check()
    page.locator("main form button.strong").click()
    page.wait_for_url("**/start/video/")
    page.locator("main a[href$='/home/upload/']").click()
    page.locator("[data-island=upload][data-island-state=ready]").wait_for(timeout=30_000)
    page.locator("input[type=file]").set_input_files(FOOTAGE / "crossing.mp4")
    began = datetime.now(HELSINKI) - timedelta(minutes=20)
    page.locator("input[name=starts_at]").fill(began.strftime("%Y-%m-%dT%H:%M"))
    page.locator("main form button.strong").click()
    page.wait_for_url("**/home/?day=*", timeout=60_000)
    _skip_to_asked(page)
    page.locator("input[name=may_be_asked]").first.check()
    page.locator("main form button:not([hidden])").first.click()
    page.wait_for_url(re.compile(r"/start/passkey/|/home/"))
    if "/start/" in page.url:
        _skip(page)
    expect(page).to_have_url(re.compile(r"/home/"))


def _skip(page: Page) -> None:
    page.locator("form:has(input[value=skip]) button").click()
    page.wait_for_load_state()


def _skip_to_asked(page: Page) -> None:
    page.goto(page.url.split("/home/")[0] + "/start/")
    page.wait_for_url("**/start/asked/")


def _find_it_on_the_time_line(page: Page, town: Town) -> str:
    """The clip's address, once it was checked."""

    def there() -> str:
        found = clips_of_the_day(page, town)
        return found.first.get_attribute("href") or "" if found.count() else ""

    href: str = wait_until(there, "the first clip", seconds=90)
    page.goto(town.url + href)
    page.locator("[data-island=player][data-island-state=ready]").wait_for(timeout=30_000)
    page.locator("[data-island=player] button").first.press("k")
    page.wait_for_function("() => document.querySelector('video').currentTime > 0.5", timeout=30_000)
    go(page, "/star/")
    return town.url + href


def _cover_something_and_take_the_copy(page: Page, clip_url: str, folder: Path) -> None:
    page.goto(f"{clip_url}cover/")
    island = page.locator("[data-island=cover][data-island-state=ready]")
    island.wait_for(timeout=30_000)
    island.locator(".tools button").nth(1).click()  # a box in the middle
    assert page.locator("[data-mark]").count() == 1
    page.locator("main form .buttons button.strong").click()
    page.wait_for_url("**/cover/check/**", timeout=120_000)
    with page.expect_download(timeout=60_000) as downloading:
        page.locator("form[action$='/cover/download/'] button").first.click()
    copy = folder / "copy.mp4"
    downloading.value.save_as(copy)
    assert copy.stat().st_size > 10_000 and copy.read_bytes()[4:8] == b"ftyp"


def _give_it_by_a_link(page: Page, clip_url: str, insurers: Page) -> None:
    page.goto(f"{clip_url}link/")
    page.locator("input[name=passphrase]").fill("blue letterbox")
    page.locator("main form button.strong").click()
    address = page.locator("#url").input_value()
    insurers.goto(address)
    insurers.locator("input[name=passphrase]").fill("blue letterbox")
    insurers.locator("main form button").click()
    video = insurers.locator("video[controls]")
    insurers.wait_for_function("() => document.querySelector('video').readyState > 0", timeout=30_000)
    assert not insurers.context.cookies() and video.get_attribute("src")
    page.goto(re.sub(r"/clips/.*", "/links/", clip_url))
    go(page, "/end/")
    insurers.goto(address)
    assert insurers.locator("video").count() == 0


def _delete_it_and_take_it_back(page: Page, clip_url: str) -> None:
    page.goto(clip_url)
    go(page, "/delete/")
    go(page, "/undo/")
    page.goto(clip_url)
    page.locator("[data-island=player][data-island-state=ready]").wait_for(timeout=30_000)


def _share_and_take_it_back(page: Page, town: Town, address: str) -> None:
    page.goto(letter_to(page, town, address, "Northgate Police"))
    page.locator("a[href*='/e/look/'], a[href*='/requests/']").first.click()
    page.wait_for_url("**/requests/*/")
    page.locator("li.clip label.pick").first.click()
    page.locator("button[form=choose]").click()
    page.wait_for_url("**/check/", timeout=120_000)
    share, decline = button(page, "/share/"), button(page, "/decline/")
    assert share.get_attribute("class") == decline.get_attribute("class")
    go(page, "/share/")
    button(page, "/take-back/").wait_for(timeout=90_000)
    go(page, "/take-back/")
    expect(button(page, "/take-back/")).to_have_count(0)


def _take_everything_along(page: Page, town: Town, folder: Path) -> None:
    page.goto(f"{town.url}/settings/data/")
    go(page, "/settings/data/archive/")
    download = page.locator("a.strong[download]")
    download.wait_for(timeout=120_000)
    with page.expect_download() as downloading:
        download.click()
    archive = folder / "archive.zip"
    downloading.value.save_as(archive)
    with zipfile.ZipFile(archive) as opened:
        assert opened.testzip() is None
        assert [name for name in opened.namelist() if name.endswith(".mp4")]


def _leave(page: Page, town: Town, clip_url: str, address: str) -> None:
    page.goto(f"{town.url}/settings/delete/")
    page.locator("main form input[name=email]").fill(address)
    page.locator("button.stop").click()
    page.wait_for_url("**/left/")
    page.goto(clip_url)
    assert "/accounts/login/" in page.url
