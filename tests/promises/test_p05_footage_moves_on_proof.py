"""P5 at home: footage that never left moves only for a request that the public record proves, by the hub's own check,
only once its owner decided, and only what the owner saw."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser

from goodfences.demo.recording import FOOTAGE
from goodfences_hub.home import Home
from goodfences_hub.pages import doors
from goodfences_hub.running import Hub
from goodfences_hub.settings import CameraSettings, Settings
from goodfences_hub.sharing import record, signing
from goodfences_hub.state import TOKEN, State
from goodfences_hub.uploading.network import Network
from goodfences_record import notes
from goodfences_record.notes import Checkpoint, SigningKey
from tests.hub.buffers import fill
from tests.hub.films import frames
from tests.hub.wire import Bend, Wire
from tests.instance import Instance, wait_until
from tests.windows import axe, browser

__all__ = ["browser"]

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("record")]

FILM = FOOTAGE / "whole-street.mp4"
HELD = timedelta(minutes=70)
A_LITTLE = 64 * 1024
"""More than health, announcements and the decision take, and less than a second of video."""


@dataclass
class Household:
    """Olive's home: a hub that holds the last hour, and the line between it and the network."""

    network: Instance
    wire: Wire
    hub: Hub
    request: dict[str, str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.hub.pages.port}"

    def page(self, path: str, **form: Any) -> httpx.Response:
        cookies = {doors.COOKIE: doors.key_of(self.hub.state)}
        if form:
            return httpx.post(self.url + path, data=form, cookies=cookies, follow_redirects=True, timeout=60)
        return httpx.get(self.url + path, cookies=cookies)

    def asks(self) -> list[Any]:
        return self.hub.state.rows("SELECT * FROM ask")


@pytest.fixture(scope="module")
def olives(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Household]:
    """Recorded, paired, told what is held; then a request about that hour is opened, and Olive is asked."""
    with ExitStack() as stack:
        network = Instance(tmp_path_factory.mktemp("network"))
        stack.callback(network.stop)
        network.start()
        wire = stack.enter_context(Wire(network.url))
        hub = _hub(Home(tmp_path_factory.mktemp("hub")), network, wire)
        hub.start()
        stack.callback(hub.stop)
        wait_until(lambda: any(path == "/api/v1/health" for _, path, _ in wire.sent), "health", seconds=60)
        request = network.run("tests.hub.town", "opened")
        wait_until(lambda: network.run("tests.hub.town", "asked"), "an ask for an hour that was never uploaded")
        yield Household(network, wire, hub, request)


def _hub(home: Home, network: Instance, wire: Wire) -> Hub:
    ref = network.run("tests.hub.town", "build")["camera"]
    camera = CameraSettings("street", "rtsp", "rtsp://127.0.0.1:9/away", upload_as=ref, keep_days=1)
    fill(home, camera, FILM, datetime.now(UTC) - HELD, HELD.total_seconds() - 60)
    paired = Network(wire.url).pair(network.run("tests.hub.town", "code"), "Shelf", signing.public_key(home))
    state = State(home.state)
    record.pin(state, paired["ledger_key"])
    state.remember(TOKEN, paired["token"])
    state.close()
    return Hub(home, Settings(server=wire.url, cameras=(camera,), page_port=0))


Forgery = Callable[[dict[str, Any]], Any]
STRANGER = SigningKey.new("stranger")


def _without_proof(told: dict[str, Any]) -> Any:
    told["asks"][0]["bundle"] = {}


def _with_another_proof(told: dict[str, Any]) -> Any:
    told["asks"][0]["bundle"]["proof"]["path"] = [notes.b64(b"\0" * 32)] * 3


def _with_another_reason(told: dict[str, Any]) -> Any:
    told["asks"][0]["details"]["reason"] = "We look for anybody who was out that evening."


def _with_another_window(told: dict[str, Any]) -> Any:
    told["asks"][0]["bundle"]["entry"]["body"]["window_starts_at"] = "2026-01-01T00:00:00Z"


def _of_another_kind(told: dict[str, Any]) -> Any:
    told["asks"][0]["bundle"]["entry"]["kind"] = "policy"


def _signed_by_a_stranger(told: dict[str, Any]) -> Any:
    told["checkpoint"] = notes.sign(Checkpoint(STRANGER.name, 500, b"\1" * 32).text(), STRANGER)
    told["asks"][0]["bundle"]["checkpoint"] = told["checkpoint"]


def _without_a_record(told: dict[str, Any]) -> Any:
    told["checkpoint"] = ""


def _grown_without_proof(told: dict[str, Any]) -> Any:
    told["consistency"] = [notes.b64(b"\2" * 32)]


def _beyond_the_window(told: dict[str, Any]) -> Any:
    told["asks"][0]["wanted"][0]["starts_at"] = "2026-01-01T00:00:00Z"
    told["asks"][0]["wanted"][0]["ends_at"] = "2026-01-01T00:01:00Z"


def _nonsense(told: dict[str, Any]) -> Any:
    told["asks"] = [{"ref": "../../../etc/passwd", "bundle": [], "details": 7}]


