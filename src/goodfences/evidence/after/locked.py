"""Officer and video, held for the length of an act."""

from __future__ import annotations

from collections.abc import Collection

from goodfences.agencies import access as agencies
from goodfences.agencies.log import record
from goodfences.agencies.models import AgencyAct, Officer
from goodfences.errors import NotFound
from goodfences.evidence import portal
from goodfences.evidence.models.shared_video import SharedVideo
from goodfences.ledger import actions as ledger
from goodfences.video_requests import portal as requests
from goodfences_record.canonical import timestamp


def held(
    officer: Officer, video_ref: str, roles: Collection[str] = requests.APPROVERS
) -> tuple[Officer, SharedVideo]:
    """Both, read anew, the video's row locked until the open transaction ends.

    Raises NotFound for whoever has none of `roles`, and for a video that isn't there or was taken back.
    """
    officer = agencies.still_acting(officer)
    if officer.role not in roles:
        raise NotFound("Your role doesn't do this.")
    found = portal.video(officer, video_ref)
    locked = SharedVideo.objects.select_for_update(no_key=True).filter(pk=found.pk, withdrawn_at__isnull=True).first()
    if locked is None:
        raise NotFound("There is no such video.")
    locked.video_request = found.video_request
    return officer, locked


def publish(kind: str, video: SharedVideo, **body: str) -> int:
    """Write one public entry about an act on a video; which video it is isn't said. Last in its transaction."""
    request = video.video_request
    said = {"request": request.ref, "agency": request.agency.slug, "agency_name": request.agency.name, **body}
    entry = ledger.append(kind=kind, subject=f"request:{request.ref}", body=said)
    ledger.sign_after_commit()
    return entry.index


def into_agency_log(kind: AgencyAct.Kind, officer: Officer, video: SharedVideo) -> None:
    request = video.video_request
    record(kind, agency=officer.agency, officer=officer, about=request.case_number, ref=request.ref)


__all__ = ["held", "into_agency_log", "publish", "timestamp"]
