"""Officers: added, given another role, deactivated. Each change is a ledger entry (P5)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction

from goodfences.agencies import access
from goodfences.agencies.checks import OfficerParticulars, officer_problems
from goodfences.agencies.log import record
from goodfences.agencies.models import Agency, AgencyAct, Officer
from goodfences.errors import NotFound, Problem, Refused, refuse
from goodfences.ledger import actions as ledger

Kind = AgencyAct.Kind


@transaction.atomic
def add_officer(*, acting: Officer, particulars: OfficerParticulars) -> Officer:
    """An agency's admin adds an officer, who can sign in by a code sent to the address.

    Whether the address already belongs to somebody here is never told: then the officer is added all the
    same and nobody can sign in as them (see Officer). Raises Refused with every problem, NotFound where
    `acting` isn't an active admin.
    """
    admin = _admin(acting)
    officer = make_officer(admin.agency, particulars)
    _publish(officer, "added", Kind.OFFICER_ADDED, by=admin)
    return officer


@transaction.atomic
def add_admin(*, operator: Any, slug: str, particulars: OfficerParticulars) -> Officer:
    """The operator adds an admin to an agency that lost all of its own. Raises Refused, NotFound."""
    access.require_operator(operator)
    agency = Agency.objects.filter(slug=slug, suspended_at__isnull=True).first()
    if agency is None:
        raise NotFound("There is no such agency.")
    access.lock_agency(agency.pk)
    if agency.officers.filter(active=True, role=Officer.Role.ADMIN).exists():
        raise refuse("officer.admin", "role", "This agency has an admin, who adds its officers.")
    officer = make_officer(agency, replace(particulars, role=Officer.Role.ADMIN))
    _publish(officer, "added", Kind.OFFICER_ADDED, by=None)
    return officer


@transaction.atomic
def change_role(*, acting: Officer, ref: str, role: str) -> Officer:
    """Give a colleague another role. Raises Refused for an unknown role or the last admin's; NotFound."""
    admin = _admin(acting)
    officer = access.colleague(admin, ref)
    if role not in Officer.Role.values:
        message = f"Choose a role: {', '.join(Officer.Role.values)}."
        raise refuse("officer.role", "role", message, value=role)
    if officer.role == role:
        return officer
    _keep_an_admin(officer)
    officer.role = role
    officer.save(update_fields=["role"])
    _publish(officer, "role", Kind.OFFICER_CHANGED, by=admin)
    return officer


@transaction.atomic
def deactivate_officer(*, acting: Officer, ref: str) -> Officer:
    """End a colleague's access at once. Twice is once. Raises Refused for the last admin, NotFound."""
    admin = _admin(acting)
    officer = access.colleague(admin, ref)
    if not officer.active:
        return officer
    _keep_an_admin(officer)
    officer.active = False
    officer.save(update_fields=["active"])
    _publish(officer, "deactivated", Kind.OFFICER_DEACTIVATED, by=admin)
    return officer


@transaction.atomic
def reactivate_officer(*, acting: Officer, ref: str) -> Officer:
    """Give a colleague access again. Twice is once. Raises NotFound."""
    admin = _admin(acting)
    officer = access.colleague(admin, ref)
    if officer.active:
        return officer
    if officer.account_id and Officer.objects.filter(account_id=officer.account_id, active=True).exists():
        # They have since become an officer elsewhere; which is nothing that this agency is told.
        officer.account = None
    officer.active = True
    officer.save(update_fields=["active", "account"])
    _publish(officer, "reactivated", Kind.OFFICER_REACTIVATED, by=admin)
    return officer


def make_officer(agency: Agency, given: OfficerParticulars) -> Officer:
    """The new officer's row, with an account where the address is free. Raises Refused with every problem."""
    email = given.email.strip().lower()
    problems = officer_problems(given)
    if agency.officers.filter(badge=given.badge).exists():
        message = f"Badge {given.badge} is taken by an officer of yours. Reactivate that one, or give another badge."
        problems.append(Problem("officer.badge_taken", "badge", message, value=given.badge))
    if agency.officers.filter(email=email).exists():
        message = "An officer of yours already has this address. Reactivate that one, or give another address."
        problems.append(Problem("officer.email_taken", "email", message, value=email))
    if problems:
        raise Refused(*problems)
    return Officer.objects.create(
        agency=agency,
        account_id=_account_for(agency, email, given.name.strip()),
        email=email,
        name=given.name.strip(),
        role=given.role,
        title=given.title.strip(),
        badge=given.badge,
        contact=given.contact.strip(),
    )


def _account_for(agency: Agency, email: str, name: str) -> int | None:
    """A new officer's account, or that of one who left another agency; None where the address is in other use."""
    accounts = get_user_model().objects
    fields = {"name": name, "kind": "officer", "time_zone": agency.time_zone}
    try:
        with transaction.atomic():
            return int(accounts.create_user(email, None, **fields).pk)
    except IntegrityError:
        free = accounts.filter(email=email, kind="officer").exclude(
            pk__in=Officer.objects.filter(active=True, account__isnull=False).values("account_id")
        )
        return free.values_list("pk", flat=True).first()


def _admin(acting: Officer) -> Officer:
    admin = access.admin_of(acting.account_id)
    access.lock_agency(admin.agency_id)
    return access.admin_of(acting.account_id)


def _keep_an_admin(officer: Officer) -> None:
    """An agency always has somebody who can add and deactivate officers."""
    if officer.role != Officer.Role.ADMIN or not officer.active:
        return
    others = officer.agency.officers.filter(active=True, role=Officer.Role.ADMIN).exclude(pk=officer.pk)
    if not others.exists():
        message = "This is your agency's only active admin. Make another officer an admin first."
        raise refuse("officer.last_admin", "role", message)


def _publish(officer: Officer, change: str, kind: AgencyAct.Kind, *, by: Officer | None) -> None:
    record(kind, agency=officer.agency, officer=by, about=f"{officer.shown_as}, {officer.role}")
    ledger.append(kind="agency.officer", subject=f"agency:{officer.agency.ref}", body=public_body(officer, change))
    ledger.sign_after_commit()


def public_body(officer: Officer, change: str) -> dict[str, Any]:
    """What the ledger says about an officer: title, badge and role, as owners see them; never a name."""
    return {
        "agency": officer.agency.slug,
        "change": change,
        "officer": officer.ref,
        "shown_as": officer.shown_as,
        "role": officer.role,
    }
