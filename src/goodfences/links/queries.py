"""What the owner's page reads."""

from __future__ import annotations

from django.db.models import Count

from goodfences.links.models import Link
from goodfences.people.models import Account


def of(account: Account) -> list[Link]:
    """The account's links, the newest first, each with its openings."""
    found = Link.objects.filter(account=account).select_related("copy__clip__camera").prefetch_related("openings")
    counted = found.annotate(openings_number=Count("openings"))
    return list(counted.order_by("-created_at", "-pk"))
