"""Moments on the clock of the agency."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

PATTERN = "%Y-%m-%dT%H:%M"


class LocalTimeField(forms.Field):
    """A date and time by the clock of the current time zone, cleaned to a moment in that zone.

    In the hour that comes twice when clocks are set back, `later` takes its second coming: a window that
    begins with the first and ends with the second leaves nothing out. A time that a night skips is an error.
    """

    widget = forms.DateTimeInput(format=PATTERN, attrs={"type": "datetime-local", "step": 60})

    def __init__(self, *, later: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.later = later

    def to_python(self, value: Any) -> datetime | None:
        text = str(value or "").strip()
        if not text:
            return None
        try:
            naive = parse_datetime(text)
        except ValueError:
            naive = None
        if naive is None or naive.tzinfo is not None:
            raise ValidationError(_("Write a date and a time, such as 2026-11-24T20:30."), code="invalid")
        return self._on_the_clock(naive)

    def prepare_value(self, value: Any) -> Any:
        return timezone.localtime(value).strftime(PATTERN) if isinstance(value, datetime) else value

    def _on_the_clock(self, naive: datetime) -> datetime:
        moment = naive.replace(tzinfo=timezone.get_current_timezone(), fold=1 if self.later else 0)
        if not 1900 <= naive.year < 9999:  # in UTC it might lie outside of every calendar
            raise ValidationError(_("Write a date and a time, such as 2026-11-24T20:30."), code="invalid")
        if moment.astimezone(UTC).astimezone(moment.tzinfo).replace(tzinfo=None, fold=0) != naive:
            raise ValidationError(
                _("There was no %(time)s that night: clocks were set forward over it. Choose an hour later."),
                code="skipped",
                params={"time": f"{naive:%H:%M}"},
            )
        return moment
