"""Listens for the household: on loopback, a thread a connection."""

from __future__ import annotations

import threading
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

HOST = "127.0.0.1"


class _Quiet(WSGIRequestHandler):
    """Writes no log: addresses of pages say what somebody looks at."""

    def log(self, type: str, message: str, *args: Any) -> None:
        return


class PageServer(threading.Thread):
    """Serves `application` until `stop()`."""

    def __init__(self, application: Any, port: int) -> None:
        super().__init__(name="pages", daemon=True)
        self._server: BaseWSGIServer = make_server(HOST, port, application, threaded=True, request_handler=_Quiet)
        self.port = int(self._server.server_port)

    def run(self) -> None:
        self._server.serve_forever()

    def stop(self) -> None:
        """Take no more connections."""
        self._server.shutdown()
        self._server.server_close()
