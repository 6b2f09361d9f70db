"""What an officer fills in, and how it is checked: the one place where page and API ask (P6)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from goodfences import source
from goodfences.agencies.models import Agency, Officer
from goodfences.agencies.queries import policy_for
from goodfences.errors import Problem
from goodfences.places import Area
from goodfences.policy import URGENT_PERIOD, Context, Draft, Policy, case_key, check, place_problems
from goodfences.video_requests.models.request import VideoRequest

State = VideoRequest.State

NO_AREA = Area(ranges=[], square_meters=0.0, place_cells=[])
LIMITS = {
    "case_number": 40,
    "incident_type": 40,
    "reason": 2000,
    "contact": 120,
    "place_name": 80,
    "urgent_reason": 500,
    "draft_name": 60,
}


@dataclass(frozen=True, kw_only=True)
class RequestFields:
    """A request as far as it was filled in. Times have a time zone; what is missing is empty or None.

    `area_problems` are those of a drawn area that `places` refused; there is no `area` then.
    """

    case_number: str = ""
    incident_type: str = ""
    reason: str = ""
    contact: str = ""
    place_name: str = ""
    area: Area | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    area_problems: tuple[Problem, ...] = ()
    urgent: bool = False
    urgent_reason: str = ""
    draft_name: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was filled in; the contact is filled in for every officer beforehand."""
        return replace(self, contact="", area_problems=()) == RequestFields()


def fields_of(request: VideoRequest) -> RequestFields:
    """The fields of a request that was saved, its times on the clocks that it was written by."""
    zone = ZoneInfo(request.time_zone)
    return RequestFields(
        case_number=request.case_number,
        incident_type=request.incident_type,
        reason=request.reason,
        contact=request.contact,
        place_name=request.place_name,
        area=area_of(request) if request.has_area else None,
        starts_at=request.starts_at.astimezone(zone) if request.has_window else None,
        ends_at=request.ends_at.astimezone(zone) if request.has_window else None,
        urgent=request.urgent,
        urgent_reason=request.urgent_reason,
        draft_name=request.draft_name,
    )


def area_of(request: VideoRequest) -> Area:
    """The area that was drawn, from what is kept of it."""
    return Area(
        ranges=[(low, high) for low, high in request.ranges],
        square_meters=request.area_m2,
        place_cells=list(request.place_cells),
        parts=tuple(request.area_parts),
    )


def length_problems(fields: RequestFields) -> list[Problem]:
    """What is too long to be kept, even as a draft."""
    problems = []
    for field, limit in LIMITS.items():
        length = len(getattr(fields, field))
        if length > limit:
            message = f"Write at most {limit} characters here; there are {length}."
            problems.append(
                Problem(f"{field}.length", field, message, limit=f"{limit} characters", value=f"{length} characters")
            )
    return problems


def all_problems(
    fields: RequestFields, *, officer: Officer, approver: Officer | None = None, request: VideoRequest | None = None
) -> list[Problem]:
    """Every rule that the request breaks, at once, by the policy and the agency's own agreement.

    `request` is the saved row, so that it isn't counted against itself. Depends on the agency's own rows
    and the clock alone (P2). Raises NotFound where the agency has no agreement in force.
    """
    now = source.now()
    draft = Draft(
        case_number=fields.case_number.strip(),
        incident_type=fields.incident_type,
        reason=fields.reason.strip(),
        contact=fields.contact.strip(),
        area=fields.area,
        starts_at=fields.starts_at,
        ends_at=fields.ends_at,
        requester_ref=officer.ref,
        approver_ref=approver.ref if approver else None,
        area_problems=fields.area_problems,
        urgent=fields.urgent,
        urgent_reason=fields.urgent_reason.strip(),
    )
    policy = policy_for(officer.agency)
    context = _context(officer.agency, fields, now=now, request=request, opening=approver is not None)
    named = place_name_problems(fields.place_name, policy)
    return [*length_problems(fields), *named, *check(draft, context, policy)]


def place_name_problems(name: str, policy: Policy) -> list[Problem]:
    """The place is published: it names a neighborhood or a street, never a house or a point (P9)."""
    if len(name.strip()) < 3:
        message = "Name the neighborhood or the street as people there call it: owners and the public read it."
        return [Problem("place_name.missing", "place_name", message, value=name.strip())]
    return place_problems(name.strip(), "place_name", policy)


def _context(
    agency: Agency, fields: RequestFields, *, now: datetime, request: VideoRequest | None, opening: bool
) -> Context:
    others = VideoRequest.objects.filter(agency=agency)
    if request is not None:
        others = others.exclude(pk=request.pk)
    # What waits for an approver counts already at submission, so that nobody is let down at the last step.
    counted = [State.OPEN] if opening else [State.OPEN, State.SUBMITTED]
    key = case_key(fields.case_number)[: LIMITS["case_number"]]
    sent = others.exclude(state__in=[State.DRAFT, State.REJECTED])
    same_case = sent.filter(case_key=key)
    return Context(
        now=now,
        open_requests=others.filter(state__in=counted).count(),
        requests_for_case=same_case.count() if key else 0,
        urgent_requests=sent.filter(urgent=True, submitted_at__gt=now - URGENT_PERIOD).count(),
        jurisdiction=agency.area,
    )
