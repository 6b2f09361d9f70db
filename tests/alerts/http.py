"""A warning service of our own, over real HTTP."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Site:
    """What is served by path, or made up on the spot; and what was asked for, with its headers."""

    url: str = ""
    pages: dict[str, bytes | Answer | Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    @property
    def paths(self) -> list[str]:
        return [path for path, _headers in self.asked]

    def feed(self, *links: str, updated: str = "2026-11-24T12:00:00Z") -> bytes:
        """An Atom feed that names these paths."""
        entries = "".join(
            f"<entry><id>{link}</id><title>x</title><updated>{updated}</updated>"
            f'<link rel="alternate" href="/page/{number}"/><link type="application/cap+xml" href="{link}"/></entry>'
            for number, link in enumerate(links)
        )
        return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Warnings</title>{entries}</feed>'.encode()


@contextmanager
def warning_service() -> Iterator[Site]:
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append((self.path, dict(self.headers)))
            page = site.pages.get(self.path, (404, {}, b""))
            if callable(page):
                page(self)
                return
            status, headers, body = page if isinstance(page, tuple) else (200, {}, page)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    site.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
