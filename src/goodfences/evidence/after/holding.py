"""Legal hold: retention waits, for a ground in law, until a day that its owner sees."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import QuerySet

from goodfences import source
from goodfences.agencies.models import AgencyAct, Officer
from goodfences.agencies.models.hold import Hold
from goodfences.agencies.queries import policy_for
from goodfences.errors import Problem, Refused, refuse
from goodfences.evidence import custody
from goodfences.evidence.after.locked import held, into_agency_log, publish, timestamp
from goodfences.evidence.models.after import LegalHold
from goodfences.evidence.models.shared_video import CustodyEvent, SharedVideo
from goodfences.policy import published_problems
from goodfences.visible import length_problems

GROUND = (10, 300)
H = TypeVar("H", bound=Hold)


@transaction.atomic
def hold(*, officer: Officer, video_ref: str, ground: str, until: date) -> LegalHold:
    """Keep a video to the end of the day `until`, on the clocks of the agency. Its owner is told.

    Raises Refused where it is on hold or destroyed already, the ground says too little or the end is too far
    away; NotFound, also for those who approve nothing.
    """
    officer, video = held(officer, video_ref)
    ends_at = checked(officer, ground, until, destroyed=video.destroyed_at is not None, held=in_force(video))
    details = {"ground": ground.strip(), "until": timestamp(ends_at)}
    custody.record(video, CustodyEvent.Kind.HELD, officer=officer, details=details)
    into_agency_log(AgencyAct.Kind.VIDEO_HELD, officer, video)
    index = publish("request.video_held", video, by=officer.shown_as, until=details["until"])
    return LegalHold.objects.create(
        video=video, officer=officer, ground=ground.strip(), ends_at=ends_at, ledger_index=index
    )


@transaction.atomic
def lift(*, officer: Officer, video_ref: str) -> LegalHold:
    """End a hold before its day. Raises Refused where there is none, NotFound."""
    officer, video = held(officer, video_ref)
    found = in_force(video)
    if found is None:
        raise none_to_lift()
    found.lifted_at = source.now()
    found.save(update_fields=["lifted_at"])
    custody.record(video, CustodyEvent.Kind.HOLD_LIFTED, officer=officer)
    into_agency_log(AgencyAct.Kind.VIDEO_HOLD_LIFTED, officer, video)
    return found


def in_force(video: SharedVideo) -> LegalHold | None:
    """The hold that a video is on now."""
    return going(LegalHold).filter(video=video).first()


def going(holds: type[H]) -> QuerySet[H]:
    """The holds of a kind that are in force now."""
    return holds._default_manager.filter(lifted_at__isnull=True, ends_at__gt=source.now())


def checked(officer: Officer, ground: str, until: date, *, destroyed: bool, held: Hold | None) -> datetime:
    """When a hold to the end of the day `until` ends, on the clocks of the agency. Raises Refused as `hold` does."""
    if destroyed:
        raise refuse("hold.destroyed", "until", "This video was destroyed; there is nothing to hold.")
    if held is not None:
        raise refuse("hold.twice", "until", "This video is on hold already. Lift that hold first.")
    zone, policy = ZoneInfo(officer.agency.time_zone), policy_for(officer.agency)
    problems = [
        *length_problems(ground, "ground", *GROUND),
        *published_problems(ground, "ground", policy),
        *_end_problems(until, source.now().astimezone(zone).date(), int(policy.figure("hold.max"))),
    ]
    if problems:
        raise Refused(*problems)
    return datetime.combine(until + timedelta(days=1), time.min, zone)


def none_to_lift() -> Refused:
    return refuse("hold.none", "hold", "This video isn't on hold.")


def _end_problems(until: date, today: date, most: int) -> list[Problem]:
    if today <= until <= today + timedelta(days=most):
        return []
    message = f"A hold ends today or later, and within {most} days: by {today + timedelta(days=most):%Y-%m-%d}."
    return [Problem("hold.max", "until", message, limit=f"{most} days", value=f"{until:%Y-%m-%d}")]
