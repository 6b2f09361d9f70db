"""Pages in the home's network: the household signs in, and a stranger there gets nothing."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from goodfences.demo.recording import FOOTAGE
from goodfences_hub import doctor, settings
from goodfences_hub.clock import Clock
from goodfences_hub.errors import HubError
from goodfences_hub.home import Home
from goodfences_hub.pages import connections, doors, signing_in
from goodfences_hub.pages.app import ROUTES
from goodfences_hub.running import Hub
from goodfences_hub.settings import CameraSettings
from goodfences_hub.state import State
from tests.hub.conftest import HubProgram
from tests.hub.households import House, household
from tests.instance import wait_until
from tests.windows import axe, browser

__all__ = ["browser"]

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("hub")]

PASSWORD = "the cat sat on it"
STREET = CameraSettings("street", "demo", str(FOOTAGE / "whole-street.mp4"))
UPGRADE = {
    "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}  # fmt: skip
HOOK = '\n[[trigger]]\ncamera = "street"\nsource = "webhook"\nsecret = "a-secret-of-twenty-five-s"\n'


class StandingClock(Clock):
    """Time goes on as it does, and by `ahead` more."""

    ahead = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.ahead


@dataclass
class Lan:
    """The hub as it is reached in the home's network."""

    house: House
    clock: StandingClock
    address: str

    @property
    def url(self) -> str:
        return f"http://{self.address}:{self.house.hub.pages.port}"

    def ask(self, path: str, method: str = "GET", **more: Any) -> httpx.Response:
        # Without `verify` each call would load all of the world's certificates, which plain HTTP has no need of.
        return httpx.request(method, self.url + path, timeout=20, verify=False, **more)

    def sign_in(self, password: str, **headers: str) -> httpx.Response:
        return self.ask("/sign-in", "POST", data={"password": password}, headers=headers)

    def signed_in(self) -> dict[str, str]:
        """A cookie of the household."""
        self.clock.ahead += signing_in.ALL_IN_S
        return dict(self.sign_in(PASSWORD).cookies)


@pytest.fixture(scope="module")
def lan(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lan]:
    addresses = doors.own_addresses()
    assert addresses, "These tests are of pages in a home's network: give this computer a private IPv4 address."
    clock = StandingClock()
    folder = tmp_path_factory.mktemp("hub")
    with household(folder, STREET, head='listen = "home"', password=PASSWORD, clock=clock) as house:
        house.home.settings.write_text(house.home.settings.read_text() + HOOK)
        house.hub.take_up()
        wait_until(lambda: house.get("/cameras/street/still.jpg").status_code == 200, "a picture", seconds=60)
        yield Lan(house, clock, addresses[0])


def paths() -> list[tuple[str, str]]:
    """Every page there is."""
    values = {"key": "street", "first": 1, "event": 1, "ref": "x", "cut": 1, "name": "x"}
    adapter = ROUTES.bind("x")
    found = []
    for rule in ROUTES.iter_rules():
        if rule.websocket or rule.endpoint in {"static", "signing.show", "signing.enter"}:
            continue
        path = adapter.build(rule.endpoint, {name: values[name] for name in rule.arguments})
        found += [(method, path) for method in sorted((rule.methods or {"GET"}) & {"GET", "POST"})]
    return found


@pytest.mark.parametrize(("method", "path"), paths())
def test_a_stranger_gets_no_page(lan: Lan, method: str, path: str) -> None:
    for cookies in ({}, {doors.COOKIE: lan.house.key}, {signing_in.COOKIE: lan.house.key}, {signing_in.COOKIE: "x"}):
        got = lan.ask(path, method, cookies=cookies)
        assert got.status_code == 403
        assert "street" not in got.text
    browsed = lan.ask(path, method, headers={"Accept": "text/html"})
    assert browsed.status_code == (303 if method == "GET" else 403)


