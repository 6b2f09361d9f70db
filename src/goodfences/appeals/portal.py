"""What officers may see of their agency's appeals and of what was handed in: a function of that alone (P1, P2).

A video that waits for its check, failed it or was taken back isn't there. Each opening and each download is in the
custody log before a byte of video leaves, and whoever handed it in sees it by their link (P10).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet

from goodfences import passes, source
from goodfences.agencies import access as agencies
from goodfences.agencies.log import record
from goodfences.agencies.models import AgencyAct, Officer
from goodfences.appeals import custody, packing
from goodfences.appeals.models import Appeal, HandIn, HandInEvent
from goodfences.errors import NotFound, refuse
from goodfences.evidence.assemble import Package
from goodfences.evidence.container import TooLarge
from goodfences.rows import the_row
from goodfences.vault.seek import SeekableReader

State = Appeal.State
Role = Officer.Role
WRITERS = (Role.REQUESTER, Role.APPROVER, Role.ADMIN)
APPROVERS = (Role.APPROVER, Role.ADMIN)
PASS_LASTS = timedelta(minutes=10)
_SALT = "goodfences.appeals.viewing"
_NO_VIDEO = "There is no such video."


@dataclass(frozen=True)
class Powers:
    """What an officer may do with one appeal now."""

    take_back: bool
    decide: bool
    close: bool


def may_write(officer: Officer) -> bool:
    """Whether the officer's role writes appeals, and opens what was handed in; an auditor reads who did."""
    return officer.role in WRITERS


def appeals_of(officer: Officer) -> QuerySet[Appeal]:
    """The agency's appeals, the newest first."""
    found = Appeal.objects.filter(agency_id=officer.agency_id).select_related("agency", "writer", "approver")
    return found.order_by("-submitted_at", "-ref")


def appeal(officer: Officer, ref: str) -> Appeal:
    """One appeal of the officer's agency. Raises NotFound."""
    found = the_row(appeals_of(officer).filter(ref=ref))
    if found is None:
        raise NotFound("There is no such appeal.")
    return found


def powers(officer: Officer, appeal: Appeal) -> Powers:
    """What this officer may do with this appeal of the own agency."""
    own = appeal.writer_id == officer.pk and may_write(officer)
    approver = officer.role in APPROVERS
    waits = appeal.state == State.SUBMITTED
    return Powers(
        take_back=waits and own,
        decide=waits and approver and appeal.writer_id != officer.pk,
        close=appeal.state == State.OPEN and (own or approver),
    )


def videos_of(officer: Officer, appeal_ref: str) -> QuerySet[HandIn]:
    """What was handed in for an appeal of the officer's agency, as it came. Raises NotFound."""
    found = _kept().filter(appeal=appeal(officer, appeal_ref))
    return found.order_by("kept_at", "ref")


def video(officer: Officer, video_ref: str) -> HandIn:
    """One video that was handed in to the officer's agency, without opening it. Raises NotFound."""
    found = the_row(_kept().filter(ref=video_ref, appeal__agency_id=officer.agency_id))
    if found is None:
        raise NotFound(_NO_VIDEO)
    return found


def custody_of(video: HandIn) -> QuerySet[HandInEvent]:
    """The custody log of a video, in order."""
    return video.custody.order_by("sequence")


@transaction.atomic
def view(*, officer: Officer, video_ref: str) -> tuple[HandIn, str]:
    """Open a video to watch it: one event of its custody each time. Gives the pass of its player. Raises NotFound."""
    acting, found = _openable(officer, video_ref)
    custody.record(found, HandInEvent.Kind.VIEWED, officer=acting)
    _log(AgencyAct.Kind.HAND_IN_VIEWED, acting, found.appeal)
    lasts = PASS_LASTS + timedelta(milliseconds=found.facts["duration_ms"])
    return found, passes.give(_SALT, acting.ref, found.ref, lasts=lasts)


def play(*, officer: Officer, video_ref: str, pass_: str) -> SeekableReader:
    """The bytes of a video that this officer opened; whoever reads them closes it. Raises NotFound."""
    if not may_write(officer):
        raise NotFound(_NO_VIDEO)
    if passes.read(_SALT, pass_) != [officer.ref, video_ref]:
        raise NotFound(_NO_VIDEO)
    return packing.open_video(video(officer, video_ref))


@transaction.atomic
def download(*, officer: Officer, appeal_ref: str, video_ref: str = "") -> Package:
    """One video, or all that was handed in for an appeal, as one package. Raises Refused, NotFound.

    The custody events, and that nothing can be taken back any more, are durable when this returns.
    """
    found = videos_of(officer, appeal_ref).filter(destroyed_at__isnull=True)
    refs = list((found.filter(ref=video_ref) if video_ref else found).values_list("ref", flat=True))
    if video_ref and not refs:
        raise NotFound(_NO_VIDEO)
    if not refs:
        raise refuse("package.empty", "video", "Nothing was handed in, so there is nothing to download.")
    opened = [_openable(officer, ref) for ref in refs]
    now = source.now()
    for acting, each in opened:
        each.downloaded_at = each.downloaded_at or now
        each.save(update_fields=["downloaded_at"])
        custody.record(each, HandInEvent.Kind.DOWNLOADED, officer=acting)
        _log(AgencyAct.Kind.HAND_IN_DOWNLOADED, acting, each.appeal)
    try:
        return packing.package(opened[0][1].appeal, [each for _, each in opened])
    except TooLarge as error:
        message = "Together these videos are too large for one package. Download them one by one."
        raise refuse("package.size", "video", message, limit="4 GB") from error


def _kept() -> QuerySet[HandIn]:
    return HandIn.objects.filter(state=HandIn.State.KEPT).select_related("appeal__agency", "appeal__writer")


def _openable(officer: Officer, video_ref: str) -> tuple[Officer, HandIn]:
    """`held` for whoever opens it. Raises NotFound once it was destroyed."""
    acting, found = held(officer, video_ref, WRITERS)
    if found.destroyed_at is not None:
        raise NotFound(_NO_VIDEO)
    return acting, found


def held(officer: Officer, video_ref: str, roles: Collection[str]) -> tuple[Officer, HandIn]:
    """Officer and video, read anew, the video's row locked until the open transaction ends.

    Raises NotFound for whoever has none of `roles`, and for a video that isn't there or was taken back.
    """
    acting = agencies.still_acting(officer)
    if acting.role not in roles:
        raise NotFound(_NO_VIDEO)
    found = video(acting, video_ref)
    locked = HandIn.objects.select_for_update(no_key=True).filter(pk=found.pk, state=HandIn.State.KEPT).first()
    if locked is None:
        raise NotFound(_NO_VIDEO)
    locked.appeal = found.appeal
    return acting, locked


def _log(kind: AgencyAct.Kind, acting: Officer, appeal: Appeal) -> None:
    record(kind, agency=acting.agency, officer=acting, about=appeal.case_number, ref=appeal.ref)
