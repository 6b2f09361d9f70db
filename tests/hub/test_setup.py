"""The owner sets a camera up on the hub's own pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from goodfences.demo.recording import FOOTAGE
from goodfences_hub.settings import CameraSettings
from goodfences_hub.state import SETTINGS_CHANGED
from tests.hub.households import House, household
from tests.instance import wait_until
from tests.windows import axe, browser

__all__ = ["browser"]

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("hub")]

STREET = CameraSettings("street", "demo", str(FOOTAGE / "whole-street.mp4"))
SHED = CameraSettings("shed", "rtsp", "rtsp://anna:s3cret@127.0.0.1:9/stream1")
PAGE = "/cameras/street/settings"
AS_IT_WAS = {
    "name": "", "sensitivity": "normal", "least_s": "0", "keep_days": "0", "keep_gb": "50", "zones": "", "masks": "",
}  # fmt: skip


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with household(tmp_path_factory.mktemp("hub"), STREET, SHED) as house:
        wait_until(lambda: house.get("/cameras/street/still.jpg").status_code == 200, "a picture", seconds=60)
        yield house


@pytest.fixture
def page(house: House, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(house.entrance)
    yield page
    context.close()


def saved(house: House, **changes: Any) -> str:
    """The page after the form was sent with these changes."""
    return house.post(PAGE, **{**AS_IT_WAS, **changes}).text


def test_what_is_saved_stands_in_hub_toml_and_counts_at_once(house: House) -> None:
    before = house.hub.state.rows("SELECT * FROM gap WHERE camera = 'street'")
    told = saved(
        house, name="Side road", sensitivity="low", least_s="1.5", keep_days="2", zones="0 70, 90 70, 90 100"
    )
    assert "Saved" in told
    read = house.camera("street")
    assert read == replace(
        STREET,
        name="Side road",
        sensitivity="low",
        least_s=1.5,
        keep_days=2,
        zones=(((0, 0.7), (0.9, 0.7), (0.9, 1)),),
    )
    assert house.hub._crew._posts["street"].camera == read
    assert "Side road" in house.get("/").text

    def gap() -> Any:
        return house.hub.state.rows("SELECT * FROM gap WHERE camera = 'street' AND ends_at IS NOT NULL")[
            len(before) :
        ]

    [missing] = wait_until(gap, "the camera to go on")
    assert missing["why"] == SETTINGS_CHANGED
    assert missing["ends_at"] - missing["starts_at"] < 15


def test_labels_are_off_until_their_switch_is_and_switching_ends_no_recording(house: House) -> None:
    saved(house)
    loop = house.hub._crew._posts["street"].loop
    assert not house.camera("street").labels and "checked" not in house.get(PAGE).text
    told = saved(house, labels="on")
    assert house.camera("street").labels and house.hub._settings.camera("street").labels
    assert "checked" in told and "no faces, no plates" in told
    assert "labels = true" in house.home.settings.read_text()
    saved(house)
    assert not house.camera("street").labels
    assert house.hub._crew._posts["street"].loop is loop


def test_a_name_alone_ends_no_recording(house: House) -> None:
    saved(house)
    loop = house.hub._crew._posts["street"].loop
    other = house.hub._crew._posts["shed"].loop
    saved(house, name="Front")
    assert house.hub._crew._posts["street"].loop is loop
    saved(house, name="Front", sensitivity="high")
    assert house.hub._crew._posts["street"].loop is not loop
    assert house.hub._crew._posts["shed"].loop is other


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"keep_days": "400"}, "keep_days is between 0 and 365"),
        ({"least_s": "long"}, "Shortest movement, in seconds (0: any): write a number"),
        ({"zones": "1 2, 3 4"}, "Where to watch, outline 1 has 3 to 32 corners"),
        ({"zones": "1 2, 3 4, x"}, "Where to watch: write each outline as one line"),
        ({"zones": "1 2, 3 4, 500 1"}, "each from 0 to 1"),
        ({"sensitivity": "total"}, "sensitivity is one of"),
        ({"name": "x" * 61}, "name has at most 60 characters"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_changes(house: House, changes: dict[str, str], said: str) -> None:
    before = house.home.settings.read_text()
    told = house.post(PAGE, **{**AS_IT_WAS, **changes})
    assert told.status_code == 422
    assert said in told.text
    assert "sensitivity" in changes or next(iter(changes.values())) in told.text  # what was written isn't lost
    assert house.home.settings.read_text() == before


def test_no_page_holds_a_cameras_password(house: House) -> None:
    for path in ("/", "/cameras/shed", "/cameras/shed/settings"):
        assert "s3cret" not in house.get(path).text


def test_a_zone_is_drawn_by_pointer(house: House, page: Page) -> None:
    saved(house)
    page.goto(house.url + PAGE)
    sheet = page.locator(".sheet.zones svg")
    box = sheet.bounding_box()
    assert box is not None
    for x, y in ((0.1, 0.2), (0.6, 0.2), (0.6, 0.8), (0.105, 0.21)):
        sheet.click(position={"x": box["width"] * x, "y": box["height"] * y})
    assert axe(page) == []
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").filter(has_text="Saved")).to_be_visible()
    [zone] = house.camera("street").zones
    assert zone == pytest.approx([pytest.approx(c, abs=0.01) for c in ((0.1, 0.2), (0.6, 0.2), (0.6, 0.8))])


def test_a_zone_is_drawn_by_keyboard_and_taken_back(house: House, page: Page) -> None:
    saved(house)
    page.goto(house.url + PAGE)
    sheet = page.locator(".sheet.zones svg")
    sheet.focus()
    for key in ["Enter", *["ArrowRight"] * 5, "Enter", *["ArrowDown"] * 5, "Enter", "Enter", "Backspace"]:
        sheet.press(key)
    drawing = page.locator("section", has=sheet)
    drawing.get_by_role("button", name="Close outline").click()
    drawing.get_by_text("As numbers").click()
    assert drawing.get_by_role("textbox").input_value() == "50 50, 60 50, 60 60"
    for side, value in (("From the left, %", 10), ("From the top, %", 20), ("Width, %", 30), ("Height, %", 40)):
        drawing.get_by_label(side, exact=True).fill(str(value))
    drawing.get_by_role("button", name="Add rectangle").click()
    drawing.get_by_role("button", name="Remove outline 1").click()
    assert drawing.get_by_role("textbox").input_value() == "10 20, 40 20, 40 60, 10 60"
    page.get_by_role("button", name="Save").click()
    assert house.camera("street").zones == (((0.1, 0.2), (0.4, 0.2), (0.4, 0.6), (0.1, 0.6)),)


def test_what_was_made_before_a_mask_was_drawn_is_told(house: House) -> None:
    event = house.hub.state.do(
        "INSERT INTO event (camera, session, kind, starts_at, ends_at) VALUES ('street', 'x', 'motion', 1, 2)"
    )
    row = (event, "ref", 1.0, 1000, 1, "", "none.age", "waiting")
    house.hub.state.do(
        "INSERT INTO clip (event, upload_as, starts_at, duration_ms, size, sha256, file, state)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        row,
    )
    assert "waits for its upload as made" in saved(house, masks="0 0, 10 0, 10 10")
    assert house.camera("street").masks == (((0, 0), (0.1, 0), (0.1, 0.1)),)
    house.hub.state.do("DELETE FROM clip")
    assert "upload as made" not in saved(house, masks="0 0, 10 0, 10 10")


def test_of_whole_files_only_what_leaves_is_set(tmp_path: Path) -> None:
    with household(tmp_path / "hub", CameraSettings("phone", "folder", str(tmp_path))) as house:
        page = house.get("/cameras/phone/settings").text
        assert "What stays black" in page and "Where to watch" not in page and "Sensitivity" not in page
        told = house.post("/cameras/phone/settings", name="Phone", keep_days="0", keep_gb="50", masks="0 0, 9 0, 9 9")
        assert "Saved" in told.text
        assert house.camera("phone").masks


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_the_page_is_whole(house: House, browser: Browser, width: int, scheme: Any) -> None:
    context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme)
    page = context.new_page()
    page.goto(house.entrance)
    for path in (PAGE, "/cameras/shed/settings"):
        page.goto(house.url + path)
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    context.close()
