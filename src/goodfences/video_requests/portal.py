"""What the portal may see of video requests: a function of the agency's own rows alone (P2)."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from goodfences.agencies.models import Officer
from goodfences.errors import NotFound
from goodfences.video_requests.models.request import VideoRequest

State = VideoRequest.State
Role = Officer.Role

WRITERS = (Role.REQUESTER, Role.APPROVER, Role.ADMIN)
APPROVERS = (Role.APPROVER, Role.ADMIN)


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
        VideoRequest.objects.filter(agency_id=officer.agency_id)
        .filter(~Q(state=State.DRAFT) | Q(requester_id=officer.pk))
        .select_related("agency", "requester", "approver")
        .order_by("-created_at", "-ref")
    )


def request(officer: Officer, ref: str) -> VideoRequest:
    """One request of the officer's agency. Raises NotFound for another's, and for a colleague's draft."""
    found = requests_of(officer).filter(ref=ref).first()
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
