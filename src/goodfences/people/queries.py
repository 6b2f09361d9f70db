"""Reads that other rooms and pages need."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress

from goodfences import source
from goodfences.people.hours import ALWAYS, Hours
from goodfences.people.models import Account, Household, Invitation, Membership, Reach

_CHOSEN = ("quiet_from", "quiet_until", "digest_at", "away_from", "away_until")


@dataclass(frozen=True)
class OwnerContact:
    """Where, how and when to write to the owner of a household."""

    account_id: int
    email: str
    language: str
    time_zone: str
    hours: Hours = ALWAYS


def owners_of(household_ids: Iterable[int]) -> dict[int, OwnerContact]:
    """The contact of each household's owner, by household; none for a closed account."""
    rows = Membership.objects.filter(
        household_id__in=list(household_ids), role=Membership.Role.OWNER, account__is_active=True
    ).values_list(
        *("household_id", "account_id", "account__email", "account__language", "account__time_zone"),
        *(f"account__reach__{name}" for name in _CHOSEN),
    )
    return {
        home: OwnerContact(account, email, language, zone, _hours(zone, chosen))
        for home, account, email, language, zone, *chosen in rows
    }


def hours_of(account: Account) -> Hours:
    """When the person may be written to."""
    chosen = Reach.objects.filter(account=account).values_list(*_CHOSEN).first()
    return _hours(account.time_zone, chosen or ())


def hours_of_all(accounts: Iterable[Account]) -> dict[int, Hours]:
    """`hours_of` for many, by account."""
    zones = {account.pk: account.time_zone for account in accounts}
    rows = Reach.objects.filter(account_id__in=zones).values_list("account_id", *_CHOSEN)
    chosen = {account_id: values for account_id, *values in rows}
    return {pk: _hours(zone, chosen.get(pk, ())) for pk, zone in zones.items()}


def _hours(time_zone: str, chosen: Iterable[Any]) -> Hours:
    return Hours(time_zone, **dict(zip(_CHOSEN, chosen, strict=False)))


def has_confirmed(account: Account) -> bool:
    """Whether the person has shown that the address they sign in with is theirs."""
    found: bool = EmailAddress.objects.filter(user_id=account.pk, email=account.email, verified=True).exists()
    return found


def settled_since(account: Account, household: Household) -> datetime:
    """Since when the person belongs to the household."""
    return Membership.objects.get(account_id=account.pk, household=household).joined_at


def homes_in(ranges: Iterable[Sequence[int]], at: datetime) -> int:
    """How many of the households of today whose cell lies in the ranges were here at a moment."""
    return sum(Household.objects.filter(cell__range=(low, high), created_at__lte=at).count() for low, high in ranges)


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
