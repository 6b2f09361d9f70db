"""A video goes on to somebody else only by this act: its owner sees to whom and for what, the public how often."""

from __future__ import annotations

from django.db import transaction

from goodfences.agencies.models import AgencyAct, Officer
from goodfences.agencies.queries import partners, policy_for
from goodfences.errors import Problem, Refused, refuse
from goodfences.evidence import custody
from goodfences.evidence.after.locked import held, into_agency_log, publish
from goodfences.evidence.models.after import HandOn
from goodfences.evidence.models.shared_video import CustodyEvent
from goodfences.policy import published_problems
from goodfences.visible import length_problems

NAME, WHY = (2, 120), (10, 500)


@transaction.atomic
def hand_on(*, officer: Officer, video_ref: str, to: str, name: str, why: str) -> HandOn:
    """Record that a video is handed on, before it is: the package that is downloaded next says so in its custody log.

    `to` is one of HandOn.To; of another agency, `name` is its name, and its agreement has to be in force.
    Raises Refused with every problem, NotFound, also for those who approve nothing.
    """
    officer, video = held(officer, video_ref)
    if video.destroyed_at is not None:
        raise refuse("hand_on.destroyed", "to", "This video was destroyed; there is nothing to hand on.")
    policy = policy_for(officer.agency)
    name, why = name.strip(), why.strip()
    problems = [
        *_to_problems(officer, to, name),
        *length_problems(name, "name", *NAME),
        *length_problems(why, "why", *WHY),
        *published_problems(why, "why", policy),
    ]
    if problems:
        raise Refused(*problems)
    details = {"to": to, "name": name, "for": why}
    custody.record(video, CustodyEvent.Kind.HANDED_ON, officer=officer, details=details)
    into_agency_log(AgencyAct.Kind.VIDEO_HANDED_ON, officer, video)
    index = publish("request.handed_on", video, by=officer.shown_as, to=to)
    return HandOn.objects.create(video=video, officer=officer, to=to, name=name, why=why, ledger_index=index)


def _to_problems(officer: Officer, to: str, name: str) -> list[Problem]:
    if to not in HandOn.To.values:
        return [Problem("hand_on.to", "to", "Choose to whom it is handed on.", value=to[:40])]
    others = partners().exclude(pk=officer.agency_id)
    if to == HandOn.To.AGENCY and not others.filter(name__iexact=name).exists():
        message = (
            "Write the name of an agency as it stands on the public list of partners: its agreement is in force."
        )
        return [Problem("hand_on.agency", "name", message, value=name[:60])]
    return []
