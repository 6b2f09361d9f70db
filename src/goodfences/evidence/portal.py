"""What an officer may see and do with shared video: a function of what was shared with the agency alone (P2).

Nothing here knows a share, an ask, a camera or a clip. A video that was taken back is not there any more.
Each opening and each download is in the custody log before a byte of video leaves (P10).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet

from goodfences import passes, source
from goodfences.agencies import access as agencies
from goodfences.agencies.log import record
from goodfences.agencies.models import AgencyAct, Officer
from goodfences.errors import NotFound, refuse
from goodfences.evidence import custody, packages
from goodfences.evidence.assemble import Package, Prepared
from goodfences.evidence.container import TooLarge
from goodfences.evidence.models.shared_video import CustodyEvent, SharedVideo
from goodfences.evidence.opening import open_video
from goodfences.rows import the_row
from goodfences.vault.seek import SeekableReader
from goodfences.video_requests import portal as requests
from goodfences.video_requests.models.request import VideoRequest

Kind = CustodyEvent.Kind
PASS_LASTS = timedelta(minutes=10)
_SALT = "goodfences.evidence.viewing"
_NO_VIDEO = "There is no such video."


@dataclass(frozen=True)
class Viewing:
    """One opening of a video. `pass_` lets this officer's player fetch its bytes, for PASS_LASTS and its length."""

    video: SharedVideo
    pass_: str
    event: CustodyEvent


def videos_of(officer: Officer, request_ref: str) -> QuerySet[SharedVideo]:
    """What was shared for a request of the officer's agency, in the order in which it came. Raises NotFound."""
    request = requests.request(officer, request_ref)
    return (
        SharedVideo.objects.filter(video_request=request, withdrawn_at__isnull=True)
        .select_related("video_request__agency")
        .order_by("shared_at", "ref")
    )


def video(officer: Officer, video_ref: str) -> SharedVideo:
    """One shared video of the officer's agency, without opening it. Raises NotFound."""
    found = the_row(
        SharedVideo.objects.select_related("video_request__agency").filter(
            ref=video_ref, withdrawn_at__isnull=True, video_request__agency_id=officer.agency_id
        )
    )
    if found is None:
        raise NotFound(_NO_VIDEO)
    return found


def may_open(officer: Officer) -> bool:
    """Whether the officer's role opens and downloads video; an auditor reads who did."""
    return requests.may_ask(officer)


def custody_of(video: SharedVideo) -> QuerySet[CustodyEvent]:
    """The custody log of a video that the officer was given, in order."""
    return video.custody.order_by("sequence")


@transaction.atomic
def view(*, officer: Officer, video_ref: str) -> Viewing:
    """Open a video to watch it: one event of its custody each time. Raises NotFound."""
    officer, found = _held(officer, video_ref)
    if found.own_key_id is not None:
        raise NotFound("Only the agency's own key opens this video.")
    event = custody.record(found, Kind.VIEWED, officer=officer)
    _into_agency_log(AgencyAct.Kind.VIDEO_VIEWED, officer, found.video_request)
    lasts = PASS_LASTS + (found.ends_at - found.starts_at)
    return Viewing(found, passes.give(_SALT, officer.ref, found.ref, lasts=lasts), event)


def play(*, officer: Officer, video_ref: str, pass_: str) -> SeekableReader:
    """The bytes of a video that this officer opened; whoever reads them closes it.

    Raises NotFound where it wasn't opened, was opened too long ago or by another officer, or was taken back, and
    once the officer's role opens no video any more.
    """
    if not may_open(officer):
        raise NotFound(_NO_VIDEO)
    if passes.read(_SALT, pass_) != [officer.ref, video_ref]:
        raise NotFound(_NO_VIDEO)
    return open_video(video(officer, video_ref))


def download(*, officer: Officer, request_ref: str, video_ref: str = "") -> Package:
    """The evidence package of one video, or of everything that was shared for a request.

    The custody events, and that the owners' undo is over, are durable when this returns. Raises Refused for
    an empty or too large package and where the public ledger doesn't prove the request yet, NotFound.
    """
    return packages.build(_downloaded(officer, request_ref, video_ref))


@transaction.atomic
def _downloaded(officer: Officer, request_ref: str, video_ref: str) -> Prepared:
    found = videos_of(officer, request_ref)
    found = found.filter(destroyed_at__isnull=True)
    refs = [each.ref for each in (found.filter(ref=video_ref) if video_ref else found)]
    if video_ref and not refs:
        raise NotFound(_NO_VIDEO)
    if not refs:
        raise refuse(
            "package.empty", "video", "Nothing was shared for this request, so there is nothing to download."
        )
    held = [_held(officer, ref) for ref in refs]
    now = source.now()
    for acting, each in held:
        each.downloaded_at = each.downloaded_at or now
        each.save(update_fields=["downloaded_at"])
        custody.record(each, Kind.DOWNLOADED, officer=acting)
        _into_agency_log(AgencyAct.Kind.VIDEO_DOWNLOADED, acting, each.video_request)
    try:
        return packages.prepared(held[0][1].video_request, [each for _, each in held])
    except TooLarge as error:
        message = "Together these videos are too large for one package. Download them one by one."
        raise refuse("package.size", "video", message, limit="4 GB") from error


def _held(officer: Officer, video_ref: str) -> tuple[Officer, SharedVideo]:
    """Officer and video, read anew, the video's row locked until the open transaction ends."""
    officer = agencies.still_acting(officer)
    if not may_open(officer):
        raise NotFound(_NO_VIDEO)
    found = video(officer, video_ref)
    there = {"withdrawn_at__isnull": True, "destroyed_at__isnull": True}
    locked = the_row(SharedVideo.objects.select_for_update(no_key=True).filter(pk=found.pk, **there))
    if locked is None:
        raise NotFound(_NO_VIDEO)
    locked.video_request = found.video_request
    return officer, locked


def _into_agency_log(kind: AgencyAct.Kind, officer: Officer, request: VideoRequest) -> None:
    record(kind, agency=officer.agency, officer=officer, about=request.case_number, ref=request.ref)
