"""Every page of the table of routes in a real browser, as somebody who may see it: whole, narrow, by axe's rules."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from playwright.sync_api import Error as BrowserError

from tests.web import everything as instance
from tests.web import routes
from tests.windows import READY, axe, beyond_keys, browser

__all__ = ["browser"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("pages")]

PHONE = {"viewport": {"width": 390, "height": 844}, "reduced_motion": "reduce"}
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
SEES_ONE_OF_ITS_OWN = {
    "anyone": "light",
    "olive": "dark",
    "nadia": "light",
    "aggie": "dark",
    "otto": "dark",
    "max": "light",
}
"""Between them they come to every page there is; and in which colors."""


@pytest.mark.timeout(600)
@pytest.mark.parametrize("role", SEES_ONE_OF_ITS_OWN)
def test_every_page_is_whole(role: str, everything: instance.Everything, live_server: Any, browser: Browser) -> None:
    client = routes.client_for(role, everything.persons)
    window = browser.new_context(color_scheme=SEES_ONE_OF_ITS_OWN[role], **PHONE)
    _sign_in(window, client, live_server.url)
    faults, seen = {}, []
    for route in _pages(role):
        url = routes.address(everything, route) + instance.query(everything, route)
        if not _is_page(client.get(url)):
            continue
        found = _faults(window.new_page(), live_server.url + url)
        seen.append(route)
        if found:
            faults[route] = found
    window.close()
    assert faults == {}
    assert seen, "somebody before this one sees every page of theirs"


def _pages(role: str) -> list[str]:
    """What the role is shown, and none of those before it."""
    before = list(SEES_ONE_OF_ITS_OWN)[: list(SEES_ONE_OF_ITS_OWN).index(role)]
    table = routes.table()
    shown = [route for (route, method), by in table.items() if method == "GET" and by[role] == "200"]
    return [route for route in shown if all(table[route, "GET"][other] != "200" for other in before)]


def _is_page(response: Any) -> bool:
    is_html = response.headers.get("Content-Type", "").startswith("text/html")
    return is_html and response.content.lstrip()[:9].lower() == b"<!doctype"


def _sign_in(window: BrowserContext, client: Any, url: str) -> None:
    window.add_cookies([{"name": name, "value": each.value, "url": url} for name, each in client.cookies.items()])


def _faults(page: Page, url: str) -> list[str]:
    complaints: list[str] = []
    page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    try:
        page.goto(url)
        page.wait_for_function(READY, timeout=30_000)
        wider = page.evaluate(WIDER)
        found = [*([f"{wider} px too wide"] if wider > 0 else []), *axe(page), *beyond_keys(page), *complaints]
    except BrowserError as error:
        found = [str(error)[:200]]
    page.close()
    return found
