"""Time from one place, so that a test can move it: the wall clock, and a clock that never jumps."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class Clock:
    """The hub's clocks."""

    def now(self) -> datetime:
        """The wall clock, in UTC. May jump, forwards and back."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that only ever grow."""
        return time.monotonic()
