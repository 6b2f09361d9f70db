"""Calls to others' programs: never into our own network, by whatever name or answer, and none that has no end."""

from __future__ import annotations

import gzip
import resource
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests
import urllib3
from urllib3.exceptions import HTTPError

from goodfences import outward

PUBLIC = "198.51.99.7"
NAME = "idp.example.org"


def anywhere() -> bool:
    return True


def nowhere() -> bool:
    return False


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "10.0.0.7", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
        *("255.255.255.255", "224.0.0.1", "[::]", "[::1]", "[fe80::1]", "[fd00::1]", "[fec0::1]", "[ff0e::1]"),
        *("[::ffff:10.0.0.7]", "[::ffff:a9fe:a9fe]", "[::10.0.0.7]", "[::ffff:0:10.0.0.7]"),
        *("[64:ff9b::10.0.0.7]", "[64:ff9b:1::1]", "[2002:a00:7::1]", "[2002:7f00:1::]", "[2001:0:1::1]"),
    ],
)
def test_an_address_inside_is_none_however_it_is_written(host: str) -> None:
    assert not outward.is_fine(f"https://{host}/", any_port=True)


@pytest.mark.parametrize("address", ["198.51.99.7", "2606:4700::1", "64:ff9b::c633:6307", "2002:c633:6307::1"])
def test_an_address_outside_may_be_called(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    names(monkeypatch, ["127.0.0.1", address])
    assert connected_to(monkeypatch) == [address]


@pytest.mark.parametrize("leads_to", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "0.0.0.0", "::"])
def test_nobody_inside_is_knocked_at(monkeypatch: pytest.MonkeyPatch, leads_to: str) -> None:
    with listening() as (port, knocked):
        names(monkeypatch, [leads_to])
        for call in (by_pool, by_session):
            with pytest.raises((HTTPError, requests.RequestException), match="private network"):
                call(f"https://{NAME}:{port}/")
        assert not knocked()


