"""What the worker does for clips."""

from __future__ import annotations

from goodfences.clips import retention, trash
from goodfences.clips.actions import sweep
from goodfences.clips.actions.check import check_next


def run_due(limit: int) -> int:
    """Check at most `limit` stored clips; returns how many units of work were done."""
    done = sweep.finish_complete(limit)
    while done < limit and check_next():
        done += 1
    return done


def run_retention(limit: int) -> int:
    """End at most `limit` clips that were deleted or whose day is over; clear away what uploads left behind."""
    done = trash.empty(limit) + retention.expire(limit) + sweep.drop_stale(limit)
    return done or sweep.drop_orphans()
