"""Two neighbors in two browsers: what one does shows at the other's, also after the connection was lost."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from goodfences import cli
from goodfences.demo.processes import free_port
from tests.instance import Instance
from tests.windows import READY, axe, browser

__all__ = ["browser"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]
COME_BACK_MS = 15_000
TITLES = ".post h3"


class Town(Instance):
    """An instance with its streams beside it."""

    def __init__(self, state: Path) -> None:
        self.live_port = free_port()
        super().__init__(state, GOODFENCES_NEWS=str(self.live_port))

    def start(self) -> None:
        self.migrate()
        self.start_web()
        self.start_live()

    def start_live(self) -> None:
        self.processes.start("live", cli.live_command("127.0.0.1", self.live_port))
        self.processes.wait_for_port("live", self.live_port)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    made = Town(tmp_path_factory.mktemp("town"))
    try:
        made.start()
        yield made
    finally:
        made.stop()


def window(browser: Browser, town: Town, session: str, language: str, width: int) -> Page:
    context = browser.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce")
    cookies = {"sessionid": session, "django_language": language}
    context.add_cookies([{"name": name, "value": value, "url": town.url} for name, value in cookies.items()])
    return context.new_page()


def go(page: Page, url: str) -> None:
    page.goto(url)
    page.wait_for_function(READY)


@pytest.fixture(scope="module")
def people(town: Town) -> dict[str, str]:
    return town.run("tests.feed.town", "people")


def test_two_neighbors_see_each_others_doings_live(town: Town, people: dict[str, str], browser: Browser) -> None:
    olive = window(browser, town, people["olive"], "en", 1280)
    nadia = window(browser, town, people["nadia"], "es", 390)

    go(olive, f"{town.url}/neighbors/")
    expect(olive.get_by_text("A quiet neighborhood.")).to_be_visible()
    expect(olive.locator("#post-list")).to_have_attribute("data-live", "stream")
    go(nadia, f"{town.url}/neighbors/new/")
    nadia.get_by_label("Mascota perdida").check()
    nadia.get_by_label("En pocas palabras").fill("Se perdió Milo")
    nadia.get_by_role("button", name="Publicar").click()
    nadia.wait_for_url(re.compile(r"/neighbors/[\w-]{22}/$"))
    expect(olive.locator(TITLES)).to_have_text(["Se perdió Milo"])
    expect(olive.get_by_text("A quiet neighborhood.")).to_be_hidden()
    assert axe(olive) == []

    nadia.wait_for_function(READY)
    olive.locator(TITLES).get_by_role("link").click()
    olive.wait_for_function(READY)
    olive.get_by_label("Your comment").fill("He sits at the mill.")
    olive.get_by_role("button", name="Comment", exact=True).click()
    expect(nadia.get_by_text("He sits at the mill.")).to_be_visible()
    assert axe(nadia) == []

    olive.wait_for_function(READY)
    press_without_a_jump(olive)
    nadia.get_by_role("link", name="Contar cómo terminó").click()
    nadia.get_by_label("¿Cómo terminó?").fill("apareció en el molino")
    nadia.get_by_role("button", name="Contarlo a los vecinos").click()
    expect(olive.locator(".outcome")).to_contain_text("Resolved: apareció en el molino")
    assert axe(olive) == []


def press_without_a_jump(page: Page) -> None:
    """The buttons of a post's page change in their place: no new page, nothing moves, the keyboard stays there."""
    page.set_viewport_size({"width": 1280, "height": 420})
    page.get_by_role("button", name="Follow", exact=True).scroll_into_view_if_needed()
    before = page.evaluate("(window.stays = true, scrollY)")
    page.get_by_role("button", name="Follow", exact=True).press("Enter")
    followed = page.get_by_role("button", name="Followed", exact=True)
    expect(followed).to_be_focused()
    expect(followed).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("window.stays && scrollY") == before
    page.get_by_role("button", name="Delete your comment").click()
    expect(page.get_by_text("Your comment is deleted.")).to_be_visible()
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_text("He sits at the mill.")).to_be_visible()
    assert page.evaluate("window.stays")
    page.set_viewport_size({"width": 1280, "height": 900})


