"""The only way to fetch an account, a household, a member or an invitation for a person."""

from __future__ import annotations

from collections.abc import Collection

from goodfences import source
from goodfences.errors import NotFound
from goodfences.people.models import Account, Household, Invitation, Membership


def account_of(email: str) -> Account:
    """The active account that signs in with `email`."""
    account = Account.objects.filter(email=email.strip().lower()).first()
    if account is None:
        raise NotFound
    if not account.is_active:
        raise NotFound
    return account


def household_of(account: Account) -> Household | None:
    """The household that `account` belongs to, as owner or member; None for one who hasn't settled."""
    return Household.objects.filter(memberships__account_id=account.pk).first()


def is_owner(account: Account, household: Household) -> bool:
    """Whether `account` is the one who owns `household`."""
    return Membership.objects.filter(
        household_id=household.pk, account_id=account.pk, role=Membership.Role.OWNER
    ).exists()


def is_member(account: Account) -> bool:
    """Whether `account` belongs to a household that somebody else owns."""
    return Membership.objects.filter(account_id=account.pk, role=Membership.Role.MEMBER).exists()


def home(account: Account) -> Household:
    """The household that a resident belongs to."""
    if not account.is_active:
        raise NotFound
    if account.kind != Account.Kind.RESIDENT:
        raise NotFound
    household = household_of(account)
    if household is None:
        raise NotFound
    return household


def owned_home(account: Account) -> Household:
    """The household that a resident owns, and so may change."""
    household = home(account)
    if not is_owner(account, household):
        raise NotFound
    return household


def owner_of(household_id: int) -> Account:
    """The active account that owns a household."""
    found = Membership.objects.select_related("account").filter(household_id=household_id, role=Membership.Role.OWNER)
    membership = found.first()
    if membership is None:
        raise NotFound
    if not membership.account.is_active:
        raise NotFound
    return membership.account


def hold(account: Account) -> None:
    """Hold the account's row until the open transaction ends: what one person does comes one after another.

    FOR NO KEY UPDATE on PostgreSQL, as of every row here: rows elsewhere that point at it are never waited for.
    """
    if Account.objects.select_for_update(no_key=True).filter(pk=account.pk).first() is None:
        raise NotFound


def hold_all(account_ids: Collection[int]) -> set[int]:
    """Those of these accounts that are active, held in one order until the open transaction ends.

    So that two requests that are fanned out side by side count each other's asks of an owner.
    """
    held = Account.objects.select_for_update(no_key=True).filter(pk__in=account_ids, is_active=True)
    return set(held.order_by("pk").values_list("pk", flat=True))


def held_home(account: Account) -> Household:
    """`owned_home`, read anew once it is held until the open transaction ends."""
    held = Household.objects.select_for_update(no_key=True).filter(pk=owned_home(account).pk).first()
    if held is None:
        raise NotFound
    return held


def member(account: Account, ref: str) -> Membership:
    """A membership of the household that `account` owns, or the account's own."""
    household = home(account)
    membership = Membership.objects.select_related("account").filter(household=household, ref=ref).first()
    if membership is None:
        raise NotFound
    if membership.account_id != account.pk and not is_owner(account, household):
        raise NotFound
    return membership


def sent_invitation(account: Account, ref: str) -> Invitation:
    """An invitation into the household that `account` owns."""
    invitation = Invitation.objects.filter(household=owned_home(account), ref=ref).first()
    if invitation is None:
        raise NotFound
    return invitation


def received_invitation(account: Account, ref: str) -> Invitation:
    """An invitation to the address that `account` signs in with, while it is good."""
    if account.kind != Account.Kind.RESIDENT:
        raise NotFound
    invitation = Invitation.objects.select_related("household").filter(ref=ref).first()
    if invitation is None:
        raise NotFound
    if invitation.email != account.email:
        raise NotFound
    if invitation.expires_at <= source.now():
        raise NotFound
    return invitation
