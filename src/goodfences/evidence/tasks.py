"""What the worker does for this room."""

from __future__ import annotations

from goodfences.evidence.owner import preparing, sweeping


def run_due(limit: int) -> int:
    """Prepare at most `limit` shares and delete files that nobody may have any more; returns how much was done."""
    shares = preparing.due(limit)
    for share in shares:
        preparing.prepare(share)
    return len(shares) + sweeping.sweep(limit)
