"""Listens for the household: on loopback, or in the home's network where its owner says so. A thread a connection."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections import Counter
from ipaddress import ip_address
from typing import Any

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from goodfences_hub.errors import HubError

LOOPBACK, EVERYWHERE = "127.0.0.1", "0.0.0.0"  # noqa: S104  # everywhere, but for who isn't of the home: see `doors`
SILENT_S = 30.0
"""Who says nothing for as long is dropped."""
CONNECTIONS, OF_ONE = 128, 24
"""At once, of all and of one address in the home's network. This computer itself always gets in."""


def is_free(port: int) -> bool:
    """Whether nobody listens there."""
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, port)) != 0


def unhurried(environ: dict[str, Any]) -> None:
    """From now on this connection may rest: a video that is paused, a live picture that nobody answers."""
    if (connection := environ.get("werkzeug.socket")) is not None:
        connection.settimeout(None)


class _Quiet(WSGIRequestHandler):
    """Writes no log: addresses of pages say what somebody looks at."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        return

    def handle_one_request(self) -> None:
        self.connection.settimeout(SILENT_S)
        super().handle_one_request()


class _Server(ThreadedWSGIServer):
    """Takes no more connections than a small computer has room for."""

    def __init__(self, host: str, port: int, application: Any) -> None:
        self._from: Counter[str] = Counter()
        self._counting = threading.Lock()
        super().__init__(host, port, application, _Quiet)

    def verify_request(self, request: Any, client_address: Any) -> bool:
        """Asked for each connection, before a thread is made for it."""
        peer = client_address[0]
        if ip_address(peer).is_loopback:
            return True
        with self._counting:
            return self._from.total() < CONNECTIONS and self._from[peer] < OF_ONE

    def process_request(self, request: Any, client_address: Any) -> None:
        self._count(client_address[0], 1)
        try:
            super().process_request(request, client_address)
        except BaseException:
            self._count(client_address[0], -1)
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._count(client_address[0], -1)

    def _count(self, peer: str, change: int) -> None:
        with self._counting:
            self._from[peer] += change
            if not self._from[peer]:
                del self._from[peer]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that broke is nobody's fault, and its address nobody's business."""
        with contextlib.suppress(Exception):
            self.shutdown_request(request)


class PageServer(threading.Thread):
    """Serves `application` until `stop()`."""

    def __init__(self, application: Any, port: int, *, host: str = LOOPBACK) -> None:
        """Raises HubError where another program has the port."""
        super().__init__(name="pages", daemon=True)
        if port and not is_free(port):
            raise HubError(f"Port {port} is taken by another program. Choose another page_port in hub.toml.")
        self._server = _Server(host, port, application)
        self.port = int(self._server.server_port)

    def run(self) -> None:
        self._server.serve_forever()

    def stop(self) -> None:
        """Take no more connections."""
        self._server.shutdown()
        self._server.server_close()
