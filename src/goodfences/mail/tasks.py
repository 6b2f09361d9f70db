"""What the worker calls."""

from __future__ import annotations

import atexit
import os
import threading

from goodfences.mail import keeping
from goodfences.mail.sending import Sender

_lock = threading.Lock()
_sender: tuple[int, Sender] | None = None


def run_due(limit: int) -> int:
    """Send at most `limit` messages that are due. Returns how many were dealt with (see Sender.run)."""
    global _sender
    with _lock:
        if _sender is None or _sender[0] != os.getpid():
            _sender = os.getpid(), Sender()
            atexit.register(hang_up)
        return _sender[1].run(limit)


def run_retention(limit: int) -> int:
    """Forget messages whose time is over; returns how many."""
    return keeping.forget_old(limit)


def hang_up() -> None:
    """Close the connections of this process and remove its journal."""
    global _sender
    with _lock:
        if _sender is not None and _sender[0] == os.getpid():
            _sender[1].close()
        _sender = None
