"""An agency's reviews of each month, counted in the public ledger, so that nobody can make them other afterwards."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from goodfences import source
from goodfences.agencies.models import Agency
from goodfences.auditing.models import Flag
from goodfences.ledger import actions as ledger
from goodfences.ledger import queries, tree

KIND = "agency.reviewed"


def subject(agency: Agency, month: datetime) -> str:
    return f"reviews:{agency.ref}:{month:%Y-%m}"


def publish_due() -> int:
    """Write last month's entry, once, of each agency in which anything happened then; returns how many."""
    ends = source.now().astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    begins = (ends - timedelta(days=1)).replace(day=1)
    happened = Flag.objects.filter(_within("raised_at", begins, ends) | _within("reviewed_at", begins, ends))
    agencies = list(Agency.objects.filter(pk__in=happened.values("agency")).order_by("slug"))
    names = [subject(agency, begins) for agency in agencies]
    there = set(queries.entries(kind=KIND).filter(subject__in=names).values_list("subject", flat=True))
    return sum(_publish(agency, begins, ends) for agency in agencies if subject(agency, begins) not in there)


@transaction.atomic
def _publish(agency: Agency, begins: datetime, ends: datetime) -> bool:
    tree.lock()
    # Once more, now that nobody else writes: of two workers one publishes.
    if queries.entries(kind=KIND, subject=subject(agency, begins)).exists():
        return False
    ledger.append(kind=KIND, subject=subject(agency, begins), body=_body(agency, begins, ends))
    ledger.sign_after_commit()
    return True


def _body(agency: Agency, begins: datetime, ends: datetime) -> dict[str, Any]:
    """What rules pointed at and auditors found in that month, and what waited for a review as it ended."""
    flags = Flag.objects.filter(agency=agency)
    found = flags.filter(_within("reviewed_at", begins, ends))
    waiting = flags.filter(raised_at__lt=ends).filter(Q(reviewed_at=None) | Q(reviewed_at__gte=ends))
    return {
        "agency": agency.slug,
        "name": agency.name,
        "month": f"{begins:%Y-%m}",
        "pointed_at": flags.filter(_within("raised_at", begins, ends)).count(),
        "fine": found.filter(finding=Flag.Finding.FINE).count(),
        "not_fine": found.filter(finding=Flag.Finding.NOT_FINE).count(),
        "waiting": waiting.count(),
    }


def _within(field: str, begins: datetime, ends: datetime) -> Q:
    return Q(**{f"{field}__gte": begins, f"{field}__lt": ends})
