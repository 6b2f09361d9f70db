"""Listens for the household: on loopback, a thread a connection."""

from __future__ import annotations

import socket
import threading
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from goodfences_hub.errors import HubError

HOST = "127.0.0.1"


def is_free(port: int) -> bool:
    """Whether nobody listens there."""
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) != 0


class _Quiet(WSGIRequestHandler):
    """Writes no log: addresses of pages say what somebody looks at."""

    def log(self, type: str, message: str, *args: Any) -> None:
        return


class PageServer(threading.Thread):
    """Serves `application` until `stop()`."""

    def __init__(self, application: Any, port: int) -> None:
        """Raises HubError where another program has the port."""
        super().__init__(name="pages", daemon=True)
        if port and not is_free(port):
            raise HubError(f"Port {port} is taken by another program. Choose another page_port in hub.toml.")
        self._server: BaseWSGIServer = make_server(HOST, port, application, threaded=True, request_handler=_Quiet)
        self.port = int(self._server.server_port)

    def run(self) -> None:
        self._server.serve_forever()

    def stop(self) -> None:
        """Take no more connections."""
        self._server.shutdown()
        self._server.server_close()
