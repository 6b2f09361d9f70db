"""Windows of a real browser on the tests' own server, and everything that goes wrong or out in them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page

from goodfences.people.models import Account
from tests.browser import READY, open_browser
from tests.persons import show_second_factor, signed_in

AXE = Path(__file__).resolve().parent.parent / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}

# Of radio buttons with one name a key leads to one, and arrows to the others.
STOPS = """() => {
  const shown = (e) => e.checkVisibility({ visibilityProperty: true }) && e.getClientRects().length > 0;
  const group = (e) => [...document.getElementsByName(e.name)].filter((o) => o.form === e.form);
  const leads = (e) => e.type !== 'radio' || e === (group(e).find((o) => o.checked) ?? group(e)[0]);
  const all = document.querySelectorAll(
    'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]');
  const open = (e) => !e.disabled && e.tabIndex >= 0 && !e.closest('[inert]');
  const stops = [...all].filter((e) => open(e) && shown(e) && leads(e));
  stops.forEach((e, number) => (e.dataset.stop = String(number)));
  document.activeElement?.blur();
  window.stopsMet = new Set();
  document.addEventListener('focusin', (event) => stopsMet.add(event.target.dataset.stop));
  return stops.map((e) => e.outerHTML.slice(0, 120));
}"""
# Of an error that is written down as such a console tells no more than "Error".
TELL_ERRORS = """() => {
  const write = console.error.bind(console);
  console.error = (...all) => write(...all.map((each) => (each instanceof Error ? each.stack : each)));
}"""
STOPS_OF_A_DATE, SPARE = 5, 12


class Visit:
    """One page in one window, what was complained of in it, and what it asked for."""

    def __init__(self, browser: Browser, address: str, **context: Any) -> None:
        self.complaints: list[str] = []
        self.requests: list[str] = []
        options = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce", **context}
        self.context = browser.new_context(**options)
        self.context.add_init_script(f"({TELL_ERRORS})()")
        self.page: Page = self.context.new_page()
        self.page.on("console", lambda message: message.type == "error" and self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(f"{error} {error.stack}"))
        self.page.on("websocket", lambda opened: self.requests.append(opened.url))
        self.context.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(address)
        if options.get("java_script_enabled", True):
            self.page.wait_for_function(READY, timeout=60_000)

    @property
    def strangers(self) -> list[str]:
        """What was asked for from anywhere but this host."""
        own = {urlsplit(self.page.url).netloc, ""}
        outside = [url for url in self.requests if urlsplit(url).netloc not in own]
        return [url for url in outside if not url.startswith(("data:", "blob:"))]


def window(
    browser: Browser, url: str, account: Account | None = None, *, width: int = 1280, dark: bool = False
) -> Page:
    """A page in a window of its own, in which this person is signed in; an officer has shown a second factor."""
    context = browser.new_context(
        viewport={"width": width, "height": 844},
        reduced_motion="reduce",
        color_scheme="dark" if dark else "light",
        accept_downloads=True,
    )
    context.set_default_timeout(20_000)
    client = signed_in(account) if account else Client()
    if account is not None:
        show_second_factor(client, account)
    context.add_cookies([{"name": n, "value": each.value, "url": url} for n, each in client.cookies.items()])
    return context.new_page()


def whole(page: Page) -> None:
    """It is ready, as wide as its window, and axe finds nothing."""
    page.wait_for_function(READY)
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    assert axe(page) == []


def axe(page: Page) -> list[str]:
    """What axe finds wrong on the page: a rule and where it is broken."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("options => axe.run(document, options)", RULES)["violations"]
    return [f"{each['id']}: {node['target']}" for each in found for node in each["nodes"][:4]]


def beyond_keys(page: Page) -> list[str]:
    """What a person with a keyboard can't come to by Tab. Where the focus was is forgotten."""
    stops: list[str] = page.evaluate(STOPS)
    parts = page.locator("input[type=time], input[type=date], input[type=datetime-local]").count()
    left = set(range(len(stops)))
    for pressed in range(len(stops) + STOPS_OF_A_DATE * parts + SPARE):
        page.keyboard.press("Tab")
        if pressed >= len(stops) - 1:
            left -= {int(met) for met in page.evaluate("() => [...stopsMet].filter(Boolean)")}
        if not left:
            break
    return [f"no key leads to {stop}" for number, stop in enumerate(stops) if number in left]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Playwright keeps an event loop in this thread; what Django does here is plain synchronous work all the same.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with open_browser() as opened:
        yield opened
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def visit(browser: Browser, live_server: Any) -> Iterator[Callable[..., Visit]]:
    """`visit("/styleguide/")` opens the page in a window of its own; more options are Playwright's."""
    visits = []

    def start(path: str = "/styleguide/", **context: Any) -> Visit:
        visits.append(Visit(browser, live_server.url + path, **context))
        return visits[-1]

    yield start
    for each in visits:
        each.context.close()
