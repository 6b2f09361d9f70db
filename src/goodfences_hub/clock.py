"""Time from one place, so that a test can move it: the wall clock, and a clock that never jumps."""

from __future__ import annotations

import time
from datetime import UTC, datetime


def local(seconds: float) -> datetime:
    """The moment so many seconds after 1970 began, in this computer's time zone."""
    return datetime.fromtimestamp(seconds, UTC).astimezone()


class Clock:
    """The hub's clocks."""

    def now(self) -> datetime:
        """The wall clock, in UTC. May jump, forwards and back."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that only ever grow."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Let so much time pass."""
        time.sleep(seconds)