def test_the_key_of_this_computer_counts_for_nothing_there(lan: Lan) -> None:
    got = lan.ask("/", params={"key": lan.house.key})
    assert got.status_code == 403
    assert not got.cookies
    metrics = {"Authorization": f"Bearer {doors.metrics_key_of(lan.house.hub.state)}"}
    assert lan.ask("/metrics", headers=metrics).status_code == 403


def test_a_stranger_begins_no_event(lan: Lan) -> None:
    secret = {"Authorization": "Bearer a-secret-of-twenty-five-s"}
    here = f"127.0.0.1:{lan.house.hub.pages.port}"
    assert lan.ask("/trigger/street", "POST", headers=secret).status_code == 403
    assert lan.ask("/trigger/street", "POST", headers={**secret, "Host": here}).status_code == 403
    at_home = httpx.post(f"{lan.house.url}/trigger/street", headers=secret)
    assert at_home.status_code == 202


@pytest.mark.parametrize("stream", ["live", "small"])
def test_a_stranger_sees_nothing_live(lan: Lan, stream: str) -> None:
    for cookies in ({}, {doors.COOKIE: lan.house.key}):
        assert lan.ask(f"/cameras/street/{stream}", headers=UPGRADE, cookies=cookies).status_code == 403


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "localhost", "203.0.113.7", "[::1]", ""])
def test_a_name_that_is_not_its_own_opens_nothing(lan: Lan, host: str) -> None:
    """DNS rebinding: a website's own name leads to the hub. And who says that they came from here."""
    cookies = {**lan.signed_in(), doors.COOKIE: lan.house.key}
    port = lan.house.hub.pages.port
    for name in (host, f"{host}:{port}"):
        assert lan.ask("/", headers={"Host": name}, cookies=cookies).status_code in {400, 403}
    assert lan.ask("/", cookies=cookies).status_code == 200
    mine = socket.gethostname().partition(".")[0]
    assert lan.ask("/", headers={"Host": f"{mine}.local:{port}"}, cookies=cookies).status_code == 200


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_no_website_acts_in_a_browser_that_signed_in(lan: Lan, headers: dict[str, str]) -> None:
    cookies = lan.signed_in()
    assert lan.ask("/add/find", "POST", cookies=cookies, headers=headers).status_code == 403
    assert lan.sign_in(PASSWORD, **headers).status_code == 403


def test_the_household_signs_in_and_out(lan: Lan, browser: Browser) -> None:
    lan.clock.ahead += signing_in.ALL_IN_S
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(lan.url)
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in at home")
    assert axe(page) == []
    page.get_by_label("Password").fill("the dog")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("isn’t the password")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="street").click()
    page.wait_for_function("() => document.querySelector('video').currentTime > 1", timeout=30_000)
    page.goto(lan.url)
    [cookie] = context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in at home")
    assert lan.ask("/", cookies={signing_in.COOKIE: cookie["value"]}).status_code == 403
    context.close()


def test_guessing_is_slowed(lan: Lan) -> None:
    lan.clock.ahead += signing_in.ALL_IN_S
    answers = [lan.sign_in(f"guess number {number}").status_code for number in range(signing_in.FAILURES + 3)]
    assert answers == [403] * signing_in.FAILURES + [429] * 3
    assert lan.sign_in(PASSWORD).status_code == 429
    lan.clock.ahead += signing_in.IN_S
    assert lan.sign_in(PASSWORD).status_code == 303


@pytest.mark.parametrize(
    ("peer", "may"), [("8.8.8.8", False), ("2001:4860::1", False), ("", False), ("10.0.0.9", True)]
)
def test_nobody_from_the_internet_comes_in_even_by_a_forwarded_port(lan: Lan, peer: str, may: bool) -> None:
    environ = EnvironBuilder(path="/", base_url=lan.url).get_environ() | {"REMOTE_ADDR": peer}
    assert doors.HomeNetwork().is_addressed(Request(environ)) is may


