"""What the worker calls."""

from __future__ import annotations

from goodfences.health import actions


def run_retention(limit: int) -> int:
    """Forget gaps of days of which no clip is kept any more; returns how many."""
    return actions.forget_old(limit)
