"""What the portal may see of video requests: a function of the agency's own rows alone (P2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q, QuerySet

from goodfences import source
from goodfences.agencies.models import Officer
from goodfences.errors import NotFound
from goodfences.rows import the_row
from goodfences.video_requests.models.request import VideoRequest

State = VideoRequest.State
Role = Officer.Role

WRITERS = (Role.REQUESTER, Role.APPROVER, Role.ADMIN)
APPROVERS = (Role.APPROVER, Role.ADMIN)
UNDO = timedelta(days=1)
"""How long a deleted draft can be had back."""


@dataclass(frozen=True)
class Powers:
    """What an officer may do with one request now."""

    edit: bool
    take_back: bool
    approve: bool
    reject: bool
    withdraw: bool
    close: bool


def requests_of(officer: Officer) -> QuerySet[VideoRequest]:
    """The agency's requests, the newest first; of drafts only the officer's own."""
    return (
        VideoRequest.objects.filter(agency_id=officer.agency_id, discarded_at__isnull=True)
        .filter(~Q(state=State.DRAFT) | Q(requester_id=officer.pk))
        .select_related("agency", "requester", "approver")
        .order_by("-created_at", "-ref")
    )


def search(officer: Officer, *, q: str = "", state: str = "", incident_type: str = "") -> QuerySet[VideoRequest]:
    """Those of `requests_of` whose case number or place holds `q`, in this state and of this type."""
    found = requests_of(officer)
    words = q.replace("\0", "").strip()
    if words:
        found = found.filter(Q(case_number__icontains=words) | Q(place_name__icontains=words))
    if state:
        found = found.filter(state=state)
    return found.filter(incident_type=incident_type) if incident_type else found


def drafts_of(officer: Officer) -> QuerySet[VideoRequest]:
    """The officer's own drafts, the one saved last first."""
    return requests_of(officer).filter(state=State.DRAFT).order_by("-saved_at", "-created_at", "-ref")


def discarded_of(officer: Officer) -> QuerySet[VideoRequest]:
    """Drafts that the officer deleted and can still have back, the one deleted last first."""
    since = source.now() - UNDO
    found = VideoRequest.objects.filter(agency_id=officer.agency_id, requester_id=officer.pk, state=State.DRAFT)
    return found.filter(discarded_at__gt=since).order_by("-discarded_at", "-ref")


def waiting_for(officer: Officer) -> list[VideoRequest]:
    """What this officer can open or reject: urgent ones first, then the one that waits longest."""
    found = requests_of(officer).filter(state=State.SUBMITTED).order_by("-urgent", "submitted_at", "ref")
    return [one for one in found if powers(officer, one).approve]


def request(officer: Officer, ref: str) -> VideoRequest:
    """One request of the officer's agency. Raises NotFound for another's, and for a colleague's draft."""
    found = the_row(requests_of(officer).filter(ref=ref))
    if found is None:
        raise NotFound("There is no such request.")
    return found


def may_ask(officer: Officer) -> bool:
    """Whether the officer's role makes requests at all."""
    return officer.role in WRITERS


def powers(officer: Officer, request: VideoRequest) -> Powers:
    """What this officer may do with this request of the own agency."""
    own = request.requester_id == officer.pk
    approver = officer.role in APPROVERS
    ends = request.state == State.OPEN and ((own and may_ask(officer)) or approver)
    return Powers(
        edit=request.state == State.DRAFT and own and may_ask(officer),
        take_back=request.state == State.SUBMITTED and own and may_ask(officer),
        approve=request.state == State.SUBMITTED and approver and not own,
        reject=request.state == State.SUBMITTED and approver and not own,
        withdraw=ends,
        close=ends,
    )
