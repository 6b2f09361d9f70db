"""Every page of the table of routes in a real browser, as somebody who may see it: whole, narrow, by axe's rules, and
asking no other host for anything (P11).

So is each that comes back because its form was sent empty.

With PICTURES=FOLDER in the environment it leaves four pictures of each there: two widths, light and dark.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from playwright.sync_api import Error as BrowserError

from tests.web import everything as instance
from tests.web import routes
from tests.windows import READY, axe, beyond_keys, browser

__all__ = ["browser"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("pages")]

PHONE = {"viewport": {"width": 390, "height": 844}, "reduced_motion": "reduce"}
POSTED = "[...document.querySelectorAll('main form[method=post]')]"
FORM = f"{POSTED}.find(it => new URL(it.action).pathname === location.pathname)"
SEND_EMPTY = f"""() => {{
  const form = {FORM};
  for (const field of form.elements) {{
    if (["checkbox", "radio"].includes(field.type)) field.checked = false;
    else if (field.matches("textarea, input:not([type=hidden], [type=submit], [type=file])")) field.value = "";
  }}
  HTMLFormElement.prototype.submit.call(form);
}}"""
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
PICTURES = os.environ.get("PICTURES", "")


@pytest.mark.timeout(3600 if PICTURES else 600)
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
        found = _faults(window.new_page(), live_server.url + url, route)
        seen.append(route)
        if found:
            faults[route] = found
    for route in _refusing(role, seen):
        url = routes.address(everything, route) + instance.query(everything, route)
        if found := _faults_once_refused(window.new_page(), live_server.url + url, route):
            faults[f"{route}, sent empty"] = found
    window.close()
    assert faults == {}
    assert seen, "somebody before this one sees every page of theirs"


def _pages(role: str) -> list[str]:
    """What the role is shown, and none of those before it."""
    before = list(SEES_ONE_OF_ITS_OWN)[: list(SEES_ONE_OF_ITS_OWN).index(role)]
    table = routes.table()
    shown = [route for (route, method), by in table.items() if method == "GET" and by[role] == "200"]
    return [route for route in shown if all(table[route, "GET"][other] != "200" for other in before)]


def _refusing(role: str, seen: list[str]) -> list[str]:
    """Those of the pages whose form can be refused, and is shown again with what is wrong."""
    table = routes.table()
    return [route for route in seen if (route, "POST") in table and table[route, "POST"][role] == "422"]


def _is_page(response: Any) -> bool:
    is_html = response.headers.get("Content-Type", "").startswith("text/html")
    return is_html and response.content.lstrip()[:9].lower() == b"<!doctype"


def _sign_in(window: BrowserContext, client: Any, url: str) -> None:
    window.add_cookies([{"name": name, "value": each.value, "url": url} for name, each in client.cookies.items()])


def _faults(page: Page, url: str, route: str) -> list[str]:
    complaints: list[str] = []
    own = urlsplit(url).netloc
    page.on("request", lambda asked: urlsplit(asked.url).netloc not in (own, "") and complaints.append(asked.url))
    page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    try:
        page.goto(url)
        page.wait_for_function(READY, timeout=30_000)
        wider = page.evaluate(WIDER)
        found = [*([f"{wider} px too wide"] if wider > 0 else []), *axe(page), *beyond_keys(page), *complaints]
        if PICTURES:
            _picture(page, Path(PICTURES), route.replace(":", "-"))
    except BrowserError as error:
        found = [str(error)[:200]]
    page.close()
    return found


def _faults_once_refused(page: Page, url: str, route: str) -> list[str]:
    try:
        page.goto(url)
        page.wait_for_function(READY, timeout=30_000)
        if not page.evaluate(f"() => !!{FORM}"):
            return []
        with page.expect_navigation():
            page.evaluate(SEND_EMPTY)
        page.wait_for_function(READY, timeout=30_000)
        wider = page.evaluate(WIDER)
        found = [*([f"{wider} px too wide"] if wider > 0 else []), *axe(page)]
        if PICTURES:
            _picture(page, Path(PICTURES), f"{route.replace(':', '-')}-refused")
    except BrowserError as error:
        found = [str(error)[:200]]
    finally:
        page.close()
    return found


def _picture(page: Page, folder: Path, name: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    page.evaluate("() => { document.activeElement?.blur(); scrollTo(0, 0); }")
    for width, height in ((390, 844), (1280, 900)):
        page.set_viewport_size({"width": width, "height": height})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.wait_for_timeout(150)
            page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)
