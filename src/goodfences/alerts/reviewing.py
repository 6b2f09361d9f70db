"""What an operator reads of the sources."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q

from goodfences import source
from goodfences.alerts.models import Geocode, SeenFile, WarningSource

PROBLEMS_SHOWN = 5


@dataclass(frozen=True)
class Reviewed:
    """A source, how many of its warnings are in force, and which files of its feed weren't taken, newest first."""

    source: WarningSource
    in_force: int
    refused: list[SeenFile]


def sources() -> list[Reviewed]:
    """All but our own; those that were stopped last."""
    now = source.now()
    holding = Count(
        "warnings", filter=Q(warnings__ended_at=None, warnings__expires_at__gt=now, warnings__is_test=False)
    )
    found = WarningSource.objects.exclude(kind=WarningSource.Kind.OWN).annotate(holding=holding).order_by("name")
    return [
        Reviewed(
            one,
            one.holding,
            list(one.files.exclude(problem="").order_by("-seen_at", "-pk")[:PROBLEMS_SHOWN]),
        )
        for one in sorted(found, key=lambda one: one.stopped_at is not None)
    ]


def geocodes() -> dict[str, int]:
    """How many codes of each list have a shape."""
    return dict(Geocode.objects.values_list("name").annotate(Count("pk")).order_by("name"))
