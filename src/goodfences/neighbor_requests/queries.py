"""What the pages of the asker and of the owners read. Nothing of the one is in the other's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import F, Q, QuerySet

from goodfences import source
from goodfences.neighbor_requests import access
from goodfences.neighbor_requests.models import (
    NeighborAsk,
    NeighborMute,
    NeighborRequest,
    NeighborShare,
    NeighborVideo,
    NeighborWatch,
)
from goodfences.people.models import Account


@dataclass(frozen=True)
class ToLookAt:
    """A request as moderators see it. `reports`: what owners wrote since the last look, in their words."""

    request: NeighborRequest
    reports: tuple[str, ...]


def requests_of(account: Account) -> QuerySet[NeighborRequest]:
    """The asker's own requests, the newest first."""
    return NeighborRequest.objects.filter(asker=account).order_by("-created_at", "-ref")


def videos_for(request: NeighborRequest) -> list[NeighborVideo]:
    """What its asker can watch now, as it came."""
    videos = (
        NeighborVideo.objects.filter(share__ask__request=request, share__ended_at__isnull=True)
        .select_related("share", "copy__clip")
        .order_by("share__created_at", "share__ref", "starts_at", "ref")
    )
    return [video for video in videos if access.is_there(video)]


def asks_of(owner: Account) -> QuerySet[NeighborAsk]:
    """The owner's asks, the newest first, with the request."""
    return NeighborAsk.objects.filter(owner=owner).select_related("request").order_by("-created_at", "-pk")


def undecided(owner: Account) -> QuerySet[NeighborAsk]:
    """Those that still wait for an answer."""
    waiting = ["waiting", "sent", "opened"]
    return asks_of(owner).filter(state__in=waiting, request__state="open", request__expires_at__gt=source.now())


def share_of(ask: NeighborAsk) -> NeighborShare | None:
    """The newest share of an ask: the one that can be watched, or the last that ended."""
    return NeighborShare.objects.filter(ask=ask).order_by("-created_at", "-pk").first()


def shares_of(asks: Iterable[NeighborAsk]) -> dict[int, NeighborShare]:
    """The newest share of each of these asks that has one, by the ask's id."""
    found = NeighborShare.objects.filter(ask__in=list(asks)).order_by("created_at", "pk")
    return {share.ask_id: share for share in found}


def watches_of(share: NeighborShare) -> list[NeighborWatch]:
    """When the neighbor watched what was shared, the newest first (P10)."""
    watches = NeighborWatch.objects.filter(video__share=share).select_related("video")
    return list(watches.order_by("-at", "-pk"))


def is_muted(owner: Account) -> bool:
    """Whether the owner wants no neighbor's requests."""
    return NeighborMute.objects.filter(owner=owner).exists()


def still_asks(ask_ref: str) -> bool:
    """Whether an ask still waits for an answer that its owner wants to be asked for."""
    ask = NeighborAsk.objects.filter(ref=ask_ref).select_related("request", "owner").first()
    if ask is None or ask.state not in ("waiting", "sent", "opened"):
        return False
    return ask.request.takes_answers(source.now()) and not is_muted(ask.owner)


def for_moderators(moderator: Account) -> list[ToLookAt]:
    """Every request that still asks: reported ones first, then the newest. Nothing of who asked, where, or whom.

    All of them, because a moderator who may look at any of them can end one that nobody reported: so the end of a
    request doesn't tell its asker that somebody was asked (P2). Raises NotFound for who is no moderator.
    """
    access.require_moderator(moderator)
    asking = NeighborRequest.objects.filter(state=NeighborRequest.State.OPEN, expires_at__gt=source.now())
    reports = _reports_since_last_look()
    found = [ToLookAt(one, tuple(reports.get(one.pk, ()))) for one in asking.order_by("-created_at", "-pk")]
    return sorted(found, key=lambda one: not one.reports)


def waiting_reports() -> int:
    """How many requests that still ask were reported and not looked at since."""
    return len(_reports_since_last_look())


def _reports_since_last_look() -> dict[int, list[str]]:
    """What owners wrote, by request."""
    asking = NeighborAsk.objects.filter(
        reported_at__isnull=False,
        request__state=NeighborRequest.State.OPEN,
        request__expires_at__gt=source.now(),
    )
    new = asking.filter(Q(request__looked_at=None) | Q(reported_at__gt=F("request__looked_at")))
    reports: dict[int, list[str]] = {}
    for request, words in new.order_by("reported_at", "pk").values_list("request_id", "report"):
        reports.setdefault(request, []).append(words)
    return reports
