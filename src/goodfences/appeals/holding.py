"""Legal hold of a handed-in video: its retention waits, for a ground in law, until a day that its sender sees."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from goodfences import source
from goodfences.agencies.log import record
from goodfences.agencies.models import AgencyAct, Officer
from goodfences.appeals import custody, entries, portal
from goodfences.appeals.models import HandIn, HandInEvent, HandInHold
from goodfences.evidence.after import holding
from goodfences.ledger import actions as ledger
from goodfences_record.canonical import timestamp


@transaction.atomic
def hold(*, officer: Officer, video_ref: str, ground: str, until: date) -> HandInHold:
    """Keep a video to the end of the day `until`, on the clocks of the agency.

    Raises Refused as the hold of a shared video does; NotFound, also for those who approve nothing.
    """
    acting, video = portal.held(officer, video_ref, portal.APPROVERS)
    ends_at = holding.checked(acting, ground, until, destroyed=video.destroyed_at is not None, held=in_force(video))
    details = {"ground": ground.strip(), "until": timestamp(ends_at)}
    custody.record(video, HandInEvent.Kind.HELD, officer=acting, details=details)
    _log(AgencyAct.Kind.HAND_IN_HELD, acting, video)
    body = entries.after(video.appeal, by=acting.shown_as, until=details["until"])
    entry = ledger.append(kind="appeal.video_held", subject=entries.subject(video.appeal), body=body)
    ledger.sign_after_commit()
    return HandInHold.objects.create(
        video=video, officer=acting, ground=details["ground"], ends_at=ends_at, ledger_index=entry.index
    )


@transaction.atomic
def lift(*, officer: Officer, video_ref: str) -> HandInHold:
    """End a hold before its day. Raises Refused where there is none, NotFound."""
    acting, video = portal.held(officer, video_ref, portal.APPROVERS)
    found = in_force(video)
    if found is None:
        raise holding.none_to_lift()
    found.lifted_at = source.now()
    found.save(update_fields=["lifted_at"])
    custody.record(video, HandInEvent.Kind.HOLD_LIFTED, officer=acting)
    _log(AgencyAct.Kind.HAND_IN_HOLD_LIFTED, acting, video)
    return found


def in_force(video: HandIn) -> HandInHold | None:
    """The hold that a video is on now."""
    return holding.going(HandInHold).filter(video=video).first()


def _log(kind: AgencyAct.Kind, acting: Officer, video: HandIn) -> None:
    record(kind, agency=acting.agency, officer=acting, about=video.appeal.case_number, ref=video.appeal.ref)
