"""What the worker does for moderation."""

from __future__ import annotations

from goodfences.moderation import actions, monthly


def run_due(limit: int) -> int:
    """Fill the queue: what a guardrail held, what an agency contests. And a past month's counts into the ledger."""
    return actions.open_due(limit) + actions.open_contested(limit) + monthly.publish_due()
