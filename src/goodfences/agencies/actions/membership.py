"""Agencies join with a public agreement, renew it, are suspended, and leave.

Where an instance gives public notice (`NOTICE_DAYS`), an agency joins and renews by that alone: the room `joining`
calls `join` and `rejoin` when a notice has ended. An operator suspends and terminates at once, as an oversight body
suspends.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max

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
from goodfences.policy import in_force, published_reason

Kind = AgencyAct.Kind


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What an agency signs. `stricter` holds limits of its own; `signed` both signatures as they are published, and
    `published` what the ledger says of them."""

    text: str
    signed_by: str
    stricter: Mapping[str, Any] = field(default_factory=dict)
    signed: Mapping[str, Any] = field(default_factory=dict)
    published: Mapping[str, Any] = field(default_factory=dict)


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
    at once (a federal or immigration agency is refused, always) and where this instance gives notice first,
    NotFound where `operator` isn't one.
    """
    access.require_operator(operator)
    _without_notice("name")
    return _join(particulars, Terms(text=agreement_text, signed_by=signed_by, stricter=stricter or {}), admin)


@transaction.atomic
def renew(
    *, operator: Any, slug: str, agreement_text: str, signed_by: str, stricter: Mapping[str, Any] | None = None
) -> Agreement:
    """Put a new agreement in the place of the one in force. Raises Refused, NotFound (also where suspended)."""
    agency = _locked(operator, slug)
    _without_notice("agreement_text")
    if agency.suspended_at is not None:
        raise refuse("agency.suspended", "agreement_text", "This agency is suspended. Reinstate it instead.")
    return _renew(agency, Terms(text=agreement_text, signed_by=signed_by, stricter=stricter or {}))


@transaction.atomic
def reinstate(
    *, operator: Any, slug: str, agreement_text: str, signed_by: str, stricter: Mapping[str, Any] | None = None
) -> Agreement:
    """Let a suspended agency work again, under a new public agreement. Raises Refused, NotFound."""
    agency = _locked(operator, slug)
    _without_notice("agreement_text")
    if agency.suspended_at is None:
        raise refuse("agency.not_suspended", "agreement_text", "This agency isn't suspended. Renew its agreement.")
    _refuse_terminated(agency, "agreement_text")
    agency.suspended_at = None
    agency.save(update_fields=["suspended_at"])
    return _renew(agency, Terms(text=agreement_text, signed_by=signed_by, stricter=stricter or {}))


@transaction.atomic
def join(*, particulars: AgencyParticulars, terms: Terms, admin: OfficerParticulars) -> Agency:
    """As `admit`, by a public notice that has ended and not by an operator. Raises Refused with every problem."""
    return _join(particulars, terms, admin)


@transaction.atomic
def rejoin(*, slug: str, particulars: AgencyParticulars, terms: Terms) -> Agreement:
    """A new agreement of an agency, by a public notice that has ended; one that was suspended or left works again.

    Its name and kind stay; what else it said of itself takes the place of what it said before. Whoever was an
    officer when it was terminated stays signed out, but its admins. Raises Refused, NotFound.
    """
    agency = _found(slug)
    problems = [problem for problem in agency_problems(particulars) if problem.field not in ("name", "kind")]
    if problems:
        raise Refused(*problems)
    if agency.terminated_at is not None:
        agency.officers.filter(role=Officer.Role.ADMIN).update(active=True)
    agency.suspended_at = agency.terminated_at = None
    for name, value in _columns(particulars).items():
        if name not in ("name", "kind"):
            setattr(agency, name, value)
    agency.save()
    return _renew(agency, terms)


@transaction.atomic
def suspend(*, operator: Any, slug: str, reason: str) -> Agency:
    """Suspend an agency: its officers are signed out of the portal, its agreement and its requests end.

    `reason` is published. Raises Refused where it is already suspended or the reason is missing, NotFound.
    """
    return _suspend(_locked(operator, slug), reason)


@transaction.atomic
def suspend_by_oversight(*, slug: str, reason: str, body: str) -> Agency:
    """The same by the oversight body named `body`, whose right the room `oversight` has checked."""
    return _suspend(_found(slug), reason, by=body)


@transaction.atomic
def terminate(*, operator: Any, slug: str, reason: str) -> Agency:
    """End an agency's part for good, suspended or not: as `suspend`, and none of its officers has access any more.

    It can only come back by a new application. `reason` is published. Raises Refused, NotFound.
    """
    agency = _locked(operator, slug)
    _refuse_terminated(agency, "reason")
    reason = _checked(reason, "terminated")
    _stop(agency)
    agency.terminated_at = source.now()
    agency.save(update_fields=["terminated_at"])
    agency.officers.update(active=False)
    _tell(Kind.AGENCY_TERMINATED, agency, reason)
    return agency


def _without_notice(where: str) -> None:
    if settings.NOTICE_DAYS > 0:
        days = f"{settings.NOTICE_DAYS} days"
        message = f"On this instance an agreement is announced {days} before it takes effect: the agency applies."
        raise refuse("agency.notice", where, message, limit=days)


def _join(particulars: AgencyParticulars, terms: Terms, admin: OfficerParticulars) -> Agency:
    admin = replace(admin, role=Officer.Role.ADMIN)
    problems = [*agency_problems(particulars), *terms_problems(terms), *officer_problems(admin)]
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
    _sign(agency, terms)
    ledger.append(kind="agency.officer", subject=f"agency:{agency.ref}", body=public_body(officer, "added"))
    ledger.sign_after_commit()
    return agency


def _locked(operator: Any, slug: str) -> Agency:
    access.require_operator(operator)
    return _found(slug)


def _found(slug: str) -> Agency:
    found = Agency.objects.filter(slug=slug).values_list("pk", flat=True).first()
    if found is None:
        raise NotFound("There is no such agency.")
    return access.lock_agency(found)


def _refuse_terminated(agency: Agency, where: str) -> None:
    if agency.terminated_at is not None:
        raise refuse("agency.terminated", where, "This agency's agreement was terminated. It can apply anew.")


def _checked(reason: str, what: str) -> str:
    return published_reason(reason, f"why the agency is {what}", "reason", in_force(), rule="agency.reason")


def _suspend(agency: Agency, reason: str, *, by: str = "") -> Agency:
    if agency.suspended_at is not None:
        raise refuse("agency.suspended", "reason", "This agency is already suspended.")
    reason = _checked(reason, "suspended")
    _stop(agency)
    _tell(Kind.AGENCY_SUSPENDED, agency, reason, by=by)
    return agency


def _stop(agency: Agency) -> None:
    """Nothing that the agency could do works from now on. Twice is once."""
    if agency.suspended_at is not None:
        return
    now = source.now()
    agency.suspended_at = now
    agency.save(update_fields=["suspended_at"])
    agency.agreements.filter(ended_at__isnull=True).update(ended_at=now)
    for act in _when_suspended:
        act(agency)


def _tell(kind: AgencyAct.Kind, agency: Agency, reason: str, *, by: str = "") -> None:
    record(kind, agency=agency, about=reason)
    body = {"agency": agency.slug, "name": agency.name, "reason": reason}
    ledger.append(kind=kind.value, subject=f"agency:{agency.ref}", body={**body, "by": by} if by else body)
    ledger.sign_after_commit()


def _renew(agency: Agency, terms: Terms) -> Agreement:
    problems = terms_problems(terms)
    if problems:
        raise Refused(*problems)
    agency.agreements.filter(ended_at__isnull=True).update(ended_at=source.now())
    record(Kind.AGREEMENT_RENEWED, agency=agency, about=terms.signed_by.strip())
    agreement = _sign(agency, terms)
    ledger.sign_after_commit()
    return agreement


def _sign(agency: Agency, terms: Terms) -> Agreement:
    agreement = Agreement(
        agency=agency,
        version=next_version(agency),
        text=terms.text.strip(),
        signed_by=terms.signed_by.strip(),
        stricter=dict(terms.stricter),
        signed=dict(terms.signed),
    )
    body = {
        "agency": agency.slug,
        "agreement": agreement.ref,
        "version": agreement.version,
        "name": agency.name,
        "kind": agency.kind,
        "jurisdiction": agency.jurisdiction,
        "contact_email": agency.contact_email,
        "website": agency.website,
        "place_cell": f"{agency.place_cell:x}",
        "retention_days": agency.retention_days,
        "reuse": str(agency.reuse),
        "signed_by": agreement.signed_by,
        "stricter": agreement.stricter,
        "text": agreement.text,
        **terms.published,
    }
    entry = ledger.append(kind="agency.agreement", subject=f"agency:{agency.ref}", body=body)
    agreement.ledger_index = entry.index
    agreement.save()
    return agreement


def next_version(agency: Agency) -> int:
    """The number of the agreement that the agency signs next."""
    return (agency.agreements.aggregate(Max("version"))["version__max"] or 0) + 1


def terms_problems(terms: Terms) -> list[Problem]:
    """Everything that is wrong with what is signed: its text, its signer, and limits looser than everyone's."""
    return [*agreement_problems(terms.text, terms.signed_by), *_looser(terms.stricter)]


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
        "domain": given.domain,
        "area": given.area,
        "responsible": given.responsible.strip(),
        "retention_days": given.retention_days,
        "reuse": given.reuse,
    }
