"""What an owner's pages read about shares, and who touched what was shared (P10)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from goodfences.evidence.models.share import Share
from goodfences.evidence.models.shared_video import CustodyEvent, SharedVideo
from goodfences.people.models import Account
from goodfences.video_requests.models.ask import Ask

Kind = CustodyEvent.Kind
TOUCHED = (Kind.VIEWED, Kind.DOWNLOADED)


@dataclass(frozen=True)
class Touch:
    """One time that an officer opened or downloaded a video of this owner."""

    at: datetime
    kind: str
    who: str
    agency: str
    case_number: str
    ask_ref: str
    video_ref: str
    video_starts_at: datetime
    video_ends_at: datetime
    taken_back: bool
    """Whether the owner has taken that video back since."""


def share_of(ask: Ask) -> Share | None:
    """The newest share of an ask: the one in force, or the last that failed or was taken back."""
    return Share.objects.filter(ask=ask).order_by("-created_at", "-pk").first()


def shares_of(asks: Iterable[Ask]) -> dict[int, Share]:
    """The newest share of each of these asks that has one, by the ask's id."""
    found = Share.objects.filter(ask_id__in=[ask.pk for ask in asks]).order_by("created_at", "pk")
    return {share.ask_id: share for share in found if share.ask_id is not None}


def videos_of(share: Share) -> list[SharedVideo]:
    """The videos of a share, each with its custody log (`custody.all()` is in order)."""
    videos = SharedVideo.objects.filter(share_ref=share.ref).order_by("starts_at", "ref")
    return list(videos.prefetch_related("custody"))


def downloaded(videos: Iterable[SharedVideo]) -> bool:
    """Whether any of them was downloaded, so that the share can't be taken back."""
    return any(video.downloaded_at for video in videos)


def custody_of(account: Account, ask: Ask | None = None) -> list[Touch]:
    """Who opened or downloaded what this owner shared, for which case; the newest first. For one ask or for all."""
    shares = Share.objects.filter(ask__owner=account).select_related("ask__video_request")
    by_ref = {share.ref: share for share in (shares.filter(ask=ask) if ask else shares)}
    events = (
        CustodyEvent.objects.filter(video__share_ref__in=by_ref, kind__in=TOUCHED)
        .select_related("video")
        .order_by("-at", "-pk")
    )
    return [_touch(event, by_ref[event.video.share_ref].ask) for event in events]


def _touch(event: CustodyEvent, ask: Ask | None) -> Touch:
    assert ask is not None
    shown = event.shown or {}
    return Touch(
        at=event.at,
        kind=event.kind,
        who=shown.get("name", ""),
        agency=shown.get("agency", ""),
        case_number=ask.video_request.case_number,
        ask_ref=ask.ref,
        video_ref=event.video.ref,
        video_starts_at=event.video.starts_at,
        video_ends_at=event.video.ends_at,
        taken_back=event.video.withdrawn_at is not None,
    )
