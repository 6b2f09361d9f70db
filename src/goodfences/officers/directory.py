"""What an agency's own directory says of who joins and leaves (SCIM 2.0). The pages of it are web/api/scim.py.

A joiner is invited as a requester, never more: an admin raises the role. A leaver has no access from that moment on,
also the last admin: the operator can add another one. Nothing that is answered depends on who else uses this
instance (P2).
"""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import QuerySet

from goodfences import source
from goodfences.agencies import access
from goodfences.agencies.actions import officers
from goodfences.agencies.checks import BADGE, OfficerParticulars, is_at
from goodfences.agencies.log import record
from goodfences.agencies.models import Agency, AgencyAct, Officer
from goodfences.errors import NotFound, refuse
from goodfences.officers.models import Directory

Kind = AgencyAct.Kind


@dataclass(frozen=True, kw_only=True)
class Said:
    """What the directory says of one person."""

    user_name: str
    email: str
    name: str = ""
    external_id: str = ""
    active: bool = True
    badge: str = ""


@transaction.atomic
def make_token(*, acting: Officer) -> str:
    """A token for the agency's directory, shown this once; the former one ends. Raises NotFound but for an admin."""
    admin = access.admin_of(acting.account_id)
    access.lock_agency(admin.agency_id)
    token = source.new_token("directory")
    given = {"digest": source.token_digest(token), "made_at": source.now(), "used_at": None}
    Directory.objects.update_or_create(agency=admin.agency, defaults=given)
    record(Kind.SCIM_CHANGED, agency=admin.agency, officer=admin, about="A new token")
    return token


@transaction.atomic
def end_token(*, acting: Officer) -> None:
    """The directory has no say any more. Twice is once. Raises NotFound but for an admin."""
    admin = access.admin_of(acting.account_id)
    access.lock_agency(admin.agency_id)
    if Directory.objects.filter(agency=admin.agency).delete()[0]:
        record(Kind.SCIM_CHANGED, agency=admin.agency, officer=admin, about="Ended")


def of(agency: Agency) -> Directory | None:
    """Whether, and since when, the agency's directory has a token."""
    return Directory.objects.filter(agency=agency).first()


def agency_of(token: str) -> Agency:
    """The agency whose directory has this token. Raises NotFound where none has it, or it is suspended."""
    kept = source.token_digest(token)
    found = Directory.objects.select_related("agency").filter(digest=kept).first() if token else None
    if found is None or found.agency.suspended_at is not None:
        raise NotFound("There is no such directory.")
    Directory.objects.filter(pk=found.pk).update(used_at=source.now())
    return found.agency


def people_of(agency: Agency) -> QuerySet[Officer]:
    """Everybody whom the directory may see, in the order in which they came."""
    return Officer.objects.filter(agency=agency, in_directory=True).order_by("created_at", "ref")


def person(agency: Agency, ref: str) -> Officer:
    """One of them. Raises NotFound."""
    found = people_of(agency).select_related("agency", "account").filter(ref=ref).first()
    if found is None:
        raise NotFound("There is no such person.")
    return found


@transaction.atomic
def join(agency: Agency, said: Said) -> Officer:
    """Invite a joiner, or anew one who left. Raises Refused, with rule `directory.taken` where the name is in use."""
    agency = access.lock_agency(agency.pk)
    _check(agency, said)
    _free(agency, said.user_name, but=None)
    gone = Officer.objects.select_related("agency", "account").filter(agency=agency, email=said.email).first()
    if gone is not None and gone.in_directory:
        raise refuse("directory.taken", "emails", "Somebody of yours has this address.", value=said.email)
    officer = gone or _new(agency, said)
    _write(officer, said)
    if gone is None and not said.active:
        officers.end(officer, Kind.OFFICER_DEACTIVATED, by=None)
    elif gone is not None and said.active:
        officers.come_back(officer, by=None)
    return officer


@transaction.atomic
def change(agency: Agency, ref: str, said: Said) -> Officer:
    """Make a person what the directory says. Raises Refused, NotFound.

    Another address is another invitation: nothing that was signed in by the former one stays.
    """
    access.lock_agency(agency.pk)
    officer = person(agency, ref)
    _check(officer.agency, said)
    _free(agency, said.user_name, but=officer)
    if said.email != officer.address:
        if Officer.objects.filter(agency=agency, email=said.email).exclude(pk=officer.pk).exists():
            raise refuse("directory.taken", "emails", "Somebody of yours has this address.", value=said.email)
        officers.change_address(officer, said.email)
    _write(officer, said)
    if not officer.badge and _fits(officer.agency, said.badge):
        officers.take_badge(officer, said.badge, by=None)
    if officer.active and not said.active:
        officers.end(officer, Kind.OFFICER_DEACTIVATED, by=None)
    elif not officer.active and said.active:
        officers.come_back(officer, by=None)
    return officer


@transaction.atomic
def remove(agency: Agency, ref: str) -> None:
    """A leaver: without access at once, and unknown to the directory. What they did stays on record. NotFound."""
    access.lock_agency(agency.pk)
    officer = person(agency, ref)
    if officer.active:
        officers.end(officer, Kind.OFFICER_DEACTIVATED, by=None)
    officer.in_directory = False
    officer.external_id = officer.user_name = ""
    officer.save(update_fields=["in_directory", "external_id", "user_name"])


def _new(agency: Agency, said: Said) -> Officer:
    badge = said.badge if _fits(agency, said.badge) else ""  # then they are asked for it when they accept
    particulars = OfficerParticulars(
        email=said.email,
        name=_name(said),
        role=Officer.Role.REQUESTER,
        title="Officer",
        badge=badge,
        contact=agency.contact_email[:120],
    )
    officer = officers.make_officer(agency, particulars, badge_later=True)
    officers.publish(officer, "added", Kind.OFFICER_ADDED, by=None)
    return officer


def _fits(agency: Agency, badge: str) -> bool:
    return BADGE.fullmatch(badge) is not None and not agency.officers.filter(badge=badge).exists()


def _write(officer: Officer, said: Said) -> None:
    officer.user_name, officer.external_id = said.user_name, said.external_id
    officer.name, officer.in_directory = said.name, True
    officer.save(update_fields=["user_name", "external_id", "name", "in_directory"])


def _name(said: Said) -> str:
    return said.name if len(said.name.strip()) >= 2 else said.email.partition("@")[0][:78].ljust(2, ".")


def _check(agency: Agency, said: Said) -> None:
    try:
        validate_email(said.email)
    except ValidationError:
        raise refuse("directory.email", "emails", "Give a work address in emails or userName.") from None
    if not is_work_address(agency, said.email):
        message = f"Only addresses at {agency.domain} are the agency's."
        raise refuse("directory.domain", "emails", message, limit=agency.domain, value=said.email)
    if len(said.user_name) > 150 or len(said.external_id) > 150 or len(said.name) > 80:
        raise refuse("directory.length", "userName", "userName and externalId have at most 150 letters, a name 80.")


def is_work_address(agency: Agency, email: str) -> bool:
    """Whether this is at the domain that the agency proved to be its own; all are, where it proved none."""
    return not agency.domain or is_at(email.rpartition("@")[2], agency.domain)


def _free(agency: Agency, user_name: str, *, but: Officer | None) -> None:
    taken = people_of(agency).filter(user_name=user_name) | people_of(agency).filter(user_name="", email=user_name)
    if (taken.exclude(pk=but.pk) if but else taken).exists():
        raise refuse("directory.taken", "userName", "Somebody of yours has this name.", value=user_name)
