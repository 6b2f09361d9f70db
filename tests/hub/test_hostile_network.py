"""What answers at the network's address says anything: an error in words, and the hub goes on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from goodfences_hub.errors import ServerAway, ServerRefused
from goodfences_hub.uploading.network import Network

ODD = {"nested": b"[" * 200_000, "half": b'{"a": ', "a page": b"<html>", "no text": b"\xff\xfe", "empty": b""}


@contextmanager
def saying(status: int, data: bytes) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("kind", ODD)
@pytest.mark.parametrize(("status", "trouble"), [(200, ServerAway), (422, ServerRefused)])
def test_what_is_no_answer_is_trouble_that_the_hub_knows(kind: str, status: int, trouble: type[Exception]) -> None:
    with saying(status, ODD[kind]) as url, pytest.raises(trouble):
        Network(url, "token").answer_wanted("x")


def test_a_problem_that_is_a_list_is_one_too() -> None:
    with saying(422, b"[]") as url, pytest.raises(ServerRefused, match="answered 422"):
        Network(url, "token").answer_wanted("x")
