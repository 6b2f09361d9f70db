"""The only way to an officer, an agency of one's own, or the right to run the instance."""

from __future__ import annotations

from typing import Any

from goodfences.agencies.models import Agency, Officer
from goodfences.errors import NotFound
from goodfences.rows import the_row

_NO_OFFICER = "There is no such officer."


def officer_of(account_id: int | None) -> Officer:
    """The active officer who signs in with this account, with the agency.

    Raises NotFound where the account is nobody's, the officer was deactivated, or the agency is suspended.
    """
    if account_id is None:
        raise NotFound(_NO_OFFICER)
    officer = the_row(Officer.objects.select_related("agency", "account").filter(account_id=account_id, active=True))
    if officer is None or officer.account is None:
        raise NotFound(_NO_OFFICER)
    if not officer.account.is_active:
        raise NotFound(_NO_OFFICER)
    if officer.agency.suspended_at is not None:
        raise NotFound(_NO_OFFICER)
    return officer


def still_acting(officer: Officer) -> Officer:
    """The same officer, read anew. Raises NotFound once deactivated or the agency suspended."""
    return officer_of(officer.account_id)


def acting(officer: Officer) -> Officer:
    """The officer, read anew while the agency's row is held: its officers' acts come one after another.

    So limits can't be raced past, and nobody acts after being deactivated. Raises NotFound.
    """
    lock_agency(still_acting(officer).agency_id)
    return still_acting(officer)


def admin_of(account_id: int | None) -> Officer:
    """As officer_of, for the agency's admins alone."""
    return _with_role(officer_of(account_id), Officer.Role.ADMIN)


def reader_of_log(account_id: int | None) -> Officer:
    """As officer_of, for those who may read the agency's own log: its auditors and admins."""
    return _with_role(officer_of(account_id), Officer.Role.AUDITOR, Officer.Role.ADMIN)


def colleague(officer: Officer, ref: str) -> Officer:
    """An officer of the same agency, active or not. Raises NotFound for any other."""
    found = Officer.objects.select_related("agency").filter(agency_id=officer.agency_id, ref=ref).first()
    if found is None:
        raise NotFound(_NO_OFFICER)
    return found


def is_same_person(one: Officer, other: Officer) -> bool:
    """Whether these are one person: also one who left and was invited anew, and so has two rows."""
    same_account = one.account_id is not None and one.account_id == other.account_id
    return one.pk == other.pk or same_account or (bool(one.email) and one.email == other.email)


def open_agency(slug: str) -> Agency:
    """An agency that isn't suspended. Raises NotFound."""
    found = the_row(Agency.objects.filter(slug=slug, suspended_at=None))
    if found is None:
        raise NotFound("There is no such agency.")
    return found


def lock_agency(agency_id: int) -> Agency:
    """The agency's row, held until the open transaction ends: its acts happen one after another.

    FOR NO KEY UPDATE on PostgreSQL, so that rows elsewhere that point at the agency are never waited for.
    """
    return Agency.objects.select_for_update(no_key=True).get(pk=agency_id)


def require_operator(account: Any) -> None:
    """Raises NotFound unless this account runs the instance and is active."""
    if getattr(account, "kind", "") != "operator" or not account.is_active:
        raise NotFound("There is no such page.")


def _with_role(officer: Officer, *roles: Officer.Role) -> Officer:
    if officer.role not in roles:
        raise NotFound(_NO_OFFICER)
    return officer
