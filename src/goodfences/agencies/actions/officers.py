"""Officers: invited, given another role, deactivated, gone by themselves. Each change is a ledger entry (P5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction

from goodfences import passes, source
from goodfences.agencies import access
from goodfences.agencies.checks import OfficerParticulars, badge_problems, officer_problems
from goodfences.agencies.log import record
from goodfences.agencies.models import Agency, AgencyAct, Officer
from goodfences.errors import NotFound, Problem, Refused, refuse
from goodfences.ledger import actions as ledger

Kind = AgencyAct.Kind

INVITATION_LASTS = timedelta(days=7)
_SALT = "goodfences.agencies.invitation"

_when_invited: list[Callable[[Officer], None]] = []


def when_invited(act: Callable[[Officer], None]) -> None:
    """Have `act(officer)` called in the transaction of every invitation (to send its link, say)."""
    if act not in _when_invited:
        _when_invited.append(act)


def invitation_of(officer: Officer) -> str:
    """The token of the officer's newest invitation, for the link that is sent to their address."""
    return passes.give(_SALT, officer.ref, officer.invited, lasts=INVITATION_LASTS)


def invited_by(token: str) -> Officer:
    """The officer whose newest invitation this is. Raises NotFound once it is too old, or another was sent."""
    ref, number = passes.read(_SALT, token)
    found = Officer.objects.select_related("agency", "account").filter(ref=ref, invited=number, active=True).first()
    if found is None or found.agency.suspended_at is not None:
        raise NotFound("There is no such invitation.")
    return found


@transaction.atomic
def accept_invitation(*, token: str, badge: str = "") -> Officer:
    """Whoever has the link reads the address: from now on they can sign in. Twice is once.

    `badge` counts where they were invited without one, as directories do; from then on they are on the public record.
    Raises NotFound, and Refused where the address signs in here as somebody else: only who reads it is told so (P2).
    """
    officer = invited_by(token)
    access.lock_agency(officer.agency_id)
    officer = invited_by(token)
    if officer.account is None:
        message = "This address is used here for something else. Ask your agency to invite another address of yours."
        raise refuse("officer.address", "email", message)
    if not officer.badge:
        take_badge(officer, badge.strip(), by=officer)
    if officer.accepted_at is None:
        officer.accepted_at = source.now()
        officer.save(update_fields=["accepted_at"])
        given = {"user": officer.account, "email": officer.account.email}
        EmailAddress.objects.update_or_create(**given, defaults={"verified": True, "primary": True})
        record(Kind.OFFICER_ACCEPTED, agency=officer.agency, officer=officer, about=officer.shown_as)
    return officer


@transaction.atomic
def invite_again(*, acting: Officer, ref: str) -> Officer:
    """Send a colleague another link, with which the former one ends. Raises Refused once accepted, NotFound."""
    admin = _admin(acting)
    officer = access.colleague(admin, ref)
    if not officer.active or officer.accepted_at is not None:
        raise refuse("officer.accepted", "email", "This officer has accepted the invitation, or has no access.")
    _invite_anew(officer)
    record(Kind.OFFICER_INVITED, agency=officer.agency, officer=admin, about=officer.shown_as)
    return officer


@transaction.atomic
def give_badge(*, acting: Officer, ref: str, badge: str) -> Officer:
    """Write down the badge number of a colleague who was invited without. Raises Refused, also once there is one;
    NotFound."""
    admin = _admin(acting)
    officer = access.colleague(admin, ref)
    if officer.badge:
        raise refuse("officer.has_badge", "badge", "This officer has a badge number, which stays.")
    take_badge(officer, badge.strip(), by=admin)
    return officer


def take_badge(officer: Officer, badge: str, *, by: Officer | None) -> None:
    """Give a badge number to one without, in the open transaction, the agency locked. Raises Refused."""
    problems = [*badge_problems(badge), *_badge_taken(officer.agency, badge)]
    if problems:
        raise Refused(*problems)
    officer.badge = badge
    officer.save(update_fields=["badge"])
    if officer.active:
        publish(officer, "added", Kind.OFFICER_BADGE, by=by)


@transaction.atomic
def take_keys(*, acting: Officer, ref: str) -> Officer:
    """A colleague's telephone is lost: all their keys end, and every session, and they set up another. NotFound."""
    admin = _admin(acting)
    officer = access.colleague(admin, ref)
    _end_access(officer)
    record(Kind.OFFICER_KEYS_TAKEN, agency=officer.agency, officer=admin, about=officer.shown_as)
    return officer


@transaction.atomic
def leave(*, acting: Officer) -> Officer:
    """An officer goes, at once and by themselves. Raises Refused for the last admin, NotFound."""
    officer = access.officer_of(acting.account_id)
    access.lock_agency(officer.agency_id)
    _keep_an_admin(officer)
    return end(officer, Kind.OFFICER_LEFT, by=officer)


