"""What of neighbors' requests is told a person, and what becomes of it when something is erased (P12)."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from goodfences import source
from goodfences.clips.leaving import clips_of
from goodfences.mail import outbox
from goodfences.neighbor_requests import letters, queries, shares
from goodfences.neighbor_requests.models import (
    HomeMoved,
    NeighborAsk,
    NeighborMute,
    NeighborRequest,
    NeighborShare,
    NeighborVideo,
)
from goodfences.people.models import Account, Household
from goodfences.people.registry import Part
from goodfences.places import cell_to_hex


def export_requests(account: Account, _household: Household | None) -> list[dict[str, Any]]:
    """What the person asked their neighbors, and what they can watch. Nothing of who was asked."""
    return [
        {
            "ref": request.ref,
            "kind": request.kind,
            "state": "open" if request.takes_answers(source.now()) else "closed",
            "reason": request.reason,
            "name": request.name,
            "starts_at": request.starts_at,
            "ends_at": request.ends_at,
            "cell": str(request.cell),
            "cell_hex": cell_to_hex(request.cell),
            "radius_meters": request.radius_meters,
            "created_at": request.created_at,
            "expires_at": request.expires_at,
            "closed_at": request.closed_at,
            "ended_why": request.ended_why,
            "videos": [
                {
                    "ref": video.ref,
                    "starts_at": video.starts_at,
                    "ends_at": video.ends_at,
                    "note": video.share.note,
                    "until": video.share.expires_at,
                }
                for video in queries.videos_for(request)
            ],
        }
        for request in queries.requests_of(account)
    ]


def export_asks(account: Account, household: Household | None) -> dict[str, Any]:
    """What neighbors asked the person, and what the person gave them."""
    moved = HomeMoved.objects.filter(household=household).first() if household else None
    mute = NeighborMute.objects.filter(owner=account).first()
    return {
        "muted_at": mute.created_at if mute else None,
        "moved_at": moved.at if moved else None,
        "asks": [_ask(ask) for ask in queries.asks_of(account)],
    }


def _ask(ask: NeighborAsk) -> dict[str, Any]:
    return {
        "ref": ask.ref,
        "kind": ask.request.kind,
        "reason": ask.request.reason,
        "state": ask.state,
        "starts_at": ask.request.starts_at,
        "ends_at": ask.request.ends_at,
        "created_at": ask.created_at,
        "sent_at": ask.sent_at,
        "opened_at": ask.opened_at,
        "decided_at": ask.decided_at,
        "digest_due_at": ask.digest_due_at,
        "digest": ask.digest,
        "reported_at": ask.reported_at,
        "report": ask.report,
        "shares": [_share(share) for share in NeighborShare.objects.filter(ask=ask).order_by("created_at", "pk")],
    }


def _share(share: NeighborShare) -> dict[str, Any]:
    return {
        "ref": share.ref,
        "note": share.note,
        "receipt": share.receipt,
        "created_at": share.created_at,
        "expires_at": share.expires_at,
        "ended_at": share.ended_at,
        "end": share.end,
        "thanks": share.thanks,
        "thanked_at": share.thanked_at,
        "videos": [
            {
                "ref": video.ref,
                "copy": video.copy.ref if video.copy else None,
                "starts_at": video.starts_at,
                "ends_at": video.ends_at,
                "watched_at": [watch.at for watch in video.watches.order_by("at", "pk")],
            }
            for video in share.videos.select_related("copy").order_by("starts_at", "ref")
        ],
    }


def erase(account: Account, household: Household | None) -> None:
    """What was shared with the person ends, keys first, and no email about their requests goes out any more.

    What they shared themselves ends with their clips' copies. All rows go with the account.
    """
    mine = NeighborRequest.objects.filter(asker=account)
    if household is not None:
        mine = mine | NeighborRequest.objects.filter(household=household)
    asked = NeighborAsk.objects.filter(request__in=mine)
    shares.end(list(NeighborShare.objects.filter(ask__in=asked)), NeighborShare.End.GONE)
    emails = [letters.once_key(ref, owner) for ref, owner in asked.values_list("request__ref", "owner_id")]
    outbox.cancel_each(once=emails, reason="Its asker left.")


def moved(household: Household) -> None:
    """Another place is the household's own now: it may ask around there once it has been for some time."""
    HomeMoved.objects.update_or_create(household=household, defaults={"at": source.now()})


def count_part(_account: Account, household: Household, part: Part) -> dict[str, int]:
    """How many videos of the part a neighbor can watch."""
    return {"neighbor_videos": _videos(household, part).count()}


def erase_part(_account: Account, household: Household, part: Part) -> None:
    """The rows go; their copies are destroyed by the room that made them."""
    _videos(household, part).delete()


def _videos(household: Household, part: Part) -> QuerySet[NeighborVideo]:
    return NeighborVideo.objects.filter(copy__clip__in=clips_of(household, part))