def test_a_name_is_looked_up_once_so_that_its_second_meaning_is_never_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rebinding name server: public for whoever checks, this machine for whoever connects."""
    asked: list[str] = []
    with listening() as (port, knocked):
        names(monkeypatch, [PUBLIC], ["127.0.0.1"], asked=asked)
        monkeypatch.setattr(outward, "SECONDS", urllib3.Timeout(connect=0.3, read=0.3))
        with pytest.raises(HTTPError):
            by_pool(f"https://{NAME}:{port}/")
        assert asked == [NAME] and not knocked()


def test_the_certificate_has_to_name_the_name_and_not_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, [PUBLIC])
    line: Any = outward.pool(nowhere).connection_from_url(f"https://{NAME}/")._get_conn()
    ours, theirs = socket.socketpair()
    monkeypatch.setattr("urllib3.util.connection.create_connection", lambda *_, **__: ours)
    with theirs, line._new_conn():
        assert line.host == NAME
    line.close()


def test_of_many_addresses_a_few_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, ["10.0.0.7", *(f"198.51.99.{n}" for n in range(1, 100))])
    assert connected_to(monkeypatch) == ["198.51.99.1", "198.51.99.2", "198.51.99.3", "198.51.99.4"]


def test_no_redirect_is_followed() -> None:
    def away(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", "/inside")
        handler.end_headers()

    with answering(away) as (url, paths):
        assert outward.pool(anywhere).request("GET", f"{url}/a", redirect=False).status == 302
        with pytest.raises(requests.TooManyRedirects):
            outward.session(anywhere).get(f"{url}/b")
    assert paths == ["/a", "/b"]


def test_neither_a_proxy_nor_a_password_of_this_machine_is_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    told: list[str | None] = []

    def note(handler: BaseHTTPRequestHandler) -> None:
        told.append(handler.headers.get("Authorization"))
        handler.send_response(200)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    with answering(note) as (url, _paths):
        outward.session(anywhere).get(url)
    assert told == [None]


def test_a_packed_answer_is_read_as_what_it_says() -> None:
    def say(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Encoding", "gzip")
        handler.end_headers()
        handler.wfile.write(gzip.compress(b'{"issuer": "https://idp.example.org"}'))

    with answering(say) as (url, _paths):
        assert outward.session(anywhere).get(url).json() == {"issuer": "https://idp.example.org"}


@pytest.mark.parametrize("layers", [1, 2])
def test_an_answer_that_unpacks_to_a_hundred_megabytes_is_left(layers: int) -> None:
    packed = gzip.compress(bytes(100_000_000), 1)
    packed = packed if layers == 1 else gzip.compress(packed)

    def bomb(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Encoding", ", ".join(["gzip"] * layers))
        handler.end_headers()
        handler.wfile.write(packed)

    with answering(bomb) as (url, _paths):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with pytest.raises(requests.ConnectionError, match="too long"):
            outward.session(anywhere).get(url)
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32 * 1024


HEAD = b"HTTP/1.1 200 OK\r\n"
SLOW = {
    "body": (HEAD + b"\r\n", b" "),
    "promised body": (HEAD + b"Content-Length: 900000\r\n\r\n", b" "),
    "length of a chunk": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
    "headers": (HEAD, b"X: y\r\n"),
    "status": (b"HTTP/1.1 200 ", b"O"),
}


@pytest.mark.parametrize("what", SLOW)
def test_an_answer_that_comes_by_the_byte_for_days_is_left(monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """No single step of it is late."""
    monkeypatch.setattr(outward, "_MOST_SECONDS", 0.3)

    def trickle(handler: BaseHTTPRequestHandler) -> None:
        begin, then = SLOW[what]
        handler.wfile.write(begin)
        for _ in range(600):
            handler.wfile.write(then)
            time.sleep(0.1)

    with answering(trickle) as (url, _paths):
        began = time.monotonic()
        with pytest.raises(requests.ConnectionError, match="too long"):
            outward.session(anywhere).get(url)
        assert time.monotonic() - began < 30


def test_one_that_never_finishes_greeting_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """TLS: the first half of a record, and then a byte now and then."""
    monkeypatch.setattr(outward, "_MOST_SECONDS", 0.3)

    def greet() -> None:
        line, _ = inside.accept()
        with line, suppress(OSError):
            line.sendall(b"\x16\x03\x03\x40\x00")
            for _ in range(600):
                line.sendall(b"\0")
                time.sleep(0.1)

    with socket.create_server(("127.0.0.1", 0)) as inside:
        threading.Thread(target=greet, daemon=True).start()
        began = time.monotonic()
        with pytest.raises(requests.ConnectionError, match="too long"):
            outward.session(anywhere).get(f"https://127.0.0.1:{inside.getsockname()[1]}/")
        assert time.monotonic() - began < 30


def connected_to(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Who is called at NAME, where nobody answers."""
    seen: list[str] = []

    def connect(address: tuple[str, int], *_: Any, **__: Any) -> socket.socket:
        seen.append(address[0])
        raise TimeoutError

    monkeypatch.setattr("urllib3.util.connection.create_connection", connect)
    with pytest.raises(HTTPError):
        by_pool(f"https://{NAME}/")
    return seen


def by_pool(url: str) -> Any:
    return outward.pool(nowhere).request("GET", url, redirect=False)


def by_session(url: str) -> Any:
    return outward.session(nowhere).get(url)


def names(monkeypatch: pytest.MonkeyPatch, *answers: list[str], asked: list[str] | None = None) -> None:
    """What looking up NAME says: the first answer, then the next, the last one for good."""
    really, left = socket.getaddrinfo, list(answers)

    def look_up(host: str, *given: Any, **more: Any) -> Any:
        if host != NAME:
            return really(host, *given, **more)
        if asked is not None:
            asked.append(host)
        found = left.pop(0) if len(left) > 1 else left[0]
        return [each for one in found for each in really(one, *given, **more)]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


@contextmanager
def listening() -> Iterator[tuple[int, Callable[[], bool]]]:
    """Somebody inside: the port, and whether anybody knocked."""
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as inside:
        inside.setblocking(False)

        def knocked() -> bool:
            try:
                inside.accept()
            except BlockingIOError:
                return False
            return True

        yield inside.getsockname()[1], knocked


@contextmanager
def answering(do: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[tuple[str, list[str]]]:
    """A server that does this for every GET: its address, and the paths that were asked for."""
    paths: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            with suppress(OSError):  # who asked hung up
                do(self)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", paths
        server.shutdown()