def test_guessing_from_many_addresses_is_slowed_too() -> None:
    guesses = signing_in.Guesses(StandingClock())
    for number in range(signing_in.ALL_FAILURES):
        guesses.check(f"192.168.1.{number}")
        guesses.count(f"192.168.1.{number}")
    with pytest.raises(signing_in.TooManyRequests):
        guesses.check("192.168.1.200")
    guesses._clock.ahead = signing_in.ALL_IN_S  # type: ignore[attr-defined]
    guesses.check("192.168.1.200")
    assert not guesses._wrong


def test_who_connects_and_says_nothing_keeps_nobody_out(lan: Lan) -> None:
    cookies = lan.signed_in()
    with ExitStack() as held:
        for _ in range(connections.OF_ONE):
            held.enter_context(socket.create_connection((lan.address, lan.house.hub.pages.port), timeout=5))
        time.sleep(0.5)
        with pytest.raises(httpx.TransportError):
            lan.ask("/", cookies=cookies)
        assert lan.house.get("/").status_code == 200
    wait_until(lambda: _answers(lan, cookies), "room again")


def _answers(lan: Lan, cookies: dict[str, str]) -> bool:
    try:
        return lan.ask("/", cookies=cookies).status_code == 200
    except httpx.TransportError:
        return False


def test_neither_password_nor_sign_in_lies_on_the_disk(lan: Lan) -> None:
    token = lan.signed_in()[signing_in.COOKIE]
    for file in lan.house.home.folder.glob("hub.*"):
        content = file.read_bytes()
        assert PASSWORD.encode() not in content
        assert token.encode() not in content


def test_a_new_password_ends_every_sign_in(tmp_path: Path) -> None:
    state = State(Home(tmp_path).state)
    signing_in.set_password(state, PASSWORD)
    signing_in.SignIns(state, Clock(), lambda *_, **__: None)._begin()  # type: ignore[arg-type,return-value]
    assert state.rows("SELECT * FROM sign_in")
    signing_in.set_password(state, PASSWORD + "!")
    assert state.rows("SELECT * FROM sign_in") == []
    assert signing_in._is_right(state, PASSWORD + "!") and not signing_in._is_right(state, PASSWORD)
    state.close()


def test_the_doctor_says_so(tmp_path: Path) -> None:
    home = Home(tmp_path)
    [finding] = doctor._pages(home, settings.Settings(listen="home"))
    assert not finding.well and "page --password" in finding.words
    assert list(doctor._pages(home, settings.Settings())) == []


def test_without_a_password_it_does_not_start_so(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.settings.write_text('listen = "home"\npage_port = 0\n')
    with pytest.raises(HubError, match="goodfences-hub page --password"):
        Hub(home, settings.load(home.settings))


def test_by_default_nobody_there_can_connect_and_there_is_no_sign_in(tmp_path: Path) -> None:
    with household(tmp_path / "hub", password=PASSWORD) as house:
        for address in doors.own_addresses():
            with pytest.raises(OSError), socket.create_connection((address, house.hub.pages.port), timeout=2):
                pass


def test_the_command_sets_it(hub: HubProgram) -> None:
    short = hub.do("page", "--password", typed="short\nshort\n")
    assert "10 characters or more" in short.stderr
    other = hub.do("page", "--password", typed=f"{PASSWORD}\n{PASSWORD}!\n")
    assert "two different ones" in other.stderr
    done = hub.do("page", "--password", typed=f"{PASSWORD}\n{PASSWORD}\n")
    assert done.returncode == 0, done.stderr
    assert 'listen = "home"' in done.stdout and PASSWORD not in done.stdout
    (hub.home / "hub.toml").write_text('listen = "home"\n')
    assert "with the password" in hub.do("page").stdout or not doors.own_addresses()


def test_listen_is_one_of_two(tmp_path: Path) -> None:
    path = tmp_path / "hub.toml"
    path.write_text('listen = "internet"')
    with pytest.raises(HubError, match="listen is one of loopback, home"):
        settings.load(path)
