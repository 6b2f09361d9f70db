"""What the worker does for legal demands."""

from __future__ import annotations

from goodfences.legal_demands import telling


def run_due(limit: int) -> int:
    """Tell and publish what nothing forbids any more; returns how many units of work were done."""
    return telling.tell_due(limit) + telling.publish_due(limit) + telling.count_due()
