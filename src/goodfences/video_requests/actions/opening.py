"""From draft to open: a first officer submits, a second one opens or rejects."""

from __future__ import annotations

from django.db import transaction

from goodfences import source
from goodfences.agencies import access
from goodfences.agencies.log import record
from goodfences.agencies.models import AgencyAct, Officer
from goodfences.agencies.queries import agreement_in_force, policy_for
from goodfences.errors import NotFound, Refused, refuse
from goodfences.ledger import actions as ledger
from goodfences.policy import in_force, published_reason
from goodfences.video_requests import entries, portal
from goodfences.video_requests.actions.drafts import own_draft
from goodfences.video_requests.actions.locked import not_in_state, own_request
from goodfences.video_requests.fields import all_problems, fields_of
from goodfences.video_requests.models.request import VideoRequest
from goodfences.video_requests.publication import policy_is_published

State = VideoRequest.State
Kind = AgencyAct.Kind


@transaction.atomic
def submit(*, officer: Officer, ref: str) -> VideoRequest:
    """Hand the draft to a second officer. Raises Refused with every broken rule at once, NotFound."""
    officer = access.acting(officer)
    request = own_draft(officer, ref, "submit")
    problems = all_problems(fields_of(request), officer=officer, request=request)
    if problems:
        raise Refused(*problems)
    _need_published_policy()
    request.state = State.SUBMITTED
    request.submitted_at = source.now()
    request.policy_hash = in_force().hash
    request.save(update_fields=["state", "submitted_at", "policy_hash"])
    record(Kind.REQUEST_SUBMITTED, agency=officer.agency, officer=officer, about=request.case_number, ref=request.ref)
    return request


@transaction.atomic
def take_back(*, officer: Officer, ref: str) -> VideoRequest:
    """Make a draft again of one's own request that waits for a second officer. Raises Refused, NotFound.

    Nothing of it was published and nobody was asked, so it doesn't count among the requests for its case.
    """
    officer = access.acting(officer)
    request = own_request(officer, ref)
    if request.requester_id != officer.pk or not portal.may_ask(officer):
        raise NotFound("There is no such request of yours.")
    if request.state != State.SUBMITTED:
        raise not_in_state(request, "take back", State.SUBMITTED)
    request.state = State.DRAFT
    request.submitted_at = None
    request.policy_hash = ""
    request.save(update_fields=["state", "submitted_at", "policy_hash"])
    record(
        Kind.REQUEST_TAKEN_BACK, agency=officer.agency, officer=officer, about=request.case_number, ref=request.ref
    )
    return request


@transaction.atomic
def approve(*, officer: Officer, ref: str) -> VideoRequest:
    """Open a colleague's request: the row and its public ledger entry, in one transaction (P5).

    The policy is checked once more, by the rules and counts of this moment. Nothing here knows who will
    be asked: the worker finds the open row once the entry is signed. Raises Refused, NotFound.
    """
    officer = access.acting(officer)
    request = _submitted(officer, ref, "approve")
    problems = all_problems(fields_of(request), officer=request.requester, approver=officer, request=request)
    if problems:
        raise Refused(*problems)
    _need_published_policy()
    now = source.now()
    request.state = State.OPEN
    request.approver = officer
    request.opened_at = now
    request.expires_at = now + policy_for(officer.agency).expiry
    request.policy_hash = in_force().hash
    record(Kind.REQUEST_OPENED, agency=officer.agency, officer=officer, about=request.case_number, ref=request.ref)
    agreement = agreement_in_force(officer.agency)
    body = entries.opened(request, agreement_ref=agreement.ref)
    entry = ledger.append(kind="request.opened", subject=entries.subject(request), body=body)
    request.ledger_index = entry.index
    request.save(update_fields=["state", "approver", "opened_at", "expires_at", "policy_hash", "ledger_index"])
    ledger.sign_after_commit()
    return request


@transaction.atomic
def reject(*, officer: Officer, ref: str, reason: str) -> VideoRequest:
    """Refuse a colleague's request, for a published reason of 10 to 500 characters. Raises Refused, NotFound."""
    officer = access.acting(officer)
    request = _submitted(officer, ref, "reject")
    policy = policy_for(officer.agency)
    why = published_reason(reason, "why you reject it", "rejection_reason", policy, rule="rejection.reason")
    request.state = State.REJECTED
    request.approver = officer
    request.rejection_reason = why
    request.ended_at = source.now()
    record(Kind.REQUEST_REJECTED, agency=officer.agency, officer=officer, about=request.case_number, ref=request.ref)
    body = entries.rejected(request)
    entry = ledger.append(kind="request.rejected", subject=entries.subject(request), body=body)
    request.ledger_index = entry.index
    request.save(update_fields=["state", "approver", "rejection_reason", "ended_at", "ledger_index"])
    ledger.sign_after_commit()
    return request


def _submitted(officer: Officer, ref: str, to: str) -> VideoRequest:
    request = own_request(officer, ref)
    if officer.role not in portal.APPROVERS:
        raise NotFound("Your role opens no requests.")
    if request.state != State.SUBMITTED:
        raise not_in_state(request, to, State.SUBMITTED)
    if access.is_same_person(request.requester, officer):
        message = f"You wrote this request, so another officer has to {to} it."
        raise refuse("officers.second", "approver", message)
    return request


def _need_published_policy() -> None:
    if not policy_is_published():
        message = "The rules in force aren't in the public ledger yet. Nothing was lost: try again in a minute."
        raise refuse("policy.unpublished", "policy", message)
