"""Whether a post or a warning is still worth a notification when it leaves, after quiet hours say."""

from __future__ import annotations

from datetime import datetime

from goodfences.alerts.models import OfficialWarning
from goodfences.feed.models import Post


def post(ref: str, _now: datetime) -> bool:
    """One that was resolved, deleted or taken down isn't."""
    found = Post.objects.filter(ref=ref).first()
    return found is not None and found.is_seen and not found.is_resolved


def warning(ref: str, now: datetime) -> bool:
    """One that was replaced or called off isn't."""
    return OfficialWarning.objects.filter(ref=ref, ended_at=None, expires_at__gt=now).exists()


def over(ref: str, _now: datetime) -> bool:
    """That one ended is, as long as it would have held; its note leaves by then or never."""
    return OfficialWarning.objects.filter(ref=ref).exists()
