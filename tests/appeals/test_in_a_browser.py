"""Somebody without an account hands in a video from a browser: the island sends it in pieces."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from goodfences.appeals import tasks
from goodfences.appeals.models import Appeal, HandIn
from tests.clips import streams
from tests.windows import READY, browser

__all__ = ["browser"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("pages")]


def test_a_video_goes_from_the_form_to_its_receipt(
    appeal: Appeal, live_server: Any, browser: Browser, tmp_path: Path
) -> None:
    (tmp_path / "market.mp4").write_bytes(streams.clip(30))
    page = browser.new_page()
    page.goto(f"{live_server.url}/appeals/{appeal.ref}/hand-in/")
    page.wait_for_function(READY)
    page.get_by_label("The video").set_input_files(tmp_path / "market.mp4")
    page.get_by_role("button", name="Hand it in").click()
    expect(page.locator("p.readout")).to_contain_text("unless you agree")
    page.get_by_label("I agree").check()
    page.get_by_role("button", name="Hand it in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your video is being checked")
    tasks.run_due(10)
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your video is with the agency")
    assert HandIn.objects.get().original["size"] == (tmp_path / "market.mp4").stat().st_size
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You took it back")
    page.close()
