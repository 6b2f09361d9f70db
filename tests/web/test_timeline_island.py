"""The time line in a real browser: stills under the keys, a clip at a key press, and the page without any script."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from goodfences import source
from goodfences.cameras.models import Camera, Device
from goodfences.clips import marks, trash
from goodfences.clips.models import Clip
from goodfences.people.models import Account
from tests import ingest
from tests.footage import make_video
from tests.windows import READY, Visit, axe, browser, visit

__all__ = ["browser", "visit"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
PLAYS = "() => { const it = document.querySelector('.watching video'); return !it.paused && it.currentTime > 0; }"
SAYS = "said => document.activeElement.getAttribute('aria-valuetext') === said"
PASSES = """() => {
  document.querySelectorAll('.scrub').forEach((strip) => { strip.focus(); strip.blur(); });
  return new Promise((done) => setTimeout(done, 50));
}"""
"""The keys pass over the strips before any of them has an answer."""
AT = "() => document.querySelector('.watching video').currentTime"


@pytest.fixture
def clips(
    settings: Any,
    tmp_path: Path,
    clock: source.SeededSource,
    olives_device: Device,
    street_camera: Camera,
    door_camera: Camera,
) -> list[Clip]:
    """Two of the street, an hour apart, and one of the door between them."""
    settings.BLOBS, settings.KEYS = str(tmp_path / "blobs"), tmp_path / "keys"
    made = []
    for seed, (camera, minutes) in enumerate([(street_camera, 120), (door_camera, 90), (street_camera, 60)]):
        data = make_video(seconds=12, seed=seed, rate=5)
        at = NOON - timedelta(minutes=minutes)
        made.append(ingest.checked(olives_device, camera, data, starts_at=at, duration_ms=12_000, kind="person"))
    return made


@pytest.fixture
def olives_window(
    olive: Account, clips: list[Clip], visit: Callable[..., Visit], client_of: Callable[[Account], Client]
) -> Callable[..., Visit]:
    """Her day, or another page, signed in."""
    kept = {"sessionid": client_of(olive).cookies["sessionid"].value}

    def opened(path: str = "/home/?day=2026-11-24", language: str = "en", **how: Any) -> Visit:
        cookies = [
            {"name": name, "value": value, "domain": "localhost", "path": "/"}
            for name, value in {**kept, "django_language": language}.items()
        ]
        return visit(path, storage_state={"cookies": cookies, "origins": []}, **how)

    return opened


def test_a_day_is_looked_through_by_keys_alone(olives_window: Callable[..., Visit], clips: list[Clip]) -> None:
    seen = olives_window()
    page = seen.page
    strip = page.get_by_role("slider", name="Strip of Street")
    page.evaluate(PASSES)
    assert page.locator(".peek:visible").count() == 0
    strip.focus()
    for key, said in (("Home", "12:00:00 am"), ("ArrowRight", "12:00:00 pm, a person")):
        page.keyboard.press(key)
        page.wait_for_function(SAYS, arg=said)
    page.wait_for_function("() => document.querySelector('.lane .peek img')?.naturalWidth === 160 * 12")
    page.keyboard.press(" ")
    page.wait_for_function(PLAYS)
    title = page.locator(".watching h2")
    assert title.inner_text() == "Street, 12:00 pm"
    page.keyboard.press("k")
    before = page.evaluate(AT)
    page.keyboard.press("l")
    assert page.evaluate(AT) == pytest.approx(before + 5, abs=0.3)
    page.keyboard.press("j")
    assert page.evaluate(AT) == pytest.approx(before, abs=0.3)
    page.keyboard.press("Shift+ArrowRight")
    page.wait_for_function("() => document.querySelector('.watching h2').textContent === 'Street, 1:00 pm'")
    page.wait_for_function(PLAYS)
    assert axe(page) == []
    page.keyboard.press("Escape")
    assert page.locator(".watching").is_hidden()
    assert page.evaluate("document.activeElement.className") == "scrub"
    page.keyboard.press("ArrowDown")
    assert "Front door" in page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert page.get_by_text("Keys", exact=True).is_visible()
    assert seen.complaints == [] and seen.strangers == []


def test_a_still_of_the_list_plays_at_once_on_a_phone(olives_window: Callable[..., Visit]) -> None:
    seen = olives_window(viewport={"width": 390, "height": 844})
    page = seen.page
    page.locator(".clips a.still").nth(1).click()
    page.wait_for_function(PLAYS)
    assert page.locator(".watching h2").inner_text() == "Front door, 12:30 pm"
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert axe(page) == [] and seen.complaints == []


def test_without_scripts_every_clip_is_a_link(olives_window: Callable[..., Visit], clips: list[Clip]) -> None:
    page = olives_window(java_script_enabled=False).page
    assert not page.get_by_text("Keys", exact=True).is_visible()
    page.get_by_label("Words").fill("front")
    page.get_by_role("button", name="Show").click()
    assert page.locator(".clip").count() == 1
    page.locator(".clip div a").click()
    assert page.locator("video").get_attribute("src")
    assert page.url.endswith(f"/home/clips/{clips[1].ref}/")


def test_axe_finds_nothing_on_the_pages_of_clips_and_rights(
    olives_window: Callable[..., Visit], clips: list[Clip], olive: Account, hugo: Account
) -> None:
    marks.note(account=olive, ref=clips[0].ref, note="The gray wagon", label="wagon")
    marks.star(account=olive, ref=clips[0].ref, on=True)
    trash.delete(account=olive, ref=clips[1].ref)
    rights = f"/household/members/{hugo.memberships.get().ref}/rights/"
    pages = ["/home/?day=2026-11-24", "/home/?only=starred", f"/home/clips/{clips[0].ref}/", rights]
    for width, scheme, language in ((390, "dark", "es"), (1280, "light", "en")):
        seen = olives_window(viewport={"width": width, "height": 844}, color_scheme=scheme, language=language)
        for path in pages:
            seen.page.goto(seen.page.url.split("/home")[0] + path)
            seen.page.wait_for_function(READY)
            assert axe(seen.page) == [], (path, width)
            wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
            assert not seen.page.evaluate(wide), (path, width)
        assert seen.complaints == [] and seen.page.locator("html").get_attribute("lang") == language
