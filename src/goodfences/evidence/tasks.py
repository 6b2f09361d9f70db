"""What the worker does for this room."""

from __future__ import annotations

from goodfences.evidence import retention
from goodfences.evidence.owner import preparing, sweeping, telling


def run_due(limit: int) -> int:
    """Prepare at most `limit` shares and delete files that nobody may have any more; returns how much was done."""
    done = 0
    while done < limit and (share := preparing.claim()):
        preparing.prepare(share)
        done += 1
    return done + sweeping.sweep(limit) + telling.tell_due(limit)


def run_retention(limit: int) -> int:
    """Destroy at most `limit` videos whose time has come, and publish as many overdue answers; returns how much."""
    return retention.run_due(limit)
