"""P11: no third parties. In a real browser, pages with maps and players ask this host for everything."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from tests.instance import Instance
from tests.web import routes
from tests.web.conftest import everything
from tests.web.everything import Everything
from tests.windows import Visit, browser, visit

__all__ = ["browser", "everything", "visit"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]

ISLAND = re.compile(rb'data-island="?(\w+)')
PATIENCE_MS = 1000
"""What a page still asks for, when its islands are ready, it asks for within this time."""


def kept_in(client: Any, url: str) -> dict[str, Any]:
    """The cookies of a client who is signed in, for a window of the browser."""
    host = urlsplit(url).hostname
    cookies = [
        {"name": name, "value": kept.value, "domain": host, "path": "/"} for name, kept in client.cookies.items()
    ]
    return {"cookies": cookies, "origins": []}


def blocked(seen: Visit) -> list[str]:
    """What the page tried to fetch and its policy did not let through."""
    return [said for said in seen.complaints if "Content Security Policy" in said]


def with_each(islands: dict[str, frozenset[bytes]]) -> Iterator[str]:
    """Few routes whose pages have, between them, every island that there is."""
    left = set().union(*islands.values())
    while left:
        route = max(islands, key=lambda one: len(islands[one] & left))
        left -= islands[route]
        yield route


@pytest.mark.parametrize("role", ["olive", "omar", "otto"])
def test_no_page_with_a_map_or_a_player_asks_another_host(
    role: str, everything: Everything, visit: Callable[..., Visit], live_server: Any
) -> None:
    client = routes.client_for(role, everything.persons)
    shown = {route: routes.ask(client, everything, route, "GET").content for route, _ in routes.routes()}
    islands = {route: frozenset(ISLAND.findall(content)) for route, content in shown.items()}
    assert {b"map", b"draw", b"pin", b"player", b"trim"} <= frozenset().union(*islands.values())
    for route in ["public:home", *with_each(islands)]:
        seen = visit(routes.address(everything, route), storage_state=kept_in(client, live_server.url))
        seen.page.wait_for_timeout(PATIENCE_MS)
        assert (route, seen.strangers, blocked(seen)) == (route, [], [])
        if b"map" in islands[route]:
            assert any(url.endswith("/map/town.pmtiles") for url in seen.requests), route
        seen.context.close()


@pytest.fixture
def stranger_host() -> Iterator[tuple[str, list[bytes]]]:
    """The address of another host, and what it was asked."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def listen() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                asked.append(connection.recv(1000))
                connection.close()

        thread = threading.Thread(target=listen)
        thread.start()
        yield f"127.0.0.1:{listening.getsockname()[1]}", asked
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()


REACH_OUT = """async host => {
    const socket = () => new Promise((done, fail) => Object.assign(new WebSocket(`ws://${host}/`), {onerror: fail}));
    const tried = async way => { try { await way(); return "done"; } catch { return "no"; } };
    return Promise.all([() => fetch(`http://${host}/`), socket].map(tried));
}"""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """The address of the real server: the tests' own serves static files past all that is ours."""
    instance = Instance(tmp_path)
    instance.migrate()
    instance.start_web()
    yield instance.url
    instance.stop()


def test_the_browser_itself_would_stop_one(
    browser: Browser, served: str, stranger_host: tuple[str, list[bytes]]
) -> None:
    """Also in the map's worker, which obeys the policy that came with its own script."""
    seen = Visit(browser, f"{served}/styleguide/")
    host, asked = stranger_host
    assert (seen.strangers, blocked(seen)) == ([], [])
    assert seen.page.evaluate(REACH_OUT, host) == ["no", "no"]
    assert all(any(f"{scheme}://{host}/" in said for said in blocked(seen)) for scheme in ("http", "ws"))
    for worker in seen.page.workers:
        assert worker.evaluate(REACH_OUT, host) == ["no", "no"]
    assert seen.page.workers
    seen.page.wait_for_timeout(PATIENCE_MS)
    assert asked == []
    seen.context.close()
