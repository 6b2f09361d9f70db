"""A push service is on the internet: nothing leads a message into our own network."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Any

import pytest
from urllib3.exceptions import HTTPError

from goodfences.push import endpoints, sending
from goodfences.push.models import Note


@pytest.mark.parametrize(
    "address",
    [
        "https://fcm.googleapis.com/fcm/send/abc:def",
        "https://updates.push.services.mozilla.com/wpush/v2/gAAA",
        "https://web.push.apple.com/QGFz",
        "https://push.example.org:443/x",
    ],
)
def test_a_push_service_is_fine(address: str) -> None:
    assert endpoints.is_fine(address)


@pytest.mark.parametrize(
    "address",
    [
        "http://push.example.org/x",
        "https://127.0.0.1/x",
        "https://10.0.0.7/x",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/x",
        "https://[::ffff:127.0.0.1]/x",
        "https://[fd00::1]/x",
        "https://224.0.0.1/x",
        "https://0.0.0.0/x",
        "https://localhost/x",
        "https://router.local/x",
        "https://database.internal/x",
        "https://push.example.org:8443/x",
        "https://user:word@push.example.org/x",
        "https://push.example.org/a b",
        "https://push.example.org/\r\nHost: inside",
        "https://pushé.example.org/x",
        "ftp://push.example.org/x",
        "https://[broken/x",
        "https://push.example.org:x/x",
        "file:///etc/passwd",
        "",
        "https://push.example.org/" + "x" * 500,
    ],
)
def test_whatever_else_isnt(address: str) -> None:
    assert not endpoints.is_fine(address)


def test_a_name_that_leads_inside_is_never_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name is public, and its address is this machine's: what a rebinding name server answers."""
    with socket.create_server(("127.0.0.1", 0)) as inside:
        really = socket.getaddrinfo
        port = inside.getsockname()[1]
        monkeypatch.setattr(
            socket, "getaddrinfo", lambda *_given, **_more: really("127.0.0.1", port, type=socket.SOCK_STREAM)
        )
        with pytest.raises(HTTPError, match="private network"):
            endpoints.pool().request("POST", "https://push.example.org/x", body=b"secret", redirect=False)
        inside.setblocking(False)
        with pytest.raises(BlockingIOError):
            inside.accept()


def test_a_demo_and_a_test_may_use_this_machine(settings: Any) -> None:
    settings.PUSH_ANYWHERE = True
    assert endpoints.is_fine("http://127.0.0.1:9999/x") and not endpoints.is_fine("ftp://127.0.0.1/x")


def test_an_answer_without_an_end_is_not_taken_in(settings: Any) -> None:
    """The address is from whoever posted a form: what is behind it may send for ever."""
    settings.PUSH_ANYWHERE = True

    def endless() -> None:
        line, _ = service.accept()
        with line, suppress(OSError):
            line.recv(65536)
            line.sendall(b"HTTP/1.1 201 Created\r\n\r\n")
            while True:
                line.sendall(bytes(65536))

    with socket.create_server(("127.0.0.1", 0)) as service:
        threading.Thread(target=endless, daemon=True).start()
        address = f"http://127.0.0.1:{service.getsockname()[1]}/x"
        answer = sending._post(Note(), sending._Request(address, b"sealed", {}))
    assert answer.what is sending.What.TAKEN
