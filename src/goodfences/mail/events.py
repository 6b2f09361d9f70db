"""What a provider tells of a message later: it bounced, or its reader called it junk."""

from __future__ import annotations

import re
from typing import Any

from anymail.signals import AnymailTrackingEvent, EventType, RejectReason, tracking

from goodfences.mail import actions, bounces

_REF = re.compile(r"[A-Za-z0-9_-]{22}")
_CAME_BACK = {EventType.BOUNCED, EventType.REJECTED, EventType.FAILED}


def listen() -> None:
    """Take in every event whose webhook was called with its secret."""
    tracking.connect(_on_tracking, dispatch_uid="goodfences.mail.events")


def take(event: AnymailTrackingEvent) -> bool:
    """Write an event down. Returns whether it was of a kind that matters, about a message of ours."""
    ref = str((event.metadata or {}).get("ref", ""))
    named = {"ref": ref} if _REF.fullmatch(ref) else {"provider_id": str(event.message_id or "")[:120]}
    if event.event_type == EventType.COMPLAINED:
        reason = "The reader marked it as junk."
        return actions.record_report(**named, permanent=False, dead=True, reason=reason)
    if event.event_type not in _CAME_BACK:
        return False
    dead, reason = bounces.judge("", event.mta_response or "")
    # A bounce may mean a full mailbox: only what the reader's server said, or an impossible address, stops all mail.
    dead = dead or event.reject_reason == RejectReason.INVALID
    if event.reject_reason:
        reason = f"{reason} ({event.reject_reason})"
    return actions.record_report(**named, permanent=True, dead=dead, reason=reason)


def _on_tracking(event: AnymailTrackingEvent, **_about: Any) -> None:
    take(event)
