"""Which moment of the wall clock a packet belongs to."""

from __future__ import annotations

from datetime import datetime, timedelta

from goodfences_hub.clock import Clock


class Timing:
    """Ties a stream's own time to the host's clock at the first packet, and watches how far they drift apart.

    A camera's own clock is right about distances and wrong about the time of day; the host's clock may jump. So
    moments advance by the camera's time and are tied anew where they are off by more than `TOLERANCE` seconds.
    """

    TOLERANCE = 2.0

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tied: tuple[datetime, float] | None = None
        self.drift_s = 0.0
        """How far the host's clock was ahead of the camera's own time at the last packet, since they were tied: what
        one of them gained, and what the packet waited on its way."""

    def at(self, seconds: float) -> datetime:
        """The moment of a packet that the camera stamped with `seconds` and that arrived just now."""
        now = self._clock.now()
        if self._tied is not None:
            begun, first = self._tied
            moment = begun + timedelta(seconds=seconds - first)
            self.drift_s = (now - moment).total_seconds()
            if abs(self.drift_s) <= self.TOLERANCE:
                return moment
        self._tied, self.drift_s = (now, seconds), 0.0
        return now