FORGERIES = [
    _without_proof, _with_another_proof, _with_another_reason, _with_another_window, _of_another_kind,
    _signed_by_a_stranger, _without_a_record, _grown_without_proof, _nonsense,
]  # fmt: skip


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda forge: forge.__name__.strip("_"))
def test_a_network_that_asks_without_proof_gets_nothing_and_the_owner_hears_of_it(
    olives: Household, forge: Forgery
) -> None:
    olives.hub.state.do("DELETE FROM fact WHERE name = ?", (record.ALARM,))
    olives.hub.state.do("DELETE FROM ask")
    before = olives.wire.out()
    with bent(olives.wire, forge):
        olives.page("/requests")
        wait_until(lambda: olives.hub.state.fact(record.ALARM), "the alarm")
    assert [ask["state"] for ask in olives.asks()] == []
    assert "The public record doesn’t hold" in olives.page("/").text
    assert olives.wire.footage() == b""
    assert olives.wire.out() - before < A_LITTLE


def test_what_is_asked_for_from_away_moves_only_where_the_owner_allowed_it_at_home(olives: Household) -> None:
    sent = len(olives.wire.footage())
    olives.network.run("tests.hub.town", "want", "60")
    olives.page("/requests")
    wait_until(lambda: olives.network.run("tests.hub.town", "wanted") == ["refused not_from_away"], "a no")
    assert len(olives.wire.footage()) == sent

    olives.page("/requests/from-away", allowed="yes")
    with bent(olives.wire, _beyond_the_window):
        olives.network.run("tests.hub.town", "want", "120")
        olives.page("/requests")
        wait_until(lambda: olives.network.run("tests.hub.town", "wanted")[-1] == "refused gone", "another no")
    assert len(olives.wire.footage()) == sent

    olives.network.run("tests.hub.town", "want", "180")
    olives.page("/requests")
    wait_until(lambda: olives.network.run("tests.hub.town", "wanted")[-1] == "brought ", "the part")
    moved = len(olives.wire.footage()) - sent
    assert moved > 0
    assert moved == olives.network.run("tests.hub.town", "brought_bytes")
    olives.page("/requests/from-away", allowed="no")
    olives.wire.sent.clear()


def test_the_owner_looks_and_decides_at_home_and_exactly_that_moves(
    olives: Household, browser: Browser, tmp_path: Path
) -> None:
    olives.hub.state.do("DELETE FROM fact WHERE name = ?", (record.ALARM,))
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(f"{olives.url}/?key={doors.key_of(olives.hub.state)}")
    page.goto(f"{olives.url}/requests")
    wait_until(olives.asks, "the ask")
    page.reload()
    page.get_by_role("link", name="Look at it").click()
    assert "Officer 4411" in page.content()
    assert axe(page) == []
    page.locator(".pieces a").nth(1).click()
    page.wait_for_function("() => document.querySelector('video').currentTime > 0.3")
    page.get_by_role("button", name="From here").click()
    begins = datetime.fromisoformat(page.get_by_label("From", exact=True).input_value())
    page.get_by_label("To", exact=True).fill((begins + timedelta(seconds=40)).isoformat(timespec="seconds"))
    page.get_by_role("button", name="See exactly what would be shared").click()
    assert axe(page) == []
    page.locator("video").evaluate("video => video.play()")
    page.wait_for_function("() => document.querySelector('video').currentTime > 0.3")
    shown = page.request.get(olives.url + str(page.locator("video").get_attribute("src"))).body()
    assert olives.wire.footage() == b""
    before = olives.wire.out()

    page.get_by_role("button", name="Share with Northgate Police").click()
    page.get_by_role("heading", name="You shared this with Northgate Police").wait_for(timeout=60_000)
    page.close()

    assert olives.wire.footage() == shown
    assert olives.wire.out() - before - len(shown) < A_LITTLE
    received = tmp_path / "received.mp4"
    videos = wait_until(
        lambda: olives.network.run("tests.hub.town", "received", str(received)), "the officer's video"
    )
    assert len(videos) == 1
    assert frames(received.read_bytes()) == frames(shown)
    assert len(frames(shown)) in range(400, 421)  # 40 s at ten pictures a second, and the group at each end
    starts_at, ends_at = (datetime.fromisoformat(videos[0][name]) for name in ("starts_at", "ends_at"))
    assert timedelta() <= begins.astimezone() - starts_at < timedelta(seconds=1)
    assert timedelta() <= ends_at - begins.astimezone() - timedelta(seconds=40) < timedelta(seconds=1)


def test_a_record_that_shrank_is_noticed(olives: Household) -> None:
    old = _an_old_checkpoint(olives)
    olives.hub.state.do("DELETE FROM fact WHERE name = ?", (record.ALARM,))

    def roll_back(told: dict[str, Any]) -> None:
        told["checkpoint"], told["consistency"] = old, []

    with bent(olives.wire, roll_back):
        olives.page("/requests")
        wait_until(lambda: olives.hub.state.fact(record.ALARM), "the alarm")
    assert "has shrunk" in olives.page("/").text


def _an_old_checkpoint(olives: Household) -> str:
    return str(olives.network.run("tests.hub.town", "oldest_checkpoint"))


class bent:  # noqa: N801
    """While it lasts, what the network tells of asks is another."""

    def __init__(self, wire: Wire, forge: Forgery) -> None:
        self._wire, self._forge = wire, forge

    def __enter__(self) -> None:
        self._kept: Bend = self._wire.bend

        def bend(told: dict[str, Any]) -> Any:
            forged = copy.deepcopy(told)
            self._forge(forged)
            return forged

        self._wire.bend = bend

    def __exit__(self, *_: object) -> None:
        self._wire.bend = self._kept
