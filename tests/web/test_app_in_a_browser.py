"""The app in a real browser: a phone may install it, it opens without a network, and it takes a video and a push."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from goodfences import source
from goodfences.cameras.models import Camera
from goodfences.clips.models import Clip
from goodfences.people.models import Account
from goodfences.push import actions as push
from goodfences.push import telling, words
from goodfences.push.models import Note
from tests import story
from tests.footage import make_video
from tests.promises.test_p11_in_a_browser import kept_in
from tests.push import service
from tests.windows import browser

__all__ = ["browser"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]

READY = "() => navigator.serviceWorker.ready.then(() => true)"
CONTROLLED = "() => navigator.serviceWorker.controller !== null"
HAS_DAY = "async () => !!(await caches.match('/home/text/'))"
KEPT = """async () => {
    const names = await caches.keys();
    const urls = async name => (await (await caches.open(name)).keys()).map(request => request.url);
    const lists = await Promise.all(names.map(urls));
    return Object.fromEntries(names.map((name, i) => [name, lists[i]]));
}"""


def until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)


class Line:
    """The way from the phone to the server, which can be cut: a browser's own "offline" spares its workers."""

    def __init__(self, url: str) -> None:
        self._server = (urlsplit(url).hostname or "", urlsplit(url).port or 0)
        self._open: list[socket.socket] = []
        self._listening: socket.socket | None = None
        self.port = 0
        self.mend()
        self.url = f"http://localhost:{self.port}"

    def mend(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._take, args=(self._listening,), daemon=True).start()

    def cut(self) -> None:
        assert self._listening is not None
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        while self._open:
            with suppress(OSError):
                self._open.pop().shutdown(socket.SHUT_RDWR)

    def _take(self, listening: socket.socket) -> None:
        while True:
            try:
                near, _ = listening.accept()
            except OSError:
                return
            far = socket.create_connection(self._server)
            self._open += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    @staticmethod
    def _carry(one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(65_536):
                other.sendall(data)
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@pytest.fixture
def line(live_server: Any) -> Iterator[Line]:
    line = Line(live_server.url)
    yield line
    line.cut()


@pytest.fixture
def phone(
    browser: Browser,
    line: Line,
    client_of: Any,
    olive: Account,
    street_camera: Camera,
    settings: Any,
    tmp_path: Path,
) -> Iterator[tuple[BrowserContext, Page]]:
    """Olive's, signed in, with one clip of this hour; its worker has taken over."""
    settings.BLOBS, settings.KEYS = str(tmp_path / "blobs"), tmp_path / "keys"
    story.index_clip(street_camera, starts_at=source.now() - timedelta(seconds=30))
    context = browser.new_context(
        base_url=line.url,
        viewport={"width": 390, "height": 844},
        storage_state=kept_in(client_of(olive), line.url),
    )
    page = context.new_page()
    page.goto("/home/")
    page.evaluate(READY)
    until(lambda: page.evaluate(CONTROLLED))
    page.goto("/home/")
    until(lambda: page.evaluate(HAS_DAY))
    yield context, page
    context.close()


def test_it_installs_opens_offline_and_forgets_on_signing_out(phone: tuple[BrowserContext, Page], line: Line) -> None:
    context, page = phone
    talk = context.new_cdp_session(page)
    assert talk.send("Page.getAppManifest")["errors"] == []
    troubles = {each["errorId"] for each in talk.send("Page.getInstallabilityErrors")["installabilityErrors"]}
    assert troubles <= {"in-incognito"}  # which is what a test's window is
    kept = page.evaluate(KEPT)
    assert not [url for urls in kept.values() for url in urls if "/media/" in url or url.endswith(".mp4")]

    line.cut()
    page.goto("/home/")
    assert "What was known at" in page.inner_text("main") and "Street:" in page.inner_text("main")
    assert page.evaluate("document.styleSheets.length") > 0
    page.goto("/cameras/")
    assert page.inner_text("h1") == "No connection"

    line.mend()
    page.goto("/accounts/logout/")
    page.click("main form button")
    until(lambda: not page.evaluate(HAS_DAY))


WATCH = """() => {
    // A headless browser has nowhere to show a notification, and forgets it: what would be shown is written down.
    self.shown = [];
    registration.showNotification = async (title, told) => void self.shown.push([title, told.tag, told.data.url]);
}"""


def test_a_push_is_shown_once_and_names_the_camera_where_she_is_signed_in(
    phone: tuple[BrowserContext, Page], line: Line, olive: Account
) -> None:
    context, page = phone
    keys = service.Browser().keys
    push.subscribe(account=olive, endpoint="https://push.example/x", name="", **keys)
    clip = Clip.objects.get()
    push.choose(account=olive, wishes=[f"{clip.kind}:{clip.camera.ref}"])
    telling.tell_of_clip(clip)
    message = words.payload(Note.objects.get(), "en").decode()

    context.grant_permissions(["notifications"], origin=line.url)
    talk = context.new_cdp_session(page)
    found: list[str] = []
    talk.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: found.extend(each["registrationId"] for each in told["registrations"]),
    )
    talk.send("ServiceWorker.enable")
    page.wait_for_timeout(300)
    [worker] = context.service_workers
    worker.evaluate(WATCH)
    for _ in range(2):
        told = {"origin": line.url, "registrationId": found[0], "data": message}
        talk.send("ServiceWorker.deliverPushMessage", told)
    until(lambda: worker.evaluate("() => self.shown.length") == 2)
    # Of one tag a browser shows one: the second takes the place of the first.
    expected = ["Street: something moved", f"motion-{clip.ref}", f"/home/clips/{clip.ref}/"]
    assert worker.evaluate("() => self.shown") == [expected, expected]


