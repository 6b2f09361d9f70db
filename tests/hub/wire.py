"""The line between a hub and the network, as somebody who sits on it sees and bends it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

Bend = Callable[[dict[str, Any]], Any]


class Wire:
    """Passes every call on, counts what goes out, and may change what the network tells of asks."""

    def __init__(self, network: str) -> None:
        self.network = network
        self.bend: Bend = lambda told: told
        self.sent: list[tuple[str, str, bytes]] = []
        """Method, path and body of every call."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Wire:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def footage(self) -> bytes:
        """All bytes that uploads carried."""
        return b"".join(body for _, path, body in self.sent if "/uploads/" in path)

    def out(self) -> int:
        """All bytes that went out in bodies."""
        return sum(len(body) for _, _, body in self.sent)

    def _handler(wire) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _pass_on(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                wire.sent.append((self.command, self.path, body))
                headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
                answer = httpx.request(self.command, wire.network + self.path, content=body, headers=headers)
                content = answer.content
                if self.path.startswith("/api/v1/asks?"):
                    content = json.dumps(wire.bend(answer.json())).encode()
                self.send_response(answer.status_code)
                for name, value in answer.headers.items():
                    if name.lower() not in {"content-length", "content-encoding", "connection", "transfer-encoding"}:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_PATCH = do_HEAD = _pass_on  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        return Handler
