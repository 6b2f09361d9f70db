"""How an open request ends: by its agency, by the clock, or by a suspension. Never by answers (P2)."""

from __future__ import annotations

from django.db import transaction

from goodfences import source
from goodfences.agencies import access
from goodfences.agencies.log import record
from goodfences.agencies.models import Agency, AgencyAct, Officer
from goodfences.errors import NotFound
from goodfences.ledger import actions as ledger
from goodfences.video_requests import entries, portal, received
from goodfences.video_requests.actions.locked import hold, not_in_state, own_request
from goodfences.video_requests.models.request import VideoRequest

State = VideoRequest.State
Kind = AgencyAct.Kind


@transaction.atomic
def close(*, officer: Officer, ref: str) -> VideoRequest:
    """End an open request: no owner can share any more. Raises Refused unless it is open, NotFound."""
    officer, request = _open_request(officer, ref, "close")
    return _end(request, State.CLOSED, how="closed", officer=officer)


@transaction.atomic
def withdraw(*, officer: Officer, ref: str) -> VideoRequest:
    """Take back a request that should not have been made. Raises Refused unless it is open, NotFound."""
    officer, request = _open_request(officer, ref, "withdraw")
    return _end(request, State.WITHDRAWN, how="withdrawn", officer=officer)


def expire_due(limit: int) -> int:
    """Close at most `limit` open requests whose time is over, each in its own transaction. Returns how many."""
    due = VideoRequest.objects.filter(state=State.OPEN, expires_at__lte=source.now()).order_by("expires_at")[:limit]
    return sum(_expire(request) for request in due)


def end_all_of(agency: Agency) -> None:
    """Close the open requests of an agency that is being suspended, in the same transaction."""
    for request in VideoRequest.objects.filter(agency=agency, state=State.OPEN).order_by("pk"):
        held = hold(request)
        if held.state == State.OPEN:
            _end(held, State.CLOSED, how="suspended", officer=None)


@transaction.atomic
def _expire(request: VideoRequest) -> bool:
    held = hold(request)
    if held.state != State.OPEN:
        return False
    _end(held, State.CLOSED, how="expired", officer=None)
    return True


def _open_request(officer: Officer, ref: str, to: str) -> tuple[Officer, VideoRequest]:
    officer = access.acting(officer)
    request = own_request(officer, ref)
    own = request.requester_id == officer.pk and portal.may_ask(officer)
    if not own and officer.role not in portal.APPROVERS:
        raise NotFound("There is no such request of yours.")
    if request.state != State.OPEN:
        raise not_in_state(request, to, State.OPEN)
    return officer, request


def _end(request: VideoRequest, state: VideoRequest.State, *, how: str, officer: Officer | None) -> VideoRequest:
    request.state = state
    request.ended_at = source.now()
    withdrawn = state == State.WITHDRAWN
    act = Kind.REQUEST_WITHDRAWN if withdrawn else Kind.REQUEST_CLOSED
    record(act, agency=request.agency, officer=officer, about=request.case_number, ref=request.ref)
    entry = ledger.append(
        kind="request.withdrawn" if withdrawn else "request.closed",
        subject=entries.subject(request),
        body=entries.ended(request, how=how, officer=officer, videos_received=received.videos(request.pk)),
    )
    request.end_ledger_index = entry.index
    request.save(update_fields=["state", "ended_at", "end_ledger_index"])
    ledger.sign_after_commit()
    return request
