"""Whom a post or a warning may concern, some accounts at a time, and how each wants to be told.

Where somebody lives is as coarse here as in the feed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from goodfences import places
from goodfences.alerts.models import AlertWish
from goodfences.feed import cells
from goodfences.feed.models import Post
from goodfences.feed.queries import RADII_KM
from goodfences.people import queries as people
from goodfences.people.hours import Hours
from goodfences.people.models import Account, Membership
from goodfences.push import queries as push

BATCH = 500
"""Accounts that are looked at in one transaction."""


@dataclass(frozen=True)
class Lives:
    account: Account
    cell: int
    """Of resolution 11; compared with coarse ones alone."""


@dataclass(frozen=True)
class Reader:
    """One account that a batch looks at."""

    account: Account
    cell: int
    wish: AlertWish
    hours: Hours
    has_browser: bool


def residents(after: int, which: Q | None = None) -> list[Lives]:
    """The next BATCH people who live somewhere here, in the order of their accounts."""
    found = Membership.objects.filter(
        which or Q(), account_id__gt=after, account__is_active=True, account__kind=Account.Kind.RESIDENT
    )
    rows = found.select_related("account", "household").order_by("account_id")[:BATCH]
    return [Lives(row.account, row.household.cell) for row in rows]


def wishing(post: Post, after: int) -> list[Lives]:
    """The next BATCH people who wish for posts and may live near enough."""
    ranges = places.ranges_of(cells.around(post.cell, max(RADII_KM)).areas)
    near = Q()
    for low, high in ranges:
        near |= Q(household__cell__range=(low, high))
    wishes = AlertWish.objects.exclude(way=AlertWish.Way.NONE).values("account_id")
    return residents(after, near & Q(account_id__in=wishes))


def readers(batch: Iterable[Lives]) -> list[Reader]:
    """With what each chose, and whether a browser of theirs is notified."""
    accounts = {one.account.pk: one for one in batch}
    wishes = {wish.account_id: wish for wish in AlertWish.objects.filter(account_id__in=accounts)}
    hours = people.hours_of_all([one.account for one in accounts.values()])
    browsers = push.notified(accounts)
    return [
        Reader(
            account=one.account,
            cell=one.cell,
            wish=wishes.get(pk) or AlertWish(account=one.account),
            hours=hours[pk],
            has_browser=pk in browsers,
        )
        for pk, one in accounts.items()
    ]


def kept(wish: AlertWish) -> AlertWish:
    """With a row of its own, by which an email's link can stop what comes."""
    if wish.pk is None:
        wish, _new = AlertWish.objects.get_or_create(account=wish.account)
    return wish
