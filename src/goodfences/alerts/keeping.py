"""How long what is told is kept."""

from __future__ import annotations

from datetime import timedelta

from goodfences import source
from goodfences.alerts.models import Delivery, OfficialWarning

DELIVERIES_KEPT = timedelta(days=30)
"""A matter is told to nobody again once it is done, so that nothing doubles when these are gone."""
WARNINGS_KEPT = timedelta(days=90)


def forget_old(limit: int) -> int:
    """Forget at most `limit` deliveries and warnings whose time is over; returns how many."""
    now = source.now()
    told = Delivery.objects.filter(
        due_at__lt=now - DELIVERIES_KEPT, told_at__isnull=False, matter__done_at__lt=now - DELIVERIES_KEPT
    )
    gone = list(told.values_list("pk", flat=True)[:limit])
    Delivery.objects.filter(pk__in=gone).delete()
    over = OfficialWarning.objects.filter(received_at__lt=now - WARNINGS_KEPT, expires_at__lt=now - DELIVERIES_KEPT)
    old = list(over.values_list("pk", flat=True)[:limit])
    OfficialWarning.objects.filter(pk__in=old).delete()
    return len(gone) + len(old)
