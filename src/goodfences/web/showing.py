"""Times, windows and areas in the reader's own words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from goodfences import source

KILOMETERS_A_MILE = 1.609344
_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360]
_MOST_TICKS = 6
_LAST_TICK = 0.87  # later, its label would run over the end
_NARROWEST = 0.008  # of a time line: a short clip still has to be seen


def clock(moment: datetime, *, seconds: bool = False) -> str:
    """`2:10 am`, in the reader's zone and language's habit."""
    local = timezone.localtime(moment)
    return _clock(local.time().replace(microsecond=0), seconds, get_language())


def day(moment: datetime, *, short: bool = False) -> str:
    """`Tuesday, November 24`, with the year where it isn't this one; short: `Nov 24`."""
    local = timezone.localtime(moment)
    with_year = local.year != timezone.localtime(source.now()).year
    return _day(local.date(), short, with_year, get_language())


# A list of twenty posts says forty times of these; each names a day or a minute of one language, and nothing of whom
# it is said to, so that remembering it tells nobody what others read.
@lru_cache(maxsize=4096)
def _clock(at: time, seconds: bool, language: str | None) -> str:
    pattern = pgettext("clock", "g:i a")
    if seconds:
        pattern = pattern.replace("i", "i:s")
    return date_format(datetime.combine(date.min, at), pattern).replace(".m.", "m")


@lru_cache(maxsize=4096)
def _day(at: date, short: bool, with_year: bool, language: str | None) -> str:
    pattern = pgettext("short day", "M j") if short else pgettext("day", "l, F j")
    if with_year:
        pattern += pgettext("year after a day", ", Y")
    text = date_format(at, pattern)
    return text[:1].upper() + text[1:] if language == "en" else text


def moment(at: datetime, *, short: bool = False, seconds: bool = False) -> str:
    """`Tuesday, November 24, 2:10 am`."""
    return f"{day(at, short=short)}, {clock(at, seconds=seconds)}"


def window(starts_at: datetime, ends_at: datetime, *, short: bool = False, seconds: bool = False) -> str:
    """`Tuesday, November 24, 2:10 to 3:40 am`; the second day is named where it is another."""
    to = pgettext("between two times", "to")
    start, end = clock(starts_at, seconds=seconds), clock(ends_at, seconds=seconds)
    if timezone.localtime(starts_at).date() != timezone.localtime(ends_at).date():
        return f"{day(starts_at, short=short)}, {start} {to} {day(ends_at, short=short)}, {end}"
    half = start[-3:]
    if half in (" am", " pm") and half == end[-3:]:
        start = start[:-3]
    return f"{day(starts_at, short=short)}, {start} {to} {end}"


def length(milliseconds: int) -> str:
    """`0:18`, `1:02:03`."""
    seconds = round(milliseconds / 1000)
    hours, rest = divmod(seconds, 3600)
    minutes, rest = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@dataclass(frozen=True)
class Tick:
    at: str
    label: str


@dataclass(frozen=True)
class Mark:
    at: str
    length: str
    label: str
    chosen: bool
    gap: bool


def ticks(starts_at: datetime, ends_at: datetime) -> list[Tick]:
    """At most six full times along a window, none where its label would run over the end."""
    minutes = (ends_at - starts_at) / timedelta(minutes=1)
    step = timedelta(minutes=next((s for s in _STEPS if minutes / s <= _MOST_TICKS), 720))
    local = timezone.localtime(starts_at)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    at = midnight + step * -((midnight - local) // step)
    found = []
    while at <= ends_at:
        share = (at - starts_at) / (ends_at - starts_at)
        if share < _LAST_TICK:
            # Six of these stand side by side on a telephone: a full hour needs no minutes.
            found.append(Tick(_percent(share), clock(at).replace(":00 ", " ")))
        at += step
    return found


def marks(starts_at: datetime, ends_at: datetime, spans: Iterable[Any]) -> list[Mark]:
    """What lies in a window, cut at its ends, in percent of it."""
    whole = ends_at - starts_at
    found = []
    for span in spans:
        first, last = max(_of(span, "starts_at"), starts_at), min(_of(span, "ends_at"), ends_at)
        if first < last:
            share = (last - first) / whole
            text = _of(span, "label") or window(first, last)
            chosen, gap = bool(_of(span, "chosen")), bool(_of(span, "gap"))
            found.append(
                Mark(_percent((first - starts_at) / whole), _percent(max(share, 0.008)), str(text), chosen, gap)
            )
    return found


def _of(span: Any, name: str) -> Any:
    return span.get(name) if isinstance(span, dict) else getattr(span, name, None)


def _percent(share: float) -> str:
    return f"{share * 100:.2f}"


_ZONES_IN_MILES = (
    *("America/Adak", "America/Anchorage", "America/Boise", "America/Chicago", "America/Denver", "America/Detroit"),
    *("America/Fort_Wayne", "America/Indiana/", "America/Juneau", "America/Kentucky/", "America/Los_Angeles"),
    *("America/Louisville", "America/Menominee", "America/Metlakatla", "America/New_York", "America/Nome"),
    *("America/North_Dakota/", "America/Phoenix", "America/Sitka", "America/Yakutat", "Pacific/Honolulu", "US/"),
)


def near(meters: int) -> str:
    """`150 m`; `500 feet` where people measure so."""
    if counts_in_miles():
        return _("%(feet)d feet") % {"feet": round(meters / 0.3048 / 50) * 50}
    return f"{meters} m"


def counts_in_miles() -> bool:
    """Whether the reader lives where distances are miles: in the United States, by their time zone.

    The language doesn't tell: Spanish is read in Chicago, and English in Dublin.
    """
    return timezone.get_current_timezone_name().startswith(_ZONES_IN_MILES)


def distance(km: float) -> str:
    """`2 km`, or `1.2 miles` where the reader counts in miles."""
    if not counts_in_miles():
        return ngettext("%(km)s km", "%(km)s km", round(km)) % {"km": number_format(round(km))}
    miles = km / KILOMETERS_A_MILE
    return _("%(miles)s miles") % {"miles": number_format(round(miles) if miles >= 10 else round(miles, 1))}
