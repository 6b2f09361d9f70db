"""Lets packets gather while nobody watches live: to wake up for each costs several times what taking it in does.

They wait where they are anyway, in the operating system's buffer of the connection. A thread that has read all that
there is sleeps for GATHER_S, or for LONGER_S where its camera has a small stream to be watched by, and then reads all
that came. It sleeps longer, up to LONGEST_S, where what comes meanwhile is little.
"""

from __future__ import annotations

from collections.abc import Callable

from goodfences_hub.clock import Clock

GATHER_S = 0.25
LONGEST_S = 1.0
FITS = 125_000
"""Bytes that may gather in longer than GATHER_S: less than any system keeps for a connection. Of 4 Mbit/s they are a
quarter of a second."""
COUNTED_S = 10.0
"""For how long bytes are counted, to know how many come in a second."""
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
        self._least_s = self.rest_s = GATHER_S
        self._bytes = 0
        self._counted_at = clock.monotonic()
        self._asked_at = clock.monotonic()
        self._due = 0.0
        self._behind: float | None = None
        """How far the camera's own time is behind the clock, as of the last packet that was waited for."""
        self._rests = 0

    def rest_longer(self) -> None:
        """For LONGER_S at least, however much comes."""
        self._least_s, self.rest_s = LONGER_S, max(self.rest_s, LONGER_S)

    def count(self, size: int, now: float) -> None:
        """One more packet of so many bytes came: how long the next rests are follows from all of some seconds."""
        self._bytes += size
        if (seconds := now - self._counted_at) >= COUNTED_S:
            self.rest_s = max(self._least_s, min(LONGEST_S, seconds * FITS / max(1, self._bytes)))
            self._bytes, self._counted_at = 0, now

    def rest(self, due: float, arrived: float, size: int) -> None:
        """Sleep if all that there is was read: called with each packet once it was dealt with.

        `due` is the packet's own time and `arrived` when it was read, by the clock that never jumps; in seconds.
        """
        self.count(size, arrived)
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
