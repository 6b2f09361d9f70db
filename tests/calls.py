"""Whom this process calls."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

Calls = list[tuple[str, Any]]

_calls: Calls | None = None
_CALLS = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.sendmsg"}


def _listen(event: str, given: tuple[Any, ...]) -> None:
    if _calls is None or event not in _CALLS:
        return
    # Programs of ours that decode video are talked to by a socket that has no address.
    if isinstance(given[0], socket.socket) and given[0].family == socket.AF_UNIX:
        return
    _calls.append((event, given[1] if isinstance(given[0], socket.socket) else given[:2]))


sys.addaudithook(_listen)


@contextmanager
def calling() -> Iterator[Calls]:
    """Every connection, datagram and look-up of a name that this process tries while the block runs."""
    global _calls
    _calls = []
    try:
        yield _calls
    finally:
        _calls = None
