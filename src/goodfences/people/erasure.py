"""Taking everything along, and leaving nothing behind (P12)."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from goodfences import source
from goodfences.errors import NotFound
from goodfences.mail import outbox
from goodfences.people import access, registry
from goodfences.people.actions import forget_invitations
from goodfences.people.models import Account, Household, Invitation


def export(*, account: Account) -> dict[str, Any]:
    """Everything held about a resident, by room, made of JSON types and datetimes.

    The rooms add their parts through `registry.on_export`. Of the other people of the household only name
    and role are in it.
    """
    household, owned = _household(account)
    parts = {name: tell(account, owned) for name, tell in sorted(registry.exports.items())}
    return {
        "exported_at": source.now(),
        "account": _account(account),
        "household": None if household is None else _describe(household, account),
        **parts,
    }


@transaction.atomic
def erase(*, account: Account) -> None:
    """Delete a resident's account, and the household with all of its cameras and clips where they own it.

    The rooms do their part through `registry.on_erase`: the keys of the clips are destroyed, so that no copy
    of a sealed file can be opened again (P7). Mail that waits for them isn't sent.
    Public ledger entries hold nothing of a resident and stay.
    """
    _household_row, owned = _household(account)
    for leave in registry.erasures:
        leave(account, owned)
    Invitation.objects.filter(email=account.email).delete()
    outbox.forget(address=account.email)
    if owned is not None:
        forget_invitations(Invitation.objects.filter(household=owned))
        owned.delete()
    account.delete()


def _household(account: Account) -> tuple[Household | None, Household | None]:
    """The household that the account belongs to, and again if it owns it."""
    if account.kind != Account.Kind.RESIDENT:
        raise NotFound
    household = access.household_of(account)
    if household is None:
        return None, None
    return household, household if access.is_owner(account, household) else None


def _account(account: Account) -> dict[str, Any]:
    return {
        "email": account.email,
        "kind": account.kind,
        "name": account.name,
        "language": account.language,
        "time_zone": account.time_zone,
        "created_at": account.created_at,
        "last_login": account.last_login,
    }


def _describe(household: Household, account: Account) -> dict[str, Any]:
    members = household.memberships.select_related("account").order_by("joined_at", "pk")
    return {
        "ref": household.ref,
        "name": household.name,
        "cell": str(household.cell),
        "created_at": household.created_at,
        "people": [
            {
                "ref": one.ref,
                "name": one.account.name,
                "role": one.role,
                "joined_at": one.joined_at,
                "you": one.account_id == account.pk,
            }
            for one in members
        ],
        "invitations": [
            {"ref": one.ref, "email": one.email, "created_at": one.created_at, "expires_at": one.expires_at}
            for one in household.invitations.order_by("pk")
        ]
        if access.is_owner(account, household)
        else [],
    }
