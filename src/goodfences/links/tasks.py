"""What the worker does for links."""

from __future__ import annotations

from goodfences.links import actions


def run_due(limit: int) -> int:
    """End links that ran out; returns how many."""
    return actions.end_due(limit)
