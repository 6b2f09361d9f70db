"""A report, a ruling and its appeal in real browsers, on a phone and at a desk, by clicks alone."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from goodfences.people.models import Account
from tests.moderation.conftest import REASONS, mara, write
from tests.persons import signed_in
from tests.windows import axe, browser

__all__ = ["browser", "mara"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]


def window(browser: Browser, account: Account, url: str, width: int) -> Page:
    client = signed_in(account)
    context: BrowserContext = browser.new_context(viewport={"width": width, "height": 844}, reduced_motion="reduce")
    context.set_default_timeout(20_000)
    context.add_cookies([{"name": n, "value": each.value, "url": url} for n, each in client.cookies.items()])
    return context.new_page()


def test_reported_removed_appealed_and_back(
    browser: Browser, live_server: Any, olive: Account, nadia: Account, max: Account, mara: Account
) -> None:
    url, post = live_server.url, write(olive)
    reader, author = (window(browser, each, url, 390) for each in (nadia, olive))
    first, second = (window(browser, each, url, 1280) for each in (max, mara))

    reader.goto(f"{url}/neighbors/{post.ref}/")
    reader.get_by_role("link", name="Report this post").click()
    reader.get_by_label("It is about who somebody seems to be").check()
    assert axe(reader) == []
    reader.get_by_role("button", name="Report it").click()
    expect(reader.get_by_text("you are told what comes of it")).to_be_visible()

    first.goto(f"{url}/staff/moderation/")
    first.get_by_role("link", name="A ladder at the corner").click()
    first.get_by_role("button", name="Take it, for 30 minutes").click()
    first.get_by_label("It is removed").check()
    first.get_by_label("Why", exact=False).last.fill(REASONS)
    assert axe(first) == []
    first.get_by_role("button", name="Rule, publish and tell").click()
    expect(first.get_by_text("Nothing to review")).to_be_visible()

    reader.goto(f"{url}/neighbors/")
    expect(reader.get_by_text("A post was removed here by a ruling")).to_be_visible()
    author.goto(f"{url}/neighbors/{post.ref}/")
    author.get_by_role("link", name="Read why, and appeal").click()
    author.get_by_label("Why is the ruling wrong?").fill("It tells of a ladder alone.")
    assert axe(author) == []
    author.get_by_role("button", name="Appeal").click()

    second.goto(f"{url}/staff/moderation/")
    second.get_by_role("region", name="Appeals").get_by_role("link").click()
    second.get_by_label("It is overturned").check()
    second.get_by_label("Why", exact=False).last.fill("A ladder is nobody, and it did nothing.")
    assert axe(second) == []
    second.get_by_role("button", name="Decide, publish and tell").click()
    reader.goto(f"{url}/neighbors/")
    expect(reader.get_by_text("Back after an appeal")).to_be_visible()
    for page in (reader, author, first, second):
        page.context.close()