def test_a_lost_connection_loses_and_doubles_nothing(town: Town, people: dict[str, str], browser: Browser) -> None:
    olive = window(browser, town, people["olive"], "en", 390)
    go(olive, f"{town.url}/neighbors/?kind=question")
    town.run("tests.feed.town", "write", "nadia", "Before")
    expect(olive.locator(TITLES)).to_have_text(["Before"])
    town.processes.kill("live")
    town.run("tests.feed.town", "write", "nadia", "First meanwhile", "Second meanwhile")
    town.start_live()
    both = ["Second meanwhile", "First meanwhile", "Before"]
    expect(olive.locator(TITLES)).to_have_text(both, timeout=COME_BACK_MS)
    town.run("tests.feed.town", "write", "nadia", "After")
    expect(olive.locator(TITLES)).to_have_text(["After", *both])


def test_the_streams_are_for_those_who_are_signed_in_here(town: Town, people: dict[str, str]) -> None:
    town.run("tests.feed.town", "write", "nadia", "Heard of")
    url, own = f"http://127.0.0.1:{town.live_port}/neighbors/live/", {"Origin": town.url}
    signed_in = {"Cookie": f"sessionid={people['olive']}"}
    assert httpx.get(url, headers=own).status_code == 401
    assert httpx.get(url, headers={**own, "Cookie": "sessionid=nonsense"}).status_code == 401
    assert httpx.get(url, headers={**signed_in, "Origin": "https://elsewhere.example"}).status_code == 403
    assert httpx.get(url, headers={**signed_in, "Host": "elsewhere.example"}).status_code == 403
    assert httpx.get(url + "x", headers=signed_in).status_code == 404
    assert httpx.get(f"{url}?post=AAAAAAAAAAAAAAAAAAAAAA", headers=signed_in).status_code == 401
    with httpx.stream("GET", url, headers={**signed_in, **own}) as stream:
        assert stream.headers["Access-Control-Allow-Origin"] == town.url
        assert next(line for line in stream.iter_lines() if line.startswith("id: "))
    with httpx.stream("GET", url, headers={**signed_in, "Last-Event-ID": seal_of(town, 0)}) as stream:
        told = [line for line in itertools.islice(stream.iter_lines(), 6) if line.startswith("data: ")]
        assert told and all(set(json.loads(line[6:])) == {"what", "post", "comment"} for line in told)


def seal_of(town: Town, number: int) -> str:
    sealed: str = town.run("tests.feed.town", "seal", str(number))
    return sealed


def test_a_page_without_a_stream_asks(town: Town, people: dict[str, str], browser: Browser) -> None:
    olive = window(browser, town, people["olive"], "en", 390)
    olive.route("**/neighbors/live/**", lambda route: route.fulfill(status=503))
    olive.clock.install()
    go(olive, f"{town.url}/neighbors/?kind=question")
    expect(olive.locator("#post-list")).to_have_attribute("data-live", "poll")
    town.run("tests.feed.town", "write", "nadia", "Asked for")
    olive.clock.run_for(11_000)
    expect(olive.locator(TITLES).first).to_have_text("Asked for")


def test_a_draft_survives_a_page_that_closed(town: Town, people: dict[str, str], browser: Browser) -> None:
    olive = window(browser, town, people["olive"], "en", 390)
    go(olive, f"{town.url}/neighbors/new/")
    olive.get_by_label("Question").check()
    olive.get_by_label("In a few words").fill("Half a thought")
    olive.context.set_offline(True)
    olive.get_by_role("button", name="Post it").click()
    expect(olive.get_by_text("There is no connection.")).to_be_visible()
    olive.context.set_offline(False)
    go(olive, f"{town.url}/neighbors/new/")
    expect(olive.get_by_label("In a few words")).to_have_value("Half a thought")
    expect(olive.get_by_label("Question")).to_be_checked()
    olive.get_by_role("button", name="Post it").click()
    expect(olive.get_by_role("heading", name="Half a thought")).to_be_visible()
    go(olive, f"{town.url}/neighbors/new/")
    expect(olive.get_by_label("In a few words")).to_have_value("")
