"""Limits hold for the instance, however many processes answer."""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode

import pytest

from goodfences import cli
from tests import migrated
from tests.instance import Instance

DOOR = "/accounts/login/code/"


@pytest.fixture
def three_processes(tmp_path: Path) -> Iterator[Instance]:
    instance = Instance(tmp_path / "state", GOODFENCES_PROXIES="127.0.0.1")
    migrated.into(instance.state)
    instance.processes.start("web", cli.serve_command("127.0.0.1", instance.port, workers=3))
    instance.processes.wait_for_http("web", f"{instance.url}/healthz")
    yield instance
    instance.stop()


class Visitor:
    """Asks on a line of its own each time, so that any process may take it."""

    def __init__(self, port: int, address: str) -> None:
        self._port, self._address = port, address
        page, self._cookie = self._ask("GET", "")
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        assert found
        self._token = found[1]

    def asks_for_a_code(self, number: int) -> bool:
        form = {"email": f"person{number}@example.org", "csrfmiddlewaretoken": self._token}
        page, _ = self._ask("POST", urlencode(form))
        return page == ""

    def _ask(self, method: str, body: str) -> tuple[str, str]:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Forwarded-For": self._address}
        if method == "POST":
            headers["Cookie"] = self._cookie
        with closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)) as line:
            line.request(method, DOOR, body, headers)
            answer = line.getresponse()
            assert answer.status in (200, 302, 429)
            return answer.read().decode(), str(answer.getheader("Set-Cookie", "")).partition(";")[0]


def test_one_address_gets_twenty_codes_a_minute_of_three_processes_together(three_processes: Instance) -> None:
    visitor, neighbor = (Visitor(three_processes.port, f"198.51.100.{number}") for number in (1, 2))
    with ThreadPoolExecutor(8) as crowd:
        given = list(crowd.map(visitor.asks_for_a_code, range(75)))
    assert sum(given) == 20 and neighbor.asks_for_a_code(100)
