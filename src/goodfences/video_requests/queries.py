"""What an owner's own pages read about asks."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from goodfences.video_requests.models.ask import Ask, Mute


def asks_of(owner_id: int) -> QuerySet[Ask]:
    """The owner's asks, the newest first, with request and agency."""
    return (
        Ask.objects.filter(owner_id=owner_id)
        .select_related("video_request__agency", "video_request__requester")
        .order_by("-created_at", "-pk")
    )


def undecided_asks(owner_id: int) -> QuerySet[Ask]:
    """Those that still wait for an answer."""
    return asks_of(owner_id).filter(state__in=["waiting", "sent", "opened"], video_request__state="open")


def still_asks(ask_ref: str, now: datetime) -> bool:
    """Whether an ask still waits for an answer that its owner wants to be asked for."""
    ask = Ask.objects.filter(ref=ask_ref).select_related("video_request").first()
    if ask is None or ask.state not in ("waiting", "sent", "opened") or not ask.video_request.takes_answers(now):
        return False
    muted = Q(agency=None) | Q(agency_id=ask.video_request.agency_id)
    return not Mute.objects.filter(muted, owner_id=ask.owner_id).exists()


def mutes_of(owner_id: int) -> QuerySet[Mute]:
    """Whom the owner doesn't want to hear from. A row without an agency means nobody at all."""
    return Mute.objects.filter(owner_id=owner_id).select_related("agency").order_by("agency__name")


def all_muted(owner_id: int) -> bool:
    """Whether the owner wants no asks at all."""
    return Mute.objects.filter(owner_id=owner_id, agency__isnull=True).exists()
