"""Feeds of warnings, fetched over real HTTP: each file once, one bad file in nobody's way, and nowhere else."""

from __future__ import annotations

import socket
import time
import tracemalloc
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from goodfences.alerts import feeds, fetching, public, sources, tasks
from goodfences.alerts.models import OfficialWarning, SeenFile, WarningSource
from goodfences.errors import Refused
from goodfences.people.models import Account
from goodfences.source import SeededSource
from tests.alerts import words
from tests.alerts.http import Site, warning_service

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def site(settings: Any) -> Iterator[Site]:
    settings.PUSH_ANYWHERE = True
    with warning_service() as serving:
        yield serving


@pytest.fixture
def origin(site: Site, otto: Account) -> WarningSource:
    return sources.register(
        operator=otto, name="Weather office", kind="feed", senders=[words.SENDER], url=f"{site.url}/feed"
    )


def look(clock: SeededSource) -> None:
    clock.advance(sources.AFTER_TROUBLE)
    assert tasks.run_feeds(5) == 1


def test_a_feed_is_looked_at_when_it_is_due_and_each_of_its_files_is_fetched_once(
    site: Site, origin: WarningSource, clock: SeededSource
) -> None:
    site.pages["/feed"] = site.feed("/a.xml", "/b.xml")
    site.pages |= {"/a.xml": words.warning("A"), "/b.xml": words.warning("B", severity="Minor")}
    assert tasks.run_feeds(5) == 1 and tasks.run_feeds(5) == 0
    assert [one.identifier for one in public.in_force()] == ["A", "B"]
    look(clock)
    assert site.paths == ["/feed", "/a.xml", "/b.xml", "/feed"]
    site.pages["/feed"] = site.feed("/b.xml", updated="2026-11-24T12:30:00Z")
    look(clock)
    assert site.paths[4:] == ["/feed", "/b.xml"] and [one.url[-5:] for one in SeenFile.objects.all()] == ["b.xml"]
    origin.refresh_from_db()
    assert origin.error == "" and origin.looked_at is not None


def test_a_feed_that_didnt_change_isnt_sent_again(site: Site, origin: WarningSource, clock: SeededSource) -> None:
    site.pages["/feed"] = (200, {"ETag": '"1"'}, site.feed("/a.xml"))
    site.pages["/a.xml"] = words.warning("A")
    assert tasks.run_feeds(5) == 1
    site.pages["/feed"] = (304, {}, b"")
    look(clock)
    assert site.asked[-1][1]["If-None-Match"] == '"1"' and OfficialWarning.objects.count() == 1


def test_one_bad_file_is_in_nobodys_way_and_the_operator_can_read_why(site: Site, origin: WarningSource) -> None:
    site.pages["/feed"] = site.feed("/bad.xml", "/other.xml", "/a.xml")
    site.pages |= {"/bad.xml": b"<alert/>", "/other.xml": words.warning("X", sender="a@example.org")}
    site.pages["/a.xml"] = words.warning("A")
    assert tasks.run_feeds(5) == 1
    assert [one.identifier for one in public.in_force()] == ["A"]
    problems = {one.url.rpartition("/")[2]: one.problem for one in SeenFile.objects.all()}
    assert "without a namespace" in problems["bad.xml"] and "may not send" in problems["other.xml"]
    assert problems["a.xml"] == ""


def test_a_file_that_couldnt_be_fetched_is_tried_again(
    site: Site, origin: WarningSource, clock: SeededSource
) -> None:
    site.pages["/feed"] = (200, {"ETag": '"1"'}, site.feed("/a.xml"))
    site.pages["/a.xml"] = (503, {}, b"")
    assert tasks.run_feeds(5) == 1 and not OfficialWarning.objects.exists()
    site.pages["/a.xml"] = words.warning("A")
    look(clock)
    assert "If-None-Match" not in site.asked[2][1] and OfficialWarning.objects.count() == 1


