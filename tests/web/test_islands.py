"""The islands and the design system in a real browser, on the styleguide, under the policy that pages really have."""

from __future__ import annotations

import base64
import json
import re
from itertools import product
from typing import Any

import h3
import pytest
from playwright.sync_api import Locator, Page

from goodfences import places
from goodfences.web import moments
from tests.footage import make_video
from tests.windows import axe, browser, visit

__all__ = ["browser", "visit"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]

WHOLE_VIDEO = """async () => {
    const video = document.querySelector('#sample-player video');
    video.src = URL.createObjectURL(await (await fetch(video.src)).blob());
}"""


SHOW = """film => {
    const bytes = Uint8Array.from(atob(film), letter => letter.charCodeAt(0));
    const video = document.querySelector('#sample-player video');
    video.src = URL.createObjectURL(new Blob([bytes], { type: 'video/mp4' }));
}"""


def focus_map(island: Locator) -> Locator:
    canvas = island.locator("canvas.maplibregl-canvas")
    canvas.focus()
    return canvas


def test_the_page_needs_no_other_host_and_breaks_no_policy(visit: Any) -> None:
    seen = visit()
    assert seen.complaints == []
    assert seen.strangers == []


def test_axe_finds_nothing_on_the_styleguide(visit: Any) -> None:
    page = visit().page
    for width, scheme in product((390, 1280), ("light", "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        assert axe(page) == [], (width, scheme)


def test_the_page_is_never_wider_than_a_phone(visit: Any, settings: Any) -> None:
    settings.INSTANCE_NAME = "The neighbors of Northgate and Harbor"
    page = visit().page
    for width, direction in product((320, 390), ("ltr", "rtl")):
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(f"document.documentElement.dir = '{direction}'")
        fits = page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        assert fits, (width, direction)


def test_streets_are_labeled_and_the_credit_shows(visit: Any) -> None:
    page = visit().page
    credit = page.locator("#sample-map, .map").locator("..").locator(".maplibregl-ctrl-attrib").first
    assert "© OpenStreetMap" in credit.inner_text()
    page.locator("[data-island=pin] canvas").scroll_into_view_if_needed()
    focus_map(page.locator("[data-island=pin]"))
    page.keyboard.press("ArrowLeft")
    said = page.locator("[data-island=pin] [role=status]")
    page.wait_for_function(
        "() => /near \\S+/.test(document.querySelector('[data-island=pin] [role=status]').textContent)"
    )
    assert "about 50 meters" in said.inner_text()


def area_of(page: Page) -> str:
    return page.locator("textarea[name=area]").input_value()


def test_an_area_drawn_by_hand_becomes_geojson_and_square_miles(visit: Any) -> None:
    page = visit().page
    island = page.locator("[data-island=draw]")
    box = island.locator("canvas").bounding_box()
    page.evaluate("y => window.scrollTo(0, y)", box["y"] - 50)
    box = island.locator("canvas").bounding_box()
    corners = [(0.2, 0.15), (0.7, 0.15), (0.7, 0.8), (0.2, 0.8), (0.2, 0.15)]
    for x, y in corners:
        page.mouse.move(box["x"] + box["width"] * x, box["y"] + box["height"] * y, steps=4)
        page.mouse.click(box["x"] + box["width"] * x, box["y"] + box["height"] * y)
    page.wait_for_function("() => document.querySelector('textarea[name=area]').value")
    drawn = places.area_from_geojson(json.loads(area_of(page)))
    shown = island.locator("output").inner_text()
    assert f"{drawn.square_miles:.2f} square miles" in shown or f"{drawn.square_miles:.3f} square miles" in shown
    assert "Within the policy’s limits" in shown
    assert island.locator(".corner").count() == 4


def test_an_area_is_drawn_moved_and_undone_by_keyboard_alone(visit: Any) -> None:
    page = visit().page
    island = page.locator("[data-island=draw]")
    focus_map(island)
    for steps in ([], ["ArrowRight"] * 2, ["ArrowDown"] * 2):
        for key in steps:
            page.keyboard.press(key)
        page.keyboard.press("Enter")
    three = area_of(page)
    assert len(json.loads(three)["coordinates"][0]) == 4
    island.locator(".corner").first.focus()
    page.keyboard.press("Shift+ArrowLeft")
    moved = json.loads(area_of(page))["coordinates"][0]
    before = json.loads(three)["coordinates"][0]
    assert moved[0][0] < before[0][0] and moved[1] == before[1]
    assert page.evaluate("document.activeElement.textContent") == "1"
    island.get_by_role("button", name="Undo").click()
    assert area_of(page) == three
    island.get_by_role("button", name="Clear").click()
    assert area_of(page) == ""


def test_a_limit_that_would_break_is_named_and_the_nearest_that_fits_is_offered(visit: Any) -> None:
    page = visit().page
    island = page.locator("[data-island=draw]")
    island.get_by_text("Describe the area in figures").click()
    for name, value in (("lat", "60.1716"), ("lon", "24.9443"), ("radius_m", "900")):
        page.locator(f"[name=area_{name}]").fill(value)
    page.locator("[name=area_radius_m]").blur()
    assert "Too large: at most 0.5 square miles." in island.locator("output").inner_text()
    island.get_by_role("button", name="Make it 0.5 square miles").click()
    assert 0.49 < places.area_from_geojson(json.loads(area_of(page))).square_miles <= 0.5
    assert "Within the policy’s limits" in island.locator("output").inner_text()


def test_a_pin_gives_the_form_a_cell_and_nothing_finer(visit: Any) -> None:
    seen = visit()
    page = seen.page
    island = page.locator("[data-island=pin]")
    field = island.locator("input[name=cell]")
    assert (field.get_attribute("type"), field.input_value()) == ("hidden", "")
    focus_map(island)
    page.keyboard.press("ArrowUp")
    page.wait_for_function("() => document.querySelector('input[name=cell]').value")
    cell = int(field.input_value())
    assert h3.get_resolution(h3.int_to_str(cell)) == places.RES
    for _ in range(6):
        page.keyboard.press("ArrowUp")
    page.wait_for_function(f"() => document.querySelector('input[name=cell]').value !== '{cell}'")
    named = island.locator("input, select, textarea").evaluate_all("all => all.map(each => each.name)")
    assert named == ["cell"]
    assert not [url for url in seen.requests if re.search(r"\d\d\.\d{4}", url)]


def test_a_pin_far_out_is_no_place_yet(visit: Any) -> None:
    page = visit().page
    focus_map(page.locator("[data-island=pin]"))
    for _ in range(3):
        page.keyboard.press("-")
    page.keyboard.press("ArrowUp")
    page.wait_for_function("() => document.querySelector('input[name=cell]').value === ''")


def test_the_player_answers_to_the_keyboard(visit: Any) -> None:
    page = visit().page
    video = page.locator("#sample-player video")
    # The tests' own server can't answer byte ranges, without which no video can be wound.
    page.evaluate(WHOLE_VIDEO)
    page.wait_for_function("() => document.querySelector('#sample-player video').readyState >= 1")
    video.focus()
    at = "() => document.querySelector('#sample-player video').currentTime"
    for key, expected in [("l", 5), ("ArrowRight", 6), (".", 6.1), (",", 6), ("j", 1), ("End", 18), ("Home", 0)]:
        page.keyboard.press(key)
        assert page.evaluate(at) == pytest.approx(expected, abs=0.15), key
    page.keyboard.press(" ")
    page.wait_for_function("() => !document.querySelector('#sample-player video').paused")
    page.keyboard.press("k")
    assert page.evaluate("() => document.querySelector('#sample-player video').paused")
    page.get_by_role("combobox", name="Speed").select_option("2")
    assert page.evaluate("() => document.querySelector('#sample-player video').playbackRate") == 2


def test_a_step_is_as_long_as_the_videos_own_pictures(visit: Any) -> None:
    page = visit().page
    film = base64.b64encode(make_video(seconds=3, rate=25)).decode()
    page.evaluate(SHOW, film)
    page.evaluate("() => document.querySelector('#sample-player video').play()")
    page.wait_for_function("() => document.querySelector('#sample-player video').currentTime > 1")
    page.locator("#sample-player video").focus()
    page.keyboard.press("k")
    at = "() => document.querySelector('#sample-player video').currentTime"
    before = page.evaluate(at)
    page.keyboard.press(".")
    assert page.evaluate(at) - before == pytest.approx(1 / 25, abs=0.002)


def trimmed(page: Page) -> tuple[int, int]:
    typed = [moments.read(page.locator(f"[name=sample-{side}]").input_value()) for side in ("starts", "ends")]
    return typed[0] or 0, typed[1] or 0


def test_trimming_moves_from_key_frame_to_key_frame_and_says_what_leaves(visit: Any) -> None:
    page = visit().page
    said = page.locator("[data-island=trim] [role=status]")
    assert trimmed(page) == (4000, 12000)
    page.get_by_role("slider", name="Start of what will leave").focus()
    page.keyboard.press("ArrowRight")
    page.get_by_role("slider", name="End of what will leave").focus()
    page.keyboard.press("ArrowLeft")
    assert trimmed(page) == (6000, 10000)
    assert "2:10:06.0 am to 2:10:10.0 am will leave: 4 seconds, and nothing else of this clip." in said.inner_text()


def test_a_typed_moment_reaches_out_to_key_frames_unless_exact(visit: Any) -> None:
    page = visit().page
    said = page.locator("[data-island=trim] [role=status]")
    page.locator("[data-island=trim] summary").click()
    page.locator("[name=sample-starts]").fill("0:05.1")
    page.locator("[name=sample-starts]").blur()
    assert trimmed(page) == (5100, 12000)
    assert "2:10:04.0 am to 2:10:12.0 am will leave: 8 seconds" in said.inner_text()
    assert "That is 1.1 seconds more than you chose" in said.inner_text()
    page.get_by_label("Cut at the exact moment").check()
    assert trimmed(page) == (5100, 12000)
    assert "2:10:05.1 am" in said.inner_text()


def test_no_word_of_more_where_nothing_more_leaves(visit: Any) -> None:
    page = visit().page
    page.locator("[data-island=trim] summary").click()
    said = page.locator("[data-island=trim] [role=status]")
    page.locator("[name=sample-ends]").fill("13")
    page.locator("[name=sample-ends]").blur()
    assert "That is 1 second more than you chose" in said.inner_text()
    page.locator("[name=sample-ends]").fill("14")
    page.locator("[name=sample-ends]").blur()
    assert trimmed(page) == (4000, 14000)
    assert "more than" not in said.inner_text()


def test_times_of_a_log_stand_beside_its_words(visit: Any) -> None:
    page = visit().page
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        covered = page.locator(".log > li").evaluate_all(
            """rows => rows.filter(row => {
                row.children[0].textContent = "Wednesday, Nov 25, 10:30:53 pm";
                const [time, words] = [...row.children].map(each => {
                    const range = document.createRange();
                    range.selectNodeContents(each);
                    return range.getBoundingClientRect();
                });
                return words.left < time.right && words.top < time.bottom;
            }).length"""
        )
        assert (width, covered) == (width, 0)


def test_everything_can_be_said_without_javascript(visit: Any) -> None:
    page = visit(java_script_enabled=False).page
    for name in ("area", "area_lat", "area_lon", "area_radius_m", "cell", "sample-starts", "sample-ends"):
        assert page.locator(f"[name='{name}']").is_visible(), name
    assert page.locator("#sample-player video").get_attribute("controls") is not None


def test_the_menu_of_a_phone_opens_by_keyboard_and_closes_by_escape(visit: Any) -> None:
    page = visit(viewport={"width": 390, "height": 800}).page
    menu = page.get_by_role("navigation", name="Main")
    assert not menu.is_visible()
    page.get_by_role("button", name="Menu").focus()
    page.keyboard.press("Enter")
    assert menu.get_by_role("link", name="Sign in").is_visible()
    page.keyboard.press("Escape")
    assert not menu.is_visible()


def test_a_map_follows_the_reader_into_the_dark(visit: Any) -> None:
    page = visit(color_scheme="light").page
    canvas = page.locator("[data-island=pin] canvas")
    canvas.scroll_into_view_if_needed()
    bright = canvas.screenshot()
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(1500)
    assert canvas.screenshot() != bright


def test_a_wrong_field_stays_in_line_with_its_neighbors(visit: Any) -> None:
    page = visit(viewport={"width": 390, "height": 900}).page
    control = page.locator("#wrong_name")
    wrong = control.bounding_box()
    control.evaluate("control => control.closest('.field.wrong').classList.remove('wrong')")
    right = control.bounding_box()
    assert wrong is not None and right is not None
    assert (wrong["x"], wrong["width"]) == (right["x"], right["width"])
