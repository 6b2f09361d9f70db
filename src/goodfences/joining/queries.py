"""What the operator's pages read about applications."""

from __future__ import annotations

from django.db.models import QuerySet

from goodfences.joining.models import Application


def waiting() -> QuerySet[Application]:
    """Those that the operator has to decide on, the oldest first."""
    return Application.objects.filter(state=Application.State.SIGNED).order_by("applied_at", "pk")


def announced() -> QuerySet[Application]:
    """Those that will take effect, the next one first."""
    return Application.objects.filter(state=Application.State.NOTICE).order_by("notice_until", "pk")
