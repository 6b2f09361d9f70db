"""The witness's own small server: `add-checkpoint` for logs, and what was cosigned for anyone."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from goodfences.ledger.witness.folder import log_id
from goodfences_record.witnessing import MAX_BODY, TEXT_TYPE, Answer, Witness

_SECONDS = 10


def serve(witness: Witness, host: str, port: int) -> ThreadingHTTPServer:
    """A server that is bound and not yet running. Put a proxy with TLS in front of it."""

    class Handler(_Handler):
        looked_after = witness

    server = ThreadingHTTPServer((host, port), Handler)
    server.daemon_threads = True
    return server


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _SECONDS
    server_version = "Goodfences"
    sys_version = ""
    looked_after: Witness

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if self.path != "/add-checkpoint":
            self.close_connection = True
            return self._answer(Answer(404, "There is nothing here.\n"))
        if not (length.isascii() and length.isdecimal() and len(length) < 8 and int(length) <= MAX_BODY):
            self.close_connection = True
            return self._answer(Answer(400, f"Say how long the call is, at most {MAX_BODY} bytes.\n"))
        try:
            body = self.rfile.read(int(length)).decode()
        except UnicodeDecodeError:
            return self._answer(Answer(400, "The call isn't UTF-8 text.\n"))
        return self._answer(self.looked_after.add_checkpoint(body))

    def do_GET(self) -> None:
        if self.path == "/":
            return self._answer(Answer(200, f"{self.looked_after.key.verifier}\n"))
        for origin in self.looked_after.logs:
            if self.path == f"/{log_id(origin)}/checkpoint":
                note = self.looked_after.last(origin)
                return self._answer(Answer(404, "Nothing was cosigned yet.\n") if note is None else Answer(200, note))
        return self._answer(Answer(404, "There is nothing here.\n"))

    def _answer(self, answer: Answer) -> None:
        content = answer.body.encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type or TEXT_TYPE)
        self.send_header("Content-Length", str(len(content)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Who asked isn't written down."""
