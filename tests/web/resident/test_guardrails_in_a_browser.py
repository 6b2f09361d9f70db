"""What stops a post, in a real browser: told once, marked, mended by a button, reached by keys, without a fault."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, expect

from goodfences.feed.models import Post
from goodfences.people.models import Account
from tests.windows import Visit, axe, beyond_keys, browser

__all__ = ["browser"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ClientOf = Callable[[Account], Client]
TEXT = "Suspicious guy. His name is Kevin Brandt, call 555-201-7788."


def shot(page: Any, name: str) -> None:
    if os.environ.get("SHOTS"):
        for width in (390, 1280):
            for scheme in ("light", "dark"):
                page.set_viewport_size({"width": width, "height": 900})
                page.emulate_media(color_scheme=scheme)
                page.screenshot(path=f"{os.environ['SHOTS']}/{name}-{width}-{scheme}.png", full_page=True)


def test_a_stopped_post_is_marked_cut_and_sent(
    live_server: Any, browser: Browser, client_of: ClientOf, olive: Account, olives_home: Any
) -> None:
    visit = Visit(browser, f"{live_server.url}/accounts/login/")
    cookies = client_of(olive).cookies.items()
    visit.context.add_cookies([{"name": name, "value": each.value, "url": live_server.url} for name, each in cookies])
    page = visit.page
    page.goto(f"{live_server.url}/neighbors/new/?kind=crime")
    page.get_by_label("In a few words").fill("Our fence")
    page.get_by_role("textbox", name="What happened").fill(TEXT)
    page.get_by_role("button", name="Post it").click()
    stops = page.locator("section.stops")
    expect(stops.locator("mark").first).to_be_visible()
    assert {"name is Kevin Brandt", "555-201-7788"} <= set(stops.locator("mark").all_inner_texts())
    assert axe(page) == [] and beyond_keys(page) == []
    shot(page, "stops")
    page.get_by_role("button", name="Cut the marked words").click()
    expect(page.get_by_text("The marked words are cut.")).to_be_visible()
    assert "Brandt" not in page.get_by_role("textbox", name="What happened").input_value()
    page.get_by_role("textbox", name="What happened").fill("Somebody broke our fence last night.")
    page.get_by_role("button", name="Post it").click()
    expect(page.get_by_role("heading", name="Our fence")).to_be_visible()
    assert Post.objects.get().text == "Somebody broke our fence last night."
    visit.context.close()


def test_a_sentence_is_tried_on_the_page_of_the_rules(live_server: Any, browser: Browser) -> None:
    visit = Visit(browser, f"{live_server.url}/guardrails/", locale="es-MX")
    page = visit.page
    page.get_by_role("textbox", name="Una frase").fill(
        "Hay un hombre negro caminando por la calle, llamen al 555-201-7788."
    )
    page.get_by_role("button", name="Revisar").click()
    expect(page.locator("mark").first).to_have_text("hombre negro")
    assert "negro" not in page.url
    assert axe(page) == [] and beyond_keys(page) == [] and visit.strangers == []
    shot(page, "rules")
    visit.context.close()
