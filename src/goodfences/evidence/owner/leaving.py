"""What of a person's shares is told them, and what becomes of it when they leave (P12)."""

from __future__ import annotations

import base64
from typing import Any

from django.db.models import QuerySet

from goodfences import source
from goodfences.clips.models import Clip
from goodfences.evidence import custody
from goodfences.evidence.models.declined import ReuseDecline
from goodfences.evidence.models.share import Share
from goodfences.evidence.models.shared_video import SharedVideo
from goodfences.evidence.models.wanted import WantedPart
from goodfences.evidence.owner import actions, afterwards_told, queries
from goodfences.evidence.owner.actions import take_back
from goodfences.evidence.owner.sweeping import LATE
from goodfences.people.models import Account, Household
from goodfences.people.registry import Left, Part

State = Share.State


def export(account: Account, household: Household | None) -> list[dict[str, Any]]:
    """Every share of the account, with receipts and custody."""
    del household  # shares belong to the one who shared
    shares = (
        Share.objects.filter(ask__owner=account).select_related("ask__video_request__agency").order_by("created_at")
    )
    return [_told(share) for share in shares]


def export_wanted(account: Account, household: Household | None) -> list[dict[str, Any]]:
    """What the account asked its hub to bring. Goes with its asks by itself."""
    del household
    found = WantedPart.objects.filter(ask__owner=account).select_related("camera").order_by("created_at")
    return [
        {
            "ref": wanted.ref,
            "ask": wanted.ask.ref,
            "camera": wanted.camera.ref,
            "starts_at": wanted.starts_at,
            "ends_at": wanted.ends_at,
            "state": wanted.state,
            "why": wanted.why,
            "created_at": wanted.created_at,
            "answered_at": wanted.answered_at,
        }
        for wanted in found.select_related("ask")
    ]


def erase(account: Account, household: Household | None) -> None:
    """Take back what nobody downloaded and forget the rest's owner.

    What an agency has downloaded it keeps, receipt included, as was said before the owner shared; what was
    not goes with its receipt. A share that is only a row from now on is deleted once its files are.
    """
    del household
    for share in Share.objects.select_for_update(of=("self",), no_key=True).filter(ask__owner=account):
        videos = SharedVideo.objects.select_for_update(no_key=True).filter(share_ref=share.ref)
        take_back([video for video in videos if not video.downloaded_at and not video.withdrawn_at])
        _forget(share)


def count_part(account: Account, _household: Household, part: Part) -> dict[str, int]:
    """How many videos are taken back, because no agency has downloaded them."""
    held = [video for share in _shares(account) for video in _videos_in(share, part) if not video.downloaded_at]
    return {"shared_videos_taken_back": len(held)}


def erase_part(account: Account, _household: Household, part: Part) -> None:
    """Take back what was cut out of the part and not downloaded; what is still being prepared never leaves."""
    for share in _shares(account).select_for_update(of=("self",), no_key=True):
        if share.state == State.PREPARING and any(_in_part(cut, part) for cut in share.cuts):
            actions.withdraw(account=account, share_ref=share.ref)
            continue
        held = SharedVideo.objects.select_for_update(no_key=True).filter(share_ref=share.ref)
        chosen = {video.pk for video in _videos_in(share, part)}
        videos = [video for video in held if not video.withdrawn_at]
        back = [video for video in videos if video.pk in chosen and not video.downloaded_at]
        if len(back) == len(videos) and back:
            actions.withdraw(account=account, share_ref=share.ref)
        else:
            take_back(back)


def stays_outside(account: Account, _household: Household | None, part: Part) -> list[Left]:
    """What agencies have downloaded of it."""
    return [
        Left(
            agency=share.ask.video_request.agency.name,
            request=share.ask.video_request.ref,
            case_number=share.ask.video_request.case_number,
            downloaded_at=video.downloaded_at,
            starts_at=video.starts_at,
            ends_at=video.ends_at,
            sha256=video.sha256,
        )
        for share in _shares(account)
        for video in _videos_in(share, part)
        if video.downloaded_at and share.ask
    ]


def _shares(account: Account) -> QuerySet[Share]:
    return Share.objects.filter(ask__owner=account).select_related("ask__video_request__agency").order_by("pk")


def _videos_in(share: Share, part: Part) -> list[SharedVideo]:
    """The videos of a share that were cut out of the part and that the agency still has."""
    return [
        video
        for video in SharedVideo.objects.filter(share_ref=share.ref, withdrawn_at__isnull=True).order_by("pk")
        if part.touches(video.starts_at, video.ends_at) and (not part.camera or _is_of(video, share, part))
    ]


def _is_of(video: SharedVideo, share: Share, part: Part) -> bool:
    """Whether it was cut out of a clip of the part's camera; the name of its file says which cut it is."""
    names = share.blob_names()
    return video.blob in names and _in_part(share.cuts[names.index(video.blob)], part)


def _in_part(cut: dict[str, Any], part: Part) -> bool:
    found = Clip.objects.filter(ref=cut.get("clip", ""))
    if part.camera:
        found = found.filter(camera__ref=part.camera)
    return any(part.touches(clip.starts_at, clip.ends_at) for clip in found)


def _forget(share: Share) -> None:
    videos = SharedVideo.objects.filter(share_ref=share.ref)
    ReuseDecline.objects.filter(reuse__video__in=videos.values("pk")).delete()
    share.due_at = source.now() + LATE if share.state == State.PREPARING else source.now()
    if share.state in (State.PREPARING, State.READY):
        share.state, share.withdrawn_at = State.WITHDRAWN, source.now()
    share.told, share.decision, share.ask = {}, "", None
    share.cuts = [{} for _ in share.cuts]  # their number names the files to delete
    share.save(update_fields=["due_at", "state", "withdrawn_at", "told", "decision", "ask", "cuts"])


def _told(share: Share) -> dict[str, Any]:
    assert share.ask is not None
    request = share.ask.video_request
    return {
        "ref": share.ref,
        "request": request.ref,
        "agency": request.agency.name,
        "case_number": request.case_number,
        "state": share.state,
        "created_at": share.created_at,
        "withdrawn_at": share.withdrawn_at,
        "cuts": share.cuts,
        "told": share.told,
        "decision": share.decision,
        "failure": share.failure,
        "swept_at": share.swept_at,
        "videos": [_told_of(video) for video in queries.videos_of(share)],
        "opened_by": [
            {"at": touch.at, "kind": touch.kind, "who": touch.who, "agency": touch.agency}
            for touch in queries.custody_of(share.ask.owner, share.ask)
        ],
    }


def _told_of(video: SharedVideo) -> dict[str, Any]:
    return {
        "ref": video.ref,
        "sha256": video.sha256,
        "size": video.size,
        "starts_at": video.starts_at,
        "ends_at": video.ends_at,
        "looks_at": video.looks_at,
        "facts": video.facts,
        "told": video.told,
        "shared_at": video.shared_at,
        "withdrawn_at": video.withdrawn_at,
        "downloaded_at": video.downloaded_at,
        "receipt": video.receipt,
        "credentials": base64.b64encode(video.credentials).decode(),
        "custody": custody.log_of(video),
        "keep_until": video.keep_until,
        "destroyed_at": video.destroyed_at,
        "deletion_receipt": video.deletion_receipt,
        "afterwards": afterwards_told.of_video(video),
    }
