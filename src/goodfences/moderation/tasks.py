"""What the worker does for moderation."""

from __future__ import annotations

from goodfences.moderation import actions, monthly


def run_due(limit: int) -> int:
    """Put what a guardrail held into the queue, and the counts of a month that is over into the ledger."""
    return actions.open_due(limit) + monthly.publish_due()
