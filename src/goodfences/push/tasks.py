"""What the worker calls."""

from __future__ import annotations

from goodfences.push import sending


def run_due(limit: int) -> int:
    """Send at most `limit` notes that are due. Returns how many were dealt with."""
    return sending.send_due(limit)


def run_retention(limit: int) -> int:
    """Forget old notes; returns how many."""
    return sending.forget_old(limit)
