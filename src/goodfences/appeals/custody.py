"""The custody log of a handed-in video: a chain of hashes, as that of a shared one."""

from __future__ import annotations

from typing import Any

from goodfences.agencies.models import Officer
from goodfences.appeals.models import HandIn, HandInEvent
from goodfences.evidence import custody


def record(
    video: HandIn,
    kind: HandInEvent.Kind,
    *,
    officer: Officer | None = None,
    details: dict[str, Any] | None = None,
) -> HandInEvent:
    """Append one event, inside the act's transaction, which must hold the video's row."""
    event: HandInEvent = custody.append(video, video.kept_sha256, kind, officer=officer, details=details)
    return event


def log_of(video: HandIn) -> dict[str, Any]:
    """The whole log, as it goes into a package."""
    return custody.whole(video, video.kept_sha256)
