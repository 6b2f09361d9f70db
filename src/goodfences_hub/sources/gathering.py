"""Lets packets gather while nobody watches live: to wake up for each costs several times what taking it in does.

They wait where they are anyway, in the operating system's buffer of the connection. A thread that has read all that
there is sleeps for GATHER_S, or for LONGER_S where its camera has a small stream to be watched by, and then reads all
that came.
"""

from __future__ import annotations

from collections.abc import Callable

from goodfences_hub.clock import Clock

GATHER_S = 0.25
"""Of 4 Mbit/s that is 125 kB: less than any system keeps for a connection."""
LONGER_S = 0.5
"""Of both streams of a camera that has two. What is seen so much later is recorded from before its cause all the
same, as the main one is kept in memory; what the system has no room for waits in the camera (RTSP comes by TCP)."""
WAITED_S = 0.003
"""Whoever waited for longer had read all that there was."""
READ_ALL_EVERY = 20
"""Rests between two times of reading until there is nothing more, for a camera whose clock runs fast."""


def _always() -> bool:
    return True


class Gathering:
    """Of one feed. Nothing gathers before `unless` is set, nor ever where `may` is False."""

    def __init__(self, clock: Clock, *, may: bool = True) -> None:
        self._clock = clock
        self._may = may
        self.unless: Callable[[], bool] = _always
        """Says whether somebody wants each packet at once."""
        self.rest_s = GATHER_S
        self._asked_at = clock.monotonic()
        self._due = 0.0
        self._behind: float | None = None
        """How far the camera's own time is behind the clock, as of the last packet that was waited for."""
        self._rests = 0

    def rest(self, due: float, arrived: float) -> None:
        """Sleep if all that there is was read: called with each packet once it was dealt with.

        `due` is the packet's own time and `arrived` when it was read, by the clock that never jumps; in seconds.
        """
        until_next, self._due = due - self._due, due
        if self._behind is None or arrived - self._asked_at > WAITED_S:
            self._behind, self._rests = arrived - due, 0
        elif self._rests >= READ_ALL_EVERY:
            return self._ask()
        if arrived - due - self._behind < until_next and self._may and not self.unless():
            self._rests += 1
            self._clock.sleep(self.rest_s)
        return self._ask()

    def _ask(self) -> None:
        self._asked_at = self._clock.monotonic()
