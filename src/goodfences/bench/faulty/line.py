"""A real S3 server behind a line that a test can make worse: slow, cut, busy, or lying."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit


class Line(ThreadingHTTPServer):
    """Passes requests on to `target` as they are, their signature included.

    `seconds` is how long each answer waits, `busy` how many requests in a row are answered 503, `cut` how many of the
    answers that follow end in their middle, `lost` how many writes are done and never answered. While `lies` is set
    a write is answered as the server would answer it, and not a byte gets there; while `spoils`, other bytes do.
    """

    daemon_threads = True

    def __init__(self, target: str) -> None:
        super().__init__(("127.0.0.1", 0), _Passing)
        self.target = urlsplit(target).netloc
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.seconds, self.busy, self.cut, self.lost = 0.0, 0, 0, 0
        self.lies = self.spoils = False
        self.seen: list[str] = []

    def take(self, what: str) -> bool:
        """Whether there is one more of `busy`, `cut` or `lost`, which is then used up."""
        left: int = getattr(self, what)
        setattr(self, what, max(0, left - 1))
        return left > 0

    def handle_error(self, *_: Any) -> None:
        """Clients that gave up are what this is for."""


class _Passing(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Line

    def _pass(self) -> None:
        line = self.server
        line.seen.append(self.command)
        if self.headers.get("Expect"):
            self.send_response_only(100)
            self.end_headers()
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        time.sleep(line.seconds)
        if line.take("busy"):
            self._answer(503, {}, b"<Error><Code>SlowDown</Code></Error>")
            return
        writes = self.command == "PUT" and body != b""
        if writes and line.lies:
            self._answer(200, {"ETag": '"0123456789abcdef0123456789abcdef"'}, b"")
            return
        answer, data = self._asked(bytes(len(body)) if writes and line.spoils else body)
        if writes and line.take("lost"):
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        kept = {name: value for name, value in answer.getheaders() if name.lower() not in _HOP}
        if self.command == "GET" and data and line.take("cut"):
            self._answer(answer.status, {**kept, "Content-Length": str(len(data))}, data[: len(data) // 2])
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self._answer(answer.status, kept, data)

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _pass  # noqa: N815

    def _asked(self, body: bytes) -> tuple[http.client.HTTPResponse, bytes]:
        there = http.client.HTTPConnection(self.server.target, timeout=30)
        there.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in {"expect", "connection"}:
                there.putheader(name, value)
        there.endheaders(body)
        answer = there.getresponse()
        data = answer.read()
        there.close()
        return answer, data

    def _answer(self, status: int, headers: dict[str, str], data: bytes) -> None:
        self.send_response_only(status)
        for name, value in ({"Content-Length": str(len(data))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


_HOP = {"connection", "transfer-encoding", "date", "keep-alive"}


@contextmanager
def line_to(target: str) -> Iterator[Line]:
    line = Line(target)
    thread = threading.Thread(target=line.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield line
    finally:
        with suppress(OSError):
            line.shutdown()
        line.server_close()
        thread.join()
