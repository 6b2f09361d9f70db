"""Listens for the household: on loopback, or in the home's network where its owner says so.

What answers is made, and loaded, once somebody asks: a hub whose pages nobody opens has no memory for them.
"""

from __future__ import annotations

import logging
import select
import socket
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from goodfences_hub.errors import HubError

if TYPE_CHECKING:
    from goodfences_hub.pages.connections import Connections

logger = logging.getLogger(__name__)

LOOPBACK, EVERYWHERE = "127.0.0.1", "0.0.0.0"  # noqa: S104  # everywhere, but for who isn't of the home: see `doors`
WAITING_MOST = 128
"""Connections that the system keeps until they are taken."""
STOP_WITHIN_S = 5.0


def is_free(port: int) -> bool:
    """Whether nobody listens there."""
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, port)) != 0


class PageServer(threading.Thread):
    """Serves what `make` makes, a WSGI application, until `stop()`."""

    def __init__(self, make: Callable[[], Any], port: int, *, host: str = LOOPBACK) -> None:
        """Raises HubError where another program has the port."""
        super().__init__(name="pages", daemon=True)
        taken = HubError(f"Port {port} is taken by another program. Choose another page_port in hub.toml.")
        if port and not is_free(port):
            raise taken
        try:
            self._listening = socket.create_server((host, port), backlog=WAITING_MOST)
        except OSError:
            raise taken from None
        self._listening.setblocking(False)  # whoever asked and was gone keeps nobody waiting
        self.port = int(self._listening.getsockname()[1])
        self._make = make
        self._server: Connections | None = None
        self._is_over, self._end = socket.socketpair()

    def run(self) -> None:
        while self._is_over not in select.select([self._listening, self._is_over], [], [])[0]:
            try:
                self._connections().handle_request()
            except Exception:  # whatever one connection does, the next one is answered
                logger.exception("pages")

    def stop(self) -> None:
        """Take no more connections."""
        self._end.close()
        if self.is_alive():
            self.join(STOP_WITHIN_S)
        if self._server is not None:
            self._server.server_close()
        self._listening.close()
        self._is_over.close()

    def _connections(self) -> Connections:
        """Of all that are open; at the first, what answers them."""
        if self._server is None:
            from goodfences_hub.pages.connections import Connections

            self._server = Connections(self._listening, self._make())
        return self._server
