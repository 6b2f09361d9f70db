"""What the worker calls."""

from __future__ import annotations

from goodfences.health import actions, silences


def run_due(limit: int) -> int:
    """Tell owners of at most `limit` households that something fell silent or is back; returns how much changed."""
    return silences.begin_due(limit) + silences.end_due(limit)


def run_retention(limit: int) -> int:
    """Forget gaps of days of which no clip is kept any more; returns how many."""
    return actions.forget_old(limit)
