"""Leaving nothing behind (P12)."""

from __future__ import annotations

from django.db import transaction

from goodfences.errors import NotFound
from goodfences.mail import outbox
from goodfences.people import access, registry
from goodfences.people.actions import forget_invitations
from goodfences.people.archive import asking
from goodfences.people.models import Account, Archive, Household, Invitation


@transaction.atomic
def erase(*, account: Account) -> None:
    """Delete a resident's account, and the household with all of its cameras and clips where they own it.

    The rooms do their part through `registry.on_erase`: the keys of the clips are destroyed, so that no copy
    of a sealed file can be opened again (P7). Mail that waits for them isn't sent.
    Public ledger entries hold nothing of a resident and stay.
    """
    _household_row, owned = _household(account)
    asking.drop(Archive.objects.filter(account=account))
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