def test_the_address_may_be_one_file_or_rss(site: Site, origin: WarningSource, clock: SeededSource) -> None:
    site.pages["/feed"] = words.warning("A")
    assert tasks.run_feeds(5) == 1
    item = f"<item><title>x</title><link>{site.url}/b.xml</link><pubDate>now</pubDate></item>"
    site.pages["/feed"] = f'<rss version="2.0"><channel><title>x</title>{item}</channel></rss>'.encode()
    site.pages["/b.xml"] = words.warning("B")
    look(clock)
    assert {one.identifier for one in public.in_force()} == {"A", "B"}


def test_nothing_is_fetched_from_hosts_that_the_operator_didnt_name(site: Site, origin: WarningSource) -> None:
    site.pages["/feed"] = site.feed("http://localhost:1/a.xml", "ftp://127.0.0.1/a.xml", "file:///etc/passwd")
    assert tasks.run_feeds(5) == 1
    assert site.paths == ["/feed"]
    assert all("isn't https at a host of this source" in one.problem for one in SeenFile.objects.all())
    assert SeenFile.objects.count() == 3


def test_no_redirect_is_followed_and_the_trouble_is_told(
    site: Site, origin: WarningSource, clock: SeededSource
) -> None:
    site.pages["/feed"] = (302, {"Location": f"{site.url}/elsewhere"}, b"")
    assert tasks.run_feeds(5) == 1 and site.paths == ["/feed"]
    origin.refresh_from_db()
    assert origin.error == "127.0.0.1 answered 302."
    clock.advance(timedelta(minutes=9))
    assert tasks.run_feeds(5) == 0


def test_a_long_answer_and_a_slow_one_arent_waited_for(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(b" " * 65536)
        except OSError:
            pass

    def trickle(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(100):
            try:
                handler.wfile.write(b" ")
            except OSError:
                return
            time.sleep(0.05)

    packed = (200, {"Content-Encoding": "gzip"}, b"")
    site.pages |= {"/endless": endless, "/slow": trickle, "/packed": packed}
    monkeypatch.setattr(fetching, "SECONDS", 0.3)
    for path, reason in (("/endless", "longer than 512 kB"), ("/packed", "packed"), ("/slow", "took longer")):
        began = time.monotonic()
        with pytest.raises(Refused, match=reason):
            fetching.fetch(site.url + path, hosts=["127.0.0.1"])
        assert time.monotonic() - began < 3


def test_a_name_that_leads_into_our_network_is_never_called(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as inside:
        really, port = socket.getaddrinfo, inside.getsockname()[1]
        monkeypatch.setattr(
            socket, "getaddrinfo", lambda *_given, **_more: really("127.0.0.1", port, type=socket.SOCK_STREAM)
        )
        with pytest.raises(Refused, match=r"warnings.example.org can't be reached"):
            fetching.fetch("https://warnings.example.org/feed", hosts=["warnings.example.org"])
        inside.setblocking(False)
        with pytest.raises(BlockingIOError):
            inside.accept()


@pytest.mark.parametrize("data", [b"", b"<html/>", b'<!DOCTYPE x [<!ENTITY a "b">]><rss>&a;</rss>'])
def test_what_is_no_feed_is_refused(data: bytes) -> None:
    with pytest.raises(Refused):
        feeds.files_of(data, "https://warnings.example.org/")


@pytest.mark.parametrize(
    "data",
    [
        b"<rss>" + b"<channel><item><link>https://x.example/</link></item></channel>" * 60_000 + b"</rss>",
        b"<rss>" + b"<channel>" * 200_000 + b"</channel>" * 200_000 + b"</rss>",
        b"<rss " + b" ".join(b"a%d=''" % number for number in range(300_000)) + b"/>",
    ],
    ids=["wide", "deep", "many attributes"],
)
def test_the_largest_feed_is_read_in_bounds(data: bytes) -> None:
    """Its length is bounded where it is fetched; here, what may become of it."""
    tracemalloc.start()
    try:
        assert len(feeds.files_of(data[: fetching.MAX_FEED_BYTES], "https://warnings.example.org/") or []) < 2
        assert tracemalloc.get_traced_memory()[1] < 60 * fetching.MAX_FEED_BYTES
    finally:
        tracemalloc.stop()
