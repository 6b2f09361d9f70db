"""Connections to the hub's pages: a thread each, and no more of them than a small computer has room for.

Loaded with the first of them, and Werkzeug with it.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections import Counter
from ipaddress import ip_address
from typing import Any

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

SILENT_S = 30.0
"""Who says nothing for as long is dropped."""
CONNECTIONS, OF_ONE = 128, 24
"""At once, of all and of one address in the home's network. This computer itself always gets in."""


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


class Connections(ThreadedWSGIServer):
    """Takes no more connections than a small computer has room for."""

    def __init__(self, listening: socket.socket, application: Any) -> None:
        self._from: Counter[str] = Counter()
        self._counting = threading.Lock()
        host, port = listening.getsockname()
        super().__init__(host, port, application, _Quiet, fd=listening.fileno())

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
