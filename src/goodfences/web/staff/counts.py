"""The numbers beside a moderator's ways."""

from __future__ import annotations

from goodfences.moderation import queries as moderation
from goodfences.neighbor_requests import queries as neighbors


def waiting() -> dict[str, int]:
    """What waits for a moderator, by the name that goodfences.web.navigation gives it."""
    return {
        "reports": moderation.waiting_reviews().count() + moderation.waiting_appeals().count(),
        "neighbors": neighbors.waiting_reports(),
    }
