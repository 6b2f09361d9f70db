"""A day in the reader's own zone."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.utils import timezone

from goodfences import source
from goodfences.errors import NotFound


@dataclass(frozen=True)
class Day:
    """One date with its first moment and the first moment of the next: 23 to 25 hours, where clocks change."""

    date: dt.date
    is_today: bool

    @property
    def starts_at(self) -> datetime:
        return datetime.combine(self.date, time.min, timezone.get_current_timezone())

    @property
    def ends_at(self) -> datetime:
        return datetime.combine(self.date + timedelta(days=1), time.min, timezone.get_current_timezone())

    @property
    def before(self) -> dt.date:
        return self.date - timedelta(days=1)

    @property
    def after(self) -> dt.date | None:
        return None if self.is_today else self.date + timedelta(days=1)


def read_day(text: str) -> Day:
    """The day written as `2026-11-24`, today where nothing is written. Raises NotFound for no date and the future."""
    today = timezone.localdate(source.now())
    if not text:
        return Day(today, is_today=True)
    try:
        chosen = dt.date.fromisoformat(text)
    except ValueError:
        raise NotFound from None
    if chosen > today or chosen.year < 2000:
        raise NotFound
    return Day(chosen, is_today=chosen == today)
