"""When a person may be written to, in their own zone: quiet hours, days away, and the hour of one email a day.

Nothing here reaches an agency: it moves the owner's email, never the ask (P2).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LEAD = timedelta(hours=2)
"""So long before something ends the owner hears of it, even in quiet hours."""


@dataclass(frozen=True)
class Hours:
    """What one person chose; without anything, every moment will do."""

    time_zone: str = "UTC"
    quiet_from: time | None = None
    quiet_until: time | None = None
    digest_at: time | None = None
    away_from: date | None = None
    away_until: date | None = None

    def is_away(self, at: datetime) -> bool:
        """Whether `at` is on one of the days away."""
        if self.away_from is None or self.away_until is None:
            return False
        return self.away_from <= self._local(at).date() <= self.away_until

    def is_quiet(self, at: datetime) -> bool:
        """Whether `at` is in the quiet hours."""
        if self.quiet_from is None or self.quiet_until is None:
            return False
        clock = self._local(at).time()
        if self.quiet_from < self.quiet_until:
            return self.quiet_from <= clock < self.quiet_until
        return clock >= self.quiet_from or clock < self.quiet_until

    def free_from(self, at: datetime, ends_at: datetime | None = None) -> datetime:
        """The first moment from `at` on that is neither away nor quiet.

        Of what ends at `ends_at` a person hears two hours before, even in quiet hours; never while they are away,
        so that the answer may be after `ends_at`.
        """
        free = self._after_quiet(self._back(at))
        if ends_at is None or self._is_away_between(at, free):
            return free
        return min(free, max(at, ends_at - LEAD))

    def digest_from(self, at: datetime, ends_at: datetime) -> datetime:
        """When the one email of the day may go that tells of what happened at `at`, as `free_from` has it."""
        free = self._after_quiet(self._back(self._next(at, self.digest_at) if self.digest_at else at))
        if self._is_away_between(at, free):
            return free
        return min(free, max(at, ends_at - LEAD))

    def next_at(self, at: datetime, clock: time, weekday: int | None = None) -> datetime:
        """When something may go that goes at a time of day, on one day of the week (0 is Monday) or on every day."""
        moment = self._next(at, clock)
        while weekday is not None and self._local(moment).weekday() != weekday:
            moment = self._next(moment + timedelta(minutes=1), clock)
        return self._after_quiet(self._back(moment))

    def _is_away_between(self, at: datetime, free: datetime) -> bool:
        return self.is_away(at) or self.is_away(free - timedelta(seconds=1))

    def _back(self, at: datetime) -> datetime:
        if self.away_until is None or not self.is_away(at):
            return at
        return self._moment(self.away_until + timedelta(days=1), time.min)

    def _after_quiet(self, at: datetime) -> datetime:
        if self.quiet_until is None or not self.is_quiet(at):
            return at
        return self._next(at, self.quiet_until)

    def _next(self, at: datetime, clock: time) -> datetime:
        """The first moment from `at` on when the person's clock shows `clock`."""
        day = self._local(at).date()
        moment = self._moment(day, clock)
        return moment if moment >= at else self._moment(day + timedelta(days=1), clock)

    def _moment(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, ZoneInfo(self.time_zone)).astimezone(UTC)

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(ZoneInfo(self.time_zone))


ALWAYS = Hours()
"""Who chose nothing."""