def signed_in(account_id: int) -> None:
    """The officer with this account signed in just now."""
    Officer.objects.filter(account_id=account_id, active=True).update(signed_in_at=source.now())


@transaction.atomic
def add_officer(*, acting: Officer, particulars: OfficerParticulars) -> Officer:
    """An agency's admin invites an officer, who can sign in once they followed the link that is sent to the address.

    Whether the address already belongs to somebody here is never told: then the officer is added all the
    same and nobody can sign in as them (see Officer). Raises Refused with every problem, NotFound where
    `acting` isn't an active admin.
    """
    admin = _admin(acting)
    officer = make_officer(admin.agency, particulars)
    publish(officer, "added", Kind.OFFICER_ADDED, by=admin)
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
    publish(officer, "added", Kind.OFFICER_ADDED, by=None)
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
    publish(officer, "role", Kind.OFFICER_CHANGED, by=admin)
    return officer


@transaction.atomic
def deactivate_officer(*, acting: Officer, ref: str) -> Officer:
    """End a colleague's access at once. Twice is once. Raises Refused for the last admin, NotFound."""
    admin = _admin(acting)
    officer = access.colleague(admin, ref)
    if not officer.active:
        return officer
    _keep_an_admin(officer)
    return end(officer, Kind.OFFICER_DEACTIVATED, by=admin)


def end(officer: Officer, kind: AgencyAct.Kind, *, by: Officer | None) -> Officer:
    """End an officer's access, in the open transaction, the agency locked: sessions and keys end with it."""
    officer.active = False
    officer.save(update_fields=["active"])
    _end_access(officer)
    publish(officer, "deactivated", kind, by=by)
    return officer


@transaction.atomic
def reactivate_officer(*, acting: Officer, ref: str) -> Officer:
    """Invite a colleague again who had no access any more. Twice is once. Raises NotFound."""
    admin = _admin(acting)
    officer = access.colleague(admin, ref)
    return officer if officer.active else come_back(officer, by=admin)


def come_back(officer: Officer, *, by: Officer | None) -> Officer:
    """Invite one anew who left, in the open transaction, the agency locked."""
    if officer.account_id and Officer.objects.filter(account_id=officer.account_id, active=True).exists():
        # They have since become an officer elsewhere; which is nothing that this agency is told.
        officer.account = None
    officer.active = True
    officer.save(update_fields=["active", "account"])
    _invite_anew(officer)
    publish(officer, "reactivated", Kind.OFFICER_REACTIVATED, by=by)
    return officer


def change_address(officer: Officer, email: str) -> None:
    """Invite an officer to another address, in the open transaction: what the former one signed in is over."""
    _end_access(officer)
    officer.email = email
    officer.account_id = _account_for(officer.agency, email, officer.name)
    officer.save(update_fields=["email", "account"])
    _invite_anew(officer)


def make_officer(agency: Agency, given: OfficerParticulars, *, badge_later: bool = False) -> Officer:
    """The new officer's row, with an account where the address is free, and the invitation to it.

    Raises Refused with every problem.
    """
    email = given.email.strip().lower()
    problems = [*officer_problems(given, badge_later=badge_later), *_badge_taken(agency, given.badge)]
    if agency.officers.filter(email=email).exists():
        message = "An officer of yours already has this address. Reactivate that one, or give another address."
        problems.append(Problem("officer.email_taken", "email", message, value=email))
    if problems:
        raise Refused(*problems)
    officer = Officer.objects.create(
        agency=agency,
        account_id=_account_for(agency, email, given.name.strip()),
        email=email,
        name=given.name.strip(),
        role=given.role,
        title=given.title.strip(),
        badge=given.badge,
        contact=given.contact.strip(),
    )
    _tell(officer)
    return officer


def _badge_taken(agency: Agency, badge: str) -> list[Problem]:
    if not badge or not agency.officers.filter(badge=badge).exists():
        return []
    message = f"Badge {badge} is taken by an officer of yours. Reactivate that one, or give another badge."
    return [Problem("officer.badge_taken", "badge", message, value=badge)]


def _invite_anew(officer: Officer) -> None:
    officer.invited += 1
    officer.accepted_at = None
    officer.save(update_fields=["invited", "accepted_at"])
    _tell(officer)


def _tell(officer: Officer) -> None:
    for act in _when_invited:
        act(officer)


def _end_access(officer: Officer) -> None:
    """Django ends every session of an account whose password changes, also the copy of a cookie."""
    if officer.account is None:
        return
    officer.account.set_unusable_password()
    officer.account.save(update_fields=["password"])
    Authenticator.objects.filter(user=officer.account).delete()


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


def publish(officer: Officer, change: str, kind: AgencyAct.Kind, *, by: Officer | None) -> None:
    """Write a change of an officer into the agency's log and the ledger, in the open transaction.

    The ledger speaks of nobody without a badge, who can't act either: it says *added* once they have one.
    """
    record(kind, agency=officer.agency, officer=by, about=f"{officer.shown_as}, {officer.role}")
    if not officer.badge:
        return
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
