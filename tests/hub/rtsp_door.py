"""Stands between a hub and a real RTSP server: asks for a digest, or spoils what the server sends."""

from __future__ import annotations

import hashlib
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from tests.hub.rogue import request_of, rogue

Spoil = Callable[[int, bytes], bytes]
"""Of an interleaved frame's channel and payload: what is sent instead, head and all."""


def framed(channel: int, payload: bytes, length: int | None = None) -> bytes:
    """RFC 2326, 10.12."""
    return b"$" + bytes([channel & 0xFF]) + (len(payload) if length is None else length).to_bytes(2, "big") + payload


@contextmanager
def door(port: int, *, user: str = "", password: str = "", spoil: Spoil = framed) -> Iterator[int]:
    """The port of a camera that plays what the server at `port` does."""

    def speak(inside: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", port)) as server:
            threading.Thread(target=_back, args=(server, inside, spoil), daemon=True).start()
            while request := request_of(inside):
                if user and not allowed(request, user, password):
                    inside.sendall(_challenge(request))
                else:
                    server.sendall(request)

    with rogue(speak) as own:
        yield own


def allowed(request: bytes, user: str, password: str) -> bool:
    """By RFC 2617 without qop, as cameras ask."""
    text = request.decode(errors="replace")
    if (line := re.search(r"^Authorization: Digest (.*)$", text, re.MULTILINE | re.IGNORECASE)) is None:
        return False
    told = dict(re.findall(r'(\w+)="([^"]*)"', line[1]))

    def md5(words: str) -> str:
        return hashlib.md5(words.encode()).hexdigest()

    first, second = md5(f"{user}:camera:{password}"), md5(f"{text.split(' ')[0]}:{told['uri']}")
    return told["username"] == user and told["response"] == md5(f"{first}:n0nce:{second}")


def _challenge(request: bytes) -> bytes:
    number = re.search(rb"^CSeq: *(\d+)", request, re.MULTILINE | re.IGNORECASE)
    assert number is not None
    head = b'RTSP/1.0 401 Unauthorized\r\nCSeq: %s\r\nWWW-Authenticate: Digest realm="camera", nonce="n0nce"\r\n\r\n'
    return head % number[1]


def _back(server: socket.socket, inside: socket.socket, spoil: Spoil) -> None:
    """Everything that the server sends, frames through `spoil`."""
    with suppress(OSError), server.makefile("rb") as sent:
        while first := sent.read(1):
            if first == b"$":
                head = sent.read(3)
                inside.sendall(spoil(head[0], sent.read(int.from_bytes(head[1:3], "big"))))
                continue
            answer = first
            while not answer.endswith(b"\r\n\r\n"):
                answer += sent.readline() or b"\r\n\r\n"
            length = re.search(rb"^Content-Length: *(\d+)", answer, re.MULTILINE | re.IGNORECASE)
            inside.sendall(answer + (sent.read(int(length[1])) if length else b""))
    with suppress(OSError):
        inside.shutdown(socket.SHUT_RDWR)
