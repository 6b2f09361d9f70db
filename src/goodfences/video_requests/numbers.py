"""What the public record adds up to: counts of what anyone can read one by one, and of nothing else (P2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import ExtractHour, TruncMonth

from goodfences import source
from goodfences.video_requests.models.outcome import Outcome
from goodfences.video_requests.models.request import VideoRequest

MONTHS = 24


@dataclass(frozen=True, kw_only=True)
class Line:
    """How many requests of one sort were opened, how many of those were urgent or helped, and how many refused."""

    name: str
    key: str = ""
    opened: int = 0
    urgent: int = 0
    refused: int = 0
    helped: int = 0
    answered: int = 0
    """Of how many the agency has said whether it helped."""

    @property
    def decided(self) -> int:
        return self.opened + self.refused


@dataclass(frozen=True)
class Numbers:
    months: list[Line]
    """The last MONTHS, the oldest first, as UTC counts them; a month without requests is there with zeros."""
    agencies: list[Line]
    incident_types: list[Line]
    hours: list[int]
    """Requests by the hour at which their window begins, on the agency's clock."""
    total: Line


def numbers() -> Numbers:
    """Of all published requests."""
    published = VideoRequest.objects.filter(ledger_index__isnull=False)
    return Numbers(
        months=_months(published),
        agencies=_lines(published, "agency__name", "agency__slug"),
        incident_types=_lines(published, "incident_type", "incident_type"),
        hours=_hours(published),
        total=_total(published),
    )


def _months(published: QuerySet[VideoRequest]) -> list[Line]:
    rows = (
        published.annotate(month=TruncMonth("submitted_at")).values("month").annotate(**_counts()).order_by("month")
    )
    found: dict[str, Any] = {f"{row['month']:%Y-%m}": row for row in rows if row["month"] is not None}
    return [_line(name, name, found.get(name, {})) for name in _last_months(source.now())]


def _last_months(now: datetime) -> list[str]:
    last = now.year * 12 + now.month - 1
    return [f"{month // 12}-{month % 12 + 1:02d}" for month in range(last - MONTHS + 1, last + 1)]


def _lines(published: QuerySet[VideoRequest], name: str, key: str) -> list[Line]:
    rows = published.values(name, key).annotate(**_counts()).order_by("-opened", name)
    return [_line(row[name], row[key], row) for row in rows]


def _total(published: QuerySet[VideoRequest]) -> Line:
    return _line("", "", published.aggregate(**_counts()))


def _counts() -> dict[str, Count]:
    opened = Q(opened_at__isnull=False)
    return {
        "opened": Count("pk", filter=opened),
        "urgent": Count("pk", filter=opened & Q(urgent=True)),
        "refused": Count("pk", filter=Q(state=VideoRequest.State.REJECTED)),
        "helped": Count("pk", filter=Q(outcome__answer=Outcome.Answer.HELPED)),
        "answered": Count("pk", filter=~Q(outcome__answer="") & Q(outcome__isnull=False)),
    }


def _line(name: str, key: str, row: dict[str, int]) -> Line:
    fields = ("opened", "urgent", "refused", "helped", "answered")
    return Line(name=name, key=key, **{field: row.get(field, 0) for field in fields})


def _hours(published: QuerySet[VideoRequest]) -> list[int]:
    """One query a time zone: a clock is the agency's, and there are few."""
    opened = published.filter(opened_at__isnull=False)
    found: Counter[int] = Counter()
    for zone in opened.values_list("time_zone", flat=True).distinct():
        rows = opened.filter(time_zone=zone).annotate(hour=ExtractHour("starts_at", tzinfo=_zone(zone)))
        found.update(dict(_pairs(rows.values_list("hour").annotate(Count("pk")))))
    return [found[hour] for hour in range(24)]


def _pairs(rows: Iterable[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    return ((hour, times) for hour, times in rows)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
