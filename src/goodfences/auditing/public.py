"""What anyone may know of an agency's reviews: how many, and nothing about any one of them."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count

from goodfences.auditing.models import Flag


@dataclass(frozen=True)
class Reviews:
    """Requests that a detector pointed at, by what came of it."""

    fine: int
    not_fine: int
    waiting: int

    @property
    def all(self) -> int:
        return self.fine + self.not_fine + self.waiting


def reviews_of(agency_slug: str) -> Reviews:
    """Since the agency joined."""
    rows = Flag.objects.filter(agency__slug=agency_slug).order_by().values("finding").annotate(number=Count("pk"))
    numbers = {row["finding"]: row["number"] for row in rows}
    return Reviews(fine=numbers.get("fine", 0), not_fine=numbers.get("not_fine", 0), waiting=numbers.get("", 0))
