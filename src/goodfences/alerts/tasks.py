"""What the worker calls."""

from __future__ import annotations

from goodfences.alerts import sources


def run_feeds(limit: int) -> int:
    """Look at the feeds of official warnings that are due. Returns how many that were."""
    return sources.look_at_feeds(limit)
