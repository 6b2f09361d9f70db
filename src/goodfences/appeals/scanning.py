"""Asks a virus scanner about a file: clamd, by its own protocol (clamd(8), INSTREAM), where a setting names one.

`CLAMD` is the path of its socket, or `host:port`.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable

from django.conf import settings

SECONDS = 120.0
_PIECE = 256 * 1024


class NoAnswer(Exception):
    """The scanner that is set can't be reached or says nothing that can be understood: nothing passes meanwhile."""


def scanner() -> str:
    """What the receipt says of who looked: `clamd`, or nothing."""
    return "clamd" if settings.CLAMD else ""


def found_in(pieces: Iterable[bytes]) -> str:
    """The name of what the scanner found in these bytes; empty where it found nothing or none is set.

    Raises NoAnswer.
    """
    if not settings.CLAMD:
        return ""
    try:
        with _connected() as wire:
            wire.sendall(b"zINSTREAM\0")
            for piece in pieces:
                for at in range(0, len(piece), _PIECE):
                    some = piece[at : at + _PIECE]
                    wire.sendall(struct.pack(">I", len(some)) + some)
            wire.sendall(struct.pack(">I", 0))
            said = _said(wire)
    except OSError as error:
        raise NoAnswer(f"The virus scanner didn't answer ({type(error).__name__}).") from error
    if said == "stream: OK":
        return ""
    if said.startswith("stream: ") and said.endswith(" FOUND"):
        return said.removeprefix("stream: ").removesuffix(" FOUND")[:100]
    raise NoAnswer(f"The virus scanner said {said[:80]!r}.")


def _connected() -> socket.socket:
    if settings.CLAMD.startswith("/"):
        wire = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        wire.settimeout(SECONDS)
        try:
            wire.connect(settings.CLAMD)
        except OSError:
            wire.close()
            raise
        return wire
    host, _, port = settings.CLAMD.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=SECONDS)


def _said(wire: socket.socket) -> str:
    heard = b""
    while not heard.endswith(b"\0") and len(heard) < 4096 and (piece := wire.recv(1024)):
        heard += piece
    return heard.rstrip(b"\0\n").decode("utf-8", "replace")