READ = """() => {
    // The page lets go of a file once it has read how long the video is.
    window.read = 0;
    const letGo = URL.revokeObjectURL.bind(URL);
    URL.revokeObjectURL = url => { letGo(url); window.read += 1; };
}"""
BEGAN = "() => document.querySelector('[name=starts_at]').value"
TYPE_WHILE_IT_READS = """() => {
    const input = document.querySelector('input[type=file]');
    input.dispatchEvent(new Event('change', { bubbles: true }));
    document.querySelector('[name=starts_at]').value = '2026-11-02T07:15';
}"""


def test_the_time_a_video_began_is_proposed_and_what_a_person_typed_stays(
    phone: tuple[BrowserContext, Page], tmp_path: Path
) -> None:
    _context, page = phone
    films = [tmp_path / name for name in ("first.mp4", "second.mp4")]
    for film, day in zip(films, (3, 4), strict=True):
        film.write_bytes(make_video(seconds=2, seed=9))
        written = source.now().replace(month=10, day=day).timestamp()
        os.utime(film, (written, written))
    page.goto("/home/upload/")
    page.wait_for_selector("form[data-island-state=ready]")
    page.evaluate(READ)
    for read, (film, day) in enumerate(zip(films, ("-10-03T", "-10-04T"), strict=True), start=1):
        page.set_input_files("input[type=file]", film)
        page.wait_for_function(f"() => window.read === {read}")
        assert day in page.evaluate(BEGAN)
    page.evaluate(TYPE_WHILE_IT_READS)
    page.wait_for_function("() => window.read === 3")
    assert page.evaluate(BEGAN) == "2026-11-02T07:15"


def test_a_video_is_sent_from_the_phone_and_goes_on_after_a_lost_connection(
    phone: tuple[BrowserContext, Page], street_camera: Camera
) -> None:
    _context, page = phone
    before = Clip.objects.count()
    page.goto("/home/upload/")
    page.wait_for_selector("form[data-island-state=ready]")
    film = {"name": "IMG.mp4", "mimeType": "video/mp4", "buffer": make_video(seconds=2, seed=9)}
    page.set_input_files("input[type=file]", [film])
    page.wait_for_function("() => document.querySelector('[name=starts_at]').value !== ''")
    lost: list[str] = []

    def lose(route: Any) -> None:
        lost.append(route.request.url)
        if len(lost) == 1:
            route.abort("connectionreset")
        else:
            route.fallback()

    page.route("**/home/sends/*/", lose)
    page.click("button.strong")
    page.wait_for_url("**/home/?day=*", timeout=30_000)
    assert len(lost) > 1 and "Your video is here" in page.inner_text("#messages")
    assert Clip.objects.count() == before + 1
    assert Clip.objects.latest("pk").kind == "manual"
