"""Reads that other rooms and pages need."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from goodfences import source
from goodfences.people.models import Account, Household, Invitation, Membership


@dataclass(frozen=True)
class OwnerContact:
    """Where and how to write to the owner of a household."""

    account_id: int
    email: str
    language: str
    time_zone: str


def owners_of(household_ids: Iterable[int]) -> dict[int, OwnerContact]:
    """The contact of each household's owner, by household; none for a closed account."""
    rows = Membership.objects.filter(
        household_id__in=list(household_ids), role=Membership.Role.OWNER, account__is_active=True
    ).values_list("household_id", "account_id", "account__email", "account__language", "account__time_zone")
    return {home: OwnerContact(account, email, language, zone) for home, account, email, language, zone in rows}


def members_of(household: Household) -> list[Membership]:
    """Who belongs to the household, the owner first, then as they joined."""
    members = household.memberships.select_related("account").order_by("joined_at", "pk")
    return sorted(members, key=lambda one: one.role != Membership.Role.OWNER)


def invitations_into(household: Household) -> list[Invitation]:
    """Invitations that can still be accepted, newest first."""
    return list(household.invitations.filter(expires_at__gt=source.now()).order_by("-created_at", "-pk"))


def invitations_to(account: Account) -> list[Invitation]:
    """Invitations to the address of `account` that can still be accepted, newest first."""
    good = Invitation.objects.filter(email=account.email, expires_at__gt=source.now())
    return list(good.select_related("household").order_by("-created_at", "-pk"))
