"""What the worker calls."""

from __future__ import annotations

from goodfences.alerts import digests, keeping, portal, sources, spreading


def run_feeds(limit: int) -> int:
    """Look at the feeds of official warnings that are due. Returns how many that were."""
    return sources.look_at_feeds(limit)


def run_due(limit: int) -> int:
    """Tell of posts and warnings, write digests that are due; returns how much of it there was."""
    done = spreading.spread_due(limit)
    return done + spreading.withdraw_ended(limit) + digests.write_due(limit)


def run_retention(limit: int) -> int:
    """Forget who was told of what, old warnings, and those that nobody issued; returns how many."""
    return keeping.forget_old(limit) + portal.discard_stale(limit)
