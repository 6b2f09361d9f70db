"""The counts of each month in the public ledger, so that nobody can make them other afterwards."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction

from goodfences import source
from goodfences.ledger import actions as ledger
from goodfences.ledger import queries, tree
from goodfences.moderation import public, rules
from goodfences.moderation.models import PublicRuling, Tally

KIND = "moderation.counts"


def subject(month: date) -> str:
    return f"moderation:{month:%Y-%m}"


def publish_due() -> int:
    """Write the entry of last month, once, where anything happened in it; returns how many were written."""
    last = (source.now().date().replace(day=1) - timedelta(days=1)).replace(day=1)
    happened = (
        Tally.objects.filter(month=last).exists()
        or PublicRuling.objects.filter(at__year=last.year, at__month=last.month).exists()
    )
    if not happened or queries.entries(kind=KIND, subject=subject(last)).exists():
        return 0
    with transaction.atomic():
        tree.lock()
        # Once more, now that nobody else writes: of two workers one publishes.
        if queries.entries(kind=KIND, subject=subject(last)).exists():
            return 0
        body = {
            "month": f"{last:%Y-%m}",
            "rules_sha256": rules.in_force().sha256,
            "counts": [count.body() for count in public.counts(month=last)],
        }
        ledger.append(kind=KIND, subject=subject(last), body=body)
        ledger.sign_after_commit()
    return 1
