"""What an oversight body reads of its agencies: what is public, and how often its officers did what. Never who was
asked, who declined, or who has a camera: the agency itself doesn't know (P2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncMonth

from goodfences.agencies.models import Agency, AgencyAct
from goodfences.oversight.models import Seat

MONTHS = 12


@dataclass(frozen=True)
class Acts:
    """How often an agency's officers did one thing in one month."""

    month: datetime
    what: str
    count: int


def agencies(seat: Seat) -> QuerySet[Agency]:
    """Those that the seat's body oversees, by name."""
    return seat.body.agencies.order_by("name")


def acts(agency: Agency) -> list[Acts]:
    """The agency's log in numbers, the newest month first."""
    rows = (
        AgencyAct.objects.filter(agency=agency)
        .annotate(month=TruncMonth("at"))
        .values("month", "kind")
        .annotate(count=Count("pk"))
        .order_by("-month", "kind")
    )
    months = sorted({row["month"] for row in rows}, reverse=True)[:MONTHS]
    labels = dict(AgencyAct.Kind.choices)
    return [Acts(row["month"], labels[row["kind"]], row["count"]) for row in rows if row["month"] in months]
