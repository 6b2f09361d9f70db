"""Numbers for calm: how much neighbors around told these thirty days, beside the same days a year ago.

Counted in coarse cells, a home's share being the same whoever reads; no order, no streak, no trend of days.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count

from goodfences import places, source
from goodfences.feed import access, cells, ratios
from goodfences.feed.models import IS_SEEN, Kind, Post
from goodfences.feed.ratios import Ratio
from goodfences.people import queries as people
from goodfences.people.models import Account

SPAN = timedelta(days=30)
YEAR = timedelta(days=365)
WITHIN_KM = 5
FEWEST_HOMES = 20
"""With fewer homes here a year ago there is nothing to compare with."""


@dataclass(frozen=True)
class Line:
    """One kind of post. `ratio` is of posts a home, and None where there were too few to say."""

    kind: Kind
    now: int
    before: int
    ratio: Ratio | None


@dataclass(frozen=True)
class Numbers:
    starts_at: datetime
    ends_at: datetime
    within_km: int
    lines: list[Line]
    is_comparable: bool
    """Whether enough homes were here a year ago."""


def around(account: Account) -> Numbers:
    """What neighbors' posts around the account's home say. Raises NotFound for who has no home here."""
    now = source.now()
    near = cells.around(access.place_of(account), WITHIN_KM)
    this, that = _counts(near.distances, now), _counts(near.distances, now - YEAR)
    ranges = places.ranges_of(cell for cell in near.distances if places.is_public(cell))
    homes_now, homes_then = (people.homes_in(ranges, at - SPAN / 2) for at in (now, now - YEAR))
    comparable = homes_then >= FEWEST_HOMES
    told = [kind for kind in Kind if this.get(kind, 0) + that.get(kind, 0) >= ratios.FEWEST]
    lines = []
    for kind in Kind:
        counted = this.get(kind, 0), that.get(kind, 0)
        exposed = {"exposed_now": homes_now, "exposed_before": homes_then, "of": max(1, len(told))}
        lines.append(Line(kind, *counted, ratios.ratio(*counted, **exposed) if comparable else None))
    return Numbers(now - SPAN, now, WITHIN_KM, lines, comparable)


def _counts(around_cells: dict[int, float], ends_at: datetime) -> dict[str, int]:
    found = Post.objects.filter(
        IS_SEEN,
        agency__isnull=True,
        cell__in=list(around_cells),
        written_at__gt=ends_at - SPAN,
        written_at__lte=ends_at,
    )
    return dict(found.order_by().values_list("kind").annotate(Count("pk")))
