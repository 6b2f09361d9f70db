"""What an agency's auditors and admins read."""

from __future__ import annotations

from django.db.models import QuerySet

from goodfences.agencies.models import Officer
from goodfences.auditing.models import Flag, OwnNeighborhood
from goodfences.errors import NotFound


def flags_of(officer: Officer) -> QuerySet[Flag]:
    """What detectors pointed at in the officer's agency, the newest first."""
    found = Flag.objects.filter(agency_id=officer.agency_id)
    return found.select_related("officer", "video_request", "reviewed_by").order_by("-raised_at", "ref")


def flag(officer: Officer, ref: str) -> Flag:
    """One of them, for those who may read the agency's log. Raises NotFound."""
    readers = (Officer.Role.AUDITOR, Officer.Role.ADMIN)
    found = flags_of(officer).filter(ref=ref).first() if officer.role in readers else None
    if found is None:
        raise NotFound("There is no such flag.")
    return found


def named_neighborhood(officer: Officer) -> OwnNeighborhood | None:
    """What the officer said about where they live: for this officer alone."""
    return OwnNeighborhood.objects.filter(officer=officer).first()
