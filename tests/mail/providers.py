"""A mail provider's HTTP API on loopback, as far as the outbox calls it; it misbehaves where a test says so."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

TAKEN = {
    "postmark": {"ErrorCode": 0, "Message": "OK", "MessageID": "pm-1", "To": "olive@example.org"},
    "mailgun": {"id": "<mg-1@goodfences.example>", "message": "Queued. Thank you."},
    "ses": {"MessageId": "ses-1"},
    "sparkpost": {"results": {"total_rejected_recipients": 0, "total_accepted_recipients": 1, "id": "sp-1"}},
}
INACTIVE = {
    "ErrorCode": 406,
    "Message": "You tried to send to a recipient that has been marked as inactive.\n"
    "Found inactive addresses: olive@example.org.\n"
    "Inactive recipients are ones that have generated a hard bounce or a spam complaint. ",
}

Answer = tuple[int, Any] | str


@dataclass
class Call:
    path: str
    headers: dict[str, str]
    body: bytes
    peer: Any

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Api:
    """What was called, and what to answer: a status and JSON, "hang up" once all was read, or "nonsense"."""

    url: str = ""
    calls: list[Call] = field(default_factory=list)
    answer: Callable[[Call], Answer] = lambda call: (200, TAKEN["postmark"])


@contextmanager
def provider_api() -> Iterator[Api]:
    """An API on a free port of loopback."""
    api = Api()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            call = Call(self.path, dict(self.headers), body, self.client_address)
            api.calls.append(call)
            answer = api.answer(call)
            if answer == "hang up":
                self.close_connection = True
                return
            status, said = (200, "{broken") if isinstance(answer, str) else (answer[0], json.dumps(answer[1]))
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said)))
            if status in (301, 307):
                self.send_header("Location", api.url + "elsewhere")
            self.end_headers()
            self.wfile.write(said.encode())

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    api.url = f"http://127.0.0.1:{server.server_port}/"
    try:
        yield api
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
