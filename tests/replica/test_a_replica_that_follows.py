"""Public pages from a real replica (streaming replication), with a real server before both."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from goodfences.bench.postgres import Server, follower, running
from goodfences.web.public import urls
from tests.instance import Instance, wait_until
from tests.promises import killed_town

pytestmark = [pytest.mark.slow, pytest.mark.postgres]

LIMIT = 4.0


class Town:
    """An instance with a replica; `browser` is somebody's, signed in or not."""

    def __init__(self, state: Path, primary: Server, replica: Server) -> None:
        self.primary, self.replica = primary, replica
        self.instance = Instance(
            state,
            DATABASE_URL=primary.url,
            DATABASE_REPLICA_URL=replica.url,
            GOODFENCES_REPLICA_LAG_SECONDS=str(LIMIT),
        )
        self.built: dict[str, Any] = {}
        self.browsers: list[httpx.Client] = []
        self.next = 0

    def browser(self, **cookies: str) -> httpx.Client:
        self.browsers.append(httpx.Client(base_url=self.instance.url, cookies=cookies))
        return self.browsers[-1]

    def approve(self) -> tuple[str, httpx.Client]:
        """Ada opens a request, which is public from then on; its page, and her browser."""
        ref, self.next = self.built["requests"][self.next], self.next + 1
        ada = self.browser(sessionid=self.built["session"])
        page = ada.get(f"/portal/requests/{ref}/").text
        token = re.search(r'approve/"[^>]*>\s*<input[^>]*name="csrfmiddlewaretoken" value="(\w+)"', page)
        assert token is not None
        told = ada.post(f"/portal/requests/{ref}/approve/", data={"csrfmiddlewaretoken": token[1]})
        assert told.status_code == 302
        return f"/record/requests/{ref}/", ada

    def pause(self, *, on: bool) -> None:
        """Let the replica receive the log, and show nothing of it."""
        with psycopg.connect(self.replica.url, autocommit=True) as line:
            line.execute("SELECT pg_wal_replay_pause()" if on else "SELECT pg_wal_replay_resume()")

    def has_caught_up(self) -> bool:
        with psycopg.connect(self.primary.url) as line, psycopg.connect(self.replica.url) as behind:
            written = line.execute("SELECT pg_current_wal_lsn() - '0/0'").fetchone()
            replayed = behind.execute("SELECT pg_last_wal_replay_lsn() - '0/0'").fetchone()
        assert written is not None and replayed is not None
        return bool(replayed[0] >= written[0])

    def listed(self, browser: httpx.Client) -> set[str]:
        """The requests of the public record, as this browser sees it."""
        page = browser.get("/record/")
        assert page.status_code == 200
        return set(re.findall(r'href="(/record/requests/[\w-]+/)"', page.text))

    def doctor(self) -> str:
        """What `goodfences doctor` says of the replica."""
        command = [sys.executable, "-m", "goodfences.cli", "doctor", "--json"]
        environment = {**os.environ, **self.instance.environment}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        found = {each["check"]: each for each in json.loads(done.stdout)["findings"]}
        return str(found["replica"]["level"])


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with running() as primary, follower(primary) as replica:
        made = Town(tmp_path_factory.mktemp("town"), primary, replica)
        made.instance.migrate()
        made.built = made.instance.run(killed_town.__name__, "build", "0", "4")
        made.instance.start_web()
        try:
            yield made
        finally:
            for browser in made.browsers:
                browser.close()
            made.instance.stop()


@pytest.fixture
def stranger(town: Town) -> httpx.Client:
    """Somebody who reads the record while the replica is as new as can be."""
    wait_until(town.has_caught_up, "catching up")
    reader = town.browser()
    town.listed(reader)
    return reader


def test_the_public_reads_the_replica_and_whoever_wrote_what_they_wrote(town: Town, stranger: httpx.Client) -> None:
    town.pause(on=True)
    try:
        opened, ada = town.approve()
        assert opened not in town.listed(stranger), "This was read from the primary."
        assert opened in town.listed(ada)
        wrote = ada.cookies["wrote"]
        assert opened in town.listed(town.browser(wrote=wrote)), "Whoever has signed out sees what they did, too."
        assert opened in town.listed(town.browser(wrote="nonsense"))
        assert stranger.get(opened).status_code == 200, "What the replica lacks is looked for in the primary."
        wait_until(lambda: opened in town.listed(stranger), "the limit", seconds=LIMIT + 10)
    finally:
        town.pause(on=False)


def test_every_public_page_says_the_same_from_either(town: Town, stranger: httpx.Client) -> None:
    """What is streamed, too: its rows are read while it is sent."""
    town.approve()
    wait_until(town.has_caught_up, "catching up")
    pages = [f"/{route.pattern}" for route in urls.urlpatterns if not route.pattern.converters]
    pages = [page for page in pages if "^" not in page] + ["/record/data/requests.jsonl", "/record/data/requests.csv"]
    primary = town.browser(wrote="nonsense")
    assert len(pages) > 25
    for page in pages:
        one, other = stranger.get(page), primary.get(page)
        assert (one.status_code, _lasting(one.text)) == (other.status_code, _lasting(other.text)), page


def _lasting(text: str) -> str:
    """Without what each answer has of its own."""
    return re.sub(r'(csrfmiddlewaretoken" value=)"\w+"|X-CSRFToken[^}]*|<updated>[^<]*', "", text)


def test_a_reader_of_the_ledger_is_never_led_back(town: Town, stranger: httpx.Client) -> None:
    """The newest checkpoint comes from the primary, and each tile that it names is found."""
    town.pause(on=True)
    try:
        town.approve()
        size = int(stranger.get("/ledger/checkpoint").text.split("\n")[1])
        with psycopg.connect(town.primary.url) as line:
            assert line.execute("SELECT max(index) + 1 FROM ledger_ledgerentry").fetchone() == (size,)
        for kind in ("0", "entries"):
            assert stranger.get(f"/ledger/tile/{kind}/000.p/{size}").status_code == 200
    finally:
        town.pause(on=False)


def test_without_the_replica_everything_is_read_from_the_primary(town: Town, stranger: httpx.Client) -> None:
    town.replica.stop()
    opened, _ada = town.approve()
    wait_until(lambda: opened in town.listed(stranger), "the primary's answer")
    assert town.doctor() == "warning"
