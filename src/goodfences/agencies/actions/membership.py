"""Agencies join with a public agreement, renew it, and are suspended. The operator alone does this."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from django.db import IntegrityError, transaction

from goodfences import source
from goodfences.agencies import access
from goodfences.agencies.actions.officers import make_officer, public_body
from goodfences.agencies.checks import (
    AgencyParticulars,
    OfficerParticulars,
    agency_problems,
    agreement_problems,
    officer_problems,
)
from goodfences.agencies.log import record
from goodfences.agencies.models import Agency, AgencyAct, Agreement, Officer
from goodfences.errors import NotFound, Problem, Refused, refuse
from goodfences.ledger import actions as ledger
from goodfences.policy import in_force, published_problems

Kind = AgencyAct.Kind

_when_suspended: list[Callable[[Agency], None]] = []


def when_suspended(act: Callable[[Agency], None]) -> None:
    """Have `act(agency)` called in the transaction of every suspension (to end its requests, say)."""
    if act not in _when_suspended:
        _when_suspended.append(act)


@transaction.atomic
def admit(
    *,
    operator: Any,
    particulars: AgencyParticulars,
    agreement_text: str,
    signed_by: str,
    admin: OfficerParticulars,
    stricter: Mapping[str, Any] | None = None,
) -> Agency:
    """Admit a local agency with its public agreement and its first admin; the ledger says so at once.

    `stricter` holds policy limits of the agency's own, only ever tighter. Raises Refused with every problem
    at once (a federal or immigration agency is refused, always), NotFound where `operator` isn't one.
    """
    access.require_operator(operator)
    admin = replace(admin, role=Officer.Role.ADMIN)
    problems = [
        *agency_problems(particulars),
        *agreement_problems(agreement_text, signed_by),
        *_looser(stricter or {}),
        *officer_problems(admin),
    ]
    if Agency.objects.filter(slug=particulars.slug).exists():
        problems.append(_name_taken(particulars.name))
    if problems:
        raise Refused(*problems)
    try:
        with transaction.atomic():
            agency = Agency.objects.create(slug=particulars.slug, **_columns(particulars))
    except IntegrityError as error:
        raise Refused(_name_taken(particulars.name)) from error
    officer = make_officer(agency, admin)
    record(Kind.AGENCY_ADMITTED, agency=agency, about=agency.name)
    record(Kind.OFFICER_ADDED, agency=agency, about=f"{officer.shown_as}, {officer.role}")
    _sign(agency, agreement_text, signed_by, stricter or {})
    ledger.append(kind="agency.officer", subject=f"agency:{agency.ref}", body=public_body(officer, "added"))
    ledger.sign_after_commit()
    return agency


@transaction.atomic
def renew(
    *, operator: Any, slug: str, agreement_text: str, signed_by: str, stricter: Mapping[str, Any] | None = None
) -> Agreement:
    """Put a new agreement in the place of the one in force. Raises Refused, NotFound (also where suspended)."""
    agency = _locked(operator, slug)
    if agency.suspended_at is not None:
        raise refuse("agency.suspended", "agreement_text", "This agency is suspended. Reinstate it instead.")
    return _renew(agency, agreement_text, signed_by, stricter or {})


@transaction.atomic
def reinstate(
    *, operator: Any, slug: str, agreement_text: str, signed_by: str, stricter: Mapping[str, Any] | None = None
) -> Agreement:
    """Let a suspended agency work again, under a new public agreement. Raises Refused, NotFound."""
    agency = _locked(operator, slug)
    if agency.suspended_at is None:
        raise refuse("agency.not_suspended", "agreement_text", "This agency isn't suspended. Renew its agreement.")
    agency.suspended_at = None
    agency.save(update_fields=["suspended_at"])
    return _renew(agency, agreement_text, signed_by, stricter or {})


@transaction.atomic
def suspend(*, operator: Any, slug: str, reason: str) -> Agency:
    """Suspend an agency: its officers are signed out of the portal, its agreement and its requests end.

    `reason` is published. Raises Refused where it is already suspended or the reason is missing, NotFound.
    """
    agency = _locked(operator, slug)
    if agency.suspended_at is not None:
        raise refuse("agency.suspended", "reason", "This agency is already suspended.")
    if not 10 <= len(reason.strip()) <= 500:
        message = "Say in 10 to 500 characters why the agency is suspended: the reason is published."
        value = f"{len(reason.strip())} characters"
        raise refuse("agency.reason", "reason", message, limit="10 to 500 characters", value=value)
    problems = published_problems(reason, "reason", in_force())
    if problems:
        raise Refused(*problems)
    now = source.now()
    agency.suspended_at = now
    agency.save(update_fields=["suspended_at"])
    agency.agreements.filter(ended_at__isnull=True).update(ended_at=now)
    record(Kind.AGENCY_SUSPENDED, agency=agency, about=reason.strip())
    for act in _when_suspended:
        act(agency)
    body = {"agency": agency.slug, "name": agency.name, "reason": reason.strip()}
    ledger.append(kind="agency.suspended", subject=f"agency:{agency.ref}", body=body)
    ledger.sign_after_commit()
    return agency


def _locked(operator: Any, slug: str) -> Agency:
    access.require_operator(operator)
    found = Agency.objects.filter(slug=slug).values_list("pk", flat=True).first()
    if found is None:
        raise NotFound("There is no such agency.")
    return access.lock_agency(found)


def _renew(agency: Agency, text: str, signed_by: str, stricter: Mapping[str, Any]) -> Agreement:
    problems = [*agreement_problems(text, signed_by), *_looser(stricter)]
    if problems:
        raise Refused(*problems)
    agency.agreements.filter(ended_at__isnull=True).update(ended_at=source.now())
    record(Kind.AGREEMENT_RENEWED, agency=agency, about=signed_by.strip())
    agreement = _sign(agency, text, signed_by, stricter)
    ledger.sign_after_commit()
    return agreement


def _sign(agency: Agency, text: str, signed_by: str, stricter: Mapping[str, Any]) -> Agreement:
    agreement = Agreement(agency=agency, text=text.strip(), signed_by=signed_by.strip(), stricter=dict(stricter))
    body = {
        "agency": agency.slug,
        "agreement": agreement.ref,
        "name": agency.name,
        "kind": agency.kind,
        "jurisdiction": agency.jurisdiction,
        "contact_email": agency.contact_email,
        "website": agency.website,
        "place_cell": f"{agency.place_cell:x}",
        "signed_by": agreement.signed_by,
        "stricter": agreement.stricter,
        "text": agreement.text,
    }
    entry = ledger.append(kind="agency.agreement", subject=f"agency:{agency.ref}", body=body)
    agreement.ledger_index = entry.index
    agreement.save()
    return agreement


def _looser(stricter: Mapping[str, Any]) -> list[Problem]:
    try:
        in_force().with_stricter(dict(stricter))
    except Refused as refused:
        return list(refused.problems)
    return []


def _name_taken(name: str) -> Problem:
    message = "There is an agency of this name. If it was suspended, reinstate it with a new agreement."
    return Problem("agency.name_taken", "name", message, value=name)


def _columns(given: AgencyParticulars) -> dict[str, Any]:
    return {
        "name": given.name.strip(),
        "kind": given.kind,
        "jurisdiction": given.jurisdiction.strip(),
        "contact_email": given.contact_email.strip(),
        "website": given.website.strip(),
        "time_zone": given.time_zone,
        "place_cell": given.place_cell,
    }
