"""What the worker does for the feed."""

from __future__ import annotations

from goodfences.feed import actions, events


def run_due(limit: int) -> int:
    """End what was deleted and can't be taken back any more, and forget old events; returns how many."""
    return actions.end_due(limit) + events.forget_due(limit)
